import { useCallback, useEffect, type Dispatch, type RefObject, type SetStateAction } from 'react';
import type { Mode } from '../api/types';
import type { PlayerModel } from './model';
import type { Airing } from './airing';
import { commandFor, type Command, type KeyPress } from './shortcuts';

const STEP_SECONDS = 10;
const VOLUME_STEP = 0.1;

interface Surroundings {
  model: PlayerModel;
  stage: RefObject<HTMLDivElement | null>;
  mode: Mode;
  airing: Airing;
  onPlay: (mode: Mode, programme?: string) => void;
  onLeave: () => void;
  onSheet: Dispatch<SetStateAction<boolean>>;
  onStats: Dispatch<SetStateAction<boolean>>;
  wake: () => void;
}

/** Carries out commands, of buttons and of keys alike. */
export function useCommands(around: Surroundings): (command: Command) => void {
  const { model, stage, mode, airing, onPlay, onLeave, onSheet, onStats, wake } = around;
  const programme = airing.programme?.id;

  const run = useCallback(
    (command: Command) => {
      wake();
      const carryOut: Record<Command, () => void> = {
        toggle: () => model.toggle(),
        mute: () => model.toggleMute(),
        fullscreen: () => void toggleFullscreen(stage.current),
        back: () => model.seekBy(-STEP_SECONDS),
        forward: () => model.seekBy(STEP_SECONDS),
        louder: () => model.changeVolume(VOLUME_STEP),
        quieter: () => model.changeVolume(-VOLUME_STEP),
        slower: () => model.changeRate(-1),
        faster: () => model.changeRate(1),
        beginning: () => {
          if (mode !== 'live') model.toBeginning();
          else if (programme !== undefined) onPlay('start-over', programme);
        },
        live: () => (mode === 'live' ? model.toLive() : onPlay('live')),
        picture: () => void togglePicture(stage.current?.querySelector('video') ?? null),
        stats: () => onStats((shown) => !shown),
        help: () => onSheet(true),
        leave: () => (document.fullscreenElement ? void document.exitFullscreen() : onLeave()),
      };
      carryOut[command]();
    },
    [model, stage, mode, programme, onPlay, onLeave, onSheet, onStats, wake],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      wake();
      const command = event.defaultPrevented
        ? null
        : commandFor({ ...keyOf(event), focus: focusOf(event.target) });
      if (!command) return;
      event.preventDefault();
      run(command);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [run, wake]);
  return run;
}

function keyOf({ key, ctrlKey, altKey, metaKey }: KeyboardEvent) {
  return { key, ctrlKey, altKey, metaKey };
}

function focusOf(target: EventTarget | null): KeyPress['focus'] {
  if (!(target instanceof Element)) return 'picture';
  if (target.closest('[role="menu"], [role="dialog"]')) return 'popup';
  return target.closest('button, a, [role="slider"]') ? 'control' : 'picture';
}

async function toggleFullscreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  // Refused without a gesture; the page is then simply not full screen.
  else await element?.requestFullscreen().catch(() => undefined);
}

async function togglePicture(video: HTMLVideoElement | null): Promise<void> {
  if (document.pictureInPictureElement) await document.exitPictureInPicture();
  // Refused before the first frame, or without a gesture.
  else if (document.pictureInPictureEnabled) await video?.requestPictureInPicture().catch(() => undefined);
}
