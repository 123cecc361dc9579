import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Done } from '../api/account';
import { explain, ProblemError } from '../api/problem';

/** What became of a wish, in a sentence for the viewer; null where there is nothing to say. */
interface Outcome {
  failure: string | null;
  /** It happens once the payment provider says it is paid. */
  waits: boolean;
}

/** Something wished for about subscriptions: asked for once at a time, after which everything is looked up anew. */
export function useWish(onDone?: () => void) {
  const queries = useQueryClient();
  const wish = useMutation({
    mutationFn: (what: () => Promise<Done>) => what(),
    onSuccess: (done) => {
      if (done === 'done') onDone?.();
      void queries.invalidateQueries();
    },
  });
  const outcome: Outcome = {
    failure: wish.error && sentence(wish.error),
    waits: wish.data === 'waits-for-payment',
  };
  return {
    ...outcome,
    busy: wish.isPending,
    ask: (what: () => Promise<Done>) => {
      if (!wish.isPending) wish.mutate(what);
    },
  };
}

/** The API's own words where it refused: it says what can be done instead. */
export function sentence(error: unknown): string {
  if (error instanceof ProblemError && [402, 403, 409, 422].includes(error.status) && error.detail)
    return error.detail;
  const { title, detail } = explain(error);
  return `${title}. ${detail}`;
}
