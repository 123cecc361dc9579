import { observeServerTime } from '../time/clock';
import { UnreachableError } from './problem';

/** Longest wait for an answer of the API, in milliseconds. */
const REQUEST_LIMIT = 15_000;

export interface TokenSource {
  accessToken(): Promise<string>;
  replace(refused: string): Promise<string>;
}

/**
 * `fetch` with the viewer's access token. An answer 401 is asked again once, with a new token, so that
 * nobody sees a token end. Throws UnreachableError without an answer, SignedOutError without a sign-in.
 */
export function authorisedFetch(tokens: TokenSource) {
  return async (request: Request): Promise<Response> => {
    const token = await tokens.accessToken();
    const first = await send(request.clone(), token);
    if (first.status !== 401) return first;
    return send(request, await tokens.replace(token));
  };
}

async function send(request: Request, token: string): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set('Authorization', `Bearer ${token}`);
  const limit = AbortSignal.timeout(REQUEST_LIMIT);
  try {
    const answer = await fetch(
      new Request(request, { headers, signal: AbortSignal.any([request.signal, limit]) }),
    );
    observeServerTime(answer.headers.get('Date'));
    return answer;
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new UnreachableError();
  }
}
