import type { Mode } from '../api/types';

/** What the address of the player says. */
export interface WatchSearch {
  mode: Mode;
  programme?: string;
}

const MODES: readonly string[] = ['live', 'start-over', 'catch-up'] satisfies Mode[];

/** Reads `?mode=…&programme=…`; without a programme there is only live to be had. */
export function readWatchSearch(search: Record<string, unknown>): WatchSearch {
  const { mode, programme } = search;
  if (typeof programme !== 'string' || programme === '') return { mode: 'live' };
  return typeof mode === 'string' && isMode(mode) && mode !== 'live' ? { mode, programme } : { mode: 'live' };
}

/** What the address of the support page says: whose trouble, with what. */
export interface SupportSearch {
  user?: string;
  channel?: string;
  mode?: Mode;
  programme?: string;
}

/** Reads `?user=…&channel=…&mode=…&programme=…`, each of which may be absent. */
export function readSupportSearch(search: Record<string, unknown>): SupportSearch {
  const text = (key: string) => (typeof search[key] === 'string' ? search[key].trim() : '');
  const [user, channel, programme] = [text('user'), text('channel'), text('programme')];
  const mode = text('mode');
  return {
    ...(user && { user }),
    ...(channel && { channel }),
    ...(isMode(mode) && { mode }),
    ...(programme && { programme }),
  };
}

/** Plain query strings, so that addresses stay readable: the router's own would write JSON. */
export const plainSearch = {
  parse: (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text)),
  stringify: (search: Record<string, unknown>): string => {
    const entries = Object.entries(search).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return entries.length > 0 ? `?${new URLSearchParams(entries).toString()}` : '';
  },
};

function isMode(text: string): text is Mode {
  return MODES.includes(text);
}
