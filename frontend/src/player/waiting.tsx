import { useEffect, useState } from 'react';
import type { PlayerState } from './state';
import styles from './waiting.module.css';

/** Short waits are better left unsaid (milliseconds). */
const UNSAID = 500;
const LONG = 6_000;

interface Props {
  state: PlayerState;
  startedAfter: number | null;
}

/** A turning ring while nothing moves; words when it takes long. */
export function Waiting({ state, startedAfter }: Props) {
  return state === 'buffering' ? <Ring opening={startedAfter === null} /> : null;
}

function Ring({ opening }: { opening: boolean }) {
  const shown = useElapsed(UNSAID);
  const long = useElapsed(LONG);
  return (
    <div className={styles.waiting} role="status" data-shown={shown}>
      <span className={styles.ring} aria-hidden="true" />
      <span className={long ? styles.words : 'visually-hidden'}>
        {long ? 'Still waiting for the picture …' : opening ? 'Starting' : 'Buffering'}
      </span>
    </div>
  );
}

function useElapsed(milliseconds: number): boolean {
  const [elapsed, setElapsed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setElapsed(true), milliseconds);
    return () => clearTimeout(timer);
  }, [milliseconds]);
  return elapsed;
}
