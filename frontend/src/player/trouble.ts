import type { PlayerError, PlayerReport } from '../api/types';
import { now } from '../time/clock';
import type { PlayerState } from './state';

/** The API takes ten at once: these, and the one that playback ended with. */
const MOST = 9;
const LONGEST_CODE = 64;
const LONGEST_MESSAGE = 2_000;

/** What is on screen, for the heartbeat. */
interface View {
  state: PlayerState | null;
  /** Wall clock of the picture, in milliseconds. */
  date: number | null;
}

/** An error as the API takes it, that happened now. */
export function playerError(code: string, message: string, fatal: boolean): PlayerError {
  return {
    code: code.slice(0, LONGEST_CODE),
    message: message.slice(0, LONGEST_MESSAGE),
    at: new Date(now()).toISOString(),
    fatal,
  };
}

/**
 * What a player says of itself, collected between two heartbeats. Of errors with the same code the last one is
 * kept, so that a flood of one does not wash away the others.
 */
export class TroubleLog {
  private readonly waiting = new Map<string, PlayerError>();
  private view: View = { state: null, date: null };
  private listener: (() => void) | null = null;

  /** Calls `listener` when an error has stopped the player: that should be told at once. */
  onStop(listener: () => void): () => void {
    this.listener = listener;
    return () => {
      this.listener = null;
    };
  }

  note(code: string, message: string, fatal: boolean): void {
    this.keep(playerError(code, message, fatal));
    if (fatal) this.listener?.();
  }

  see(view: View): void {
    this.view = view;
  }

  /** The errors that were not told yet, fewer than the API takes at once; they count as told. */
  errors(): PlayerError[] {
    const errors = [...this.waiting.values()];
    this.waiting.clear();
    return errors;
  }

  /** What there is to say now; its errors count as told, unless they are put back. */
  draw(): PlayerReport {
    const errors = this.errors();
    const { state, date } = this.view;
    return { state, position: date === null ? null : new Date(date).toISOString(), errors };
  }

  /** A report could not be delivered: its errors go with the next one. */
  putBack({ errors }: PlayerReport): void {
    const since = [...this.waiting.values()];
    this.waiting.clear();
    for (const error of [...errors, ...since]) this.keep(error);
  }

  private keep(error: PlayerError): void {
    this.waiting.delete(error.code);
    this.waiting.set(error.code, error);
    const [oldest] = this.waiting.keys();
    if (this.waiting.size > MOST && oldest !== undefined) this.waiting.delete(oldest);
  }
}
