import type { Product, Subscription, SubscriptionEvent } from '../api/types';
import { longDate, price } from '../time/format';

const OVER = new Set<Subscription['state']>(['ended']);

/** Whether a subscription still matters: in force, waiting for its payment, or yet to begin. */
export function isPresent({ state, starts_at, ends_at }: Subscription): boolean {
  // What was scheduled and withdrawn has no length, and never began.
  return !OVER.has(state) && starts_at !== ends_at;
}

/** Where a subscription stands, in a sentence. */
export function standing(item: Subscription): string {
  const { needs, next } = item;
  const words = [timeline(item)];
  if (needs.length > 0) words.push(`It counts only beside ${needs.join(' or ')}, which you don’t have`);
  if (next) words.push(`${next.name} takes its place on ${longDate(next.effective_at)}`);
  return `${words.join('. ')}.`;
}

function timeline(item: Subscription): string {
  const { state, ends_at, trial_ends_at, paid_until, grace_until } = item;
  const each = price(item.price.amount, item.price.currency);
  const end = ends_at && longDate(ends_at);
  switch (state) {
    case 'trialing':
      return `Trial until ${day(trial_ends_at)}, then ${end ? 'ends' : `${each} a month`}`;
    case 'active':
      if (end) return `Runs until ${end}, then ends`;
      return paid_until ? `Paid until ${day(paid_until)}, then ${each} a month` : 'Runs until you cancel it';
    case 'cancelled':
      return `${paid_until ? 'Paid' : 'Runs'} until ${end ?? day(paid_until)}, then ends`;
    case 'past-due':
      return `Payment overdue: works until ${day(grace_until)}`;
    case 'unpaid':
      return `Not paid since ${day(paid_until)}: it works again once it is paid`;
    case 'upcoming':
      return `Begins on ${day(item.starts_at)}`;
    case 'ended':
      return `Ended on ${day(ends_at)}`;
  }
}

function day(time: string | null): string {
  return time === null ? 'further notice' : longDate(time);
}

/** What can be done about a subscription. */
export interface Ways {
  cancel: boolean;
  resume: boolean;
  pay: boolean;
  /** What was scheduled in its place can be withdrawn. */
  keep: boolean;
  /** Products that can take its place, cheapest first. */
  changes: Product[];
}

/** What can be done about a subscription, with what is on sale and what else the viewer has. */
export function waysOf(item: Subscription, all: readonly Subscription[], products: readonly Product[]): Ways {
  const { state, cancelled_at, next } = item;
  const running = state === 'trialing' || state === 'active' || state === 'past-due' || state === 'cancelled';
  const cancelled = cancelled_at !== null;
  const had = new Set(all.filter(isPresent).map(({ product_id }) => product_id));
  const own = products.find(({ id }) => id === item.product_id);
  const replaceable = running && (item.ends_at === null || cancelled || next !== null);
  return {
    cancel: (running || state === 'unpaid') && !cancelled && (item.ends_at === null || next !== null),
    resume: running && cancelled,
    pay: state === 'past-due' || state === 'unpaid',
    keep: next !== null,
    changes:
      replaceable && own ? products.filter((product) => !had.has(product.id) && alike(product, own)) : [],
  };
}

/** A base product takes the place of a base product; an add-on that of one to the same. */
function alike(one: Product, other: Product): boolean {
  if (one.add_on_to.length === 0 || other.add_on_to.length === 0)
    return one.add_on_to.length === other.add_on_to.length;
  return one.add_on_to.some((base) => other.add_on_to.includes(base));
}

/** What else can be taken: products the viewer lacks; add-ons only beside a base that counts. */
export function takeable(all: readonly Subscription[], products: readonly Product[]): Product[] {
  const present = all.filter(isPresent);
  const had = new Set(present.map(({ product_id }) => product_id));
  const counting = new Set(present.filter(({ counts }) => counts).map(({ product_id }) => product_id));
  const hasBase = products.some(({ id, add_on_to }) => add_on_to.length === 0 && had.has(id));
  return products.filter(({ id, add_on_to }) => {
    if (had.has(id)) return false;
    // Another base product is taken in the place of the one there is.
    return add_on_to.length === 0 ? !hasBase : add_on_to.some((base) => counting.has(base));
  });
}

const HAPPENED: Record<SubscriptionEvent['kind'], string> = {
  imported: 'Taken before its history was kept',
  taken: 'Taken',
  scheduled: 'Set to begin later',
  replaced: 'Replaced by another product',
  withdrawn: 'Will not begin after all',
  kept: 'Goes on after all',
  renewed: 'Renewed',
  'payment-failed': 'A payment failed',
  'payment-pending': 'A payment is under way',
  cancelled: 'Cancelled',
  resumed: 'Resumed',
  'base-ends': 'Its base product ends',
  'base-stays': 'Its base product stays',
  extended: 'Extended',
  ended: 'Ended',
};

/** What happened to a subscription, in words. */
export function happened({ kind }: SubscriptionEvent): string {
  return HAPPENED[kind];
}
