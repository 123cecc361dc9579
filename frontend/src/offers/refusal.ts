import type { Mode, Reason } from '../api/types';

/** What a refusal is about, by its most telling reason: what no product lifts comes first. */
const HEADLINES: readonly [code: string, headline: (channel: string, mode: Mode) => string][] = [
  ['account-inactive', () => 'Your account is not active'],
  ['under-maintenance', (channel) => `${channel} is being worked on`],
  ['channel-stopped', (channel) => `${channel} is off air`],
  ['outside-territory', () => 'This can’t be watched from where you are'],
  ['right-disabled', (channel, mode) => `There is no ${NOUNS[mode]} here on ${channel}`],
  ['not-stored', () => 'This was not stored'],
  ['programme-not-started', () => 'This has not begun yet'],
  ['programme-ended', () => 'This is over'],
  ['programme-running', () => 'This is still on'],
  ['payment-overdue', () => 'A payment is missing'],
  ['base-product-missing', () => 'Your add-on needs its base product'],
  ['not-subscribed', (channel) => `${channel} is not in your subscription`],
  ['right-not-included', (channel, mode) => `${RIGHTS[mode]} on ${channel} is not in your subscription`],
  ['outside-catch-up-window', () => 'This is further back than your subscription reaches'],
  ['too-many-devices', () => 'You watch on as many devices as you may'],
  ['too-many-streams', () => 'You watch as much at a time as you may'],
  ['pin-required', () => 'This takes your PIN'],
];

const RIGHTS: Record<Mode, string> = {
  live: 'Live',
  'start-over': 'Starting over',
  'catch-up': 'Catching up',
};

const NOUNS: Record<Mode, string> = {
  live: 'live viewing',
  'start-over': 'starting over',
  'catch-up': 'catching up',
};

/** One line over a refusal. */
export function headline(reasons: readonly Reason[], channel: string, mode: Mode): string {
  const codes = new Set(reasons.map(({ code }) => code));
  const found = HEADLINES.find(([code]) => codes.has(code));
  return found ? found[1](channel, mode) : `${channel} can’t be played`;
}

/** What would help where no product does, and who can do it. */
const HELP: Record<string, string> = {
  'account-inactive': 'Support can activate your account again.',
  'under-maintenance': 'It passes by itself: try again later.',
  'channel-stopped':
    'Whoever runs the channel can start it again. What is stored of it can still be caught up on.',
  'outside-territory': 'It can be watched where the channel has the rights to it; no product changes that.',
  'right-disabled': 'Whoever plans the channel has switched this off and can switch it on; no product does.',
  'not-stored': 'What was not stored can’t be brought back.',
  'programme-not-started': 'It passes by itself: come back once it has begun.',
  'programme-ended': 'You can catch up on it instead.',
  'programme-running': 'You can start it over instead.',
  'payment-overdue': 'Pay on your account page: it counts again at once.',
  'too-many-devices': 'Sign out on a device that you no longer use, on your account page.',
  'pin-required': 'You will be asked for the PIN.',
};

/** What would help beside products, a sentence for each reason that has one, in the order of the reasons. */
export function helpFor(reasons: readonly Reason[]): string[] {
  return reasons.flatMap(({ code }) => HELP[code] ?? []);
}

const ON_THE_ACCOUNT_PAGE = new Set(['payment-overdue', 'too-many-devices']);

/** Whether the account page is where something can be done about it. */
export function leadsToAccount(reasons: readonly Reason[]): boolean {
  return reasons.some(({ code }) => ON_THE_ACCOUNT_PAGE.has(code));
}

/** How else the programme can be watched, where it is only asked for in the wrong way; else null. */
export function otherMode(reasons: readonly Reason[]): 'catch-up' | 'start-over' | null {
  const codes = new Set(reasons.map(({ code }) => code));
  if (codes.has('programme-ended')) return 'catch-up';
  return codes.has('programme-running') ? 'start-over' : null;
}
