import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../design/button';
import { EmailField, Failure, NewPasswordField, PasswordField } from '../design/field';
import { useSubmit } from '../design/use-submit';
import { Door } from './door';
import { doorMessage, secretOf } from './door-message';
import styles from './door.module.css';
import { confirmRegistration, register } from './requests';

/** `/register`: an email address and a password; a mail with a link follows. */
export function RegisterPage() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [sent, setSent] = useState(false);
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await register(email.trim(), password);
    setSent(true);
  }, doorMessage);
  if (sent)
    return <MailSent name="Register" email={email.trim()} then="and enter the password you just chose" />;
  return (
    <Door
      name="Register"
      title="Make an account"
      lead="You get a mail with a link that confirms your address."
    >
      <form className={styles.form} onSubmit={onSubmit}>
        <EmailField value={email} onChange={setEmail} />
        <NewPasswordField label="Password" value={password} onChange={setPassword} />
        <Failure>{failure}</Failure>
        <Button className={styles.submit} type="submit" look="primary" busy={busy}>
          Make an account
        </Button>
      </form>
      <BackToSignIn />
    </Door>
  );
}

/** `/register/confirm#token=…`, where the mail's link leads: the password once more, and one is signed in. */
export function ConfirmPage() {
  const navigate = useNavigate();
  const [token] = useState(() => secretOf(location.hash));
  const [password, setPassword] = useState('');
  const { busy, failure, onSubmit } = useSubmit(async () => {
    await confirmRegistration(token, password);
    await navigate({ to: '/', replace: true });
  }, doorMessage);
  if (token === '') return <BrokenLink name="Confirm your address" again="/register" />;
  return (
    <Door name="Confirm your address" title="Almost there" lead="Enter the password that you chose.">
      <form className={styles.form} onSubmit={onSubmit}>
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <Failure>{failure}</Failure>
        <Button className={styles.submit} type="submit" look="primary" busy={busy}>
          Confirm and sign in
        </Button>
      </form>
      <BackToSignIn />
    </Door>
  );
}

/** A mail is on its way, if there is anything to send: the page cannot know, and must not. */
export function MailSent({ name, email, then }: { name: string; email: string; then: string }) {
  return (
    <Door name={name} title="Look into your mail">
      <p role="status" data-testid="mail-sent">
        We sent a mail to <strong>{email}</strong>. Follow its link {then}. If nothing comes within a few
        minutes, look among the spam, or check the address.
      </p>
      <BackToSignIn />
    </Door>
  );
}

/** A link without its secret: cut off by a mail program, or typed. */
export function BrokenLink({ name, again }: { name: string; again: '/register' | '/reset' }) {
  return (
    <Door
      name={name}
      title="This link is not whole"
      lead="Copy all of it from the mail, or ask for a new one."
    >
      <nav className={styles.links} aria-label="What to do">
        <Link to={again}>Ask for a new link</Link>
      </nav>
      <BackToSignIn />
    </Door>
  );
}

export function BackToSignIn() {
  return (
    <nav className={styles.links} aria-label="Other ways in">
      <Link to="/sign-in" search={{ next: '/' }}>
        Back to signing in
      </Link>
    </nav>
  );
}
