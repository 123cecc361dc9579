import { explain, ProblemError } from '../api/problem';

/** Where the API's own words say what to do: which input is wrong, which link has run out. */
const SAYS_WHAT_TO_DO = new Set([401, 403, 410, 422, 503]);

/** What to tell someone whose registration or new password was not taken. */
export function doorMessage(error: unknown): string {
  if (error instanceof ProblemError && SAYS_WHAT_TO_DO.has(error.status)) {
    const said = error.errors.map(({ detail }) => sentence(detail)).join(' ') || error.detail;
    if (said) return said;
  }
  const { title, detail } = explain(error);
  return `${title}. ${detail}`;
}

/** The secret that a mail's link carries behind its `#`, which browsers send to no server. */
export function secretOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
}

/** `must be an email address` → `Must be an email address.` */
function sentence(detail: string): string {
  const plain = detail.replace(/^Value error, /, '');
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1).replace(/\.$/, '')}.`;
}
