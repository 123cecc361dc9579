import { useQuery } from '@tanstack/react-query';
import type { Diagnosis, DiagnosisCheck } from '../api/types';
import { Icon } from '../design/icons';
import { Offers } from '../offers/offers';
import { productsQuery } from '../offers/queries';
import { factName, factText, offersOf, toldOf, whoCan } from './verdict';
import styles from './verdict-view.module.css';

interface Props {
  diagnosis: Diagnosis;
  /** Whether the reader is the viewer in question: then products can be taken from here. */
  you: boolean;
  /** All that the checks saw, rather than the sentences alone. */
  facts: boolean;
  onTaken: () => void;
}

/** The one sentence, what would help, and every check in order. */
export function VerdictView({ diagnosis, you, facts, onTaken }: Props) {
  const { verdict, checks, remedies } = diagnosis;
  const products = useQuery(productsQuery);
  const offers = you ? offersOf(remedies, products.data ?? []) : [];
  const told = toldOf(remedies, you);
  return (
    <div data-testid="verdict" data-allowed={verdict.allowed}>
      <p className={styles.verdict} data-allowed={verdict.allowed} role="status">
        <Icon name={verdict.allowed ? 'check' : 'cross'} /> {verdict.message}
      </p>
      {told.length > 0 && (
        <>
          <h2 className={styles.subhead}>What would help</h2>
          <ul className={styles.remedies}>
            {told.map(({ code, message, who }) => (
              <li key={`${code ?? ''} ${message}`} data-testid="remedy" data-who={who}>
                <span className={styles.who}>{whoCan(who, you)}</span>
                <span>{message}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {offers.length > 0 && <Offers offers={offers} then="" onTaken={onTaken} />}
      <h2 className={styles.subhead}>Everything that was looked at</h2>
      <ol className={styles.checks}>
        {checks.map((check) => (
          <Check key={check.code} check={check} facts={facts} />
        ))}
      </ol>
    </div>
  );
}

function Check({ check, facts }: { check: DiagnosisCheck; facts: boolean }) {
  const { code, passed, message } = check;
  const unknown = check.facts.known === false;
  const word = passed ? 'Passed' : unknown ? 'Not known' : 'Failed';
  const seen = Object.entries(check.facts).filter(([name]) => name !== 'known');
  return (
    <li
      className={styles.check}
      data-testid="check"
      data-code={code}
      data-passed={passed}
      data-known={!unknown}
    >
      <span className={styles.mark}>
        <Icon name={passed ? 'check' : unknown ? 'absent' : 'cross'} />
        <span className="visually-hidden">{word}: </span>
      </span>
      <div className={styles.said}>
        <p>
          {message} {facts && <code className={styles.code}>{code}</code>}
        </p>
        {facts && seen.length > 0 && (
          <dl className={styles.facts}>
            {seen.map(([name, value]) => (
              <div key={name}>
                <dt>{factName(name)}</dt>
                <dd>{factText(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}
