import createClient from 'openapi-fetch';
import { keeper } from '../auth/session';
import { authorisedFetch } from './authorised-fetch';
import { readProblem } from './problem';
import type { paths } from './schema';
import type {
  Account,
  Channel,
  Guide,
  Mode,
  NextKey,
  Playback,
  PlayerError,
  PlayerReport,
  Product,
} from './types';

/** The API, as the one who is signed in. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorisedFetch(keeper) });

/** All channels, and what is on each now. */
export async function fetchChannels(signal: AbortSignal): Promise<Channel[]> {
  return unwrap(await api.GET('/api/v1/channels', { signal }));
}

/** The programmes that overlap a range (milliseconds), and what the viewer may do with each. */
export async function fetchGuide(from: number, to: number, signal: AbortSignal): Promise<Guide> {
  const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return unwrap(await api.GET('/api/v1/guide', { params: { query }, signal }));
}

/** What to play. */
export interface PlaybackRequest {
  channel: string;
  mode: Mode;
  programme?: string | undefined;
}

/** What may be in the way of a session, and what the viewer has said to that. */
export interface PlaybackLeave {
  /** The account's PIN, where something is rated for older viewers. */
  pin?: string | undefined;
  /** Sessions of the account that end in favour of this one. */
  takeOver?: readonly string[];
}

/**
 * Begins a playback session. A refusal is a ProblemError 403 with reasons and offers, too many at once a 409
 * with conflicts.
 */
export async function openPlayback(
  { channel, mode, programme }: PlaybackRequest,
  { pin, takeOver = [] }: PlaybackLeave = {},
): Promise<Playback> {
  const body = {
    channel,
    mode,
    ...(programme !== undefined && { programme_id: programme }),
    ...(pin !== undefined && { pin }),
    ...(takeOver.length > 0 && { take_over: [...takeOver] }),
  };
  return unwrap(await api.POST('/api/v1/playback', { body }));
}

/**
 * Says that a session is still being watched, and how; hears its next key. ProblemError 404 or 410 when it has
 * ended.
 */
export async function beat(session: string, report: PlayerReport): Promise<NextKey | null> {
  const params = { path: { session_id: session } };
  const answer = await api.POST('/api/v1/playback/{session_id}/heartbeat', { params, body: report });
  return unwrap(answer).next_key;
}

/** Tells support why nothing could be played; sent even while the page is going away. */
export async function reportErrors({ channel, mode }: PlaybackRequest, errors: PlayerError[]): Promise<void> {
  succeeded(await api.POST('/api/v1/playback/errors', { body: { channel, mode, errors }, keepalive: true }));
}

/** Ends a session; sent even while the page is going away. Settles once it has, or could not be, ended. */
export async function closePlayback(session: string): Promise<void> {
  const path = { session_id: session };
  // Nobody is left to tell: a session that could not be closed ends when its heartbeats stop.
  await api
    .DELETE('/api/v1/playback/{session_id}', { params: { path }, keepalive: true })
    .catch(() => undefined);
}

/** What is on sale. */
export async function fetchProducts(signal: AbortSignal): Promise<Product[]> {
  return unwrap(await api.GET('/api/v1/products', { signal }));
}

/** The account that is signed in. */
export async function fetchAccount(signal: AbortSignal): Promise<Account> {
  return unwrap(await api.GET('/api/v1/auth/me', { signal }));
}

/** Takes a product: at once, or as soon as it is paid for. */
export async function subscribe(product: string): Promise<'done' | 'waits-for-payment'> {
  const answer = await api.POST('/api/v1/subscriptions', { body: { product_id: product } });
  succeeded(answer);
  return answer.response.status === 202 ? 'waits-for-payment' : 'done';
}

/** What an answer of the API comes to. */
export interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a success; everything else is thrown as the ProblemError that it is. */
export function unwrap<T>(answer: Answer<T>): T {
  succeeded(answer);
  return answer.data as T;
}

/** As unwrap, for an answer without a body. */
export function succeeded({ error, response }: Answer<unknown>): void {
  if (!response.ok) throw readProblem(response.status, error, response.headers.get('Retry-After'));
}
