import { waitInWords } from '../time/format';
import type { Conflict, EndedBy, Offer, Reason } from './types';

/** What some problems say beside what all say. */
interface Extensions {
  /** How long to wait before another try, in seconds (RFC 9110 §10.2.3). */
  retryAfter?: number | null;
  /** Sessions of the account that are in the way of one more. */
  conflicts?: Conflict[];
  /** How a playback session ended. */
  endedBy?: EndedBy | null;
  /** What is wrong with the request, part by part. */
  errors?: InvalidInput[];
}

interface InvalidInput {
  pointer: string;
  detail: string;
}

/** An answer of the API that is not the one asked for (RFC 9457 problem details). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly reasons: Reason[] = [],
    readonly offers: Offer[] = [],
    private readonly extensions: Extensions = {},
  ) {
    super(detail || title);
  }

  get retryAfter(): number | null {
    return this.extensions.retryAfter ?? null;
  }

  get conflicts(): Conflict[] {
    return this.extensions.conflicts ?? [];
  }

  get endedBy(): EndedBy | null {
    return this.extensions.endedBy ?? null;
  }

  get errors(): InvalidInput[] {
    return this.extensions.errors ?? [];
  }

  /** Whether this, and nothing else, stands in the way. */
  isOnly(code: string): boolean {
    return this.reasons.length > 0 && this.reasons.every((reason) => reason.code === code);
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

/**
 * Reads a problem document leniently: a proxy's HTML error page becomes a problem too. `retryAfter` is that
 * header's text.
 */
export function readProblem(status: number, body: unknown, retryAfter: string | null = null): ProblemError {
  const fields: Fields = isFields(body) ? body : {};
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : '');
  return new ProblemError(
    status,
    text('title') || `HTTP ${status}`,
    text('detail'),
    list(fields.reasons).filter(isReason),
    list(fields.offers).filter(isOffer),
    {
      retryAfter: secondsToWait(retryAfter, Date.now()),
      conflicts: list(fields.conflicts).filter(isConflict),
      errors: list(fields.errors).filter(isInvalidInput),
      endedBy: isEndedBy(fields.ended_by) ? fields.ended_by : null,
    },
  );
}

/** Seconds from a `Retry-After` header: it counts them, or names a date. Null where it says neither. */
export function secondsToWait(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
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
    return {
      title: 'That was too often',
      detail: `Wait ${waitInWords(problem.retryAfter)}, then try again.`,
      remedy: 'retry',
    };
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

function isConflict(value: unknown): value is Conflict {
  return isFields(value) && typeof value.session_id === 'string' && typeof value.device === 'string';
}

function isEndedBy(value: unknown): value is EndedBy {
  return isFields(value) && typeof value.how === 'string';
}

function isInvalidInput(value: unknown): value is InvalidInput {
  return isFields(value) && typeof value.pointer === 'string' && typeof value.detail === 'string';
}
