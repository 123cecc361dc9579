import { queryOptions } from '@tanstack/react-query';
import createClient from 'openapi-fetch';
import { succeeded, unwrap } from '../api/client';
import { UnreachableError } from '../api/problem';
import type { paths } from '../api/schema';
import type { Tokens } from '../api/types';
import { keeper } from './session';

const REQUEST_LIMIT = 15_000;

/** The API, as nobody in particular. */
const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: async (request) => {
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_LIMIT)]);
      return await fetch(new Request(request, { signal }));
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw new UnreachableError();
    }
  },
});

/** How one can get in here. */
export const methodsQuery = queryOptions({
  queryKey: ['sign-in-methods'],
  queryFn: async ({ signal }) => unwrap(await api.GET('/api/v1/auth/methods', { signal })),
  staleTime: Infinity,
});

/** Asks for an account; a mail follows, whether or not the address has one already. */
export async function register(email: string, password: string): Promise<void> {
  succeeded(await api.POST('/api/v1/auth/register', { body: { email, password } }));
}

/** Confirms a registration with the secret from the mail, and is signed in. */
export async function confirmRegistration(token: string, password: string): Promise<void> {
  await begin(unwrap(await api.POST('/api/v1/auth/register/confirm', { body: { token, password } })));
}

/** Where the browser is to go to sign in through the identity provider. */
export async function departToProvider(): Promise<string> {
  return unwrap(await api.POST('/api/v1/auth/oidc/start')).authorization_url;
}

/** Signs in with what the identity provider sent the browser back with. */
export async function arriveFromProvider(state: string, code: string, iss: string | null): Promise<void> {
  await begin(unwrap(await api.POST('/api/v1/auth/oidc/token', { body: { state, code, iss } })));
}

/** Is signed in with these tokens; whose they are, the API says. */
async function begin(tokens: Tokens): Promise<void> {
  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  const { email } = unwrap(await api.GET('/api/v1/auth/me', { headers }));
  keeper.take(tokens, email);
}

/** Asks for a new password; a mail follows if there is such an account. */
export async function askForReset(email: string): Promise<void> {
  succeeded(await api.POST('/api/v1/auth/password-reset', { body: { email } }));
}

/** Sets a new password with the secret from the mail; every device is signed out. */
export async function resetPassword(token: string, password: string): Promise<void> {
  const body = { token, new_password: password };
  succeeded(await api.POST('/api/v1/auth/password-reset/confirm', { body }));
}
