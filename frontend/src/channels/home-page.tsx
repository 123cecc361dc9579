import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Channel, GuideChannel } from '../api/types';
import { Button } from '../design/button';
import { ErrorNotice, Notice } from '../design/notice';
import { useNow } from '../time/clock';
import { recentDays, type Day } from '../time/format';
import { ChannelBand, ChannelBandSkeleton } from './channel-band';
import { DayPicker } from './day-picker';
import styles from './home-page.module.css';
import { channelsQuery, guideQuery } from './queries';
import { moveFocus } from './roving';
import { TopBar } from './top-bar';
import { warmUpPlayer } from './warm-up';

/** How many days back the guide goes: what a channel keeps by default. */
const DAYS = 7;

/** Home: every channel with what is on, and beside it the day's programmes to go back to. */
export function HomePage() {
  const now = useNow(5_000);
  const days = recentDays(now, DAYS);
  const [chosen, setChosen] = useState(0);
  const day = days[chosen] ?? days[0];
  useEffect(warmUpPlayer, []);

  return (
    <>
      <title>Telstar</title>
      <TopBar now={now} />
      <main className={styles.main}>
        <div className={styles.heading}>
          <h1 className={styles.title}>On now</h1>
          <DayPicker days={days} chosen={chosen} onChoose={setChosen} />
        </div>
        {day && <Channels day={day} now={now} />}
      </main>
    </>
  );
}

function Channels({ day, now }: { day: Day; now: number }) {
  const channels = useQuery(channelsQuery);
  const guide = useQuery(guideQuery(day));

  if (channels.data === undefined) {
    return channels.isError ? (
      <ErrorNotice error={channels.error} onRetry={() => void channels.refetch()} />
    ) : (
      <Loading />
    );
  }
  if (channels.data.length === 0) return <NoChannels onLook={() => void channels.refetch()} />;
  return (
    <>
      {channels.isError && <Stale onRetry={() => void channels.refetch()} />}
      {/* The list is one widget to the keyboard: arrow keys move within it, as on a remote control. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className={styles.list} data-testid="channel-list" onKeyDown={moveFocus}>
        {byNumber(channels.data).map((channel) => (
          <ChannelBand
            key={channel.name}
            channel={channel}
            now={now}
            day={day}
            guide={{ entry: entryOf(guide.data?.channels, channel), failed: guide.isError }}
            onRetryGuide={() => void guide.refetch()}
          />
        ))}
      </ul>
    </>
  );
}

function Loading() {
  return (
    <div role="status">
      <span className="visually-hidden">Loading the channels</span>
      <ChannelBandSkeleton />
      <ChannelBandSkeleton />
      <ChannelBandSkeleton />
    </div>
  );
}

function NoChannels({ onLook }: { onLook: () => void }) {
  return (
    <Notice
      title="No channel is on the air yet"
      actions={
        <Button icon="restart" onClick={onLook}>
          Look again
        </Button>
      }
    >
      <p>As soon as somebody applies a Channel to the cluster, it appears here by itself.</p>
    </Notice>
  );
}

function Stale({ onRetry }: { onRetry: () => void }) {
  return (
    <p className={styles.stale} role="status">
      Telstar does not answer at the moment; this is what it said last.
      <Button look="quiet" onClick={onRetry}>
        Try again
      </Button>
    </p>
  );
}

function byNumber(channels: Channel[]): Channel[] {
  return channels.toSorted((one, other) => one.number - other.number);
}

function entryOf(entries: GuideChannel[] | undefined, channel: Channel): GuideChannel | undefined {
  if (!entries) return undefined;
  return entries.find(({ name }) => name === channel.name) ?? { ...channel, programmes: [] };
}
