import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endOtherSignIns, endSignIn } from '../api/account';
import type { SignIn } from '../api/types';
import { signOut } from '../auth/sign-out';
import { Button } from '../design/button';
import { Failure } from '../design/field';
import { ErrorNotice } from '../design/notice';
import { dayAndTime } from '../time/format';
import styles from './account-page.module.css';
import { deviceName } from './device-name';
import { signInsQuery } from './queries';
import { sentence } from './use-wish';

/** The devices that are signed in; each can be signed out, and all but this one at once. */
export function Devices({ now }: { now: number }) {
  const queries = useQueryClient();
  const signIns = useQuery(signInsQuery);
  const renew = () => queries.invalidateQueries({ queryKey: signInsQuery.queryKey });
  const one = useMutation({ mutationFn: endSignIn, onSettled: renew });
  const others = useMutation({ mutationFn: endOtherSignIns, onSettled: renew });
  if (!signIns.data) {
    return signIns.isError ? (
      <ErrorNotice error={signIns.error} onRetry={() => void signIns.refetch()} />
    ) : (
      <p role="status">Loading your devices…</p>
    );
  }
  const failure = one.error ?? others.error;
  return (
    <>
      <ul className={styles.list}>
        {signIns.data.map((item) => (
          <Device
            key={item.id}
            item={item}
            now={now}
            busy={one.isPending && one.variables === item.id}
            onEnd={() => (item.present ? signOut() : one.mutate(item.id))}
          />
        ))}
      </ul>
      <Failure>{failure && sentence(failure)}</Failure>
      {signIns.data.length > 1 && (
        <p className={styles.subhead}>
          <Button busy={others.isPending} onClick={() => others.mutate()}>
            Sign out everywhere else
          </Button>
        </p>
      )}
    </>
  );
}

interface DeviceProps {
  item: SignIn;
  now: number;
  busy: boolean;
  onEnd: () => void;
}

function Device({ item, now, busy, onEnd }: DeviceProps) {
  const name = deviceName(item.user_agent);
  const from = item.network === null ? '' : `, from ${item.network}`;
  return (
    <li className={styles.item} data-testid="device" data-present={item.present || undefined}>
      <div className={styles.what}>
        <h3 className={styles.product}>
          {name}
          {item.present && <span className={styles.here}>This device</span>}
        </h3>
        <p className={styles.state}>
          Signed in {dayAndTime(item.created_at, now)}, last used {dayAndTime(item.last_used_at, now)}
          {from}
        </p>
      </div>
      <Button busy={busy} aria-label={item.present ? 'Sign out here' : `Sign out ${name}`} onClick={onEnd}>
        {item.present ? 'Sign out here' : 'Sign out'}
      </Button>
    </li>
  );
}
