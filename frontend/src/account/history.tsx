import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Subscription } from '../api/types';
import { Failure } from '../design/field';
import { clockTime, longDate } from '../time/format';
import styles from './account-page.module.css';
import { historyQuery } from './queries';
import { happened, isPresent, standing } from './standing';
import { sentence } from './use-wish';

/** What happened to each subscription, looked up once somebody wants to know. */
export function History({ all }: { all: readonly Subscription[] }) {
  const [open, setOpen] = useState(false);
  if (all.length === 0) return null;
  return (
    <details className={styles.history} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>History</summary>
      {open && (
        <ul className={styles.list}>
          {all.toReversed().map((item) => (
            <Past key={item.id} item={item} />
          ))}
        </ul>
      )}
    </details>
  );
}

function Past({ item }: { item: Subscription }) {
  const history = useQuery(historyQuery(item.id));
  return (
    <li className={styles.item} data-quiet data-testid="history">
      <div className={styles.what}>
        <h3 className={styles.product}>{item.name}</h3>
        {!isPresent(item) && <p className={styles.state}>{standing(item)}</p>}
        <ol className={styles.events}>
          {history.data?.events.map((event) => (
            <li key={`${event.at} ${event.kind}`}>
              <span>{happened(event)}</span>
              <time dateTime={event.at}>
                {longDate(event.at)}, {clockTime(event.at)}
              </time>
            </li>
          ))}
        </ol>
        {history.data?.events.length === 0 && <p className={styles.state}>No changes on record.</p>}
        <Failure>{history.error && sentence(history.error)}</Failure>
      </div>
    </li>
  );
}
