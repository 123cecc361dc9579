import { useCallback, useEffect, useState } from 'react';
import { beat, closePlayback, openPlayback, type PlaybackRequest } from '../api/client';
import { ProblemError } from '../api/problem';
import type { NextKey, Playback } from '../api/types';

export type PlaybackState =
  | { kind: 'opening' }
  | { kind: 'open'; session: Playback; nextKey: NextKey | null }
  | { kind: 'refused'; problem: ProblemError }
  | { kind: 'failed'; error: unknown };

const OPENING: PlaybackState = { kind: 'opening' };

/** What a request for playback came to. Only an entitlement's refusal names reasons. */
export function outcomeOf(error: unknown): PlaybackState {
  const refused = error instanceof ProblemError && error.status === 403 && error.reasons.length > 0;
  return refused ? { kind: 'refused', problem: error } : { kind: 'failed', error };
}

/**
 * A playback session for what is asked: opened, kept alive by heartbeats while it is watched, and ended when
 * the viewer goes elsewhere. The second value asks for a new session in the place of the present one.
 */
export function usePlayback({ channel, mode, programme }: PlaybackRequest): [PlaybackState, () => void] {
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  const key = JSON.stringify([channel, mode, programme, turn]);
  const [result, setResult] = useState<{ key: string; state: PlaybackState } | null>(null);

  useEffect(() => {
    let left = false;
    let session: Playback | null = null;
    const leave = () => {
      left = true;
      if (session) closePlayback(session.session_id);
      session = null;
    };
    openPlayback({ channel, mode, programme }).then(
      (opened) => {
        session = opened;
        if (left) leave();
        else setResult({ key, state: { kind: 'open', session: opened, nextKey: null } });
      },
      (error: unknown) => {
        if (!left) setResult({ key, state: outcomeOf(error) });
      },
    );
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [key, channel, mode, programme]);

  const state = result?.key === key ? result.state : OPENING;
  const fail = useCallback((error: unknown) => setResult({ key, state: { kind: 'failed', error } }), [key]);
  const hear = useCallback(
    (nextKey: NextKey | null) =>
      setResult((last) =>
        last?.key === key && last.state.kind === 'open' ? { key, state: { ...last.state, nextKey } } : last,
      ),
    [key],
  );
  useHeartbeats(state.kind === 'open' ? state.session : null, hear, again, fail);
  useReturn(again);
  return [state, again];
}

/** Sends a session's heartbeats, and hears what they tell. The next makes up for one that cannot be delivered. */
function useHeartbeats(
  session: Playback | null,
  hear: (next: NextKey | null) => void,
  again: () => void,
  fail: (error: unknown) => void,
): void {
  useEffect(() => {
    if (!session) return;
    const timer = setInterval(() => {
      beat(session.session_id).then(hear, (error: unknown) => {
        if (!(error instanceof ProblemError)) return;
        // 404: forgotten, for example after this device slept. 410: ended on purpose, and the answer says why.
        if (error.status === 404) again();
        else if (error.status === 410) fail(error);
      });
    }, session.heartbeat_seconds * 1000);
    return () => clearInterval(timer);
  }, [session, hear, again, fail]);
}

/** Back from the browser's page cache, where `pagehide` has ended the session. */
function useReturn(again: () => void): void {
  useEffect(() => {
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) again();
    };
    addEventListener('pageshow', onShow);
    return () => removeEventListener('pageshow', onShow);
  }, [again]);
}
