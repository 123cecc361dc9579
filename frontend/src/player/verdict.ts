import type { Explanation } from '../api/problem';

/** What is known of a fatal error of hls.js; `status` is the HTTP status, 0 where there was no answer. */
export interface FatalError {
  type: string;
  details: string;
  status: number | null;
}

/** How often each way out was taken since playback last went well. */
export interface Attempts {
  reopened: number;
  reloaded: number;
  recovered: number;
}

export const NO_ATTEMPTS: Attempts = { reopened: 0, reloaded: 0, recovered: 0 };

/**
 * What to do about a fatal error. `reopen`: ask for a new playback session, which also tells why when there
 * is none to be had. `reload`: the same session again after a wait (milliseconds). `recover`: rebuild the
 * decoder. `fail`: tell the viewer.
 */
export type Verdict =
  { do: 'reopen' } | { do: 'reload'; after: number } | { do: 'recover' } | { do: 'fail'; why: Explanation };

const RELOAD_WAITS = [1_000, 3_000, 8_000];
const REOPENS = 1;
const RECOVERIES = 2;
/** The session's token no longer counts, or what it named is gone. */
const SESSION_OVER = new Set([401, 403, 404, 410]);

/** Judges a fatal error; each way out is taken a bounded number of times. */
export function judge(error: FatalError, attempts: Attempts): Verdict {
  if (error.type === 'keySystemError') return judgeKeyError(error, attempts);
  if (error.type === 'mediaError') {
    return attempts.recovered < RECOVERIES ? { do: 'recover' } : fail(UNDECODABLE);
  }
  if (error.type === 'networkError') {
    if (error.status !== null && SESSION_OVER.has(error.status)) return reopen(attempts, GONE);
    return reload(attempts, NOTHING_ARRIVES);
  }
  return fail(UNDECODABLE);
}

/** hls.js reports a refused licence twice (seen in 1.7.4): callers act on the first verdict only. */
function judgeKeyError({ details, status }: FatalError, attempts: Attempts): Verdict {
  if (details === 'keySystemLicenseRequestFailed') {
    return status !== null && SESSION_OVER.has(status)
      ? reopen(attempts, NO_LICENCE)
      : reload(attempts, LICENCE_DOWN);
  }
  return fail(details === 'keySystemNoAccess' ? NO_KEY_SYSTEM : NO_LICENCE);
}

function reopen(attempts: Attempts, otherwise: Explanation): Verdict {
  return attempts.reopened < REOPENS ? { do: 'reopen' } : fail(otherwise);
}

function reload(attempts: Attempts, otherwise: Explanation): Verdict {
  const after = RELOAD_WAITS[attempts.reloaded];
  return after === undefined ? fail(otherwise) : { do: 'reload', after };
}

function fail(why: Explanation): Verdict {
  return { do: 'fail', why };
}

const UNDECODABLE: Explanation = {
  title: 'This picture can’t be shown',
  detail: 'The browser could not decode what arrived. Trying again may help; another browser may, too.',
  remedy: 'retry',
};

const GONE: Explanation = {
  title: 'Nothing to play',
  detail:
    'The channel has nothing stored for this moment. If it has just started, try again in a few seconds.',
  remedy: 'retry',
};

const NOTHING_ARRIVES: Explanation = {
  title: 'The picture stopped arriving',
  detail: 'Telstar did not answer several times in a row. Check the connection, then try again.',
  remedy: 'retry',
};

const NO_LICENCE: Explanation = {
  title: 'No key for this channel',
  detail:
    'The channel is encrypted, and its key was not given out. Try again; if it stays like this, it is a fault.',
  remedy: 'retry',
};

const LICENCE_DOWN: Explanation = {
  title: 'The keys can’t be reached',
  detail: 'The licence server did not answer several times in a row. Try again in a moment.',
  remedy: 'retry',
};

const NO_KEY_SYSTEM: Explanation = {
  title: 'This browser can’t play encrypted channels',
  detail:
    'It has no Clear Key decryption, or the page was opened over plain HTTP. Use Chrome, Edge or Firefox, over HTTPS.',
  remedy: 'none',
};

/** The browser waited for a key longer than a licence takes. */
export const KEY_NEVER_CAME: Explanation = {
  title: 'The key never arrived',
  detail: 'The picture is here, but the key to it is not. Try again; if it stays like this, it is a fault.',
  remedy: 'retry',
};

/** The player buffered for longer than anyone would wait. */
export const STALLED: Explanation = NOTHING_ARRIVES;
