import type { RefObject } from 'react';
import type { Mode } from '../api/types';
import { Icon, type IconName } from '../design/icons';
import { clockTimeWithSeconds, stopwatch } from '../time/format';
import styles from './controls.module.css';
import type { PlayerModel, Snapshot } from './model';
import type { Airing } from './airing';
import { QualityMenu } from './quality-menu';
import { SeekBar } from './seek-bar';
import type { Command } from './shortcuts';
import { isLive } from './timeline';

interface Props {
  model: PlayerModel;
  snapshot: Snapshot;
  mode: Mode;
  airing: Airing;
  stage: RefObject<HTMLDivElement | null>;
  run: (command: Command) => void;
  shown: boolean;
}

/** The controls over the picture. Hidden ones stay within reach of the keyboard: focus brings them back. */
export function Controls({ model, snapshot, mode, airing, stage, run, shown }: Props) {
  return (
    <div className={styles.controls} data-shown={shown}>
      <Head snapshot={snapshot} airing={airing} run={run} />
      <div className={styles.foot}>
        {snapshot.mutedByBrowser && (
          <button type="button" className={styles.unmute} onClick={() => run('mute')}>
            <Icon name="muted" /> Sound is off. Turn it on
          </button>
        )}
        <SeekBar model={model} snapshot={snapshot} programme={airing.programme} />
        <div className={styles.row}>
          <TransportButtons snapshot={snapshot} mode={mode} airing={airing} run={run} />
          <LiveButton snapshot={snapshot} mode={mode} run={run} />
          <span className={styles.space} />
          {snapshot.rate !== 1 && <span className={styles.rate}>{snapshot.rate}×</span>}
          <QualityMenu model={model} snapshot={snapshot} container={stage} />
          {document.pictureInPictureEnabled && (
            <Control
              icon="picture"
              label="Picture in picture"
              hint="p"
              onClick={() => run('picture')}
              extra
            />
          )}
          <Control icon="stats" label="Stats" hint="i" onClick={() => run('stats')} extra />
          <Control icon="keyboard" label="Shortcuts" hint="?" onClick={() => run('help')} extra />
          <Control icon="fullscreen" label="Full screen" hint="f" onClick={() => run('fullscreen')} />
        </div>
      </div>
    </div>
  );
}

function Head({ snapshot, airing, run }: Pick<Props, 'snapshot' | 'airing' | 'run'>) {
  return (
    <div className={styles.head}>
      <Control icon="back" label="All channels" hint="Esc" onClick={() => run('leave')} />
      <div className={styles.what}>
        <p className={styles.channel}>
          {airing.number !== null && <span className={styles.number}>{airing.number}</span>}
          {airing.channelName}
        </p>
        <h1 className={styles.title}>{airing.programme?.title ?? airing.channelName}</h1>
      </div>
      {snapshot.date !== null && (
        <time
          className={styles.clock}
          dateTime={new Date(snapshot.date).toISOString()}
          data-testid="wall-clock"
        >
          {clockTimeWithSeconds(snapshot.date)}
        </time>
      )}
    </div>
  );
}

function TransportButtons({
  snapshot,
  mode,
  airing,
  run,
}: Pick<Props, 'snapshot' | 'mode' | 'airing' | 'run'>) {
  const paused = snapshot.state === 'paused';
  const canStartOver = mode !== 'live' || airing.programme !== null;
  return (
    <>
      <Control
        icon={paused ? 'play' : 'pause'}
        label={paused ? 'Play' : 'Pause'}
        hint="k"
        onClick={() => run('toggle')}
        testId="toggle"
      />
      <Control icon="rewind" label="Back 10 seconds" hint="j" onClick={() => run('back')} />
      <Control icon="forward" label="Forward 10 seconds" hint="l" onClick={() => run('forward')} />
      <Control
        icon={snapshot.muted ? 'muted' : 'volume'}
        label={snapshot.muted ? 'Sound on' : 'Sound off'}
        hint="m"
        onClick={() => run('mute')}
      />
      {canStartOver && (
        <Control
          icon="restart"
          label="Start over"
          hint="Home"
          onClick={() => run('beginning')}
          testId="start-over"
        />
      )}
    </>
  );
}

/** Live, or how far behind it; a click goes there. */
function LiveButton({ snapshot, mode, run }: Pick<Props, 'snapshot' | 'mode' | 'run'>) {
  const { behind } = snapshot;
  const live = mode === 'live' && behind !== null && isLive(behind);
  return (
    <button
      type="button"
      className={styles.live}
      data-live={live}
      data-testid="go-live"
      aria-label={live ? 'Live' : 'Go to live'}
      title="Go to live (End)"
      onClick={() => run('live')}
    >
      <span className={styles.dot} aria-hidden="true" />
      {live ? 'Live' : 'Go to live'}
      {!live && behind !== null && (
        <span className={styles.behind} data-testid="behind-live">
          {stopwatch(behind)} behind
        </span>
      )}
    </button>
  );
}

interface ControlProps {
  icon: IconName;
  label: string;
  hint: string;
  onClick: () => void;
  testId?: string;
  /** Not needed on a small screen. */
  extra?: boolean;
}

function Control({ icon, label, hint, onClick, testId, extra = false }: ControlProps) {
  return (
    <button
      type="button"
      className={styles.control}
      aria-label={label}
      title={`${label} (${hint})`}
      data-testid={testId}
      data-extra={extra}
      onClick={onClick}
    >
      <Icon name={icon} size="1.5rem" />
    </button>
  );
}
