import type { ReactNode } from 'react';
import type { Explanation } from '../api/problem';
import { Button } from '../design/button';
import styles from './screens.module.css';

interface Props {
  why: Explanation;
  onRetry: () => void;
  onLeave: () => void;
  also?: ReactNode;
}

/** Over the picture when it cannot go on. */
export function FailureScreen({ why, onRetry, onLeave, also }: Props) {
  return (
    <section className={styles.screen} role="alert" data-testid="player-failure">
      <h2 className={styles.title}>{why.title}</h2>
      <p className={styles.text}>{why.detail}</p>
      <div className={styles.actions}>
        {why.remedy === 'retry' && (
          <Button look="primary" icon="restart" onClick={onRetry}>
            Try again
          </Button>
        )}
        <Button onClick={onLeave}>All channels</Button>
        {also}
      </div>
    </section>
  );
}
