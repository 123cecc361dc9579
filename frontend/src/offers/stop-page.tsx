import { useEffect, useRef, type ReactNode } from 'react';
import { Sphere } from '../design/sphere';
import type { Airing } from '../player/airing';
import styles from './stop-page.module.css';

interface Props {
  airing: Airing;
  title: string;
  testId: string;
  /** For tests and other machines. */
  facts?: Record<`data-${string}`, string>;
  children: ReactNode;
  actions: ReactNode;
}

/** In the place of the player: what is asked for, what stands in the way, and what can be done. */
export function StopPage({ airing, title, testId, facts, children, actions }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  // It comes by itself, in the place of what had the focus; a form on it may have taken that already.
  useEffect(() => {
    const { current } = heading;
    if (!current?.closest('main')?.contains(document.activeElement)) current?.focus();
  }, [title]);
  return (
    <main className={styles.page} data-testid={testId} {...facts}>
      <Sphere className={styles.sphere} />
      <div className={styles.panel}>
        <p className={styles.channel}>
          {airing.number !== null && <span className={styles.number}>{airing.number}</span>}
          {airing.channelName}
          {airing.programme && ` · ${airing.programme.title}`}
        </p>
        <h1 className={styles.title} ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
        <div className={styles.actions}>{actions}</div>
      </div>
    </main>
  );
}
