import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useUsername } from '../auth/session';
import { TopBar } from '../channels/top-bar';
import { ErrorNotice } from '../design/notice';
import { useNow } from '../time/clock';
import styles from './account-page.module.css';
import { Devices } from './devices';
import { ParentalControl } from './parental-control';
import { Password } from './password';
import { subscriptionsQuery } from './queries';
import { Subscriptions } from './subscriptions';

/** `/account`: what one has, on which devices, and who may see what. */
export function AccountPage() {
  const now = useNow(5_000);
  const username = useUsername();
  return (
    <>
      <title>Your account · Telstar</title>
      <TopBar now={now} />
      <main className={styles.main} data-testid="account">
        <div className={styles.heading}>
          <h1 className={styles.title}>Your account</h1>
          <p className={styles.email}>{username}</p>
        </div>
        <Section title="Subscriptions" lead="What you have, and until when.">
          <AllSubscriptions />
        </Section>
        <Section title="Devices" lead="Where this account is signed in.">
          <Devices now={now} />
        </Section>
        <Section title="Parental control" lead="From which age on a programme takes your PIN.">
          <ParentalControl />
        </Section>
        <Section title="Password" lead="Changing it signs out every other device.">
          <Password />
        </Section>
      </main>
    </>
  );
}

function AllSubscriptions() {
  const all = useQuery(subscriptionsQuery);
  if (all.data) return <Subscriptions all={all.data} />;
  return all.isError ? (
    <ErrorNotice error={all.error} onRetry={() => void all.refetch()} />
  ) : (
    <p role="status">Loading your subscriptions…</p>
  );
}

function Section({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div>
        <h2 className={styles.name} id={id}>
          {title}
        </h2>
        <p className={styles.lead}>{lead}</p>
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
