import styles from './logo.module.css';

/** The satellite as a mark: a ball of solar cells with its belt of antennas. */
export function Mark() {
  return (
    <svg className={styles.mark} viewBox="3 3 26 26" aria-hidden="true" focusable="false">
      <path
        fill="currentColor"
        d="M11.2 4.6h2.7v2.7h-2.7zM14.65 4h2.7v3.3h-2.7zM18.1 4.6h2.7v2.7h-2.7zM7.2 8.3h3.1v4H6zM11.2 8.3h2.7v4h-2.7zM14.65 8.3h2.7v4h-2.7zM18.1 8.3h2.7v4h-2.7zM21.7 8.3h3.1l1.2 4h-4.3zM6 19.7h4.3v4H7.2zM11.2 19.7h2.7v4h-2.7zM14.65 19.7h2.7v4h-2.7zM18.1 19.7h2.7v4h-2.7zM21.7 19.7H26l-1.2 4h-3.1zM11.2 24.7h2.7v2.7h-2.7zM14.65 24.7h2.7V28h-2.7zM18.1 24.7h2.7v2.7h-2.7z"
      />
      <path fill="var(--gold)" d="M4.4 13.6h23.2v4.8H4.4z" />
    </svg>
  );
}

/** The mark with the name. */
export function Logo() {
  return (
    <span className={styles.logo}>
      <Mark />
      <span className={styles.name}>Telstar</span>
    </span>
  );
}
