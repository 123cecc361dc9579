import { sphereCells } from './sphere-geometry';

const CELLS = sphereCells(17);

/** The satellite as a drawing: decoration, hidden from assistive technology. */
export function Sphere({ className }: { className?: string | undefined }) {
  return (
    <svg className={className} viewBox="-1.02 -1.02 2.04 2.04" aria-hidden="true" focusable="false">
      {CELLS.map((cell) => (
        <polygon
          key={cell.points}
          points={cell.points}
          fill={cell.belt ? 'var(--gold)' : 'var(--paper)'}
          opacity={(cell.belt ? 0.25 : 0.05) + cell.light ** 1.5 * (cell.belt ? 0.75 : 0.85)}
        />
      ))}
    </svg>
  );
}
