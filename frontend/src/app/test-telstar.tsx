import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { vi } from 'vitest';
import type { Action, Channel, Programme } from '../api/types';
import { keeper } from '../auth/session';
import { makeRouter } from './router';

/** A request as a test sees it. */
export interface Asked {
  method: string;
  path: string;
  body: string;
}

type Answers = Record<string, (asked: Asked) => Response>;

const TOKENS = { access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', expires_in: 900 };

/**
 * A server at the network's edge: `GET /api/v1/channels` → answer. Whatever has no answer is a test's
 * mistake and fails as an unreachable network would. Returns what was asked, in order.
 */
export function stubServer(answers: Answers): Asked[] {
  const log: Asked[] = [];
  const all: Answers = { 'POST /api/v1/auth/token': () => Response.json(TOKENS), ...answers };
  vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
    const request = new Request(new URL(typeof input === 'string' ? input : input.url, location.href), {
      method: typeof input === 'string' ? (init?.method ?? 'GET') : input.method,
    });
    const body = typeof input === 'string' ? formOf(init?.body) : await input.text();
    const asked = { method: request.method, path: new URL(request.url).pathname, body };
    log.push(asked);
    const answer = all[`${asked.method} ${asked.path}`];
    if (!answer) throw new TypeError(`no answer for ${asked.method} ${asked.path}`);
    return answer(asked);
  });
  return log;
}

/** The whole page at an address. */
export function renderTelstar(path: string) {
  history.replaceState(null, '', path);
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <RouterProvider router={makeRouter(queries)} />
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

/** As renderTelstar, for somebody who has signed in. */
export async function renderSignedIn(path: string) {
  await keeper.signIn('viewer@example.com', 'secret');
  return renderTelstar(path);
}

export const ALLOWED: Action = { allowed: true, reasons: [] };

/** A refusal for these codes. */
export function refused(...codes: string[]): Action {
  return { allowed: false, reasons: codes.map((code) => ({ code, message: `Refused: ${code}.` })) };
}

/** A running channel that may be watched, but for what is said. */
export function aChannel(change: Partial<Channel> = {}): Channel {
  return {
    name: 'news',
    display_name: 'News 24',
    number: 101,
    state: 'Running',
    ready: true,
    now: null,
    actions: { live: ALLOWED },
    ...change,
  };
}

/** A programme that began `began` and ends `ends` minutes from now, and may be watched in every way. */
export function aProgramme(
  title: string,
  began: number,
  ends: number,
  change: Partial<Programme> = {},
): Programme {
  const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  return {
    id: `id-${title.toLowerCase().replaceAll(' ', '-')}`,
    title,
    description: '',
    category: '',
    start: at(began),
    end: at(ends),
    stored: 1,
    actions: { live: ALLOWED, 'start-over': ALLOWED, 'catch-up': ALLOWED, record: ALLOWED },
    ...change,
  };
}

function formOf(body: BodyInit | null | undefined): string {
  return body instanceof URLSearchParams ? body.toString() : '';
}
