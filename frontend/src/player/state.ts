/** What a player is doing, as its `data-state` says. */
export type PlayerState = 'playing' | 'paused' | 'buffering' | 'ended' | 'error';

/** What the state is read from; `readyState` and the flags are the video element's. */
export interface ElementFacts {
  failed: boolean;
  ended: boolean;
  paused: boolean;
  seeking: boolean;
  readyState: number;
  /** Something has been shown since the source was set. */
  started: boolean;
}

const HAVE_FUTURE_DATA = 3;

/** The state, the most telling first. Before the first frame a player is buffering, unless it may not start. */
export function playerState(facts: ElementFacts): PlayerState {
  if (facts.failed) return 'error';
  if (facts.ended) return 'ended';
  if (facts.paused) return facts.started || facts.readyState >= HAVE_FUTURE_DATA ? 'paused' : 'buffering';
  return facts.seeking || facts.readyState < HAVE_FUTURE_DATA ? 'buffering' : 'playing';
}
