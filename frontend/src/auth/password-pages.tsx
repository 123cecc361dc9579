import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../design/button';
import { EmailField, Failure, NewPasswordField } from '../design/field';
import { useSubmit } from '../design/use-submit';
import { Door } from './door';
import { doorMessage, secretOf } from './door-message';
import styles from './door.module.css';
import { BackToSignIn, BrokenLink, MailSent } from './register-page';
import { askForReset, resetPassword } from './requests';
import { keeper } from './session';

/** `/reset`: whose password is forgotten; a mail with a link follows. */
export function ForgottenPage() {
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await askForReset(email.trim());
    setSent(true);
  }, doorMessage);
  if (sent) return <MailSent name="New password" email={email.trim()} then="within half an hour" />;
  return (
    <Door
      name="New password"
      title="Forgotten your password?"
      lead="You get a mail with a link to choose a new one."
    >
      <form className={styles.form} onSubmit={onSubmit}>
        <EmailField value={email} onChange={setEmail} />
        <Failure>{failure}</Failure>
        <Button className={styles.submit} type="submit" look="primary" busy={busy}>
          Send me a link
        </Button>
      </form>
      <BackToSignIn />
    </Door>
  );
}

/** `/reset/confirm#token=…`, where the mail's link leads. */
export function ResetPage() {
  const [token] = useState(() => secretOf(location.hash));
  const [password, setPassword] = useState('');
  const [changed, setChanged] = useState(false);
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await resetPassword(token, password);
    // Whoever was signed in here no longer is: the API has ended every sign-in.
    keeper.signOut();
    setChanged(true);
  }, doorMessage);
  if (token === '') return <BrokenLink name="New password" again="/reset" />;
  if (changed) {
    return (
      <Door name="New password" title="Your password is changed">
        <p role="status">Every device is signed out. Sign in with the new one.</p>
        <nav className={styles.links} aria-label="What to do">
          <Link to="/sign-in" search={{ next: '/' }}>
            Sign in
          </Link>
        </nav>
      </Door>
    );
  }
  return (
    <Door name="New password" title="Choose a new password" lead="Every device is signed out by it.">
      <form className={styles.form} onSubmit={onSubmit}>
        <NewPasswordField label="New password" value={password} onChange={setPassword} />
        <Failure>{failure}</Failure>
        <Button className={styles.submit} type="submit" look="primary" busy={busy}>
          Change it
        </Button>
      </form>
      <BackToSignIn />
    </Door>
  );
}
