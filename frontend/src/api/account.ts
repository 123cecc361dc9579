import { api, succeeded, unwrap } from './client';
import type {
  NewParentalControl,
  ParentalControl,
  Preview,
  SignIn,
  Subscription,
  SubscriptionHistory,
} from './types';

/** All that the viewer has, had and will have. */
export async function fetchSubscriptions(signal: AbortSignal): Promise<Subscription[]> {
  return unwrap(await api.GET('/api/v1/subscriptions', { params: { query: { history: true } }, signal }));
}

/** One of the viewer's subscriptions with all that happened to it. */
export async function fetchHistory(id: string, signal: AbortSignal): Promise<SubscriptionHistory> {
  return unwrap(
    await api.GET('/api/v1/subscriptions/{subscription_id}', { params: { path: path(id) }, signal }),
  );
}

/** When another product would take a subscription's place, and what that would cost. */
export async function previewChange(id: string, product: string, signal: AbortSignal): Promise<Preview> {
  const params = { path: path(id), query: { product_id: product } };
  return unwrap(await api.GET('/api/v1/subscriptions/{subscription_id}/change', { params, signal }));
}

/** Whether something has been done, or waits until the payment provider says it is paid. */
export type Done = 'done' | 'waits-for-payment';

/** Has another product instead; with its own, whatever was scheduled is withdrawn. */
export async function changeProduct(id: string, product: string): Promise<Done> {
  const params = { path: path(id) };
  const body = { product_id: product };
  return done(await api.POST('/api/v1/subscriptions/{subscription_id}/change', { params, body }));
}

/** Lets a subscription run to the end of what is paid for. */
export async function cancelSubscription(id: string): Promise<Done> {
  return done(
    await api.POST('/api/v1/subscriptions/{subscription_id}/cancel', { params: { path: path(id) } }),
  );
}

/** Takes a cancellation back. */
export async function resumeSubscription(id: string): Promise<Done> {
  return done(
    await api.POST('/api/v1/subscriptions/{subscription_id}/resume', { params: { path: path(id) } }),
  );
}

/** Pays for what is overdue, with the payment method that is known. */
export async function paySubscription(id: string): Promise<Done> {
  const params = { path: path(id) };
  return done(await api.POST('/api/v1/subscriptions/{subscription_id}/pay', { params, body: {} }));
}

/** The devices that are signed in, the last used first. */
export async function fetchSignIns(signal: AbortSignal): Promise<SignIn[]> {
  return unwrap(await api.GET('/api/v1/auth/sign-ins', { signal }));
}

/** Signs one device out. */
export async function endSignIn(id: string): Promise<void> {
  const params = { path: { sign_in_id: id } };
  succeeded(await api.DELETE('/api/v1/auth/sign-ins/{sign_in_id}', { params }));
}

/** Signs every device out but this one. */
export async function endOtherSignIns(): Promise<void> {
  succeeded(await api.DELETE('/api/v1/auth/sign-ins', { params: { query: { keep_present: true } } }));
}

/** A new password for the present one; every other device is signed out. */
export async function changePassword(present: string, next: string): Promise<void> {
  const body = { present_password: present, new_password: next };
  succeeded(await api.POST('/api/v1/auth/password', { body }));
}

export async function fetchParentalControl(signal: AbortSignal): Promise<ParentalControl> {
  return unwrap(await api.GET('/api/v1/auth/parental-control', { signal }));
}

/** Sets the age limit and its PIN; ProblemError 403 when the password is not the account's. */
export async function setParentalControl(body: NewParentalControl): Promise<ParentalControl> {
  return unwrap(await api.PUT('/api/v1/auth/parental-control', { body }));
}

function path(id: string) {
  return { subscription_id: id };
}

function done(answer: Parameters<typeof succeeded>[0]): Done {
  succeeded(answer);
  return answer.response.status === 202 ? 'waits-for-payment' : 'done';
}
