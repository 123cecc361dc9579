import { Link } from '@tanstack/react-router';
import type { PlaybackRequest } from '../api/client';
import styles from './stop-page.module.css';

/** To the diagnosis of what is asked for. */
export function WhyLink({ channel, mode, programme }: PlaybackRequest) {
  return (
    <Link
      className={styles.why}
      to="/why/$channel"
      params={{ channel }}
      search={programme === undefined ? { mode: 'live' } : { mode, programme }}
      data-testid="why"
    >
      Why can’t I watch this?
    </Link>
  );
}
