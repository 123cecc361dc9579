import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { setParentalControl } from '../api/account';
import type { ParentalControl as Control } from '../api/types';
import { Button } from '../design/button';
import { Failure, PasswordField } from '../design/field';
import { ErrorNotice } from '../design/notice';
import { useSubmit } from '../design/use-submit';
import { cleanPin } from '../player/pin';
import styles from './account-page.module.css';
import { parentalQuery } from './queries';
import { sentence } from './use-wish';

/** Ages that ratings in Europe know. */
const AGES = [0, 6, 12, 16, 18];
const NONE = '';

/** The age limit and its PIN; setting them takes the account's password. */
export function ParentalControl() {
  const control = useQuery(parentalQuery);
  if (control.data) return <ControlForm control={control.data} />;
  return control.isError ? (
    <ErrorNotice error={control.error} onRetry={() => void control.refetch()} />
  ) : (
    <p role="status">Loading…</p>
  );
}

function ControlForm({ control }: { control: Control }) {
  const id = useId();
  const queries = useQueryClient();
  const [limit, setLimit] = useState(control.age_limit === null ? NONE : String(control.age_limit));
  const [pin, setPin] = useState('');
  const [password, setPassword] = useState('');
  const [saved, setSaved] = useState(false);
  const { busy, failure, onSubmit } = useSubmit(async () => {
    setSaved(false);
    const body = {
      password,
      age_limit: limit === NONE ? null : Number(limit),
      ...(limit !== NONE && pin !== '' && { pin }),
    };
    queries.setQueryData(parentalQuery.queryKey, await setParentalControl(body));
    setPin('');
    setPassword('');
    setSaved(true);
    // The guide shows what takes the PIN.
    void queries.invalidateQueries();
  }, sentence);
  const ages = [...new Set([...AGES, ...(control.age_limit === null ? [] : [control.age_limit])])];
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <div className={styles.choice}>
        <label htmlFor={id}>Ask for the PIN</label>
        <select
          id={id}
          className={styles.select}
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        >
          <option value={NONE}>never</option>
          {ages
            .sort((one, other) => one - other)
            .map((age) => (
              <option key={age} value={age}>
                {age === 0 ? 'for everything with an age rating' : `for what is rated above ${age}`}
              </option>
            ))}
        </select>
      </div>
      {limit !== NONE && (
        <PasswordField
          label={control.has_pin ? 'New PIN, if it is to change' : 'PIN'}
          hint="4 to 6 digits"
          inputMode="numeric"
          autoComplete="off"
          pattern="[0-9]{4,6}"
          maxLength={6}
          required={!control.has_pin}
          value={pin}
          onChange={(typed) => setPin(cleanPin(typed))}
        />
      )}
      <PasswordField
        label="Your password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
      <Failure>{failure}</Failure>
      <Button type="submit" busy={busy}>
        Save
      </Button>
      {saved && (
        <p className={styles.said} role="status">
          Saved.
        </p>
      )}
    </form>
  );
}
