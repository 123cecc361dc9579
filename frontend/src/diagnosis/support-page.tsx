import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useId, useState, type ReactNode, type SyntheticEvent } from 'react';
import type { SupportSearch } from '../app/search';
import type { Mode } from '../api/types';
import { accountQuery } from '../auth/account-query';
import { channelsQuery, guideQuery } from '../channels/queries';
import { TopBar } from '../channels/top-bar';
import { Button } from '../design/button';
import { TextField } from '../design/field';
import { ErrorNotice, Notice } from '../design/notice';
import { useNow } from '../time/clock';
import { clockTime, recentDays } from '../time/format';
import { AccountTrail } from './account-trail';
import styles from './page.module.css';
import { diagnosisQuery, type Question } from './requests';
import { VerdictView } from './verdict-view';

const DAYS = 7;

/** `/support?user=…&channel=…&mode=…&programme=…`: why somebody can watch something, or not. */
export function SupportPage() {
  const search = useSearch({ from: '/support' });
  const now = useNow(5_000);
  const account = useQuery(accountQuery);
  const { user, channel, mode = 'live', programme } = search;
  const allowed = account.data && ['support', 'admin'].includes(account.data.role);
  return (
    <>
      <title>Support · Telstar</title>
      <TopBar now={now} />
      <main className={styles.main} data-testid="support">
        <h1 className={styles.title}>Why can’t they watch this?</h1>
        {account.data && !allowed ? (
          <Notice title="This page is for support">
            <p>Sign in with an account of support or of an admin.</p>
          </Notice>
        ) : (
          <>
            <QuestionForm key={JSON.stringify(search)} search={search} now={now} />
            {user && channel && <Answer question={{ user, channel, mode, programme }} />}
          </>
        )}
      </main>
    </>
  );
}

function Answer({ question }: { question: Question }) {
  const diagnosis = useQuery(diagnosisQuery(question));
  if (diagnosis.data) {
    return (
      <>
        <VerdictView diagnosis={diagnosis.data} you={false} facts onTaken={() => undefined} />
        <AccountTrail diagnosis={diagnosis.data} />
      </>
    );
  }
  return diagnosis.isError ? (
    <ErrorNotice error={diagnosis.error} onRetry={() => void diagnosis.refetch()} />
  ) : (
    <p role="status">Looking at everything from their account to their player…</p>
  );
}

/** Whose trouble, with what: it goes into the address, so that it can be handed on. */
function QuestionForm({ search, now }: { search: SupportSearch; now: number }) {
  const navigate = useNavigate();
  const channels = useQuery(channelsQuery);
  const days = recentDays(now, DAYS);
  const [user, setUser] = useState(search.user ?? '');
  const [channel, setChannel] = useState(search.channel ?? '');
  const [mode, setMode] = useState<Mode>(search.mode ?? 'live');
  const [day, setDay] = useState('0');
  const [programme, setProgramme] = useState(search.programme ?? '');
  const shown = days[Number(day)] ?? { from: now, to: now, today: true };
  const guide = useQuery({ ...guideQuery(shown), enabled: mode !== 'live' });
  const chosen = channel || (channels.data?.[0]?.name ?? '');
  const programmes = guide.data?.channels.find(({ name }) => name === chosen)?.programmes ?? [];
  const known = programmes.some(({ id }) => id === programme);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const about = mode === 'live' ? {} : { programme };
    void navigate({ to: '/support', search: { user: user.trim(), channel: chosen, mode, ...about } });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField label="Email of the viewer" type="email" value={user} onChange={setUser} />
      <Choice label="Channel" value={chosen} onChange={setChannel}>
        {channels.data?.map(({ name, display_name }) => (
          <option key={name} value={name}>
            {display_name}
          </option>
        ))}
      </Choice>
      <Choice label="How" value={mode} onChange={(value) => setMode(value as Mode)}>
        <option value="live">Live</option>
        <option value="start-over">Start over</option>
        <option value="catch-up">Catch up</option>
      </Choice>
      {mode !== 'live' && (
        <>
          <Choice label="Day" value={day} onChange={setDay}>
            {days.map(({ label }, index) => (
              <option key={label} value={index}>
                {label}
              </option>
            ))}
          </Choice>
          <Choice label="Programme" value={programme} onChange={setProgramme} required>
            {!known && (
              <option value={programme}>{programme === '' ? 'Choose one' : 'The one asked about'}</option>
            )}
            {programmes.map(({ id, title, start }) => (
              <option key={id} value={id}>
                {clockTime(start)} {title}
              </option>
            ))}
          </Choice>
        </>
      )}
      <Button type="submit" look="primary">
        Find out
      </Button>
    </form>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  children: ReactNode;
}

function Choice({ label, value, onChange, required = false, children }: ChoiceProps) {
  const id = useId();
  return (
    <div className={styles.choice}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className={styles.select}
        value={value}
        required={required}
        onChange={(event) => onChange(event.target.value)}
      >
        {children}
      </select>
    </div>
  );
}
