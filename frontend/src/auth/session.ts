import { useSyncExternalStore } from 'react';
import { now } from '../time/clock';
import { TokenKeeper } from './token-keeper';

/** Web Locks exist only in secure contexts; elsewhere a tab is on its own, and no encrypted channel plays. */
async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? await navigator.locks.request('telstar.refresh', work) : work();
}

/** The page's one keeper of tokens. */
export const keeper = new TokenKeeper({
  storage: localStorage,
  fetch: (url, init) => fetch(url, init),
  exclusively,
  now,
});

addEventListener('storage', (event) => {
  if (event.key === null || event.key === 'telstar.session') keeper.storageChanged();
});

/** The signed-in viewer's name, or null. */
export function useUsername(): string | null {
  return useSyncExternalStore(keeper.subscribe, () => keeper.username);
}
