import { useId, useState, type ComponentProps } from 'react';
import styles from './field.module.css';
import { Icon } from './icons';

interface Props extends Omit<ComponentProps<'input'>, 'onChange' | 'value'> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What to know before filling it in. */
  hint?: string;
}

/** A line to fill in, with its label above. */
export function TextField({ label, hint, onChange, ...rest }: Props) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={styles.input}
        required
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...rest}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** As TextField, for a password: hidden, and shown on request. */
export function PasswordField({ label, hint, onChange, ...rest }: Props) {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.secret}>
        <input
          id={id}
          className={styles.input}
          type={shown ? 'text' : 'password'}
          required
          aria-describedby={hint ? `${id}-hint` : undefined}
          {...rest}
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
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}

type OfOneself = Pick<Props, 'value' | 'onChange'>;

/** The email address by which an account is known. */
export function EmailField(props: OfOneself) {
  return <TextField label="Email" type="email" name="username" autoComplete="username" {...props} />;
}

/** A password that is being chosen, with what the API asks of it. */
export function NewPasswordField({ label, ...props }: OfOneself & Pick<Props, 'label'>) {
  return (
    <PasswordField
      label={label}
      name="password"
      autoComplete="new-password"
      minLength={8}
      hint="8 characters or more, and none that everybody uses"
      {...props}
    />
  );
}

/** Why a form was not taken; announced to assistive technology, and nothing while there is nothing to say. */
export function Failure({ children }: { children: string | null }) {
  return (
    <p className={styles.failure} role="alert">
      {children}
    </p>
  );
}
