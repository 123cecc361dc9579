import type { ComponentProps } from 'react';
import styles from './button.module.css';
import { Icon, type IconName } from './icons';

interface Props extends ComponentProps<'button'> {
  look?: 'primary' | 'plain' | 'quiet';
  icon?: IconName;
  /** Something asked for is under way: the button keeps its place and answers no second click. */
  busy?: boolean;
}

/** The one button of the page. */
export function Button({ look = 'plain', icon, busy = false, children, className, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={[styles.button, styles[look], className].filter(Boolean).join(' ')}
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    >
      {busy ? <span className={styles.spinner} aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
