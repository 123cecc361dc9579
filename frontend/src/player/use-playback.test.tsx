import { act, renderHook, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { stubServer, type Asked } from '../app/test-telstar';
import { keeper } from '../auth/session';
import { TroubleLog } from './trouble';
import { usePlayback } from './use-playback';

let asked: Asked[];
let beatStatus: number;
let log: TroubleLog;
let endedBy: object | null;
let nextKey: { kid: string; from: string } | null;

beforeEach(async () => {
  vi.useRealTimers();
  beatStatus = 200;
  nextKey = null;
  log = new TroubleLog();
  endedBy = null;
  let count = 0;
  const ended = () => new Response(null, { status: 204 });
  const beat = () =>
    Response.json(beatStatus === 200 ? { next_key: nextKey } : { detail: 'It is over.', ended_by: endedBy }, {
      status: beatStatus,
    });
  asked = stubServer({
    'POST /api/v1/playback': () => {
      count += 1;
      const urls = { manifest_url: '/m', license_url: '/l', heartbeat_seconds: 20 };
      return Response.json({ session_id: `session-${count}`, ...urls }, { status: 201 });
    },
    'POST /api/v1/playback/session-1/heartbeat': beat,
    'POST /api/v1/playback/session-2/heartbeat': beat,
    'DELETE /api/v1/playback/session-1': ended,
    'DELETE /api/v1/playback/session-2': ended,
  });
  await keeper.signIn('viewer@example.com', 'secret');
  asked.length = 0;
});

const requests = () => asked.map(({ method, path }) => `${method} ${path.replace('/api/v1/playback', '')}`);

async function playing(channel = 'news') {
  const hook = renderHook(({ name }) => usePlayback({ channel: name, mode: 'live' }, log), {
    initialProps: { name: channel },
  });
  await waitFor(() => expect(hook.result.current[0].kind).toBe('open'));
  return hook;
}

it('ends the session when the viewer leaves', async () => {
  const hook = await playing();
  hook.unmount();
  await waitFor(() => expect(requests()).toEqual(['POST ', 'DELETE /session-1']));
});

it('ends the session when the page goes away', async () => {
  await playing();
  act(() => void dispatchEvent(new Event('pagehide')));
  await waitFor(() => expect(requests()).toEqual(['POST ', 'DELETE /session-1']));
});

it('ends one session and begins another when the viewer changes channels', async () => {
  const hook = await playing();
  hook.rerender({ name: 'films' });
  expect(hook.result.current[0].kind).toBe('opening');
  await waitFor(() => expect(hook.result.current[0]).toMatchObject({ session: { session_id: 'session-2' } }));
  expect(requests()).toContain('DELETE /session-1');
});

it('ends a session that opens only after the viewer has left', async () => {
  const hook = renderHook(() => usePlayback({ channel: 'news', mode: 'live' }, log));
  await waitFor(() => expect(requests()).toEqual(['POST ']), { interval: 1 });
  hook.unmount();
  await waitFor(() => expect(requests()).toEqual(['POST ', 'DELETE /session-1']));
});

it('begins the next session only when the one before has ended', async () => {
  const hook = await playing();
  hook.rerender({ name: 'films' });
  hook.rerender({ name: 'sport' });
  await waitFor(() => expect(hook.result.current[0]).toMatchObject({ session: { session_id: 'session-2' } }));
  expect(requests()).toEqual(['POST ', 'DELETE /session-1', 'POST ']);
  expect(asked.at(-1)?.body).toContain('sport');
});

/** Lets the next heartbeat fall due. */
async function heartbeat() {
  await act(() => vi.advanceTimersByTimeAsync(20_000));
}

it('sends heartbeats, and begins a new session when the old one was forgotten', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const hook = await playing();
  await heartbeat();
  expect(requests()).toEqual(['POST ', 'POST /session-1/heartbeat']);
  beatStatus = 404;
  await heartbeat();
  await waitFor(() => expect(hook.result.current[0]).toMatchObject({ session: { session_id: 'session-2' } }));
});

it('hears the next key from a heartbeat, and keeps its session', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const hook = await playing();
  const [before] = hook.result.current;
  expect(before).toMatchObject({ nextKey: null });
  nextKey = { kid: 'ff'.repeat(16), from: '2026-11-22T12:00:00Z' };
  await heartbeat();
  await waitFor(() => expect(hook.result.current[0]).toMatchObject({ nextKey }));
  const [after] = hook.result.current;
  expect(after.kind === 'open' && before.kind === 'open' && after.session === before.session).toBe(true);
});

it('does not begin again what was ended on purpose, and says so', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const hook = await playing();
  beatStatus = 410;
  await heartbeat();
  await waitFor(() => expect(hook.result.current[0].kind).toBe('failed'));
  expect(requests().filter((request) => request === 'POST ')).toHaveLength(1);
});

it('says that another device took its place, and takes it back on request', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const hook = await playing();
  beatStatus = 410;
  endedBy = {
    how: 'taken-over',
    at: '2026-11-28T12:00:00Z',
    device: 'Chrome on Android',
    session_id: 'other',
  };
  await heartbeat();
  await waitFor(() => expect(hook.result.current[0].kind).toBe('taken'));
  act(() => hook.result.current[1].takeOver(['other']));
  await waitFor(() => expect(hook.result.current[0]).toMatchObject({ session: { session_id: 'session-2' } }));
  const opened = asked.filter(({ path }) => path === '/api/v1/playback').at(-1);
  expect(JSON.parse(opened?.body ?? '')).toMatchObject({ take_over: ['other'] });
});

it('asks how the session ended before it begins another', async () => {
  const hook = await playing();
  beatStatus = 410;
  endedBy = {
    how: 'taken-over',
    at: '2026-11-28T12:00:00Z',
    device: 'Chrome on Android',
    session_id: 'other',
  };
  act(() => hook.result.current[1].reopen());
  await waitFor(() => expect(hook.result.current[0].kind).toBe('taken'));
  expect(requests().filter((request) => request === 'POST ')).toHaveLength(1);
});

it('tells with a heartbeat what went wrong, at once where the player stopped', async () => {
  await playing();
  log.note('fragLoadError', 'HTTP 503', false);
  log.note('stalled', '', true);
  await waitFor(() => expect(requests()).toContain('POST /session-1/heartbeat'));
  const { body } = asked.find(({ path }) => path.endsWith('/heartbeat')) ?? { body: '{}' };
  expect(JSON.parse(body)).toMatchObject({
    errors: [{ code: 'fragLoadError' }, { code: 'stalled', fatal: true }],
  });
});

it('rides out a heartbeat that the server could not take', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const hook = await playing();
  beatStatus = 503;
  await heartbeat();
  expect(hook.result.current[0].kind).toBe('open');
});
