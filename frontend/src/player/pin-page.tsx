import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import type { ProblemError } from '../api/problem';
import { parentalQuery } from '../account/queries';
import { Button } from '../design/button';
import { Failure } from '../design/field';
import field from '../design/field.module.css';
import { StopPage } from '../offers/stop-page';
import stop from '../offers/stop-page.module.css';
import { waitInWords } from '../time/format';
import type { Airing } from './airing';
import { cleanPin, isPin } from './pin';
import styles from './pin-page.module.css';

interface Props {
  problem: ProblemError;
  /** The PIN just given was not taken. */
  tried: boolean;
  airing: Airing;
  onPin: (pin: string) => void;
  onLeave: () => void;
}

/** What is rated for older viewers takes the account's PIN. */
export function PinPage({ problem, tried, airing, onPin, onLeave }: Props) {
  const parental = useQuery(parentalQuery);
  const leave = <Button onClick={onLeave}>All channels</Button>;
  const reason = problem.reasons[0]?.message;
  if (parental.data?.has_pin === false) {
    return (
      <StopPage
        airing={airing}
        title="This takes a PIN, and you have none yet"
        testId="pin-missing"
        actions={
          <>
            <Link className={stop.way} to="/account">
              Set a PIN
            </Link>
            {leave}
          </>
        }
      >
        {reason && <p className={stop.text}>{reason}</p>}
      </StopPage>
    );
  }
  return (
    <StopPage airing={airing} title="Enter your PIN" testId="pin" actions={leave}>
      {reason && <p className={stop.text}>{reason}</p>}
      <PinForm failure={tried ? failureOf(problem) : null} onPin={onPin} />
    </StopPage>
  );
}

function failureOf(problem: ProblemError): string {
  return problem.status === 429
    ? `That was wrong too often. Wait ${waitInWords(problem.retryAfter)}, then try again.`
    : 'That is not the PIN. Try again.';
}

function PinForm({ failure, onPin }: { failure: string | null; onPin: (pin: string) => void }) {
  const [pin, setPin] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isPin(pin)) onPin(pin);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={field.field}>
        <label htmlFor="pin">PIN, 4 to 6 digits</label>
        <input
          ref={input}
          id="pin"
          className={`${field.input ?? ''} ${styles.pin ?? ''}`}
          type="password"
          inputMode="numeric"
          autoComplete="off"
          minLength={4}
          maxLength={6}
          pattern="[0-9]{4,6}"
          required
          value={pin}
          aria-invalid={failure !== null}
          onChange={(event) => setPin(cleanPin(event.target.value))}
        />
      </div>
      <Button type="submit" look="primary">
        Watch
      </Button>
      <Failure>{failure}</Failure>
    </form>
  );
}
