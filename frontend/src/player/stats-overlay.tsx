import type { Playback } from '../api/types';
import { Button } from '../design/button';
import { clockTimeWithSeconds } from '../time/format';
import type { PlayerModel, Snapshot } from './model';
import { readStats, type Stats } from './stats';
import styles from './stats-overlay.module.css';

interface Props {
  model: PlayerModel;
  snapshot: Snapshot;
  session: Playback | null;
  onClose: () => void;
}

/** What is going on inside, for whoever has to find out. Drawn anew with every snapshot. */
export function StatsOverlay({ model, snapshot, session, onClose }: Props) {
  const stats = model.hls && readStats(model.hls);
  return (
    <aside className={styles.stats} aria-label="Stats" data-testid="stats">
      <dl className={styles.list}>
        {rows(snapshot, stats, session).map(([term, value]) => (
          <div key={term} className={styles.row}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Button look="quiet" onClick={onClose}>
        Close
      </Button>
    </aside>
  );
}

function rows(snapshot: Snapshot, stats: Stats | null, session: Playback | null): [string, string][] {
  const unknown = '–';
  return [
    ['State', snapshot.state],
    ['On screen', snapshot.date === null ? unknown : clockTimeWithSeconds(snapshot.date)],
    ['Behind the edge', stats?.latency ? `${stats.latency.toFixed(1)} s` : unknown],
    ['Picture', stats ? `${stats.width} × ${stats.height}` : unknown],
    ['Rendition', stats?.bitrate ? `${(stats.bitrate / 1e6).toFixed(2)} Mbit/s` : unknown],
    ['Connection', stats ? `${(stats.bandwidth / 1e6).toFixed(1)} Mbit/s` : unknown],
    ['Buffer', stats ? `${stats.buffer.toFixed(1)} s` : unknown],
    ['Frames', stats ? `${stats.frames} shown, ${stats.dropped} dropped` : unknown],
    ['Started after', snapshot.startedAfter === null ? unknown : `${Math.round(snapshot.startedAfter)} ms`],
    ['Key id', stats?.kid ?? 'not encrypted'],
    ['Session', session?.session_id ?? unknown],
  ];
}
