import { expect, it } from 'vitest';
import { headline } from './refusal';

const reasons = (...codes: string[]) => codes.map((code) => ({ code, message: '' }));

it.each([
  [['not-subscribed'], 'live', 'News 24 is not in your subscription'],
  [['right-not-included'], 'start-over', 'Starting over on News 24 is not in your subscription'],
  [['right-not-included'], 'catch-up', 'Catching up on News 24 is not in your subscription'],
  [['not-subscribed', 'channel-stopped'], 'live', 'News 24 is off air'],
  [['outside-catch-up-window', 'not-stored'], 'catch-up', 'This was not stored'],
  [['sunspots'], 'live', 'News 24 can’t be played'],
] as const)('%o in %s: %s', (codes, mode, expected) =>
  expect(headline(reasons(...codes), 'News 24', mode)).toBe(expected),
);
