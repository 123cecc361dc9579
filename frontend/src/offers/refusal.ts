import type { Mode, Reason } from '../api/types';

/** What a refusal is about, by its most telling reason: what no product lifts comes first. */
const HEADLINES: readonly [code: string, headline: (channel: string, mode: Mode) => string][] = [
  ['account-inactive', () => 'Your account is not active'],
  ['channel-stopped', (channel) => `${channel} is off air`],
  ['not-stored', () => 'This was not stored'],
  ['programme-not-started', () => 'This has not begun yet'],
  ['programme-ended', () => 'This is over'],
  ['programme-running', () => 'This is still on'],
  ['not-subscribed', (channel) => `${channel} is not in your subscription`],
  ['right-not-included', (channel, mode) => `${RIGHTS[mode]} on ${channel} is not in your subscription`],
  ['outside-catch-up-window', () => 'This is further back than your subscription reaches'],
];

const RIGHTS: Record<Mode, string> = {
  live: 'Live',
  'start-over': 'Starting over',
  'catch-up': 'Catching up',
};

/** One line over a refusal. */
export function headline(reasons: readonly Reason[], channel: string, mode: Mode): string {
  const codes = new Set(reasons.map(({ code }) => code));
  const found = HEADLINES.find(([code]) => codes.has(code));
  return found ? found[1](channel, mode) : `${channel} can’t be played`;
}
