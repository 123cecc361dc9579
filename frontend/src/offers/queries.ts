import { queryOptions } from '@tanstack/react-query';
import { fetchProducts } from '../api/client';

/** What is on sale. */
export const productsQuery = queryOptions({
  queryKey: ['products'],
  queryFn: ({ signal }) => fetchProducts(signal),
  staleTime: 300_000,
});
