import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { aChannel, renderSignedIn, stubServer } from '../app/test-telstar';

const DIAGNOSIS = {
  verdict: { allowed: false, message: 'You have no subscription that includes News 24.' },
  checks: [
    { code: 'account-inactive', passed: true, message: 'The account is active.', facts: { user_id: 'u1' } },
    { code: 'not-subscribed', passed: false, message: 'No subscription.', facts: { channel: 'news' } },
    { code: 'channel-not-ready', passed: false, message: 'Not known.', facts: { known: false } },
  ],
  remedies: [
    { message: 'Take Basic.', who: 'viewer', code: null, product_id: 'basic', base_product_id: null },
    {
      message: 'Start it.',
      who: 'operator',
      code: 'channel-not-ready',
      product_id: null,
      base_product_id: null,
    },
  ],
};
const answers = (role: string) => ({
  'GET /api/v1/auth/me': () => Response.json({ id: 'me', email: 'viewer@example.com', role }),
  'GET /api/v1/channels': () => Response.json([aChannel()]),
  'GET /api/v1/guide': () => Response.json({ channels: [] }),
  'GET /api/v1/products': () =>
    Response.json([{ id: 'basic', name: 'Basic', price: { amount: '4.99', currency: 'EUR' } }]),
  'GET /api/v1/diagnosis': () => Response.json(DIAGNOSIS),
  'GET /api/v1/admin/users/u1/subscriptions': () =>
    Response.json({ user_id: 'u1', subscriptions: [], payments: [] }),
  'GET /api/v1/admin/audit': () =>
    Response.json({ records: [{ id: 1, at: '2026-11-28T12:00:00Z', action: 'auth.sign-in', facts: {} }] }),
});

it('says why in one sentence, then every check in order, and lets a product be taken', async () => {
  stubServer(answers('subscriber'));
  await renderSignedIn('/why/news');
  expect(await screen.findByText(DIAGNOSIS.verdict.message)).toBeVisible();
  const checks = screen.getAllByTestId('check');
  expect(checks.map(({ dataset }) => [dataset.code, dataset.passed, dataset.known])).toEqual([
    ['account-inactive', 'true', 'true'],
    ['not-subscribed', 'false', 'true'],
    ['channel-not-ready', 'false', 'false'],
  ]);
  expect(checks[1]).toHaveTextContent(/^Failed: No subscription\.$/);
  expect(await screen.findByRole('button', { name: /^Take Basic/ })).toBeVisible();
  expect(screen.getByTestId('remedy')).toHaveTextContent('The channel’s operatorStart it.');
});

it('shows support all facts, subscriptions and the audit trail of another', async () => {
  const asked = stubServer(answers('support'));
  const user = await renderSignedIn('/');
  await user.click(await screen.findByRole('link', { name: 'Support' }));
  await user.type(await screen.findByLabelText('Email of the viewer'), 'other@example.com');
  await user.click(screen.getByRole('button', { name: 'Find out' }));
  const checks = await screen.findAllByTestId('check');
  expect(within(checks[1] ?? document.body).getByText('news')).toBeVisible();
  expect(await screen.findByTestId('audit')).toHaveAttribute('data-action', 'auth.sign-in');
  expect(await screen.findByText('None, ever.')).toBeVisible();
  expect(screen.queryByTestId('offer')).toBeNull();
  expect(location.search).toContain('user=other%40example.com');
  expect(asked.some(({ path }) => path === '/api/v1/diagnosis')).toBe(true);
});

it('is for support alone', async () => {
  stubServer(answers('subscriber'));
  await renderSignedIn('/support');
  expect(await screen.findByText('This page is for support')).toBeVisible();
  expect(screen.queryByRole('link', { name: 'Support' })).toBeNull();
});
