import { useState, type SyntheticEvent } from 'react';
import { Button } from '../design/button';
import { Icon } from '../design/icons';
import { Logo } from '../design/logo';
import { Sphere } from '../design/sphere';
import { keeper } from './session';
import { signInMessage } from './sign-in-message';
import styles from './sign-in-page.module.css';

/** The door: email and password, and a look at the satellite. */
export function SignInPage({ onSignedIn }: { onSignedIn: () => void }) {
  return (
    <main className={styles.page}>
      <title>Sign in · Telstar</title>
      <div className={styles.art}>
        <div className={styles.orbit} />
        <Sphere className={styles.sphere} />
      </div>
      <div className={styles.panel}>
        <Logo />
        <h1 className={styles.title}>Live, from the start, or from yesterday.</h1>
        <SignInForm onSignedIn={onSignedIn} />
      </div>
    </main>
  );
}

function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await keeper.signIn(username.trim(), password);
      onSignedIn();
    } catch (error) {
      setFailure(signInMessage(error));
      setBusy(false);
    }
  }

  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <label className={styles.field}>
        Email
        <input
          className={styles.input}
          type="email"
          name="username"
          autoComplete="username"
          required
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
      </label>
      <PasswordField value={password} onChange={setPassword} />
      <p className={styles.failure} role="alert">
        {failure}
      </p>
      <Button className={styles.submit} type="submit" look="primary" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

function PasswordField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [shown, setShown] = useState(false);
  return (
    <div className={styles.field}>
      <label htmlFor="password">Password</label>
      <div className={styles.secret}>
        <input
          id="password"
          className={styles.input}
          type={shown ? 'text' : 'password'}
          name="password"
          autoComplete="current-password"
          required
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
        <button
          type="button"
          className={styles.reveal}
          aria-label="Show what is typed"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Icon name="eye" />
        </button>
      </div>
    </div>
  );
}
