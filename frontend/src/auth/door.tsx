import type { ReactNode } from 'react';
import { Logo } from '../design/logo';
import { Sphere } from '../design/sphere';
import styles from './door.module.css';

/** The pages before one is signed in: the satellite on one side, a form on the other. */
export function Door({
  name,
  title,
  lead,
  children,
}: {
  /** What the browser's tab says. */
  name: string;
  title: string;
  lead?: string;
  children: ReactNode;
}) {
  return (
    <main className={styles.page}>
      <title>{`${name} · Telstar`}</title>
      <div className={styles.art}>
        <div className={styles.orbit} />
        <Sphere className={styles.sphere} />
      </div>
      <div className={styles.panel}>
        <Logo />
        <h1 className={styles.title}>{title}</h1>
        {lead && <p className={styles.lead}>{lead}</p>}
        {children}
      </div>
    </main>
  );
}
