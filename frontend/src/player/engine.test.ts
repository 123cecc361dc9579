import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Engine, type EngineReports } from './engine';

type Listener = (event: string, data: unknown) => void;

/** hls.js as far as the engine knows it: remembers its listeners, so that a test can speak for it. */
const { FakeHls, made } = vi.hoisted(() => {
  interface Config {
    startPosition: number;
    licenseXhrSetup: (xhr: unknown, url: string, context: { mediaKeysSession: unknown }) => Promise<void>;
  }
  class Fake {
    static isSupported = () => true;
    static Events = new Proxy({}, { get: (_, name) => name });
    listeners = new Map<string, Listener>();
    destroyed = false;
    recovered = 0;
    constructor(readonly config: Config) {
      created.push(this);
    }
    on = (event: string, listener: Listener) => void this.listeners.set(event, listener);
    once = this.on;
    attachMedia = () => undefined;
    loadSource = () => undefined;
    recoverMediaError = () => void (this.recovered += 1);
    destroy = () => void (this.destroyed = true);
    say = (event: string, data?: unknown) => this.listeners.get(event)?.(event, data);
  }
  const created: Fake[] = [];
  return { FakeHls: Fake, made: created };
});

vi.mock('hls.js', () => ({ default: FakeHls }));

const REFUSED = {
  fatal: true,
  type: 'keySystemError',
  details: 'keySystemLicenseRequestFailed',
  error: new Error('refused'),
  response: { code: 403 },
};
const UNREACHABLE = {
  fatal: true,
  type: 'networkError',
  details: 'manifestLoadError',
  error: new Error('no answer'),
  response: { code: 0 },
};

let video: HTMLVideoElement & { readyState: number; currentTime: number };
let reports: { [Report in keyof EngineReports]: ReturnType<typeof vi.fn> };
let engine: Engine;

async function start(startAt = 0) {
  const source = { manifestUrl: '/m', licenceUrl: '/l', startAt, reopened: 0 };
  engine = new Engine(video, source, () => Promise.resolve('token'), reports as unknown as EngineReports);
  await vi.waitFor(() => expect(made).toHaveLength(1));
}

const latest = () => {
  const last = made.at(-1);
  if (!last) throw new Error('hls.js was not started');
  return last;
};

beforeEach(() => {
  vi.useFakeTimers();
  made.length = 0;
  const element = { readyState: 0, paused: false, ended: false, currentTime: 0 };
  video = Object.assign(new EventTarget(), element) as unknown as typeof video;
  reports = { attached: vi.fn(), changed: vi.fn(), reopen: vi.fn(), failed: vi.fn(), trouble: vi.fn() };
});

afterEach(() => {
  engine.destroy();
  vi.useRealTimers();
});

it('asks for a new session once, although a refused licence is told twice', async () => {
  await start();
  video.currentTime = 42;
  latest().say('ERROR', REFUSED);
  latest().say('ERROR', REFUSED);
  expect(reports.reopen).toHaveBeenCalledExactlyOnceWith(42);
  expect(latest().destroyed).toBe(true);
});

it('leaves errors that hls.js deals with to hls.js', async () => {
  await start();
  latest().say('ERROR', { ...UNREACHABLE, fatal: false });
  expect(latest().destroyed).toBe(false);
  expect(reports.failed).not.toHaveBeenCalled();
  expect(reports.trouble).toHaveBeenCalledWith(
    'manifestLoadError',
    'networkError: no answer (HTTP 0)',
    false,
  );
});

it('goes on where it was when it loads again, and tells the viewer after the third time', async () => {
  await start();
  video.currentTime = 42;
  for (const wait of [1_000, 3_000, 8_000]) {
    latest().say('ERROR', UNREACHABLE);
    await vi.advanceTimersByTimeAsync(wait);
  }
  expect(made.map(({ config }) => config.startPosition)).toEqual([0, 42, 42, 42]);
  latest().say('ERROR', UNREACHABLE);
  expect(reports.failed).toHaveBeenCalledOnce();
});

it('forgets old failures once the picture has been well for a while', async () => {
  await start();
  latest().say('ERROR', UNREACHABLE);
  await vi.advanceTimersByTimeAsync(1_000);
  video.readyState = 4;
  await vi.advanceTimersByTimeAsync(40_000);
  latest().say('ERROR', UNREACHABLE);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(made).toHaveLength(3);
});

it('tells that a key never came, instead of waiting in silence', async () => {
  await start();
  video.dispatchEvent(new Event('waitingforkey'));
  await vi.advanceTimersByTimeAsync(7_000);
  expect(reports.failed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(reports.failed.mock.calls[0]?.[0]).toMatchObject({ title: 'The key never arrived' });
});

it('is content with a key that comes late', async () => {
  await start();
  video.dispatchEvent(new Event('waitingforkey'));
  await vi.advanceTimersByTimeAsync(4_000);
  video.readyState = 4;
  video.dispatchEvent(new Event('playing'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reports.failed).not.toHaveBeenCalled();
});

it('gives an announced key to the key session that hls.js uses', async () => {
  await start();
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"keys":[]}')));
  const session = { keyStatuses: new Map(), update: vi.fn() };
  const xhr = { open: vi.fn(), setRequestHeader: vi.fn() };
  await latest().config.licenseXhrSetup(xhr, '/l', { mediaKeysSession: session });
  expect(xhr.open).toHaveBeenCalledExactlyOnceWith('POST', '/l', true);
  engine.announce({ kid: 'ff'.repeat(16), from: new Date(Date.now() + 30_000).toISOString() });
  await vi.advanceTimersByTimeAsync(26_000);
  expect(session.update).toHaveBeenCalledOnce();
});

it('does not wait for a picture for ever', async () => {
  await start();
  await vi.advanceTimersByTimeAsync(44_000);
  expect(reports.failed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(reports.failed).toHaveBeenCalledOnce();
});

it('says nothing any more after it was let go', async () => {
  await start();
  engine.destroy();
  latest().say('ERROR', REFUSED);
  video.dispatchEvent(new Event('waitingforkey'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reports.reopen).not.toHaveBeenCalled();
  expect(reports.failed).not.toHaveBeenCalled();
});
