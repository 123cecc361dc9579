import { useQuery } from '@tanstack/react-query';
import { standing } from '../account/standing';
import type { Diagnosis } from '../api/types';
import { ErrorNotice } from '../design/notice';
import { clockTime, longDate } from '../time/format';
import styles from './page.module.css';
import { auditQuery, subscriptionsOfQuery } from './requests';
import { factText } from './verdict';

/** What the viewer of a diagnosis has, and what was done to the account. */
export function AccountTrail({ diagnosis }: { diagnosis: Diagnosis }) {
  const user = diagnosis.checks.map(({ facts }) => facts.user_id).find((id) => typeof id === 'string');
  if (user === undefined) return null;
  return (
    <>
      <TheirSubscriptions user={user} />
      <Trail subject={user} />
    </>
  );
}

function TheirSubscriptions({ user }: { user: string }) {
  const overview = useQuery(subscriptionsOfQuery(user));
  return (
    <section className={styles.trail} aria-labelledby="theirs">
      <h2 className={styles.subhead} id="theirs">
        Their subscriptions
      </h2>
      {overview.isError && <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} />}
      {overview.data?.subscriptions.length === 0 && <p>None, ever.</p>}
      <ul>
        {overview.data?.subscriptions.map((item) => (
          <li
            key={item.id}
            className={styles.record}
            data-testid="their-subscription"
            data-state={item.state}
          >
            <span className={styles.action}>{item.name}</span>
            <span>{item.state}</span>
            <span>{standing(item)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Trail({ subject }: { subject: string }) {
  const trail = useQuery(auditQuery({ subject }));
  return (
    <section className={styles.trail} aria-labelledby="trail">
      <h2 className={styles.subhead} id="trail">
        What was done to the account
      </h2>
      {trail.isError && <ErrorNotice error={trail.error} onRetry={() => void trail.refetch()} />}
      {trail.data?.records.length === 0 && <p>Nothing yet.</p>}
      <ol>
        {trail.data?.records.map(({ id, at, action, facts }) => (
          <li key={id} className={styles.record} data-testid="audit" data-action={action}>
            <time dateTime={at}>
              {longDate(at)}, {clockTime(at)}
            </time>
            <span className={styles.action}>{action}</span>
            <span>{factText(facts)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
