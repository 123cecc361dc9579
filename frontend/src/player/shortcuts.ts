export type Command =
  | 'toggle'
  | 'mute'
  | 'fullscreen'
  | 'back'
  | 'forward'
  | 'louder'
  | 'quieter'
  | 'slower'
  | 'faster'
  | 'beginning'
  | 'live'
  | 'picture'
  | 'stats'
  | 'help'
  | 'leave';

/** The commands with their keys, in the order of the shortcut sheet. */
export const SHORTCUTS: readonly { command: Command; keys: readonly string[]; label: string }[] = [
  { command: 'toggle', keys: [' ', 'k'], label: 'Play or pause' },
  { command: 'back', keys: ['j', 'ArrowLeft'], label: 'Back 10 seconds' },
  { command: 'forward', keys: ['l', 'ArrowRight'], label: 'Forward 10 seconds' },
  { command: 'beginning', keys: ['Home'], label: 'Start over' },
  { command: 'live', keys: ['End'], label: 'Go to live' },
  { command: 'mute', keys: ['m'], label: 'Sound on or off' },
  { command: 'louder', keys: ['ArrowUp'], label: 'Louder' },
  { command: 'quieter', keys: ['ArrowDown'], label: 'Quieter' },
  { command: 'slower', keys: ['<', ','], label: 'Slower' },
  { command: 'faster', keys: ['>', '.'], label: 'Faster' },
  { command: 'fullscreen', keys: ['f'], label: 'Full screen' },
  { command: 'picture', keys: ['p'], label: 'Picture in picture' },
  { command: 'stats', keys: ['i'], label: 'What is going on inside' },
  { command: 'help', keys: ['?'], label: 'These shortcuts' },
  { command: 'leave', keys: ['Escape'], label: 'Back to the channels' },
];

/** What matters of a key press. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  /** Where the focus is: a control keeps the keys that work it, a menu or dialogue keeps all. */
  focus: 'picture' | 'control' | 'popup';
}

const WORKS_A_CONTROL = new Set([' ', 'Enter']);

/** The command a key press stands for, or null. */
export function commandFor(press: KeyPress): Command | null {
  if (press.ctrlKey || press.altKey || press.metaKey || press.focus === 'popup') return null;
  if (press.focus === 'control' && WORKS_A_CONTROL.has(press.key)) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return SHORTCUTS.find(({ keys }) => keys.includes(key))?.command ?? null;
}

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

/** The next slower (-1) or faster (1) speed. */
export function nextRate(rate: number, step: -1 | 1): number {
  const nearest = RATES.reduce((best, value) =>
    Math.abs(value - rate) < Math.abs(best - rate) ? value : best,
  );
  return RATES[RATES.indexOf(nearest) + step] ?? nearest;
}
