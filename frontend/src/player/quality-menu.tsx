import * as Menu from '@radix-ui/react-dropdown-menu';
import type { RefObject } from 'react';
import { Icon } from '../design/icons';
import controls from './controls.module.css';
import type { PlayerModel, Snapshot } from './model';
import styles from './quality-menu.module.css';

interface Props {
  model: PlayerModel;
  snapshot: Snapshot;
  /** Inside what goes full screen: a menu elsewhere would stay behind it. */
  container: RefObject<HTMLElement | null>;
}

/** Which picture: automatic, or one of the renditions. */
export function QualityMenu({ model, snapshot, container }: Props) {
  const { qualities, chosen, height } = snapshot;
  if (qualities.length < 2) return null;
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className={controls.control} aria-label="Quality" title="Quality" data-testid="quality">
        <Icon name="quality" size="1.5rem" />
      </Menu.Trigger>
      <Menu.Portal container={container.current}>
        <Menu.Content className={styles.menu} side="top" align="end" sideOffset={8} collisionPadding={12}>
          <Menu.RadioGroup
            value={String(chosen)}
            onValueChange={(value) => model.chooseQuality(Number(value))}
          >
            <Choice value="-1" label="Automatic" note={chosen === -1 && height > 0 ? `${height}p` : ''} />
            {qualities.map((quality) => (
              <Choice
                key={quality.level}
                value={String(quality.level)}
                label={`${quality.height}p`}
                note=""
              />
            ))}
          </Menu.RadioGroup>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Choice({ value, label, note }: { value: string; label: string; note: string }) {
  return (
    <Menu.RadioItem className={styles.item} value={value}>
      <span className={styles.tick}>
        <Menu.ItemIndicator>
          <Icon name="check" />
        </Menu.ItemIndicator>
      </span>
      {label}
      <span className={styles.note}>{note}</span>
    </Menu.RadioItem>
  );
}
