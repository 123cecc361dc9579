import type { Action, Channel, Programme, Reason } from '../api/types';
import { clockTime } from '../time/format';

/** Reasons that the viewer can lift, with a product, a payment or a PIN; every other one stands. */
const LIFTED_BY_THE_VIEWER = new Set([
  'not-subscribed',
  'right-not-included',
  'outside-catch-up-window',
  'payment-overdue',
  'base-product-missing',
  'pin-required',
]);

/** Whether nothing stands in the way but the account's PIN. */
export function takesPin({ allowed, reasons }: Action): boolean {
  return !allowed && reasons.length > 0 && reasons.every(({ code }) => code === 'pin-required');
}

function open(action: Action): boolean {
  return action.allowed || takesPin(action);
}

export type ChannelStatus = 'ready' | 'starting' | 'stopped' | 'locked';

/** What a channel is to this viewer now. Stopped before locked: nobody should pay for a channel that is off. */
export function channelStatus(channel: Channel): ChannelStatus {
  if (channel.state === 'Stopped') return 'stopped';
  if (!open(channel.actions.live)) return 'locked';
  return channel.ready ? 'ready' : 'starting';
}

export type BadgeKind = 'live' | 'catch-up' | 'upcoming' | 'locked' | 'absent';

/** What can be done with a programme, and where a click leads; `mode` null where a click leads nowhere. */
export interface Badge {
  kind: BadgeKind;
  label: string;
  /** A fact that stands on the programme's card. */
  detail: string | null;
  /** Why it cannot be watched, in the API's words: told on request. */
  why: string | null;
  mode: 'live' | 'start-over' | 'catch-up' | null;
  /** It can be watched, with the account's PIN. */
  pin: boolean;
}

const NOTHING = { detail: null, why: null, mode: null, pin: false } as const;

/** The badge of a programme in the guide. A locked one leads to its refusal, which shows the offers. */
export function programmeBadge(programme: Programme, now: number): Badge {
  if (now < Date.parse(programme.start)) {
    return { ...NOTHING, kind: 'upcoming', label: clockTime(programme.start) };
  }
  return now < Date.parse(programme.end) ? runningBadge(programme) : pastBadge(programme);
}

function runningBadge({ actions }: Programme): Badge {
  const { live, 'start-over': startOver } = actions;
  if (open(startOver)) {
    return { ...withPin(startOver), kind: 'live', label: 'Start over', mode: 'start-over' };
  }
  if (open(live)) return { ...withPin(live), kind: 'live', label: 'Live', mode: 'live' };
  return refusedBadge(actions.live, 'live');
}

function pastBadge({ actions, stored }: Programme): Badge {
  const action = actions['catch-up'];
  if (!open(action)) return refusedBadge(action, 'catch-up');
  const whole = stored === null || stored > 0.99;
  const detail = whole ? null : `${Math.floor(stored * 100)} % of it was stored`;
  return {
    ...withPin(action),
    kind: 'catch-up',
    label: whole ? 'Catch up' : 'Catch up, in part',
    detail,
    mode: 'catch-up',
  };
}

function withPin(action: Action) {
  const pin = takesPin(action);
  return { ...NOTHING, pin, why: pin ? (action.reasons[0]?.message ?? null) : null };
}

function refusedBadge({ reasons }: Action, mode: 'live' | 'catch-up'): Badge {
  const obstacle = reasons.find(({ code }) => !LIFTED_BY_THE_VIEWER.has(code));
  if (obstacle) return { ...NOTHING, kind: 'absent', label: shortReason(obstacle), why: obstacle.message };
  return { ...NOTHING, kind: 'locked', label: 'Locked', why: reasons[0]?.message ?? null, mode };
}

const SHORT: Record<string, string> = {
  'account-inactive': 'Account inactive',
  'channel-stopped': 'Off air',
  'not-stored': 'Not stored',
  'outside-territory': 'Not in your country',
  'programme-ended': 'Over',
  'programme-not-started': 'Not yet',
  'programme-running': 'Still on',
  'right-disabled': 'Not offered',
  'under-maintenance': 'Being worked on',
};

function shortReason(reason: Reason): string {
  return SHORT[reason.code] ?? 'Not available';
}
