import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Mode } from '../api/types';
import { programmeAfter, programmeAt } from '../channels/programmes';
import { channelsQuery, guideQuery } from '../channels/queries';
import { Button } from '../design/button';
import { ErrorNotice } from '../design/notice';
import { RefusalPage } from '../offers/refusal-page';
import { now, useNow } from '../time/clock';
import { recentDays } from '../time/format';
import type { Airing } from './airing';
import { Player } from './player';
import { usePlayback } from './use-playback';
import styles from './watch-page.module.css';

/** `/watch/<channel>?mode=…&programme=…`: the player, or why there is none. */
export function WatchPage() {
  const { channel } = useParams({ from: '/watch/$channel' });
  const { mode, programme } = useSearch({ from: '/watch/$channel' });
  const navigate = useNavigate();
  const stage = useRef<HTMLDivElement>(null);
  const [playback, again] = usePlayback({ channel, mode, programme });
  const [date, setDate] = useState<number | null>(null);
  const airing = useAiring(channel, mode, programme, date);
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
      {playback.kind === 'refused' ? (
        <RefusalPage problem={playback.problem} mode={mode} airing={airing} onTaken={again} onLeave={home} />
      ) : playback.kind === 'failed' ? (
        <main className={styles.message}>
          <ErrorNotice
            error={playback.error}
            onRetry={again}
            also={<Button onClick={home}>All channels</Button>}
          />
        </main>
      ) : (
        <Player
          session={playback.kind === 'open' ? playback.session : null}
          nextKey={playback.kind === 'open' ? playback.nextKey : null}
          mode={mode}
          airing={airing}
          stage={stage}
          onReopen={again}
          onDate={setDate}
          onPlay={play}
          onLeave={home}
        />
      )}
    </div>
  );
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
