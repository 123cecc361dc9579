import { useEffect, useRef, useState } from 'react';
import type { GuideChannel, Programme } from '../api/types';
import { Icon } from '../design/icons';
import type { Day } from '../time/format';
import { ProgrammeCard } from './programme-card';
import styles from './programme-strip.module.css';

interface Props {
  channel: GuideChannel;
  day: Day;
  now: number;
}

/** A channel's programmes of one day, from left to right; opens at what is on, or was on at this hour. */
export function ProgrammeStrip({ channel, day, now }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const { programmes } = channel;
  const anchor = programmes[anchorIndex(programmes, sameHour(day, now))]?.id ?? null;
  const reachable = programmes.some(({ id }) => id === focused) ? focused : anchor;
  const empty = programmes.length === 0;

  useEffect(() => {
    const strip = list.current;
    const card = strip?.querySelector<HTMLElement>('[data-anchor="true"]');
    if (strip && card) strip.scrollLeft = card.offsetLeft - strip.clientWidth * 0.58;
  }, [day.from, empty]);

  if (empty) return <p className={styles.empty}>No programmes are announced for this day.</p>;

  return (
    <div className={styles.frame}>
      <ul
        className={styles.strip}
        ref={list}
        aria-label={`Programmes on ${channel.display_name}, ${day.label}`}
      >
        {programmes.map((programme) => (
          <li key={programme.id} className={styles.item} data-anchor={programme.id === anchor}>
            <ProgrammeCard
              channel={channel.name}
              programme={programme}
              now={now}
              tabIndex={programme.id === reachable ? 0 : -1}
              onFocus={() => setFocused(programme.id)}
            />
          </li>
        ))}
      </ul>
      <Turn list={list} direction={-1} />
      <Turn list={list} direction={1} />
    </div>
  );
}

/** For the mouse alone: keyboards have the arrow keys, fingers swipe. */
function Turn({ list, direction }: { list: React.RefObject<HTMLUListElement | null>; direction: 1 | -1 }) {
  const turn = () =>
    list.current?.scrollBy({ left: direction * list.current.clientWidth * 0.8, behavior: 'smooth' });
  return (
    <button
      className={styles.turn}
      data-direction={direction}
      tabIndex={-1}
      aria-hidden="true"
      onClick={turn}
    >
      <Icon name="back" />
    </button>
  );
}

/** The same time of day as now, on another day, in milliseconds. */
function sameHour(day: Day, now: number): number {
  return day.from + (now - new Date(now).setHours(0, 0, 0, 0));
}

/** The programme on at a time, else the last one before it, else the first. */
function anchorIndex(programmes: Programme[], time: number): number {
  return Math.max(
    0,
    programmes.findLastIndex(({ start }) => Date.parse(start) <= time),
  );
}

/** The place of the programmes while they load. */
export function StripSkeleton() {
  return (
    <div className={styles.frame} aria-hidden="true">
      <div className={styles.strip}>
        {[0, 1, 2, 3, 4, 5].map((place) => (
          <div key={place} className={`${styles.item ?? ''} ${styles.ghost ?? ''}`} />
        ))}
      </div>
    </div>
  );
}
