import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { PlaybackRequest } from '../api/client';
import type { Mode } from '../api/types';
import { programmeAfter, programmeAt } from '../channels/programmes';
import { channelsQuery, guideQuery } from '../channels/queries';
import { Button } from '../design/button';
import { ErrorNotice } from '../design/notice';
import { RefusalPage } from '../offers/refusal-page';
import { WhyLink } from '../offers/why-link';
import { now, useNow } from '../time/clock';
import { recentDays } from '../time/format';
import type { Airing } from './airing';
import type { PlaybackState } from './outcome';
import { PinPage } from './pin-page';
import { Player } from './player';
import { CrowdedPage, TakenPage } from './take-over';
import { TroubleLog } from './trouble';
import { usePlayback, type PlaybackActions } from './use-playback';
import styles from './watch-page.module.css';

/** `/watch/<channel>?mode=…&programme=…`: the player, or why there is none. */
export function WatchPage() {
  const { channel } = useParams({ from: '/watch/$channel' });
  const { mode, programme } = useSearch({ from: '/watch/$channel' });
  const navigate = useNavigate();
  const stage = useRef<HTMLDivElement>(null);
  const [log] = useState(() => new TroubleLog());
  const asked = { channel, mode, programme };
  const [playback, actions] = usePlayback(asked, log);
  const [date, setDate] = useState<number | null>(null);
  const airing = useAiring(channel, mode, programme, date);
  const nameOf = useChannelNames();
  const home = () => void navigate({ to: '/' });
  const play = (next: Mode, id?: string) =>
    void navigate({
      to: '/watch/$channel',
      params: { channel },
      search: id === undefined ? { mode: 'live' } : { mode: next, programme: id },
    });

  return (
    <div className={styles.stage} ref={stage} data-testid="stage">
      <title>{`${airing.programme?.title ?? airing.channelName} · Telstar`}</title>
      {playback.kind === 'open' || playback.kind === 'opening' ? (
        <Player
          session={playback.kind === 'open' ? playback.session : null}
          nextKey={playback.kind === 'open' ? playback.nextKey : null}
          log={log}
          mode={mode}
          airing={airing}
          stage={stage}
          onReopen={actions.reopen}
          onRetry={actions.again}
          why={<WhyLink {...asked} />}
          onDate={setDate}
          onPlay={play}
          onLeave={home}
        />
      ) : (
        <Stopped
          playback={playback}
          asked={asked}
          actions={actions}
          airing={airing}
          nameOf={nameOf}
          onLeave={home}
        />
      )}
    </div>
  );
}

interface StoppedProps {
  playback: Exclude<PlaybackState, { kind: 'open' | 'opening' }>;
  asked: PlaybackRequest;
  actions: PlaybackActions;
  airing: Airing;
  nameOf: (channel: string) => string;
  onLeave: () => void;
}

/** Why there is no player, and what can be done. */
function Stopped({ playback, asked, actions, airing, nameOf, onLeave }: StoppedProps) {
  const shared = { airing, onLeave };
  switch (playback.kind) {
    case 'refused':
      return <RefusalPage {...shared} problem={playback.problem} asked={asked} onTaken={actions.again} />;
    case 'pin':
      return (
        <PinPage {...shared} problem={playback.problem} tried={playback.tried} onPin={actions.enterPin} />
      );
    case 'crowded':
      return (
        <CrowdedPage
          {...shared}
          problem={playback.problem}
          nameOf={nameOf}
          onTakeOver={actions.takeOver}
          onTaken={actions.again}
        />
      );
    case 'taken': {
      const { endedBy } = playback.problem;
      const takeBack = () => actions.takeOver(endedBy?.session_id ? [endedBy.session_id] : []);
      return <TakenPage {...shared} problem={playback.problem} onTakeBack={takeBack} />;
    }
    case 'failed':
      return (
        <main className={styles.message}>
          <ErrorNotice
            error={playback.error}
            onRetry={actions.again}
            also={
              <>
                <Button onClick={onLeave}>All channels</Button>
                <WhyLink {...asked} />
              </>
            }
          />
        </main>
      );
  }
}

function useChannelNames(): (channel: string) => string {
  const channels = useQuery(channelsQuery);
  return (name) => channels.data?.find((channel) => channel.name === name)?.display_name ?? name;
}

/** What is being watched: from the guide of the day that is on screen. */
function useAiring(channel: string, mode: Mode, id: string | undefined, date: number | null): Airing {
  const time = useNow(30_000);
  const shown = date ?? time;
  const day = recentDays(shown, 1)[0] ?? { from: shown, to: shown };
  const today = day.from <= now() && now() < day.to;
  const guide = useQuery(guideQuery({ from: day.from, to: day.to, today }));
  const channels = useQuery(channelsQuery);
  const entry = guide.data?.channels.find(({ name }) => name === channel);
  const known = entry ?? channels.data?.find(({ name }) => name === channel);
  const byId = entry?.programmes.find((candidate) => candidate.id === id) ?? null;
  const programme = mode === 'live' ? programmeAt(entry?.programmes ?? [], shown) : byId;
  return {
    channelName: known?.display_name ?? channel,
    number: known?.number ?? null,
    programme,
    next: programme && programmeAfter(entry, programme.id),
  };
}
