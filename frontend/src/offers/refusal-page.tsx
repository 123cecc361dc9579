import { Link } from '@tanstack/react-router';
import type { PlaybackRequest } from '../api/client';
import type { ProblemError } from '../api/problem';
import { Button } from '../design/button';
import type { Airing } from '../player/airing';
import { Offers } from './offers';
import { headline, helpFor, leadsToAccount, otherMode } from './refusal';
import { StopPage } from './stop-page';
import styles from './stop-page.module.css';
import { WhyLink } from './why-link';

interface Props {
  problem: ProblemError;
  asked: PlaybackRequest;
  airing: Airing;
  /** A product was taken: try to play again. */
  onTaken: () => void;
  onLeave: () => void;
}

/** Why something does not play, in sentences, and what would change it: products, or somebody. */
export function RefusalPage({ problem, asked, airing, onTaken, onLeave }: Props) {
  const { reasons, offers } = problem;
  const other = otherMode(reasons);
  const help = offers.length > 0 ? [] : helpFor(reasons);
  return (
    <StopPage
      airing={airing}
      title={headline(reasons, airing.channelName, asked.mode)}
      testId="refusal"
      actions={
        <>
          {other !== null && asked.programme !== undefined && (
            <Link
              className={styles.way}
              to="/watch/$channel"
              params={{ channel: asked.channel }}
              search={{ mode: other, programme: asked.programme }}
            >
              {other === 'catch-up' ? 'Catch up on it' : 'Start it over'}
            </Link>
          )}
          {leadsToAccount(reasons) && (
            <Link className={styles.way} to="/account">
              To your account
            </Link>
          )}
          <Button icon="back" onClick={onLeave}>
            All channels
          </Button>
          <WhyLink {...asked} />
        </>
      }
    >
      <ul className={styles.reasons}>
        {reasons.map(({ code, message }) => (
          <li key={code} data-code={code}>
            {message}
          </li>
        ))}
      </ul>
      {help.map((sentence) => (
        <p key={sentence} className={styles.text} data-testid="help">
          {sentence}
        </p>
      ))}
      {offers.length > 0 && <Offers offers={offers} then="and watch" onTaken={onTaken} />}
    </StopPage>
  );
}
