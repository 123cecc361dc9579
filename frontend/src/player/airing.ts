import type { Programme } from '../api/types';

/** What is being watched, as the guide knows it. */
export interface Airing {
  channelName: string;
  number: number | null;
  programme: Programme | null;
  next: Programme | null;
}
