import {
  useCallback,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
  type RefObject,
} from 'react';
import type { Mode, NextKey, Playback } from '../api/types';
import { keeper } from '../auth/session';
import type { Airing } from './airing';
import { Controls } from './controls';
import { EndedScreen } from './ended-screen';
import { FailureScreen } from './failure-screen';
import { PlayerModel, type Snapshot } from './model';
import styles from './player.module.css';
import { ShortcutSheet } from './shortcut-sheet';
import { StatsOverlay } from './stats-overlay';
import type { TroubleLog } from './trouble';
import { useAwake } from './use-awake';
import { useCommands } from './use-commands';
import { Waiting } from './waiting';

export interface PlayerProps {
  /** Null while it is being opened. */
  session: Playback | null;
  /** The key that the channel will change to, as the last heartbeat told it. */
  nextKey: NextKey | null;
  /** Takes note of what goes wrong. */
  log: TroubleLog;
  mode: Mode;
  airing: Airing;
  /** What goes full screen. */
  stage: RefObject<HTMLDivElement | null>;
  /** The session plays no more: another one, please, or why there is none. */
  onReopen: () => void;
  onRetry: () => void;
  /** Leads to why this does not play. */
  why: ReactNode;
  /** The wall clock on screen, told once a minute of it. */
  onDate: (date: number) => void;
  onPlay: (mode: Mode, programme?: string) => void;
  onLeave: () => void;
}

/** The picture and everything over it. */
export function Player(props: PlayerProps) {
  const { session, nextKey, log, mode, airing, stage, onReopen, onDate, onPlay, onLeave } = props;
  const video = useRef<HTMLVideoElement>(null);
  const [model] = useState(() => new PlayerModel(() => keeper.accessToken(), log));
  const snapshot = useSyncExternalStore(model.subscribe, model.snapshot);
  const [sheet, setSheet] = useState(false);
  const [stats, setStats] = useState(false);
  const { awake, wake } = useAwake();

  useEffect(() => (video.current ? model.attach(video.current) : undefined), [model]);
  useLoad(model, session, mode, onReopen);
  useEffect(() => model.announce(nextKey), [model, nextKey]);
  const minute = snapshot.date === null ? null : Math.floor(snapshot.date / 60_000);
  useEffect(() => {
    if (minute !== null) onDate(minute * 60_000);
  }, [minute, onDate]);

  const run = useCommands({
    model,
    stage,
    mode,
    airing,
    onPlay,
    onLeave,
    onSheet: setSheet,
    onStats: setStats,
    wake,
  });
  const overlaid = snapshot.state === 'ended' || snapshot.state === 'error';
  const controls = !overlaid && (awake || snapshot.pausedByViewer || sheet);

  return (
    <main
      className={styles.player}
      data-testid="player"
      data-controls={controls ? 'shown' : 'hidden'}
      {...facts(snapshot, mode)}
    >
      {/* Clicks are for the mouse; the keyboard has Space and f. */}
      <video
        className={styles.video}
        ref={video}
        playsInline
        aria-label={airing.programme?.title ?? airing.channelName}
        onClick={({ nativeEvent }) => (byFinger(nativeEvent) ? wake() : run('toggle'))}
        onDoubleClick={() => run('fullscreen')}
      >
        {/* Channels carry no captions. */}
        <track kind="captions" />
      </video>
      {!overlaid && <Waiting state={snapshot.state} startedAfter={snapshot.startedAfter} />}
      {!overlaid && (
        <Controls
          model={model}
          snapshot={snapshot}
          mode={mode}
          airing={airing}
          stage={stage}
          run={run}
          shown={controls}
        />
      )}
      {snapshot.state === 'ended' && <EndedScreen airing={airing} onPlay={onPlay} onLeave={onLeave} />}
      {snapshot.failure && (
        <FailureScreen why={snapshot.failure} onRetry={props.onRetry} onLeave={onLeave} also={props.why} />
      )}
      {stats && (
        <StatsOverlay model={model} snapshot={snapshot} session={session} onClose={() => setStats(false)} />
      )}
      <ShortcutSheet open={sheet} onOpenChange={setSheet} container={stage} />
    </main>
  );
}

/** A finger on the picture asks for the controls, not for a pause. */
function byFinger(event: MouseEvent): boolean {
  return event instanceof PointerEvent && event.pointerType === 'touch';
}

/** For tests and other machines: what the player is doing, as attributes. */
function facts({ state, date, behind, growing }: Snapshot, mode: Mode) {
  return {
    'data-state': state,
    'data-mode': mode,
    'data-growing': growing,
    'data-behind': behind === null ? undefined : behind.toFixed(1),
    'data-wall-clock': date === null ? undefined : new Date(date).toISOString(),
  };
}

function useLoad(model: PlayerModel, session: Playback | null, mode: Mode, onReopen: () => void): void {
  const load = useCallback(
    (opened: Playback) =>
      model.load(
        {
          manifestUrl: opened.manifest_url,
          licenceUrl: opened.license_url,
          name: location.href,
          live: mode === 'live',
        },
        onReopen,
      ),
    [model, mode, onReopen],
  );
  useEffect(() => (session ? load(session) : undefined), [session, load]);
}
