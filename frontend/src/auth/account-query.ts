import { queryOptions } from '@tanstack/react-query';
import { fetchAccount } from '../api/client';

/** Who is signed in, and as what. */
export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => fetchAccount(signal),
  staleTime: 300_000,
});
