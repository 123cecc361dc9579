import { describe, expect, it } from 'vitest';
import type { Action, Channel, Programme } from '../api/types';
import { channelStatus, programmeBadge } from './status';

const YES: Action = { allowed: true, reasons: [] };
const no = (...codes: string[]): Action => ({
  allowed: false,
  reasons: codes.map((code) => ({ code, message: `Because of ${code}.` })),
});
const START = Date.parse('2026-11-22T18:00:00Z');

const channel: Channel = {
  name: 'news',
  display_name: 'News 24',
  number: 101,
  state: 'Running',
  ready: true,
  now: null,
  actions: { live: YES },
};

const programme: Programme = {
  id: 'p1',
  title: 'Evening News',
  description: '',
  category: '',
  start: '2026-11-22T18:00:00Z',
  end: '2026-11-22T18:30:00Z',
  stored: 1,
  actions: { live: YES, 'start-over': YES, 'catch-up': YES, record: YES },
};

describe('channelStatus', () => {
  it.each([
    ['ready', {}],
    ['starting', { ready: false }],
    ['locked', { actions: { live: no('not-subscribed') } }],
    ['ready', { actions: { live: no('pin-required') } }],
    ['stopped', { state: 'Stopped', ready: false }],
  ] as const)('is %s for %o', (status, change) =>
    expect(channelStatus({ ...channel, ...change })).toBe(status),
  );

  it('offers nobody a product for a channel that is off', () =>
    expect(
      channelStatus({
        ...channel,
        state: 'Stopped',
        actions: { live: no('not-subscribed', 'channel-stopped') },
      }),
    ).toBe('stopped'));
});

describe('programmeBadge', () => {
  const badge = (minutes: number, actions: Partial<Programme['actions']> = {}, stored: number | null = 1) =>
    programmeBadge(
      { ...programme, stored, actions: { ...programme.actions, ...actions } },
      START + minutes * 60_000,
    );

  it('starts over what is on', () => expect(badge(10)).toMatchObject({ kind: 'live', mode: 'start-over' }));

  it('joins live where starting over is not included', () =>
    expect(badge(10, { 'start-over': no('right-not-included') })).toMatchObject({
      kind: 'live',
      mode: 'live',
    }));

  it('catches up on what is over, from its very end', () =>
    expect(badge(30)).toMatchObject({ kind: 'catch-up', mode: 'catch-up', label: 'Catch up' }));

  it('tells how much of a programme is stored', () =>
    expect(badge(40, {}, 0.629)).toMatchObject({
      label: 'Catch up, in part',
      detail: '62 % of it was stored',
    }));

  it('leads nowhere for what is to come', () =>
    expect(badge(-1)).toMatchObject({ kind: 'upcoming', mode: null }));

  it('leads to the offers where a product would help', () =>
    expect(badge(40, { 'catch-up': no('right-not-included') })).toMatchObject({
      kind: 'locked',
      mode: 'catch-up',
      why: 'Because of right-not-included.',
    }));

  it('leads nowhere where no product would help', () =>
    expect(badge(40, { 'catch-up': no('not-subscribed', 'not-stored') })).toMatchObject({
      kind: 'absent',
      mode: null,
      label: 'Not stored',
      why: 'Because of not-stored.',
    }));

  it('asks for the PIN where that alone is wanted, and leads to what is asked for', () => {
    const wanted = no('pin-required');
    expect(badge(40, { 'catch-up': wanted })).toMatchObject({
      kind: 'catch-up',
      mode: 'catch-up',
      pin: true,
    });
    expect(badge(10, { 'start-over': wanted, live: wanted })).toMatchObject({
      kind: 'live',
      mode: 'start-over',
      pin: true,
    });
    expect(badge(40, { 'catch-up': no('pin-required', 'right-not-included') }).kind).toBe('locked');
    expect(badge(40).pin).toBe(false);
  });

  it.each([
    ['outside-territory', 'Not in your country'],
    ['right-disabled', 'Not offered'],
    ['under-maintenance', 'Being worked on'],
  ])('leads nowhere for %s', (code, label) =>
    expect(badge(40, { 'catch-up': no(code) })).toMatchObject({ kind: 'absent', label, mode: null }),
  );

  it('says something even for a reason it does not know', () =>
    expect(badge(40, { 'catch-up': no('sunspots') })).toMatchObject({
      kind: 'absent',
      label: 'Not available',
    }));
});
