import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { aChannel, refused, renderSignedIn, stubServer, type Asked } from '../app/test-telstar';

const SESSION = {
  session_id: 'session-1',
  manifest_url: '/m',
  license_url: '/l',
  heartbeat_seconds: 30,
};
const PHONE = {
  session_id: '00000000-0000-4000-8000-000000000001',
  channel: 'news',
  mode: 'live',
  programme: null,
  device: 'Chrome on Android',
  since: '2026-11-28T12:00:00Z',
};

/** A server that answers requests for playback one after the other so, and lets the last one play. */
function answering(
  ...answers: [status: number, problem: object, headers?: Record<string, string>][]
): Asked[] {
  const waiting = [...answers];
  return stubServer({
    'GET /api/v1/channels': () => Response.json([aChannel()]),
    'GET /api/v1/guide': () => Response.json({ channels: [] }),
    'GET /api/v1/products': () => Response.json([]),
    'GET /api/v1/auth/parental-control': () => Response.json({ age_limit: 12, has_pin: true }),
    'POST /api/v1/playback/errors': () => new Response(null, { status: 204 }),
    'POST /api/v1/playback': () => {
      const [status, body, headers] = waiting.shift() ?? [201, SESSION];
      return Response.json(body, { status, ...(headers && { headers }) });
    },
    'DELETE /api/v1/playback/session-1': () => new Response(null, { status: 204 }),
  });
}

const bodies = (asked: Asked[]) =>
  asked
    .filter(({ method, path }) => method === 'POST' && path === '/api/v1/playback')
    .map(({ body }) => JSON.parse(body) as object);
const crowded = {
  detail: '',
  ...{ reasons: refused('too-many-streams').reasons },
  offers: [],
  conflicts: [PHONE],
};

it('lists what else is being watched, and takes its place', async () => {
  const asked = answering([409, crowded]);
  const user = await renderSignedIn('/watch/news');
  expect(await screen.findByTestId('conflict')).toHaveTextContent(/News 24.*Chrome on Android/);
  await user.click(screen.getByRole('button', { name: 'Watch here instead of on Chrome on Android' }));
  expect(await screen.findByTestId('player')).toBeVisible();
  expect(bodies(asked)[1]).toEqual({ channel: 'news', mode: 'live', take_over: [PHONE.session_id] });
});

it('leaves the other stream alone when it is not now', async () => {
  const asked = answering([409, crowded]);
  const user = await renderSignedIn('/watch/news');
  await user.click(await screen.findByRole('button', { name: 'Not now' }));
  expect(await screen.findByRole('heading', { name: 'On now' })).toBeVisible();
  expect(bodies(asked)).toHaveLength(1);
});

it('takes no stream’s place where there are too many devices', async () => {
  answering([409, { ...crowded, reasons: refused('too-many-devices').reasons }]);
  await renderSignedIn('/watch/news');
  expect(await screen.findByRole('link', { name: 'To your devices' })).toHaveAttribute('href', '/account');
  expect(screen.queryByTestId('conflict')).toBeNull();
});

it('asks for the PIN, says when it was wrong or too often, and then plays', async () => {
  const wanted: [number, object] = [403, { reasons: refused('pin-required').reasons, offers: [] }];
  const asked = answering(wanted, wanted, [429, {}, { 'Retry-After': '900' }]);
  const user = await renderSignedIn('/watch/news');
  const enter = async (pin: string) => {
    const field = await screen.findByLabelText(/^PIN/);
    expect(field).toHaveFocus();
    expect(field).toHaveAttribute('type', 'password');
    await user.type(field, `${pin}{Enter}`);
  };
  await enter('0000');
  expect(await screen.findByText(/That is not the PIN/)).toBeVisible();
  await enter('11x11');
  expect(await screen.findByText(/Wait 15 minutes/)).toBeVisible();
  await enter('1234');
  expect(await screen.findByTestId('player')).toBeVisible();
  expect(bodies(asked)).toEqual([
    { channel: 'news', mode: 'live' },
    { channel: 'news', mode: 'live', pin: '0000' },
    { channel: 'news', mode: 'live', pin: '1111' },
    { channel: 'news', mode: 'live', pin: '1234' },
  ]);
});

it('tells support what kept playback from beginning', async () => {
  const asked = answering([503, { title: 'Unavailable', detail: 'No database.' }]);
  await renderSignedIn('/watch/news');
  expect(await screen.findByText('Telstar has a fault')).toBeVisible();
  const told = asked.find(({ path }) => path === '/api/v1/playback/errors');
  expect(JSON.parse(told?.body ?? '{}')).toMatchObject({
    channel: 'news',
    mode: 'live',
    errors: [{ code: 'playback-503', message: 'No database.', fatal: true }],
  });
  expect(screen.getByRole('link', { name: /Why can’t I watch this/ })).toHaveAttribute(
    'href',
    '/why/news?mode=live',
  );
});
