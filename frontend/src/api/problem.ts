import type { Offer, Reason } from './types';

/** An answer of the API that is not the one asked for (RFC 9457 problem details). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly reasons: Reason[] = [],
    readonly offers: Offer[] = [],
  ) {
    super(detail || title);
  }
}

/** No answer at all: no network, no server, or none in time. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Nobody is signed in, or no longer. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError';
}

type Fields = Record<string, unknown>;

/** Reads a problem document leniently: a proxy's HTML error page becomes a problem too. */
export function readProblem(status: number, body: unknown): ProblemError {
  const fields: Fields = isFields(body) ? body : {};
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : '');
  return new ProblemError(
    status,
    text('title') || `HTTP ${status}`,
    text('detail'),
    list(fields.reasons).filter(isReason),
    list(fields.offers).filter(isOffer),
  );
}

/** As readProblem, from an undecoded body. */
export function parseProblem(status: number, body: string): ProblemError {
  try {
    return readProblem(status, JSON.parse(body));
  } catch {
    return readProblem(status, null);
  }
}

export interface Explanation {
  title: string;
  detail: string;
  /** What the viewer can do about it. */
  remedy: 'retry' | 'sign-in' | 'none';
}

/** What to tell a viewer about an error: one sentence each for what happened and what to do. */
export function explain(error: unknown): Explanation {
  if (error instanceof SignedOutError) return signedOut;
  if (error instanceof UnreachableError)
    return {
      title: 'Telstar can’t be reached',
      detail: 'Check the connection of this device, then try again.',
      remedy: 'retry',
    };
  if (error instanceof ProblemError) return explainProblem(error);
  return {
    title: 'Something went wrong on this page',
    detail: error instanceof Error ? error.message : 'Try again.',
    remedy: 'retry',
  };
}

const signedOut: Explanation = {
  title: 'You are signed out',
  detail: 'Sign in again to go on watching.',
  remedy: 'sign-in',
};

function explainProblem(problem: ProblemError): Explanation {
  const said = problem.reasons[0]?.message ?? problem.detail;
  if (problem.status === 401) return signedOut;
  if (problem.status === 404)
    return { title: 'There is nothing here', detail: said || 'It may have been removed.', remedy: 'none' };
  if (problem.status === 429)
    return { title: 'That was a little fast', detail: 'Wait a moment, then try again.', remedy: 'retry' };
  if (problem.status === 409)
    return { title: 'Playing somewhere else already', detail: said, remedy: 'retry' };
  if (problem.status === 410) return { title: 'Playback was ended', detail: said, remedy: 'retry' };
  if (problem.status >= 500)
    return {
      title: 'Telstar has a fault',
      detail: `The server answered with an error (${problem.status}). It isn’t you; try again in a moment.`,
      remedy: 'retry',
    };
  return { title: problem.title, detail: said, remedy: 'retry' };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isReason(value: unknown): value is Reason {
  return isFields(value) && typeof value.code === 'string' && typeof value.message === 'string';
}

function isOffer(value: unknown): value is Offer {
  return isFields(value) && typeof value.name === 'string' && isFields(value.price) && 'product_id' in value;
}
