import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keyIdFrom } from './clear-key';
import { NextKeyKeeper, waitUntilAsking } from './next-key';

const KID = '0123456789abcdef0123456789abcdef';
const NOW = Date.parse('2026-11-22T12:00:00Z');
const LICENCE = new TextEncoder().encode('{"keys":[]}').buffer;

/** A browser's key session as far as the keeper knows it. */
class FakeSession {
  held = new Set<string>();
  updates: ArrayBuffer[] = [];
  keyStatuses = { has: (kid: Uint8Array) => this.held.has(kid.toString()) };
  update = (licence: ArrayBuffer) => {
    this.updates.push(licence);
    return Promise.resolve();
  };
}

let session: FakeSession;
let keeper: NextKeyKeeper;
let asked: ReturnType<typeof vi.fn<typeof fetch>>;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  asked = vi.fn(() => Promise.resolve(new Response(LICENCE)));
  vi.stubGlobal('fetch', asked);
  session = new FakeSession();
  keeper = new NextKeyKeeper('/licence', () => Promise.resolve('token'));
  keeper.use(session as unknown as MediaKeySession);
});

afterEach(() => {
  keeper.destroy();
  vi.useRealTimers();
});

/** The key comes into force so many seconds from the start of the test. */
const announce = (seconds: number, kid = KID) =>
  keeper.announce({ kid, from: new Date(NOW + seconds * 1_000).toISOString() });

it('spreads requests over the time that is left but for its last five seconds', () => {
  expect(waitUntilAsking(NOW + 65_000, NOW, 0)).toBe(0);
  expect(waitUntilAsking(NOW + 65_000, NOW, 0.999999)).toBeCloseTo(60_000, -1);
  expect(waitUntilAsking(NOW + 3_000, NOW, 0.9)).toBe(0);
  expect(waitUntilAsking(NOW - 60_000, NOW, 0.9)).toBe(0);
});

it('asks for the announced key once, at its moment, and gives it to the session', async () => {
  announce(45);
  await vi.advanceTimersByTimeAsync(19_900);
  announce(45);
  expect(asked).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  announce(45);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveBeenCalledOnce();
  const [url, request] = asked.mock.calls[0] ?? [];
  expect(url).toBe('/licence');
  expect(request).toMatchObject({
    method: 'POST',
    headers: { Authorization: 'Bearer token' },
    body: '{"kids":["ASNFZ4mrze8BI0VniavN7w"],"type":"temporary"}',
  });
  expect(session.updates.map((data) => new TextDecoder().decode(data))).toEqual(['{"keys":[]}']);
});

it('does not ask for a key that came with another one’s licence', async () => {
  session.held.add(keyIdFrom(KID).toString());
  announce(45);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).not.toHaveBeenCalled();
});

it('asks again after the next heartbeat when nobody answered', async () => {
  asked.mockRejectedValueOnce(new TypeError('no network'));
  announce(45);
  await vi.advanceTimersByTimeAsync(21_000);
  expect(asked).toHaveBeenCalledOnce();
  announce(45);
  await vi.advanceTimersByTimeAsync(21_000);
  expect(asked).toHaveBeenCalledTimes(2);
  expect(session.updates).toHaveLength(1);
});

it('gives the session nothing when the licence is refused', async () => {
  asked.mockResolvedValueOnce(new Response('{}', { status: 403 }));
  announce(45);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(session.updates).toEqual([]);
});

it('forgets an announcement for the one that replaces it', async () => {
  announce(45);
  announce(45, 'ff'.repeat(16));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.mock.calls.map(([, request]) => request?.body)).toEqual([
    '{"kids":["_____________________w"],"type":"temporary"}',
  ]);
});

it('asks nothing where nothing is announced, there is no session, or it was let go', async () => {
  keeper.announce(null);
  new NextKeyKeeper('/licence', () => Promise.resolve('token')).announce({
    kid: KID,
    from: new Date(NOW).toISOString(),
  });
  announce(45);
  keeper.destroy();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).not.toHaveBeenCalled();
});
