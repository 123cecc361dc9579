import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../design/button';
import { EmailField, Failure, PasswordField } from '../design/field';
import { useSubmit } from '../design/use-submit';
import { Door } from './door';
import styles from './door.module.css';
import { departToProvider, methodsQuery } from './requests';
import { keeper } from './session';
import { signInMessage } from './sign-in-message';

/** The door: email and password, and a look at the satellite. */
export function SignInPage({ onSignedIn }: { onSignedIn: () => void }) {
  const methods = useQuery(methodsQuery);
  return (
    <Door name="Sign in" title="Live, from the start, or from yesterday.">
      <SignInForm onSignedIn={onSignedIn} />
      {methods.data?.oidc && <ProviderButton provider={methods.data.oidc} />}
      {methods.data?.registration !== false && (
        <nav className={styles.links} aria-label="Other ways in">
          <Link to="/register">New here? Make an account</Link>
          <Link to="/reset">Forgotten your password?</Link>
        </nav>
      )}
    </Door>
  );
}

function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await keeper.signIn(username.trim(), password);
    onSignedIn();
  }, signInMessage);
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <EmailField value={username} onChange={setUsername} />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
      <Failure>{failure}</Failure>
      <Button className={styles.submit} type="submit" look="primary" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

/** To the identity provider, which sends the browser back to `/sign-in/return`. */
function ProviderButton({ provider }: { provider: string }) {
  const { busy, failure, onSubmit } = useSubmit(async () => {
    location.assign(await departToProvider());
  }, signInMessage);
  return (
    <form className={styles.other} onSubmit={onSubmit}>
      <Button type="submit" busy={busy}>
        Sign in with {provider}
      </Button>
      <Failure>{failure}</Failure>
    </form>
  );
}
