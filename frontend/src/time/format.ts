const HOUR_MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const HOUR_MINUTE_SECOND = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const WEEKDAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** `18:30`, in the viewer's time zone. */
export function clockTime(time: number | string): string {
  return HOUR_MINUTE.format(new Date(time));
}

/** `18:30:07`, in the viewer's time zone. */
export function clockTimeWithSeconds(time: number): string {
  return HOUR_MINUTE_SECOND.format(time);
}

/** `18:30 – 19:00`. */
export function timeRange(start: string, end: string): string {
  return `${clockTime(start)} – ${clockTime(end)}`;
}

/** A length as a player shows it: `2:35`, `1:02:35`. Takes seconds; negative lengths count as 0. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** What is left until `end`, as a sentence part: `12 min left`, `1 h 5 min left`, `ending`. */
export function remaining(end: string, now: number): string {
  const minutes = Math.ceil((Date.parse(end) - now) / 60_000);
  if (minutes <= 0) return 'ending';
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours} h ${minutes % 60} min left` : `${minutes} min left`;
}

/** How far `now` is between start and end, 0 to 1. */
export function progress(start: string, end: string, now: number): number {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (to <= from) return now >= to ? 1 : 0;
  return Math.min(1, Math.max(0, (now - from) / (to - from)));
}

export interface Day {
  /** First millisecond of the day in the viewer's time zone. */
  from: number;
  /** First millisecond of the next day. */
  to: number;
  label: string;
  today: boolean;
}

/** The viewer's days, today first, `count` of them. A day with a clock change is 23 or 25 hours long. */
export function recentDays(now: number, count: number): Day[] {
  return Array.from({ length: count }, (_, ago) => {
    const date = new Date(now);
    const midnight = (shift: number) =>
      new Date(date.getFullYear(), date.getMonth(), date.getDate() - ago + shift).getTime();
    const label = ago === 0 ? 'Today' : ago === 1 ? 'Yesterday' : WEEKDAY.format(midnight(0));
    return { from: midnight(0), to: midnight(1), label, today: ago === 0 };
  });
}

/** A price as the viewer reads it: `€9.99`. */
export function price(amount: number | string, currency: string): string {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(Number(amount));
}

/** A wait as part of a sentence: `20 seconds`, `15 minutes`, `2 hours`; `a moment` where nobody knows. */
export function waitInWords(seconds: number | null): string {
  if (seconds === null || seconds <= 0) return 'a moment';
  if (seconds < 90) return counted(seconds, 'second');
  return seconds < 90 * 60
    ? counted(Math.ceil(seconds / 60), 'minute')
    : counted(Math.ceil(seconds / 3600), 'hour');
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** `28 November 2026`, in the viewer's time zone. */
export function longDate(time: number | string): string {
  return DATE.format(new Date(time));
}

/** `today at 18:30`, `yesterday at 18:30`, or `on 26 November 2026`. */
export function dayAndTime(time: number | string, now: number): string {
  const date = new Date(time);
  const midnight = (shift: number) => {
    const today = new Date(now);
    return new Date(today.getFullYear(), today.getMonth(), today.getDate() + shift).getTime();
  };
  if (date.getTime() >= midnight(0) && date.getTime() < midnight(1)) return `today at ${clockTime(time)}`;
  if (date.getTime() >= midnight(-1) && date.getTime() < midnight(0))
    return `yesterday at ${clockTime(time)}`;
  return `on ${longDate(time)}`;
}
