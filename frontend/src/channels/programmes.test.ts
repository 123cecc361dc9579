import { expect, it } from 'vitest';
import { programmeAfter, programmeAt } from './programmes';
import type { Programme } from '../api/types';

const YES = { allowed: true, reasons: [] };
const programme = (id: string, start: string, end: string): Programme => ({
  id,
  title: id,
  description: '',
  category: '',
  start: `2026-11-22T${start}:00Z`,
  end: `2026-11-22T${end}:00Z`,
  stored: 1,
  actions: { live: YES, 'start-over': YES, 'catch-up': YES, record: YES },
});
const day = [
  programme('one', '18:00', '18:30'),
  programme('two', '18:30', '18:45'),
  programme('three', '19:00', '20:00'),
];
const at = (time: string) => programmeAt(day, Date.parse(`2026-11-22T${time}:00Z`))?.id;

it('finds what is on: a programme ends where the next begins', () => {
  expect(at('18:29')).toBe('one');
  expect(at('18:30')).toBe('two');
  expect(at('18:50')).toBeUndefined();
});

it('finds what comes next', () => {
  const channel = { name: 'news', display_name: 'News', number: 1, programmes: day };
  expect(programmeAfter(channel, 'two')?.id).toBe('three');
  expect(programmeAfter(channel, 'three')).toBeNull();
  expect(programmeAfter(channel, 'unknown')).toBeNull();
  expect(programmeAfter(undefined, 'one')).toBeNull();
});
