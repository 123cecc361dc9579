import { queryOptions } from '@tanstack/react-query';
import { fetchChannels, fetchGuide } from '../api/client';
import type { GuideChannel, Programme } from '../api/types';
import type { Day } from '../time/format';

/** All channels with what is on now. */
export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: ({ signal }) => fetchChannels(signal),
  refetchInterval: 10_000,
});

/** The guide of one day. Today's changes as programmes end and segments are stored; other days hardly do. */
export function guideQuery(day: Pick<Day, 'from' | 'to' | 'today'>) {
  return queryOptions({
    queryKey: ['guide', day.from, day.to],
    queryFn: ({ signal }) => fetchGuide(day.from, day.to, signal),
    staleTime: 30_000,
    refetchInterval: day.today ? 60_000 : false,
  });
}

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
