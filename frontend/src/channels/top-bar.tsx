import { Link } from '@tanstack/react-router';
import { signOut } from '../auth/sign-out';
import { useUsername } from '../auth/session';
import { Button } from '../design/button';
import { Logo } from '../design/logo';
import { clockTime } from '../time/format';
import styles from './top-bar.module.css';

/** The head of the page: the name, the time, who is watching. */
export function TopBar({ now }: { now: number }) {
  const username = useUsername();
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.home} aria-label="Telstar, all channels">
        <Logo />
      </Link>
      <time className={styles.clock} dateTime={new Date(now).toISOString()}>
        {clockTime(now)}
      </time>
      <span className={styles.who}>{username}</span>
      <Button look="quiet" icon="exit" onClick={signOut}>
        Sign out
      </Button>
    </header>
  );
}
