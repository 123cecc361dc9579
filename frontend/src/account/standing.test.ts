import { describe, expect, it } from 'vitest';
import type { Product, Subscription } from '../api/types';
import { isPresent, standing, takeable, waysOf } from './standing';

const PRICE = { amount: '4.99', currency: 'EUR' };
const basic: Subscription = {
  id: 's1',
  product_id: 'basic',
  name: 'Basic',
  starts_at: '2026-11-01T00:00:00Z',
  ends_at: null,
  state: 'active',
  counts: true,
  needs: [],
  price: PRICE,
  trial_ends_at: null,
  paid_until: '2026-12-01T00:00:00Z',
  grace_until: '2026-12-08T00:00:00Z',
  cancelled_at: null,
  next: null,
};
const product = (id: string, add_on_to: string[] = []): Product => ({
  id,
  name: id,
  description: '',
  price: PRICE,
  rights: [],
  add_on_to,
  trial_days: 0,
  grace_days: 7,
  limits: { streams: null, devices: null, height: null },
});
const catalogue = [
  product('basic'),
  product('premium'),
  product('film-club', ['basic']),
  product('sport', ['premium']),
];
const cancelled = { cancelled_at: '2026-11-20T00:00:00Z', ends_at: '2026-12-01T00:00:00Z' };

describe('standing', () => {
  it.each([
    [{}, 'Paid until 1 December 2026, then €4.99 a month.'],
    [{ paid_until: null }, 'Runs until you cancel it.'],
    [{ ...cancelled, state: 'cancelled' }, 'Paid until 1 December 2026, then ends.'],
    [
      { state: 'trialing', trial_ends_at: '2026-12-05T00:00:00Z' },
      'Trial until 5 December 2026, then €4.99 a month.',
    ],
    [
      { ...cancelled, state: 'trialing', trial_ends_at: '2026-12-01T00:00:00Z' },
      'Trial until 1 December 2026, then ends.',
    ],
    [{ state: 'past-due' }, 'Payment overdue: works until 8 December 2026.'],
    [{ state: 'unpaid' }, 'Not paid since 1 December 2026: it works again once it is paid.'],
    [{ state: 'upcoming', starts_at: '2026-12-24T00:00:00Z' }, 'Begins on 24 December 2026.'],
    [{ state: 'ended', ends_at: '2026-11-02T00:00:00Z' }, 'Ended on 2 November 2026.'],
  ] as [Partial<Subscription>, string][])('%o: %s', (change, said) =>
    expect(standing({ ...basic, ...change })).toBe(said),
  );

  it('says what an add-on lacks, and what comes next', () => {
    expect(standing({ ...basic, counts: false, needs: ['premium'] })).toMatch(/counts only beside premium/);
    const next = {
      product_id: 'premium',
      name: 'Premium',
      subscription_id: 's2',
      effective_at: '2026-12-01T00:00:00Z',
    };
    expect(standing({ ...basic, next })).toMatch(/Premium takes its place on 1 December 2026\.$/);
  });
});

describe('waysOf', () => {
  const ways = (change: Partial<Subscription>) => {
    const item = { ...basic, ...change };
    const { changes, ...rest } = waysOf(item, [item], catalogue);
    return { ...rest, changes: changes.map(({ id }) => id) };
  };

  it('cancels or changes what runs, to other products of its kind', () =>
    expect(ways({})).toEqual({ cancel: true, resume: false, pay: false, keep: false, changes: ['premium'] }));

  it('resumes what is cancelled, and cancels it no second time', () =>
    expect(ways({ ...cancelled, state: 'cancelled' })).toMatchObject({ cancel: false, resume: true }));

  it.each(['past-due', 'unpaid'] as const)('pays what is %s', (state) =>
    expect(ways({ state })).toMatchObject({ pay: true, cancel: true }),
  );

  it('neither cancels nor changes what ends by itself', () =>
    expect(ways({ ends_at: '2026-12-01T00:00:00Z' })).toMatchObject({
      cancel: false,
      resume: false,
      changes: [],
    }));

  it('does nothing about what has ended', () =>
    expect(ways({ state: 'ended', ends_at: '2026-11-02T00:00:00Z' })).toEqual({
      cancel: false,
      resume: false,
      pay: false,
      keep: false,
      changes: [],
    }));
});

describe('takeable', () => {
  const ids = (all: Subscription[]) => takeable(all, catalogue).map(({ id }) => id);

  it('is every base product for who has nothing', () => expect(ids([])).toEqual(['basic', 'premium']));
  it('is add-ons of what one has', () => expect(ids([basic])).toEqual(['film-club']));
  it('is nothing beside a base that does not count', () =>
    expect(ids([{ ...basic, state: 'unpaid', counts: false }])).toEqual([]));
});

it('forgets what was withdrawn before it began', () => {
  expect(isPresent({ ...basic, state: 'upcoming', ends_at: basic.starts_at })).toBe(false);
  expect(isPresent(basic)).toBe(true);
});
