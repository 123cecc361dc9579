import type { ReactNode } from 'react';
import { explain } from '../api/problem';
import { keeper } from '../auth/session';
import { Button } from './button';
import styles from './notice.module.css';

/** A page or part of one that has nothing else to show: what happened, and what can be done. */
export function Notice({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles.notice}>
      <h2 className={styles.title}>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** As Notice, for an error; announced to assistive technology. */
export function ErrorNotice({
  error,
  onRetry,
  also,
}: {
  error: unknown;
  onRetry: () => void;
  also?: ReactNode;
}) {
  const { title, detail, remedy } = explain(error);
  return (
    <div role="alert" data-testid="error-notice">
      <Notice
        title={title}
        actions={
          <>
            {remedy === 'retry' && (
              <Button look="primary" icon="restart" onClick={onRetry}>
                Try again
              </Button>
            )}
            {remedy === 'sign-in' && (
              <Button look="primary" onClick={() => keeper.signOut()}>
                Sign in
              </Button>
            )}
            {also}
          </>
        }
      >
        <p>{detail}</p>
      </Notice>
    </div>
  );
}
