import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { aChannel, refused, renderSignedIn, stubServer, type Asked } from '../app/test-telstar';

const SESSION = {
  session_id: 'session-1',
  manifest_url: '/api/v1/tstv/token/news/live/index.m3u8',
  license_url: '/api/v1/drm/license',
  heartbeat_seconds: 20,
};

const BASIC = { product_id: 'basic', name: 'Basic', price: { amount: '4.99', currency: 'EUR' } };
const PREMIUM = { product_id: 'premium', name: 'Premium', price: { amount: '12.99', currency: 'EUR' } };

/** A server that refuses until one of the products is taken. */
function refusing(
  reasons: string[],
  offers: unknown[],
  subscribe = () => Response.json({}, { status: 201 }),
): Asked[] {
  let taken = false;
  const problem = {
    title: 'Forbidden',
    status: 403,
    detail: '',
    offers,
    reasons: refused(...reasons).reasons,
  };
  return stubServer({
    'GET /api/v1/channels': () => Response.json([aChannel()]),
    'GET /api/v1/guide': () => Response.json({ channels: [] }),
    'GET /api/v1/products': () =>
      Response.json([
        { id: 'basic', name: 'Basic', price: { amount: '4.99', currency: 'EUR' } },
        { id: 'film-club', name: 'Film Club', price: { amount: '4.99', currency: 'EUR' } },
      ]),
    'POST /api/v1/playback': () =>
      taken ? Response.json(SESSION, { status: 201 }) : Response.json(problem, { status: 403 }),
    'DELETE /api/v1/playback/session-1': () => new Response(null, { status: 204 }),
    'POST /api/v1/subscriptions': () => {
      const answer = subscribe();
      taken = answer.ok;
      return answer;
    },
  });
}

it('says why in sentences, and what would unlock it for how much', async () => {
  refusing(['not-subscribed'], [BASIC, PREMIUM]);
  await renderSignedIn('/watch/news');
  expect(await screen.findByRole('heading', { level: 1, name: /is not in your subscription/ })).toBeVisible();
  expect(screen.getByText('Refused: not-subscribed.')).toBeVisible();
  const offers = screen.getAllByTestId('offer');
  expect(offers.map((offer) => within(offer).getByRole('heading').textContent)).toEqual(['Basic', 'Premium']);
  expect(offers[0]).toHaveTextContent('€4.99 a month');
});

it('takes an offer with one click and plays, without signing in again', async () => {
  const asked = refusing(['not-subscribed'], [BASIC, PREMIUM]);
  const user = await renderSignedIn('/watch/news');
  await user.click(await screen.findByRole('button', { name: 'Take Premium and watch' }));
  expect(await screen.findByTestId('player')).toBeVisible();
  const posts = asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body]);
  expect(posts).toEqual([
    ['/api/v1/auth/token', expect.anything()],
    ['/api/v1/playback', '{"channel":"news","mode":"live"}'],
    ['/api/v1/subscriptions', '{"product_id":"premium"}'],
    ['/api/v1/playback', '{"channel":"news","mode":"live"}'],
  ]);
});

it('takes an add-on together with its base, shows the price of both, and plays', async () => {
  const films = { product_id: 'film-club', name: 'Film Club', price: { amount: '9.98', currency: 'EUR' } };
  const asked = refusing(['not-subscribed'], [{ ...films, base: { product_id: 'basic', name: 'Basic' } }]);
  const user = await renderSignedIn('/watch/news');
  const offer = await screen.findByTestId('offer');
  expect(offer).toHaveTextContent('€9.98 a month');
  expect(await within(offer).findByRole('list', { name: 'What it is made of' })).toHaveTextContent(
    /Basic €4.99Film Club €4.99/,
  );
  await user.click(within(offer).getByRole('button', { name: 'Take Basic and Film Club and watch' }));
  expect(await screen.findByTestId('player')).toBeVisible();
  const taken = asked.filter(({ path }) => path === '/api/v1/subscriptions').map(({ body }) => body);
  expect(taken).toEqual(['{"product_id":"basic"}', '{"product_id":"film-club"}']);
});

it('keeps the offers when one could not be taken, and says why', async () => {
  refusing(['not-subscribed'], [BASIC], () => Response.json({}, { status: 503 }));
  const user = await renderSignedIn('/watch/news');
  await user.click(await screen.findByRole('button', { name: 'Take Basic and watch' }));
  expect(await screen.findByText(/Telstar has a fault/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Take Basic and watch' })).toBeEnabled();
});

it('offers nothing where no product would help', async () => {
  refusing(['channel-stopped'], []);
  await renderSignedIn('/watch/news');
  expect(await screen.findByRole('heading', { level: 1, name: /is off air/ })).toBeVisible();
  expect(screen.queryByTestId('offer')).toBeNull();
  expect(screen.getByTestId('help')).toHaveTextContent(/Whoever runs the channel/);
});
