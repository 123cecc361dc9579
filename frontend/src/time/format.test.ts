import { describe, expect, it } from 'vitest';
import { price, progress, recentDays, remaining, stopwatch } from './format';

const at = (text: string) => Date.parse(text);

describe('stopwatch', () => {
  it.each([
    [0, '0:00'],
    [9.99, '0:09'],
    [155, '2:35'],
    [3755, '1:02:35'],
    [-4, '0:00'],
  ])('shows %d s as %s', (seconds, shown) => expect(stopwatch(seconds)).toBe(shown));
});

describe('remaining', () => {
  it('rounds up to whole minutes, so that a programme never has none left', () =>
    expect(remaining('2026-11-22T18:30:00Z', at('2026-11-22T18:29:01Z'))).toBe('1 min left'));

  it('names hours', () =>
    expect(remaining('2026-11-22T19:35:00Z', at('2026-11-22T18:30:00Z'))).toBe('1 h 5 min left'));

  it('says so when the end has come', () =>
    expect(remaining('2026-11-22T18:30:00Z', at('2026-11-22T18:30:00Z'))).toBe('ending'));
});

describe('progress', () => {
  it('is the share that has gone by', () =>
    expect(progress('2026-11-22T18:00:00Z', '2026-11-22T18:30:00Z', at('2026-11-22T18:10:00Z'))).toBeCloseTo(
      1 / 3,
    ));

  it('stays within 0 and 1', () => {
    expect(progress('2026-11-22T18:00:00Z', '2026-11-22T18:30:00Z', at('2026-11-22T17:00:00Z'))).toBe(0);
    expect(progress('2026-11-22T18:00:00Z', '2026-11-22T18:30:00Z', at('2026-11-22T19:00:00Z'))).toBe(1);
  });

  it('is no division by zero for a programme without length', () =>
    expect(progress('2026-11-22T18:00:00Z', '2026-11-22T18:00:00Z', at('2026-11-22T17:00:00Z'))).toBe(0));
});

describe('recentDays', () => {
  const days = recentDays(at('2026-03-01T00:10:00Z'), 3);

  it('begins with today and goes back over the month’s edge', () =>
    expect(days.map(({ from }) => new Date(from).toISOString())).toEqual([
      '2026-03-01T00:00:00.000Z',
      '2026-02-28T00:00:00.000Z',
      '2026-02-27T00:00:00.000Z',
    ]));

  it('leaves no moment between two days', () => expect(days[1]?.to).toBe(days[0]?.from));

  it('names the days as people do', () =>
    expect(days.map(({ label }) => label)).toEqual(['Today', 'Yesterday', 'Fri 27 Feb']));
});

it('writes prices with their currency', () => expect(price('4.99', 'EUR')).toBe('€4.99'));
