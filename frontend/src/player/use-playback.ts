import { useCallback, useEffect, useMemo, useState } from 'react';
import { beat, closePlayback, openPlayback, reportErrors, type PlaybackRequest } from '../api/client';
import type { NextKey, Playback } from '../api/types';
import { endOf, outcomeOf, worthTelling, type PlaybackState } from './outcome';
import type { TroubleLog } from './trouble';

const OPENING: PlaybackState = { kind: 'opening' };

/** Ways to a session in the place of the present one. */
export interface PlaybackActions {
  again: () => void;
  /** As again, once the session has been asked whether it was ended on purpose. */
  reopen: () => void;
  enterPin: (pin: string) => void;
  /** Ends these sessions of the account in favour of one here. */
  takeOver: (sessions: readonly string[]) => void;
}

/** One of the requests for what an address names: the PIN stays for those that follow, the rest does not. */
interface Attempt {
  address: string;
  turn: number;
  pin?: string | undefined;
  takeOver: readonly string[];
}

/** Settles once no session is being begun or ended. */
let settled: Promise<void> = Promise.resolve();

/**
 * One after the other: an account with one stream may begin a session only when the one before has ended.
 * Where somebody leafs through channels, those that were left before their turn came are never asked for.
 */
function inTurn(work: () => Promise<void>): void {
  settled = settled.then(work);
}

/**
 * A playback session for what is asked: opened, kept alive by heartbeats while it is watched, and ended when
 * the viewer goes elsewhere. Heartbeats tell what `log` has collected.
 */
export function usePlayback(
  { channel, mode, programme }: PlaybackRequest,
  log: TroubleLog,
): [PlaybackState, PlaybackActions] {
  const address = JSON.stringify([channel, mode, programme]);
  const [made, setMade] = useState<Attempt>({ address, turn: 0, takeOver: [] });
  const attempt = useMemo(
    () => (made.address === address ? made : { address, turn: 0, takeOver: [] }),
    [made, address],
  );
  const [result, setResult] = useState<{ attempt: Attempt; state: PlaybackState } | null>(null);

  useEffect(() => {
    const asked = { channel, mode, programme };
    let left = false;
    let session: Playback | null = null;
    const hasLeft = () => left;
    const leave = () => {
      left = true;
      if (session) {
        const { session_id } = session;
        inTurn(() => closePlayback(session_id));
      }
      session = null;
    };
    inTurn(async () => {
      if (left) return;
      try {
        const opened = await openPlayback(asked, attempt);
        if (hasLeft()) {
          await closePlayback(opened.session_id);
          return;
        }
        session = opened;
        setResult({ attempt, state: { kind: 'open', session: opened, nextKey: null } });
      } catch (error) {
        if (hasLeft()) return;
        const state = outcomeOf(error, attempt.pin);
        const trouble = worthTelling(state);
        // The viewer is told on screen; where support cannot be told as well, nothing is lost to the viewer.
        if (trouble) reportErrors(asked, [...log.errors(), trouble]).catch(() => undefined);
        setResult({ attempt, state });
      }
    });
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [attempt, channel, mode, programme, log]);

  const state = result?.attempt === attempt ? result.state : OPENING;
  const session = state.kind === 'open' ? state.session : null;
  const next = useCallback(
    (change: Partial<Attempt>) =>
      setMade((last) => {
        const base = last.address === address ? last : { address, turn: 0 };
        return { ...base, takeOver: [], ...change, turn: base.turn + 1 };
      }),
    [address],
  );
  const become = useCallback((to: PlaybackState) => setResult({ attempt, state: to }), [attempt]);
  const actions = useActions(session, log, next, become);
  const hear = useCallback(
    (nextKey: NextKey | null) =>
      setResult((last) =>
        last?.attempt === attempt && last.state.kind === 'open'
          ? { attempt, state: { ...last.state, nextKey } }
          : last,
      ),
    [attempt],
  );
  useHeartbeats(session, log, hear, actions.again, become);
  useReturn(actions.again);
  return [state, actions];
}

function useActions(
  session: Playback | null,
  log: TroubleLog,
  next: (change: Partial<Attempt>) => void,
  become: (state: PlaybackState) => void,
): PlaybackActions {
  return useMemo(() => {
    const again = () => next({});
    return {
      again,
      reopen: () => {
        if (!session) {
          again();
          return;
        }
        tell(session, log).then(again, (error: unknown) => {
          const end = endOf(error);
          if (end === null || end === 'forgotten') again();
          else become(end);
        });
      },
      enterPin: (pin) => next({ pin }),
      takeOver: (sessions) => next({ takeOver: sessions }),
    };
  }, [session, log, next, become]);
}

/** One heartbeat. What it could not deliver goes with the next. */
async function tell(session: Playback, log: TroubleLog): Promise<NextKey | null> {
  const report = log.draw();
  try {
    return await beat(session.session_id, report);
  } catch (error) {
    log.putBack(report);
    throw error;
  }
}

/** Sends a session's heartbeats, and hears what they tell. The next makes up for one that cannot be delivered. */
function useHeartbeats(
  session: Playback | null,
  log: TroubleLog,
  hear: (next: NextKey | null) => void,
  again: () => void,
  become: (state: PlaybackState) => void,
): void {
  useEffect(() => {
    if (!session) return;
    let over = false;
    const send = () => {
      tell(session, log).then(
        (next) => {
          if (!over) hear(next);
        },
        (error: unknown) => {
          const end = over ? null : endOf(error);
          if (end === 'forgotten') again();
          else if (end) become(end);
        },
      );
    };
    const timer = setInterval(send, session.heartbeat_seconds * 1000);
    const deaf = log.onStop(send);
    return () => {
      over = true;
      clearInterval(timer);
      deaf();
    };
  }, [session, log, hear, again, become]);
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
