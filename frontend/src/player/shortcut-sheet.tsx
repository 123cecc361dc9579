import * as Dialog from '@radix-ui/react-dialog';
import type { RefObject } from 'react';
import { Button } from '../design/button';
import styles from './shortcut-sheet.module.css';
import { SHORTCUTS } from './shortcuts';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  container: RefObject<HTMLElement | null>;
}

/** All keys of the player. */
export function ShortcutSheet({ open, onOpenChange, container }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal container={container.current}>
        <Dialog.Overlay className={styles.overlay} />
        <Dialog.Content className={styles.sheet} aria-describedby={undefined} data-testid="shortcut-sheet">
          <Dialog.Title className={styles.title}>Keyboard</Dialog.Title>
          <dl className={styles.list}>
            {SHORTCUTS.map(({ command, keys, label }) => (
              <div key={command} className={styles.row}>
                <dt>{label}</dt>
                <dd>
                  {keys.map((key) => (
                    <kbd key={key} className={styles.key}>
                      {NAMES[key] ?? key}
                    </kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
          <Dialog.Close asChild>
            <Button className={styles.close}>Close</Button>
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const NAMES: Record<string, string> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};
