import { ProblemError, SignedOutError, UnreachableError } from '../api/problem';
import type { NextKey, Playback, PlayerError } from '../api/types';
import { playerError } from './trouble';

export type PlaybackState =
  | { kind: 'opening' }
  | { kind: 'open'; session: Playback; nextKey: NextKey | null }
  | { kind: 'refused'; problem: ProblemError }
  /** The account's PIN is wanted; `tried`: the one just given was not taken. */
  | { kind: 'pin'; problem: ProblemError; tried: boolean }
  /** The account plays as much at once as it may. */
  | { kind: 'crowded'; problem: ProblemError }
  /** Another session took this one's place. */
  | { kind: 'taken'; problem: ProblemError }
  | { kind: 'failed'; error: unknown };

/** What a request for playback came to that was not granted. Only an entitlement's refusal names reasons. */
export function outcomeOf(error: unknown, pin?: string): PlaybackState {
  if (!(error instanceof ProblemError)) return { kind: 'failed', error };
  const tried = pin !== undefined;
  // Too many wrong PINs: the way on is still the PIN, after a wait.
  if (error.status === 429 && tried) return { kind: 'pin', problem: error, tried };
  if (error.status === 409 && error.reasons.length > 0) return { kind: 'crowded', problem: error };
  if (error.status !== 403 || error.reasons.length === 0) return { kind: 'failed', error };
  return error.isOnly('pin-required')
    ? { kind: 'pin', problem: error, tried }
    : { kind: 'refused', problem: error };
}

/** What a heartbeat's refusal says of the session; null where the next one may well be taken. */
export function endOf(error: unknown): PlaybackState | 'forgotten' | null {
  if (!(error instanceof ProblemError)) return null;
  // 404: forgotten, for example after this device slept. 410: ended on purpose, and the answer says by whom.
  if (error.status === 404) return 'forgotten';
  if (error.status !== 410) return null;
  return error.endedBy?.how === 'taken-over' ? { kind: 'taken', problem: error } : { kind: 'failed', error };
}

/** What support should know of a session that could not be begun; null where all is as it should be. */
export function worthTelling(state: PlaybackState): PlayerError | null {
  if (state.kind !== 'failed' || state.error instanceof SignedOutError) return null;
  const { error } = state;
  if (error instanceof ProblemError) return playerError(`playback-${error.status}`, error.message, true);
  if (error instanceof UnreachableError) return playerError('playback-unreachable', '', true);
  return playerError('playback-failed', String(error), true);
}
