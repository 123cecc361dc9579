import { Link } from '@tanstack/react-router';
import type { Channel, GuideChannel, Programme } from '../api/types';
import { Button } from '../design/button';
import { CellBar } from '../design/cell-bar';
import { Icon, type IconName } from '../design/icons';
import { progress, remaining, timeRange, type Day } from '../time/format';
import styles from './channel-band.module.css';
import { ProgrammeStrip, StripSkeleton } from './programme-strip';
import { channelStatus, takesPin, type ChannelStatus } from './status';

interface Props {
  channel: Channel;
  now: number;
  day: Day;
  guide: { entry: GuideChannel | undefined; failed: boolean };
  onRetryGuide: () => void;
}

/** One channel: what is on now, and beside it the day's programmes. */
export function ChannelBand({ channel, now, day, guide, onRetryGuide }: Props) {
  const running = guide.entry?.programmes.find(({ id }) => id === channel.now?.id);
  return (
    <li
      className={styles.band}
      data-row
      data-testid={`channel-${channel.name}`}
      data-status={channelStatus(channel)}
    >
      <OnNow channel={channel} running={running} now={now} />
      {guide.entry ? (
        <ProgrammeStrip channel={guide.entry} day={day} now={now} />
      ) : guide.failed ? (
        <p className={styles.absent} role="alert">
          The guide did not arrive.
          <Button look="quiet" icon="restart" onClick={onRetryGuide}>
            Try again
          </Button>
        </p>
      ) : (
        <StripSkeleton />
      )}
    </li>
  );
}

/** The panel of a channel; all of it is the link that plays, or that leads to the refusal. */
function OnNow({ channel, running, now }: { channel: Channel; running: Programme | undefined; now: number }) {
  const status = channelStatus(channel);
  const action = running?.actions['start-over'];
  const startOver = action && (action.allowed || takesPin(action)) && status !== 'stopped';
  return (
    <section className={styles.panel} aria-label={`${channel.number} ${channel.display_name}`}>
      <div className={styles.station}>
        <span className={styles.number}>{channel.number}</span>
        <h2 className={styles.name}>{channel.display_name}</h2>
        <Status status={status} />
      </div>
      <OnNowText channel={channel} now={now} />
      <div className={styles.actions}>
        <WatchLink channel={channel} status={status} />
        {running && startOver && (
          <Link
            className={styles.startOver}
            to="/watch/$channel"
            params={{ channel: channel.name }}
            search={{ mode: 'start-over', programme: running.id }}
            preload={false}
            data-cell
          >
            <Icon name="restart" /> Start over
          </Link>
        )}
      </div>
    </section>
  );
}

function OnNowText({ channel, now }: { channel: Channel; now: number }) {
  const programme = channel.now;
  if (!programme) return <p className={styles.programme}>No programme announced</p>;
  return (
    <>
      <p className={styles.programme}>{programme.title}</p>
      <CellBar value={progress(programme.start, programme.end, now)} label={`${programme.title}, progress`} />
      <p className={styles.times}>
        <span>{timeRange(programme.start, programme.end)}</span>
        <span>{remaining(programme.end, now)}</span>
      </p>
    </>
  );
}

function WatchLink({ channel, status }: { channel: Channel; status: ChannelStatus }) {
  const name = `${WATCH[status]} ${channel.display_name}`;
  return (
    <Link
      className={`${styles.watch ?? ''} ${status === 'ready' ? '' : (styles.subdued ?? '')}`}
      to="/watch/$channel"
      params={{ channel: channel.name }}
      search={{ mode: 'live' }}
      aria-label={name}
      data-cell
    >
      <Icon name={ICONS[status]} /> {WATCH[status]}
      {takesPin(channel.actions.live) && (
        <>
          <Icon name="lock" /> PIN
        </>
      )}
    </Link>
  );
}

const ICONS: Record<ChannelStatus, IconName> = {
  ready: 'play',
  starting: 'play',
  locked: 'lock',
  stopped: 'absent',
};

const WATCH: Record<ChannelStatus, string> = {
  ready: 'Watch',
  starting: 'Watch',
  locked: 'Unlock',
  stopped: 'Details',
};

const STATUS: Record<ChannelStatus, string> = {
  ready: 'Live',
  starting: 'Starting',
  stopped: 'Off air',
  locked: 'Locked',
};

function Status({ status }: { status: ChannelStatus }) {
  return (
    <span className={styles.status} data-status={status}>
      {STATUS[status]}
    </span>
  );
}

/** The place of a channel while it loads. */
export function ChannelBandSkeleton() {
  return (
    <div className={styles.band} aria-hidden="true">
      <div className={styles.panel}>
        <span className={styles.shimmer} style={{ width: '45%', height: '1.6rem' }} />
        <span className={styles.shimmer} style={{ width: '80%', height: '1.4rem', marginTop: '1.6rem' }} />
        <span className={styles.shimmer} style={{ width: '100%', height: '0.5rem', marginTop: '1rem' }} />
        <span className={styles.shimmer} style={{ width: '8rem', height: '2.75rem', marginTop: '2.6rem' }} />
      </div>
      <StripSkeleton />
    </div>
  );
}
