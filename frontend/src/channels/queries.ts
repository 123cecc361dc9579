import { queryOptions } from '@tanstack/react-query';
import { fetchChannels, fetchGuide } from '../api/client';
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
