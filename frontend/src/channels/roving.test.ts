import { expect, it } from 'vitest';
import { nearest, neighbour } from './roving';

it.each([
  ['ArrowLeft', 2, 1],
  ['ArrowRight', 2, 3],
  ['ArrowLeft', 0, 0],
  ['ArrowRight', 4, 4],
  ['Home', 3, 0],
  ['End', 3, 4],
  ['Enter', 2, null],
])('%s leads from %d to %s', (key, from, to) => expect(neighbour(key, from, 5)).toBe(to));

it('finds what lies nearest above or below', () => {
  expect(nearest([100, 300, 500], 320)).toBe(1);
  expect(nearest([], 320)).toBe(0);
});
