/** How far behind the live position counts as live, in seconds. */
export const LIVE_TOLERANCE = 10;

/** A stretch of media without a gap: media time `start` to `end` in seconds, `date` the wall clock at `start`. */
export interface Span {
  start: number;
  end: number;
  date: number;
}

/** What is read of a playlist's fragment: times in seconds, its wall clock in milliseconds or null. */
export interface TimedFragment {
  start: number;
  duration: number;
  programDateTime: number | null;
}

/** Wall-clock differences below this (milliseconds) are rounding, not gaps. */
const JITTER = 500;

/** A stretch of wall-clock time in milliseconds. */
export interface Stretch {
  from: number;
  to: number;
}

/** Joins fragments into spans; a new one begins where the wall clock jumps, as it does over an outage. */
export function spansOf(fragments: readonly TimedFragment[]): Span[] {
  const spans: Span[] = [];
  for (const { start, duration, programDateTime } of fragments) {
    const last = spans.at(-1);
    const expected = last && endDate(last);
    const date = programDateTime ?? expected;
    if (date === undefined) continue;
    if (last && expected !== undefined && Math.abs(date - expected) < JITTER) last.end = start + duration;
    else spans.push({ start, end: start + duration, date });
  }
  return spans;
}

/** The wall clock at the end of a span. */
export function endDate(span: Span): number {
  return span.date + (span.end - span.start) * 1000;
}

/** The wall clock (milliseconds) at a media time (seconds), or null when nothing is known of that time. */
export function dateAt(spans: readonly Span[], time: number): number | null {
  const span = spans.findLast(({ start }) => start <= time) ?? spans[0];
  return span ? span.date + (time - span.start) * 1000 : null;
}

/**
 * The media time (seconds) at a wall clock (milliseconds): in a gap, the beginning of what comes after it;
 * outside, the nearest end. Null without spans.
 */
export function timeAt(spans: readonly Span[], date: number): number | null {
  const span = spans.find((candidate) => date < endDate(candidate));
  if (!span) return spans.at(-1)?.end ?? null;
  return span.start + Math.max(0, date - span.date) / 1000;
}

/** What is missing between the first and the last moment that is stored. */
export function gapsBetween(spans: readonly Span[]): Stretch[] {
  return spans.slice(1).map((span, index) => {
    const before = spans[index];
    return { from: before ? endDate(before) : span.date, to: span.date };
  });
}

/** The wall-clock stretch that spans cover from first to last, or null. */
export function coverage(spans: readonly Span[]): Stretch | null {
  const [first, last] = [spans[0], spans.at(-1)];
  return first && last ? { from: first.date, to: endDate(last) } : null;
}

/** The seek bar's stretch: the programme where one is known, otherwise all that can be reached. */
export function barFor(
  programme: { start: string; end: string } | null,
  spans: readonly Span[],
): Stretch | null {
  if (!programme) return coverage(spans);
  return { from: Date.parse(programme.start), to: Date.parse(programme.end) };
}

/** Where a moment lies on a bar, 0 to 1. */
export function fraction(bar: Stretch, date: number): number {
  if (bar.to <= bar.from) return 0;
  return Math.min(1, Math.max(0, (date - bar.from) / (bar.to - bar.from)));
}

/** How far (seconds) a position is behind the position a viewer who joins now would get; never negative. */
export function behindLive(livePosition: number, position: number): number {
  return Math.max(0, livePosition - position);
}

/** Whether being this far behind (seconds) still counts as live. */
export function isLive(behind: number): boolean {
  return behind <= LIVE_TOLERANCE;
}
