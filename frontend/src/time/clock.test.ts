import { expect, it } from 'vitest';
import { skewFrom } from './clock';

const received = Date.parse('2026-11-22T18:00:00.900Z');

it('leaves a clock alone that is right to the second the header counts', () =>
  expect(skewFrom('Sun, 22 Nov 2026 18:00:00 GMT', received)).toBe(0));

it('corrects a clock that is minutes off', () =>
  expect(skewFrom('Sun, 22 Nov 2026 18:05:00 GMT', received)).toBe(299_100));

it.each([null, '', 'yesterday'])('ignores a header that says nothing (%s)', (header) =>
  expect(skewFrom(header, received)).toBe(0),
);
