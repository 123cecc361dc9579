import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { renderTelstar, stubServer } from '../app/test-telstar';
import { keeper } from './session';

const TOKENS = { access_token: 'a', refresh_token: 'r', token_type: 'Bearer', expires_in: 900 };
const methods = (registration: boolean, oidc: string | null) => ({
  'GET /api/v1/auth/methods': () => Response.json({ registration, oidc }),
});

it('registers, and sends people to their mail', async () => {
  const asked = stubServer({
    ...methods(true, null),
    'POST /api/v1/auth/register': () => new Response(null, { status: 202 }),
  });
  const user = renderTelstar('/sign-in');
  await user.click(await screen.findByRole('link', { name: /Make an account/ }));
  expect(await screen.findByRole('heading', { name: 'Make an account' })).toBeVisible();
  await user.type(screen.getByLabelText('Email'), 'new@example.com');
  await user.type(screen.getByLabelText('Password'), 'a long secret');
  await user.click(screen.getByRole('button', { name: 'Make an account' }));
  expect(await screen.findByTestId('mail-sent')).toHaveTextContent('new@example.com');
  expect(asked.at(-1)?.body).toBe('{"email":"new@example.com","password":"a long secret"}');
});

it('says what is wrong with a password, and how long to wait', async () => {
  let answer = () =>
    Response.json(
      { errors: [{ pointer: 'body/password', detail: 'is used by everybody' }] },
      { status: 422 },
    );
  stubServer({ 'POST /api/v1/auth/register': () => answer() });
  const user = renderTelstar('/register');
  await user.type(await screen.findByLabelText('Email'), 'new@example.com');
  await user.type(screen.getByLabelText('Password'), 'password');
  await user.click(screen.getByRole('button', { name: 'Make an account' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Is used by everybody.');
  answer = () => Response.json({ errors: [] }, { status: 429, headers: { 'Retry-After': '600' } });
  await user.click(screen.getByRole('button', { name: 'Make an account' }));
  expect(await screen.findByText(/Wait 10 minutes/)).toBeVisible();
});

it('confirms a registration with the mail’s link, and is signed in', async () => {
  const asked = stubServer({
    'POST /api/v1/auth/register/confirm': () => Response.json(TOKENS),
    'GET /api/v1/auth/me': () => Response.json({ id: 'u', email: 'new@example.com', role: 'subscriber' }),
    'GET /api/v1/channels': () => Response.json([]),
    'GET /api/v1/guide': () => Response.json({ channels: [] }),
  });
  const user = renderTelstar('/register/confirm#token=secret');
  await user.type(await screen.findByLabelText('Password'), 'a long secret');
  await user.click(screen.getByRole('button', { name: 'Confirm and sign in' }));
  expect(await screen.findByRole('heading', { name: 'On now' })).toBeVisible();
  expect(keeper.username).toBe('new@example.com');
  expect(asked[0]?.body).toBe('{"token":"secret","password":"a long secret"}');
});

it('sets a forgotten password anew', async () => {
  const asked = stubServer({
    'POST /api/v1/auth/password-reset/confirm': () => new Response(null, { status: 204 }),
  });
  const user = renderTelstar('/reset/confirm#token=secret');
  await user.type(await screen.findByLabelText('New password'), 'a long secret');
  await user.click(screen.getByRole('button', { name: 'Change it' }));
  expect(await screen.findByText(/Every device is signed out/)).toBeVisible();
  expect(asked[0]?.body).toBe('{"token":"secret","new_password":"a long secret"}');
});

it('says that a link without its secret is not whole', async () => {
  stubServer({});
  renderTelstar('/reset/confirm');
  expect(await screen.findByText(/not whole/)).toBeVisible();
});

it('offers an identity provider, and registration, only where there is one', async () => {
  stubServer(methods(false, 'id.example.com'));
  renderTelstar('/sign-in');
  expect(await screen.findByRole('button', { name: 'Sign in with id.example.com' })).toBeVisible();
  expect(screen.queryByRole('link', { name: /Make an account/ })).toBeNull();
});

it('signs in with what the identity provider sent back, once', async () => {
  const asked = stubServer({
    'POST /api/v1/auth/oidc/token': () => Response.json(TOKENS),
    'GET /api/v1/auth/me': () => Response.json({ id: 'u', email: 'new@example.com', role: 'subscriber' }),
    'GET /api/v1/channels': () => Response.json([]),
    'GET /api/v1/guide': () => Response.json({ channels: [] }),
  });
  renderTelstar('/sign-in/return?state=s&code=c');
  expect(await screen.findByRole('heading', { name: 'On now' })).toBeVisible();
  const posts = asked.filter(({ path }) => path === '/api/v1/auth/oidc/token');
  expect(posts.map(({ body }) => JSON.parse(body) as object)).toEqual([{ state: 's', code: 'c', iss: null }]);
});
