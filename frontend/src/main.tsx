import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ProblemError, SignedOutError } from './api/problem';
import { makeRouter } from './app/router';
import './design/fonts.css';
import './design/tokens.css';

/** Once more for what may pass by itself; an answer that refuses would refuse again. */
function worthRetrying(failures: number, error: Error): boolean {
  if (error instanceof SignedOutError) return false;
  if (error instanceof ProblemError && error.status < 500) return false;
  return failures < 2;
}

const queries = new QueryClient({ defaultOptions: { queries: { retry: worthRetrying, staleTime: 10_000 } } });
const router = makeRouter(queries);
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
