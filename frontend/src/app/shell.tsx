import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter, useRouterState, type ErrorComponentProps } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useUsername } from '../auth/session';
import { Button } from '../design/button';
import { ErrorNotice, Notice } from '../design/notice';
import styles from './shell.module.css';

/** Pages for which nobody has to be signed in. */
const OPEN_TO_ALL = new Set([
  '/sign-in',
  '/sign-in/return',
  '/register',
  '/register/confirm',
  '/reset',
  '/reset/confirm',
]);

/** Around every page: sends whoever is signed out, here or in another tab, to the door. */
export function Root() {
  const username = useUsername();
  const router = useRouter();
  const queries = useQueryClient();
  const here = useRouterState({ select: (state) => state.location });

  const last = useRef(username);

  useEffect(() => {
    const left = last.current !== null;
    last.current = username;
    if (username !== null) return;
    // Once, when somebody leaves: what the door itself asks for is nobody's secret.
    if (left) queries.clear();
    if (!OPEN_TO_ALL.has(here.pathname)) {
      void router.navigate({ to: '/sign-in', search: { next: here.href }, replace: true });
    }
  }, [username, here, router, queries]);

  return <Outlet />;
}

/** An address that leads nowhere. */
export function AbsentPage() {
  const router = useRouter();
  return (
    <main className={styles.centred}>
      <Notice
        title="There is no such page"
        actions={
          <Button look="primary" onClick={() => void router.navigate({ to: '/' })}>
            All channels
          </Button>
        }
      >
        <p>The address may be mistyped, or what it led to is gone.</p>
      </Notice>
    </main>
  );
}

/** What is left when a page threw while it was drawn. */
export function CrashedPage({ error, reset }: ErrorComponentProps) {
  return (
    <main className={styles.centred}>
      <ErrorNotice error={error} onRetry={reset} />
    </main>
  );
}
