import { expect, it, vi } from 'vitest';
import { authorisedFetch } from './authorised-fetch';
import { UnreachableError } from './problem';

const ADDRESS = 'http://telstar.test/api/v1/playback';

function tokens() {
  return { accessToken: () => Promise.resolve('old'), replace: vi.fn(() => Promise.resolve('new')) };
}

/** Answers 401 to every token but this one; records what was sent. */
function serverThatTakes(token: string) {
  const sent: { authorization: string | null; body: string }[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const authorization = request.headers.get('Authorization');
    sent.push({ authorization, body: await request.text() });
    return new Response(null, { status: authorization === `Bearer ${token}` ? 200 : 401 });
  });
  return sent;
}

it('asks again once with a new token, body and all', async () => {
  const sent = serverThatTakes('new');
  const answer = await authorisedFetch(tokens())(
    new Request(ADDRESS, { method: 'POST', body: '{"channel":"news"}' }),
  );
  expect(answer.status).toBe(200);
  expect(sent).toEqual([
    { authorization: 'Bearer old', body: '{"channel":"news"}' },
    { authorization: 'Bearer new', body: '{"channel":"news"}' },
  ]);
});

it('gives up after the second 401', async () => {
  const sent = serverThatTakes('another');
  const answer = await authorisedFetch(tokens())(new Request(ADDRESS));
  expect(answer.status).toBe(401);
  expect(sent).toHaveLength(2);
});

it('does not refresh a token that works', async () => {
  serverThatTakes('old');
  const source = tokens();
  await authorisedFetch(source)(new Request(ADDRESS));
  expect(source.replace).not.toHaveBeenCalled();
});

it('tells no answer from a bad one', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  await expect(authorisedFetch(tokens())(new Request(ADDRESS))).rejects.toBeInstanceOf(UnreachableError);
});

it('leaves a request that was called off called off', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('off', 'AbortError')));
  const request = new Request(ADDRESS, { signal: AbortSignal.abort() });
  await expect(authorisedFetch(tokens())(request)).rejects.toMatchObject({ name: 'AbortError' });
});
