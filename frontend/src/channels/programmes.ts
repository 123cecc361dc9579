import type { GuideChannel, Programme } from '../api/types';

/** The programme that is on at a moment (milliseconds), or null in a hole of the schedule. */
export function programmeAt(programmes: Programme[], time: number): Programme | null {
  return programmes.find(({ start, end }) => Date.parse(start) <= time && time < Date.parse(end)) ?? null;
}

/** The programme that follows another on its channel, or null. */
export function programmeAfter(channel: GuideChannel | undefined, id: string): Programme | null {
  const programmes = channel?.programmes ?? [];
  const index = programmes.findIndex((programme) => programme.id === id);
  return index < 0 ? null : (programmes[index + 1] ?? null);
}
