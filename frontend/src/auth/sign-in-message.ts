import { explain, ProblemError } from '../api/problem';

/** What to tell someone whose sign-in failed. The API never says which of the two was wrong; nor does the page. */
export function signInMessage(error: unknown): string {
  if (error instanceof ProblemError && [400, 401, 403, 422].includes(error.status)) {
    return (
      error.reasons[0]?.message ?? 'Email and password don’t match an account. Check both and try again.'
    );
  }
  const { title, detail } = explain(error);
  return `${title}. ${detail}`;
}

/** Where to go after signing in: only ever a path of this page. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/';
}
