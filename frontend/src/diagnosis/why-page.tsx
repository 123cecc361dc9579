import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { channelsQuery } from '../channels/queries';
import { TopBar } from '../channels/top-bar';
import { Button } from '../design/button';
import { ErrorNotice } from '../design/notice';
import { useNow } from '../time/clock';
import styles from './page.module.css';
import { diagnosisQuery } from './requests';
import { VerdictView } from './verdict-view';

/** `/why/<channel>?mode=…&programme=…`: why this can be watched or not, for the one who asks. */
export function WhyPage() {
  const { channel } = useParams({ from: '/why/$channel' });
  const { mode, programme } = useSearch({ from: '/why/$channel' });
  const navigate = useNavigate();
  const now = useNow(5_000);
  const diagnosis = useQuery(diagnosisQuery({ channel, mode, programme }));
  const channels = useQuery(channelsQuery);
  const name = channels.data?.find((item) => item.name === channel)?.display_name ?? channel;
  const watch = () =>
    void navigate({
      to: '/watch/$channel',
      params: { channel },
      search: programme === undefined ? { mode: 'live' } : { mode, programme },
    });
  return (
    <>
      <title>{`Why can’t I watch ${name}? · Telstar`}</title>
      <TopBar now={now} />
      <main className={styles.main} data-testid="diagnosis">
        <h1 className={styles.title}>Why can’t I watch this?</h1>
        <p className={styles.about}>
          {name}, {MODES[mode]}
        </p>
        {diagnosis.data ? (
          <VerdictView diagnosis={diagnosis.data} you facts={false} onTaken={watch} />
        ) : diagnosis.isError ? (
          <ErrorNotice error={diagnosis.error} onRetry={() => void diagnosis.refetch()} />
        ) : (
          <p role="status">Looking at everything from your account to your player…</p>
        )}
        <div className={styles.ways}>
          <Button look="primary" icon="play" onClick={watch}>
            {diagnosis.data?.verdict.allowed ? 'Watch' : 'Try again'}
          </Button>
          <Button icon="restart" busy={diagnosis.isFetching} onClick={() => void diagnosis.refetch()}>
            Look again
          </Button>
          <Button look="quiet" onClick={() => void navigate({ to: '/' })}>
            All channels
          </Button>
        </div>
      </main>
    </>
  );
}

const MODES = { live: 'live', 'start-over': 'from its start', 'catch-up': 'catching up' } as const;
