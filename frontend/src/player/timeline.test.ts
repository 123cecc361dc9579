import { describe, expect, it } from 'vitest';
import {
  barFor,
  behindLive,
  coverage,
  dateAt,
  fraction,
  gapsBetween,
  isLive,
  spansOf,
  timeAt,
} from './timeline';

const T = Date.parse('2026-11-22T18:00:00Z');

/** Segments of 4 s from media time `start` and wall clock T + `after` seconds. */
function run(count: number, start: number, after: number) {
  return Array.from({ length: count }, (_, index) => ({
    start: start + index * 4,
    duration: 4,
    programDateTime: T + (after + index * 4) * 1000,
  }));
}

/** 20 s, an outage of 40 s, 20 s more: without a gap in media time. */
const interrupted = spansOf([...run(5, 100, 0), ...run(5, 120, 60)]);

describe('spansOf', () => {
  it('joins what follows without a gap', () =>
    expect(spansOf(run(900, 0, 0))).toEqual([{ start: 0, end: 3600, date: T }]));

  it('begins anew where the wall clock jumps', () =>
    expect(interrupted).toEqual([
      { start: 100, end: 120, date: T },
      { start: 120, end: 140, date: T + 60_000 },
    ]));

  it('does not take rounding for a gap', () => {
    const drifting = run(10, 0, 0).map((fragment) => ({
      ...fragment,
      programDateTime: fragment.programDateTime + (fragment.start % 3) * 40,
    }));
    expect(spansOf(drifting)).toHaveLength(1);
  });

  it('takes a fragment without a date for the next one of its span', () => {
    const [first, second] = run(2, 0, 0);
    if (!first || !second) throw new Error('two fragments');
    expect(spansOf([first, { ...second, programDateTime: null }])).toEqual([{ start: 0, end: 8, date: T }]);
  });

  it('knows nothing of a playlist without dates', () =>
    expect(spansOf([{ start: 0, duration: 4, programDateTime: null }])).toEqual([]));
});

describe('wall clock and media time', () => {
  it.each([
    [100, 0],
    [119, 19],
    [120, 60],
    [130, 70],
  ])('media time %d s was broadcast %d s after the start', (time, after) =>
    expect(dateAt(interrupted, time)).toBe(T + after * 1000),
  );

  it.each([
    [0, 100],
    [19, 119],
    [40, 120],
    [70, 130],
    [-50, 100],
    [500, 140],
  ])(
    '%d s after the start is found at media time %d s: gaps lead to what follows, the outside to the ends',
    (after, time) => expect(timeAt(interrupted, T + after * 1000)).toBe(time),
  );

  it('are unknown before the playlist is', () => {
    expect(dateAt([], 5)).toBeNull();
    expect(timeAt([], T)).toBeNull();
    expect(coverage([])).toBeNull();
  });
});

it('finds the gaps, by the clock', () =>
  expect(gapsBetween(interrupted)).toEqual([{ from: T + 20_000, to: T + 60_000 }]));

it('covers from the first to the last moment', () =>
  expect(coverage(interrupted)).toEqual({ from: T, to: T + 80_000 }));

it('spans the programme where there is one, else what is stored', () => {
  const programme = { start: '2026-11-22T18:00:00Z', end: '2026-11-22T18:30:00Z' };
  expect(barFor(programme, interrupted)).toEqual({ from: T, to: T + 1_800_000 });
  expect(barFor(null, interrupted)).toEqual({ from: T, to: T + 80_000 });
  expect(barFor(null, [])).toBeNull();
});

it('places moments on a bar, and keeps them on it', () => {
  const bar = { from: T, to: T + 1000 };
  expect([T - 5, T + 250, T + 5000].map((date) => fraction(bar, date))).toEqual([0, 0.25, 1]);
  expect(fraction({ from: T, to: T }, T)).toBe(0);
});

it('counts as live within ten seconds of the live position, also ahead of it', () => {
  expect(behindLive(100, 103)).toBe(0);
  expect(isLive(behindLive(100, 90))).toBe(true);
  expect(isLive(behindLive(100, 89.9))).toBe(false);
});
