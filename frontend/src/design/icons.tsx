/** Outline icons on a grid of 24, drawn for this page. */
const PATHS = {
  play: 'M8 5.2v13.6L18.6 12z',
  pause: 'M7 5.2h3.4v13.6H7zM13.6 5.2H17v13.6h-3.4z',
  back: 'M15 5l-7 7 7 7',
  rewind: 'M11.5 4.2L8 7.7l3.5 3.5M8 7.7h5a6 6 0 1 1-6 6',
  forward: 'M12.5 4.2L16 7.7l-3.5 3.5M16 7.7h-5a6 6 0 1 0 6 6',
  restart: 'M4.5 5v5h5M4.9 10a7.5 7.5 0 1 1-.6 4.2',
  history: 'M4.5 5v5h5M4.9 10a7.5 7.5 0 1 1-.6 4.2M12 8v4.3l2.8 1.8',
  volume: 'M4.5 9.5v5H8l4.5 4v-13L8 9.5zM16 9.2a4 4 0 0 1 0 5.6M18.6 6.6a7.6 7.6 0 0 1 0 10.8',
  muted: 'M4.5 9.5v5H8l4.5 4v-13L8 9.5zM16.5 9.8l4.4 4.4M20.9 9.8l-4.4 4.4',
  lock: 'M6.5 11h11v8h-11zM9 11V8.2a3 3 0 0 1 6 0V11',
  quality: 'M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M15 5.2v4.6M9 14.2v4.6',
  picture: 'M4 6h16v12H4zM12.5 12.5h5v3.5h-5z',
  fullscreen: 'M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15',
  shrink: 'M9 4.5V9H4.5M19.5 9H15V4.5M15 19.5V15h4.5M4.5 15H9v4.5',
  keyboard: 'M3.5 7h17v10h-17zM7 10.3h.01M10.3 10.3h.01M13.7 10.3h.01M17 10.3h.01M8.5 13.8h7',
  stats: 'M5 19v-6M10 19V6M15 19v-9M20 19v-4',
  person: 'M12 4.5a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2zM4.8 19.5c.6-3.6 3.6-5.2 7.2-5.2s6.6 1.6 7.2 5.2',
  cross: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  exit: 'M13.5 5H6v14h7.5M10.5 12H20M17 9l3 3-3 3',
  eye: 'M3 12s3.2-6 9-6 9 6 9 6-3.2 6-9 6-9-6-9-6zM12 9.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2z',
  absent: 'M5 12h.01M9.7 12h.01M14.3 12h.01M19 12h.01',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM12 8v4.3l2.8 1.8',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon as large as the text around it, hidden from assistive technology: name the control instead. */
export function Icon({ name, size = '1.25em' }: { name: IconName; size?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={name === 'play' || name === 'pause' ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: 'none' }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
