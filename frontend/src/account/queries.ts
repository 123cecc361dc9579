import { queryOptions } from '@tanstack/react-query';
import {
  fetchHistory,
  fetchParentalControl,
  fetchSignIns,
  fetchSubscriptions,
  previewChange,
} from '../api/account';

export const subscriptionsQuery = queryOptions({
  queryKey: ['subscriptions'],
  queryFn: ({ signal }) => fetchSubscriptions(signal),
});

export function historyQuery(id: string) {
  return queryOptions({
    queryKey: ['subscriptions', id, 'history'],
    queryFn: ({ signal }) => fetchHistory(id, signal),
  });
}

export function previewQuery(id: string, product: string) {
  return queryOptions({
    queryKey: ['subscriptions', id, 'preview', product],
    queryFn: ({ signal }) => previewChange(id, product, signal),
    // What is left of a period shrinks by the second.
    staleTime: 0,
    gcTime: 0,
    enabled: product !== '',
  });
}

export const signInsQuery = queryOptions({
  queryKey: ['sign-ins'],
  queryFn: ({ signal }) => fetchSignIns(signal),
});

export const parentalQuery = queryOptions({
  queryKey: ['parental-control'],
  queryFn: ({ signal }) => fetchParentalControl(signal),
});
