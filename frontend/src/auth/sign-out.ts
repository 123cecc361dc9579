import { keeper } from './session';

/**
 * Signs out at once here and in every tab, and tells the API on the way, so that the tokens stop counting
 * (RFC 7009). Not waited for: an access token is short-lived, and the viewer is out either way.
 */
export function signOut(): void {
  const token = keeper.refreshToken;
  keeper.signOut();
  if (token === null) return;
  const body = new URLSearchParams({ token });
  fetch('/api/v1/auth/revoke', { method: 'POST', body, keepalive: true }).catch(() => undefined);
}
