import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Programme } from '../api/types';
import { CellBar } from '../design/cell-bar';
import { Icon, type IconName } from '../design/icons';
import { clockTime, progress } from '../time/format';
import styles from './programme-card.module.css';
import { programmeBadge, type Badge, type BadgeKind } from './status';

const ICONS: Record<BadgeKind, IconName> = {
  live: 'restart',
  'catch-up': 'history',
  upcoming: 'clock',
  locked: 'lock',
  absent: 'absent',
};

interface Props {
  channel: string;
  programme: Programme;
  now: number;
  tabIndex: number;
  onFocus: () => void;
}

/** One programme of the guide: a link where something can be done with it, text where nothing can. */
export function ProgrammeCard({ channel, programme, now, tabIndex, onFocus }: Props) {
  const badge = programmeBadge(programme, now);
  const shared = {
    className: styles.card,
    'data-kind': badge.kind,
    'data-testid': 'programme',
    'data-pin': badge.pin || undefined,
    'data-cell': true,
    title: badge.why ?? undefined,
    tabIndex,
    onFocus,
  };
  const content = <Content programme={programme} badge={badge} now={now} />;
  if (badge.mode === null) return <Inert {...shared}>{content}</Inert>;
  const search = badge.mode === 'live' ? { mode: badge.mode } : { mode: badge.mode, programme: programme.id };
  return (
    <Link {...shared} to="/watch/$channel" params={{ channel }} search={search} preload={false}>
      {content}
    </Link>
  );
}

/** Reachable by arrow keys, so that its reason can be read; it does nothing. */
function Inert({
  children,
  ...shared
}: {
  children: ReactNode;
  className: string | undefined;
  tabIndex: number;
}) {
  return (
    <div role="link" aria-disabled="true" {...shared}>
      {children}
    </div>
  );
}

function Content({ programme, badge, now }: { programme: Programme; badge: Badge; now: number }) {
  const running = Date.parse(programme.start) <= now && now < Date.parse(programme.end);
  return (
    <>
      <span className={styles.time}>
        {clockTime(programme.start)}
        {running && <span className={styles.live}>On now</span>}
      </span>
      <span className={styles.title}>{programme.title}</span>
      {badge.detail && <span className={styles.detail}>{badge.detail}</span>}
      {badge.kind === 'live' && (
        <CellBar
          value={progress(programme.start, programme.end, now)}
          label={`${programme.title}, progress`}
        />
      )}
      {badge.kind !== 'upcoming' && (
        <span className={styles.badge}>
          <Icon
            name={badge.kind === 'live' && badge.mode === 'live' ? 'play' : ICONS[badge.kind]}
            size="1.1em"
          />{' '}
          {badge.label}
          {badge.pin && (
            <span className={styles.pin}>
              <Icon name="lock" size="1.1em" /> PIN
            </span>
          )}
        </span>
      )}
    </>
  );
}
