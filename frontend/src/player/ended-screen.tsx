import type { Mode } from '../api/types';
import { Button } from '../design/button';
import { timeRange } from '../time/format';
import { now } from '../time/clock';
import { programmeBadge } from '../channels/status';
import type { Airing } from './airing';
import styles from './screens.module.css';

interface Props {
  airing: Airing;
  onPlay: (mode: Mode, programme?: string) => void;
  onLeave: () => void;
}

/** After the last moment of a programme: what comes next, or back to live. */
export function EndedScreen({ airing, onPlay, onLeave }: Props) {
  const { programme, next } = airing;
  const badge = next && programmeBadge(next, now());
  const mode = badge?.mode === 'live' ? null : (badge?.mode ?? null);
  return (
    <section className={styles.screen} aria-label="The programme is over" data-testid="ended-screen">
      <p className={styles.over}>{programme ? `That was ${programme.title}` : 'That was all'}</p>
      {next && mode ? (
        <>
          <h2 className={styles.title}>
            Next on {airing.channelName}: {next.title}
          </h2>
          <p className={styles.text}>{timeRange(next.start, next.end)}</p>
        </>
      ) : (
        <h2 className={styles.title}>{airing.channelName} goes on live</h2>
      )}
      <div className={styles.actions}>
        {next && mode && (
          <Button look="primary" icon="play" onClick={() => onPlay(mode, next.id)} data-testid="play-next">
            {mode === 'start-over' ? 'Next, from its start' : 'Next'}
          </Button>
        )}
        <Button
          look={next && mode ? 'plain' : 'primary'}
          onClick={() => onPlay('live')}
          data-testid="back-to-live"
        >
          Back to live
        </Button>
        <Button look="quiet" onClick={onLeave}>
          All channels
        </Button>
      </div>
    </section>
  );
}
