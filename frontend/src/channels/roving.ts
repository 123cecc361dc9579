import type { KeyboardEvent } from 'react';

/** Which of `count` neighbours a key leads to from `index`, or null when the key is not about moving. */
export function neighbour(key: string, index: number, count: number): number | null {
  const target = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: count - 1 }[key];
  return target === undefined ? null : Math.min(count - 1, Math.max(0, target));
}

/** The index of the position nearest to `from`; 0 when there is none. */
export function nearest(positions: number[], from: number): number {
  const distances = positions.map((position) => Math.abs(position - from));
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}

/**
 * Arrow keys over rows of cells, as a remote control needs them: left and right within a row, up and down to
 * the nearest cell of the next one. Rows carry `data-row`, cells `data-cell`.
 */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const cell = (event.target as Element).closest<HTMLElement>('[data-cell]');
  const row = cell?.closest('[data-row]');
  if (!cell || !row) return;
  const target = verticalTarget(event, cell, row) ?? horizontalTarget(event, cell, row);
  if (!target) return;
  event.preventDefault();
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function horizontalTarget(event: KeyboardEvent, cell: HTMLElement, row: Element): HTMLElement | undefined {
  const cells = cellsOf(row);
  const index = neighbour(event.key, cells.indexOf(cell), cells.length);
  const target = index === null ? undefined : cells[index];
  return target && entrance(cell, target);
}

/** Whoever enters a list comes to the cell that Tab would lead to, not to its first: that may be hours ago. */
function entrance(from: HTMLElement, target: HTMLElement): HTMLElement {
  const list = target.closest('ul');
  if (!list || list.contains(from)) return target;
  return list.querySelector<HTMLElement>('[data-cell][tabindex="0"]') ?? target;
}

function verticalTarget(
  event: KeyboardEvent<HTMLElement>,
  cell: HTMLElement,
  row: Element,
): HTMLElement | undefined {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step === undefined) return undefined;
  const rows = [...event.currentTarget.querySelectorAll('[data-row]')];
  const next = rows[rows.indexOf(row) + step];
  if (!next) return undefined;
  const cells = cellsOf(next);
  return cells[nearest(cells.map(middle), middle(cell))];
}

function cellsOf(row: Element): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>('[data-cell]')];
}

function middle(element: Element): number {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}
