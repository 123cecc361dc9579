import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { renderSignedIn, stubServer, type Asked } from '../app/test-telstar';

const PRICE = { amount: '4.99', currency: 'EUR' };
const product = (id: string, name: string, add_on_to: string[] = []) => ({
  id,
  name,
  description: 'All of it.',
  price: PRICE,
  rights: [],
  add_on_to,
  trial_days: 0,
  grace_days: 7,
  limits: { streams: null, devices: null, height: null },
});
const BASIC = {
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
  cancelled_at: null as string | null,
  next: null,
};
const device = (id: string, present: boolean) => ({
  id,
  created_at: '2026-11-28T12:00:00Z',
  last_used_at: '2026-11-28T12:00:00Z',
  user_agent: present ? 'Firefox Linux' : 'Chrome Android',
  network: '192.0.2.0/24',
  present,
});

/** An account on two devices, whose subscription is cancelled and changed as asked. */
function serving(more: Parameters<typeof stubServer>[0] = {}): Asked[] {
  let subscription = BASIC;
  let devices = [device('here', true), device('phone', false)];
  const become = (change: Partial<typeof BASIC>) => {
    subscription = { ...subscription, ...change };
    return Response.json(subscription);
  };
  return stubServer({
    'GET /api/v1/auth/me': () => Response.json({ id: 'u', email: 'viewer@example.com', role: 'subscriber' }),
    'GET /api/v1/products': () =>
      Response.json([
        product('basic', 'Basic'),
        product('premium', 'Premium'),
        product('film-club', 'Film Club', ['basic']),
      ]),
    'GET /api/v1/subscriptions': () => Response.json([subscription]),
    'GET /api/v1/subscriptions/s1': () =>
      Response.json({
        ...subscription,
        events: [{ kind: 'taken', at: BASIC.starts_at, sets: {}, notes: {} }],
      }),
    'POST /api/v1/subscriptions/s1/cancel': () =>
      become({ state: 'cancelled', cancelled_at: '2026-11-28T12:00:00Z' }),
    'POST /api/v1/subscriptions/s1/resume': () => become({ state: 'active', cancelled_at: null }),
    'GET /api/v1/subscriptions/s1/change': () =>
      Response.json({
        product_id: 'premium',
        name: 'Premium',
        effective_at: '2026-11-28T12:00:00Z',
        at_once: true,
        price: { amount: '14.99', currency: 'EUR' },
        credit: { amount: '0.50', currency: 'EUR' },
        due_now: { amount: '14.49', currency: 'EUR' },
        stops: [{ product_id: 'film-club', name: 'Film Club' }],
      }),
    'POST /api/v1/subscriptions/s1/change': () => become({ product_id: 'premium', name: 'Premium' }),
    'GET /api/v1/auth/sign-ins': () => Response.json(devices),
    'DELETE /api/v1/auth/sign-ins/phone': () => {
      devices = devices.filter(({ present }) => present);
      return new Response(null, { status: 204 });
    },
    'GET /api/v1/auth/parental-control': () => Response.json({ age_limit: null, has_pin: false }),
    ...more,
  });
}

it('cancels once it is sure, and resumes', async () => {
  serving();
  const user = await renderSignedIn('/account');
  const item = await screen.findByTestId('subscription');
  expect(item).toHaveTextContent('Paid until 1 December 2026, then €4.99 a month.');
  await user.click(await within(item).findByRole('button', { name: 'Cancel Basic' }));
  await user.click(within(item).getByRole('button', { name: 'Yes, cancel Basic' }));
  expect(await within(item).findByText('Paid until 1 December 2026, then ends.')).toBeVisible();
  await user.click(within(item).getByRole('button', { name: 'Resume' }));
  expect(await within(item).findByRole('button', { name: 'Cancel Basic' })).toBeVisible();
});

it('says when a change comes and what it costs before it is made', async () => {
  const asked = serving();
  const user = await renderSignedIn('/account');
  await user.click(await screen.findByRole('button', { name: 'Change' }));
  const preview = await screen.findByTestId('preview');
  expect(preview).toHaveTextContent('Premium begins at once. Film Club will not count any more.');
  expect(preview).toHaveTextContent(/Credit for what is left−€0.50To pay now€14.49/);
  await user.click(screen.getByRole('button', { name: 'Change to Premium' }));
  expect(await screen.findByRole('heading', { name: 'Premium' })).toBeVisible();
  const made = asked.find(({ method, path }) => method === 'POST' && path.endsWith('/change'));
  expect(made?.body).toBe('{"product_id":"premium"}');
});

it('says why a payment was declined, in the API’s words', async () => {
  serving({
    'POST /api/v1/subscriptions': () =>
      Response.json({ detail: 'No money. Use another payment method.' }, { status: 402 }),
  });
  const user = await renderSignedIn('/account');
  await user.click(await screen.findByRole('button', { name: 'Take Film Club' }));
  expect(await screen.findByText('No money. Use another payment method.')).toBeVisible();
});

it('shows what happened on request', async () => {
  serving();
  const user = await renderSignedIn('/account');
  await user.click(await screen.findByText('History'));
  expect(await screen.findByTestId('history')).toHaveTextContent(/Taken1 November 2026/);
});

it('signs another device out', async () => {
  serving();
  const user = await renderSignedIn('/account');
  expect(await screen.findAllByTestId('device')).toHaveLength(2);
  await user.click(screen.getByRole('button', { name: 'Sign out Chrome on Android' }));
  await waitFor(() => expect(screen.getAllByTestId('device')).toHaveLength(1));
  expect(screen.getByTestId('device')).toHaveTextContent('This device');
});

it('sets an age limit with a PIN, and says when the password was wrong', async () => {
  let status = 403;
  const asked = serving({
    'PUT /api/v1/auth/parental-control': () =>
      status === 200
        ? Response.json({ age_limit: 12, has_pin: true })
        : Response.json({ detail: 'The password is not that of this account.' }, { status }),
  });
  const user = await renderSignedIn('/account');
  await user.selectOptions(await screen.findByLabelText('Ask for the PIN'), 'for what is rated above 12');
  await user.type(screen.getByLabelText('PIN'), '24x68');
  await user.type(screen.getByLabelText('Your password'), 'wrong');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('The password is not that of this account.')).toBeVisible();
  status = 200;
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Saved.')).toBeVisible();
  const set = asked.filter(({ method }) => method === 'PUT').map(({ body }) => JSON.parse(body) as object);
  expect(set.at(-1)).toEqual({ password: 'wrong', age_limit: 12, pin: '2468' });
});

it('changes the password, and says how long to wait after too many tries', async () => {
  let answer = () => Response.json({}, { status: 429, headers: { 'Retry-After': '60' } });
  serving({ 'POST /api/v1/auth/password': () => answer() });
  const user = await renderSignedIn('/account');
  await user.type(await screen.findByLabelText('Present password'), 'old secret');
  await user.type(screen.getByLabelText('New password'), 'new secret');
  await user.click(screen.getByRole('button', { name: 'Change password' }));
  expect(await screen.findByText(/Wait 60 seconds/)).toBeVisible();
  answer = () => new Response(null, { status: 204 });
  await user.click(screen.getByRole('button', { name: 'Change password' }));
  expect(
    await screen.findByText(/Every other device is signed out/, { selector: '[role=status]' }),
  ).toBeVisible();
});
