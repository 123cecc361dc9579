import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { renderSignedIn, renderTelstar, stubServer } from '../app/test-telstar';
import { keeper } from './session';

const HOME = {
  'GET /api/v1/channels': () => Response.json([]),
  'GET /api/v1/guide': () => Response.json({ channels: [] }),
};

async function fillIn(user: ReturnType<typeof renderTelstar>, password: string) {
  await user.type(await screen.findByLabelText('Email'), ' viewer@example.com');
  await user.type(screen.getByLabelText('Password'), password);
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
}

it('signs in with email and password, and shows the channels', async () => {
  const asked = stubServer(HOME);
  await fillIn(renderTelstar('/'), 'secret');
  expect(await screen.findByRole('heading', { name: 'On now' })).toBeVisible();
  expect(asked.find(({ method }) => method === 'POST')?.body).toBe(
    'grant_type=password&username=viewer%40example.com&password=secret',
  );
});

it('goes on to where the viewer wanted to go', async () => {
  stubServer({ ...HOME, 'POST /api/v1/playback': () => Response.json({ detail: 'Gone.' }, { status: 404 }) });
  await fillIn(renderTelstar('/watch/news?mode=catch-up&programme=7'), 'secret');
  expect(await screen.findByText('There is nothing here')).toBeVisible();
  expect(location.pathname + location.search).toBe('/watch/news?mode=catch-up&programme=7');
});

it('says that the two don’t match, and lets the viewer try again', async () => {
  let status = 401;
  stubServer({
    ...HOME,
    'POST /api/v1/auth/token': () =>
      Response.json({ access_token: 'a', refresh_token: 'r', expires_in: 900 }, { status }),
  });
  const user = renderTelstar('/');
  await fillIn(user, 'wrong');
  expect(await screen.findByRole('alert')).toHaveTextContent(/don’t match an account/);
  status = 200;
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('heading', { name: 'On now' })).toBeVisible();
});

it('does not blame the password when Telstar does not answer', async () => {
  stubServer({
    'POST /api/v1/auth/token': () => {
      throw new TypeError('network');
    },
  });
  await fillIn(renderTelstar('/'), 'secret');
  expect(await screen.findByRole('alert')).toHaveTextContent(/can’t be reached/);
});

it('shows what is typed on request', async () => {
  stubServer(HOME);
  const user = renderTelstar('/');
  const field = await screen.findByLabelText('Password');
  expect(field).toHaveAttribute('type', 'password');
  await user.click(screen.getByRole('button', { name: 'Show what is typed' }));
  expect(field).toHaveAttribute('type', 'text');
});

it('signs out, ends the refresh token, and is back at the door', async () => {
  const asked = stubServer({
    ...HOME,
    'POST /api/v1/auth/revoke': () => new Response(null, { status: 204 }),
  });
  const user = await renderSignedIn('/');
  await user.click(await screen.findByRole('button', { name: 'Sign out' }));
  expect(await screen.findByLabelText('Email')).toBeVisible();
  const revoked = asked.find(({ path }) => path === '/api/v1/auth/revoke');
  expect(revoked?.body).toBe('token=refresh');
});

it('is back at the door when another tab signed out', async () => {
  stubServer(HOME);
  await renderSignedIn('/');
  await screen.findByRole('heading', { name: 'On now' });
  localStorage.clear();
  dispatchEvent(new StorageEvent('storage', { key: null }));
  expect(await screen.findByLabelText('Email')).toBeVisible();
  expect(keeper.username).toBeNull();
});
