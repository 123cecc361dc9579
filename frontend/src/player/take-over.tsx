import { Link } from '@tanstack/react-router';
import type { ProblemError } from '../api/problem';
import type { Conflict } from '../api/types';
import { Button } from '../design/button';
import { Icon } from '../design/icons';
import { Offers } from '../offers/offers';
import { headline } from '../offers/refusal';
import { StopPage } from '../offers/stop-page';
import stop from '../offers/stop-page.module.css';
import { now } from '../time/clock';
import { dayAndTime } from '../time/format';
import type { Airing } from './airing';
import styles from './take-over.module.css';

interface CrowdedProps {
  problem: ProblemError;
  airing: Airing;
  /** The channel's name by its id. */
  nameOf: (channel: string) => string;
  /** Ends these sessions in favour of one here. */
  onTakeOver: (sessions: readonly string[]) => void;
  /** A product was taken: try to play again. */
  onTaken: () => void;
  onLeave: () => void;
}

/** Too much is watched with the account at once: what, where, since when, and whose place can be taken. */
export function CrowdedPage({ problem, airing, nameOf, onTakeOver, onTaken, onLeave }: CrowdedProps) {
  const { reasons, offers } = problem;
  // Whose place is taken keeps counting as a device: there is nothing to be had by it.
  const devices = reasons.some(({ code }) => code === 'too-many-devices');
  const conflicts = devices ? [] : problem.conflicts;
  return (
    <StopPage
      airing={airing}
      title={
        conflicts.length > 0
          ? 'You are watching somewhere else'
          : headline(reasons, airing.channelName, 'live')
      }
      testId="crowded"
      actions={
        <>
          {devices && (
            <Link className={stop.way} to="/account">
              To your devices
            </Link>
          )}
          <Button look={conflicts.length > 0 ? 'quiet' : 'plain'} onClick={onLeave}>
            Not now
          </Button>
        </>
      }
    >
      <ul className={stop.reasons}>
        {reasons.map(({ code, message }) => (
          <li key={code} data-code={code}>
            {message}
          </li>
        ))}
        {devices && <li>Sign out on one of them that you no longer use.</li>}
      </ul>
      <ul className={styles.streams} aria-label="What is being watched">
        {conflicts.map((conflict) => (
          <Stream
            key={conflict.session_id}
            conflict={conflict}
            channel={nameOf(conflict.channel)}
            onTakeOver={() => onTakeOver([conflict.session_id])}
          />
        ))}
      </ul>
      {offers.length > 0 && <Offers offers={offers} then="and watch" onTaken={onTaken} />}
    </StopPage>
  );
}

interface StreamProps {
  conflict: Conflict;
  channel: string;
  onTakeOver: () => void;
}

function Stream({ conflict, channel, onTakeOver }: StreamProps) {
  const { device, programme, since, session_id } = conflict;
  return (
    <li className={styles.stream} data-testid="conflict" data-session={session_id}>
      <span className={styles.what}>
        <Icon name="picture" />
        <span>
          <strong className={styles.channel}>{programme ? `${channel}: ${programme}` : channel}</strong>
          <span className={styles.where}>
            {device}, since {dayAndTime(since, now()).replace(/^(today at|on) /, '')}
          </span>
        </span>
      </span>
      <Button look="primary" aria-label={`Watch here instead of on ${device}`} onClick={onTakeOver}>
        Watch here instead
      </Button>
    </li>
  );
}

interface TakenProps {
  problem: ProblemError;
  airing: Airing;
  onTakeBack: () => void;
  onLeave: () => void;
}

/** Another device took this session's place. */
export function TakenPage({ problem, airing, onTakeBack, onLeave }: TakenProps) {
  const device = problem.endedBy?.device ?? 'another device';
  return (
    <StopPage
      airing={airing}
      title={`You are watching on ${device} now`}
      testId="taken"
      actions={
        <>
          <Button look="primary" onClick={onTakeBack}>
            Take back
          </Button>
          <Button onClick={onLeave}>All channels</Button>
        </>
      }
    >
      <p className={stop.text}>
        It took this stream’s place{problem.endedBy ? ` ${dayAndTime(problem.endedBy.at, now())}` : ''}. If
        that wasn’t you, change your password on your account page.
      </p>
    </StopPage>
  );
}
