import { expect, it } from 'vitest';
import { headline, helpFor, leadsToAccount, otherMode } from './refusal';

const reasons = (...codes: string[]) => codes.map((code) => ({ code, message: '' }));

it.each([
  [['not-subscribed'], 'live', 'News 24 is not in your subscription'],
  [['right-not-included'], 'start-over', 'Starting over on News 24 is not in your subscription'],
  [['right-not-included'], 'catch-up', 'Catching up on News 24 is not in your subscription'],
  [['not-subscribed', 'channel-stopped'], 'live', 'News 24 is off air'],
  [['outside-catch-up-window', 'not-stored'], 'catch-up', 'This was not stored'],
  [['not-subscribed', 'outside-territory'], 'live', 'This can’t be watched from where you are'],
  [['under-maintenance', 'not-subscribed'], 'live', 'News 24 is being worked on'],
  [['right-disabled'], 'catch-up', 'There is no catching up here on News 24'],
  [['sunspots'], 'live', 'News 24 can’t be played'],
] as const)('%o in %s: %s', (codes, mode, expected) =>
  expect(headline(reasons(...codes), 'News 24', mode)).toBe(expected),
);

it('says what would help where no product does, and who can', () => {
  expect(helpFor(reasons('outside-territory', 'sunspots', 'channel-stopped'))).toEqual([
    expect.stringMatching(/no product changes that/),
    expect.stringMatching(/Whoever runs the channel/),
  ]);
  expect(leadsToAccount(reasons('payment-overdue'))).toBe(true);
  expect(leadsToAccount(reasons('not-stored'))).toBe(false);
  expect(otherMode(reasons('programme-ended'))).toBe('catch-up');
  expect(otherMode(reasons('programme-running'))).toBe('start-over');
  expect(otherMode(reasons('not-stored'))).toBeNull();
});
