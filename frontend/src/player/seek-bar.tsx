import * as Slider from '@radix-ui/react-slider';
import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import { clockTime, clockTimeWithSeconds } from '../time/format';
import type { PlayerModel, Snapshot } from './model';
import styles from './seek-bar.module.css';
import { barFor, coverage, fraction, gapsBetween, type Stretch } from './timeline';

interface Props {
  model: PlayerModel;
  snapshot: Snapshot;
  programme: { start: string; end: string } | null;
}

/** The programme by the clock: what is stored of it, what is missing, what was seen. */
export function SeekBar({ model, snapshot, programme }: Props) {
  const [dragged, setDragged] = useState<number | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const bar = barFor(programme, snapshot.spans);
  const date = dragged ?? snapshot.date;
  if (!bar || date === null) return <div className={styles.place} />;

  const commit = (value: number) => {
    model.seekToDate(value);
    setDragged(null);
  };
  return (
    <div className={styles.place}>
      <span className={styles.edge}>{clockTime(bar.from)}</span>
      <Slider.Root
        className={styles.slider}
        min={bar.from}
        max={bar.to}
        step={1_000}
        value={[Math.min(bar.to, Math.max(bar.from, date))]}
        onValueChange={([value]) => value !== undefined && setDragged(value)}
        onValueCommit={([value]) => value !== undefined && commit(value)}
        onKeyDownCapture={leaveArrowsToShortcuts}
        onPointerMove={(event) => setPointed(dateUnder(event, bar))}
        onPointerLeave={() => setPointed(null)}
      >
        <Slider.Track className={styles.track}>
          <Stored snapshot={snapshot} bar={bar} date={date} />
        </Slider.Track>
        {pointed !== null && <Pointed at={fraction(bar, pointed)} date={pointed} />}
        <Slider.Thumb
          className={styles.thumb}
          aria-label="Position"
          aria-valuetext={clockTimeWithSeconds(date)}
          data-testid="seek"
        />
      </Slider.Root>
      <span className={styles.edge}>{clockTime(bar.to)}</span>
    </div>
  );
}

/** What is stored within the bar, less the gaps, and how far of it is behind the viewer. */
function Stored({ snapshot, bar, date }: { snapshot: Snapshot; bar: Stretch; date: number }) {
  const stored = coverage(snapshot.spans);
  if (!stored) return null;
  return (
    <>
      <span className={styles.stored} style={place(bar, stored)} />
      <span
        className={styles.seen}
        style={place(bar, { from: stored.from, to: Math.max(stored.from, date) })}
      />
      {gapsBetween(snapshot.spans).map((gap) => (
        <span key={gap.from} className={styles.gap} style={place(bar, gap)} title="Not stored" />
      ))}
    </>
  );
}

function Pointed({ at, date }: { at: number; date: number }) {
  return (
    <span className={styles.pointed} style={{ left: `${at * 100}%` }} aria-hidden="true">
      {clockTimeWithSeconds(date)}
    </span>
  );
}

function place(bar: Stretch, { from, to }: Stretch) {
  const [left, right] = [fraction(bar, from), fraction(bar, to)];
  return { left: `${left * 100}%`, width: `${(right - left) * 100}%` };
}

/** Arrow keys mean ten seconds everywhere in the player, on the bar too: keep the slider from taking them. */
function leaveArrowsToShortcuts(event: KeyboardEvent): void {
  if (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End') event.stopPropagation();
}

function dateUnder(event: PointerEvent<HTMLElement>, bar: Stretch): number {
  const { left, width } = event.currentTarget.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
  return bar.from + share * (bar.to - bar.from);
}
