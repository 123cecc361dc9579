import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { accountQuery } from '../auth/account-query';
import { signOut } from '../auth/sign-out';
import { useUsername } from '../auth/session';
import { Button } from '../design/button';
import { Icon } from '../design/icons';
import { Logo } from '../design/logo';
import { clockTime } from '../time/format';
import styles from './top-bar.module.css';

/** Who may look into other people's trouble. */
const SUPPORT = new Set(['support', 'admin']);

/** The head of the page: the name, the time, who is watching. */
export function TopBar({ now }: { now: number }) {
  const username = useUsername();
  const account = useQuery(accountQuery);
  const helps = account.data && SUPPORT.has(account.data.role);
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.home} aria-label="Telstar, all channels">
        <Logo />
      </Link>
      <time className={styles.clock} dateTime={new Date(now).toISOString()}>
        {clockTime(now)}
      </time>
      {helps && (
        <Link to="/support" className={styles.place}>
          <Icon name="stats" /> <span>Support</span>
        </Link>
      )}
      <Link to="/account" className={styles.place} aria-label={`Account of ${username ?? 'nobody'}`}>
        <Icon name="person" /> <span className={styles.who}>{username}</span>
      </Link>
      <Button look="quiet" icon="exit" onClick={signOut}>
        Sign out
      </Button>
    </header>
  );
}
