import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePassword } from '../api/account';
import { doorMessage } from '../auth/door-message';
import { Button } from '../design/button';
import { Failure, NewPasswordField, PasswordField } from '../design/field';
import { useSubmit } from '../design/use-submit';
import styles from './account-page.module.css';
import { signInsQuery } from './queries';

/** A new password for the present one; every other device is signed out by it. */
export function Password() {
  const queries = useQueryClient();
  const [present, setPresent] = useState('');
  const [next, setNext] = useState('');
  const [changed, setChanged] = useState(false);
  const { busy, failure, onSubmit } = useSubmit(async () => {
    setChanged(false);
    await changePassword(present, next);
    setPresent('');
    setNext('');
    setChanged(true);
    void queries.invalidateQueries({ queryKey: signInsQuery.queryKey });
  }, doorMessage);
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <PasswordField
        label="Present password"
        autoComplete="current-password"
        value={present}
        onChange={setPresent}
      />
      <NewPasswordField label="New password" value={next} onChange={setNext} />
      <Failure>{failure}</Failure>
      <Button type="submit" busy={busy}>
        Change password
      </Button>
      {changed && (
        <p className={styles.said} role="status">
          Changed. Every other device is signed out.
        </p>
      )}
    </form>
  );
}
