import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../api/client';
import type { Mode } from '../api/types';

/** What is asked about; `user` (an email address) by support alone, everybody else asks for themselves. */
export interface Question {
  channel: string;
  mode: Mode;
  programme?: string | undefined;
  user?: string | undefined;
}

/** Why a viewer can watch something, or not. */
export function diagnosisQuery({ channel, mode, programme, user }: Question) {
  const query = {
    channel,
    mode,
    ...(programme !== undefined && { programme_id: programme }),
    ...(user !== undefined && { user }),
  };
  return queryOptions({
    queryKey: ['diagnosis', query],
    queryFn: async ({ signal }) => unwrap(await api.GET('/api/v1/diagnosis', { params: { query }, signal })),
    staleTime: 0,
  });
}

/** What was done to or by an account, newest first. */
export function auditQuery(query: { subject: string }) {
  return queryOptions({
    queryKey: ['audit', query],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET('/api/v1/admin/audit', { params: { query }, signal })),
    staleTime: 0,
  });
}

/** All that a viewer has, had and will have, for support. */
export function subscriptionsOfQuery(user: string) {
  const path = { user_id: user };
  return queryOptions({
    queryKey: ['subscriptions-of', user],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET('/api/v1/admin/users/{user_id}/subscriptions', { params: { path }, signal })),
    staleTime: 0,
  });
}
