import createClient from 'openapi-fetch';
import { keeper } from '../auth/session';
import { authorisedFetch } from './authorised-fetch';
import { readProblem } from './problem';
import type { paths } from './schema';
import type { Channel, Guide, Mode, NextKey, Playback } from './types';

const api = createClient<paths>({ baseUrl: location.origin, fetch: authorisedFetch(keeper) });

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

/** Begins a playback session. A refusal is a ProblemError 403 with reasons and offers. */
export async function openPlayback({ channel, mode, programme }: PlaybackRequest): Promise<Playback> {
  const body = { channel, mode, ...(programme !== undefined && { programme_id: programme }) };
  return unwrap(await api.POST('/api/v1/playback', { body }));
}

/** Says that a session is still being watched; hears its next key. ProblemError 404 or 410 when it has ended. */
export async function beat(session: string): Promise<NextKey | null> {
  const path = { session_id: session };
  return unwrap(await api.POST('/api/v1/playback/{session_id}/heartbeat', { params: { path } })).next_key;
}

/** Ends a session; sent even while the page is going away, and never waited for. */
export function closePlayback(session: string): void {
  const path = { session_id: session };
  // Nobody is left to tell: a session that could not be closed ends when its heartbeats stop.
  api.DELETE('/api/v1/playback/{session_id}', { params: { path }, keepalive: true }).catch(() => undefined);
}

/** Takes a product. */
export async function subscribe(product: string): Promise<void> {
  unwrap(await api.POST('/api/v1/subscriptions', { body: { product_id: product } }));
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function unwrap<T>({ data, error, response }: Answer<T>): T {
  if (data === undefined) throw readProblem(response.status, error);
  return data;
}
