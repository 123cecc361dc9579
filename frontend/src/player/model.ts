import type { Explanation } from '../api/problem';
import type { NextKey } from '../api/types';
import { Engine } from './engine';
import { playerState, type PlayerState } from './state';
import type { TroubleLog } from './trouble';
import { nextRate } from './shortcuts';
import { behindLive, dateAt, isLive, spansOf, timeAt, type Span } from './timeline';

const SAMPLE_EVERY = 250;
const LAST_MOMENT = 0.1;
/** A session that had to be replaced this recently (milliseconds) is not replaced again: it would go on forever. */
const REOPEN_PAUSE = 60_000;

/** What to play. */
export interface Recipe {
  manifestUrl: string;
  licenceUrl: string;
  /** The same for every session of the same thing, so that a new session goes on where the last one stopped. */
  name: string;
  live: boolean;
}

export interface Quality {
  /** Index into the levels of hls.js. */
  level: number;
  /** Lines of the picture. */
  height: number;
}

/** Everything the controls show. Times in seconds, dates in milliseconds since the epoch. */
export interface Snapshot {
  state: PlayerState;
  position: number;
  /** Wall clock of what is shown, or null before anything is known. */
  date: number | null;
  spans: readonly Span[];
  /** Whether the playlist still grows. */
  growing: boolean;
  /** How far behind the live position; null where there is no live. */
  behind: number | null;
  muted: boolean;
  /** The browser let the picture start only without sound. */
  mutedByBrowser: boolean;
  volume: number;
  rate: number;
  qualities: readonly Quality[];
  /** The chosen level; -1: automatic. */
  chosen: number;
  /** Lines of the picture shown now, 0 before the first. */
  height: number;
  /** Paused by the viewer, rather than not yet started. */
  pausedByViewer: boolean;
  failure: Explanation | null;
  /** From the request to the first moving picture, in milliseconds. */
  startedAfter: number | null;
}

const EMPTY: Snapshot = {
  state: 'buffering',
  position: 0,
  date: null,
  spans: [],
  growing: false,
  behind: null,
  muted: false,
  mutedByBrowser: false,
  volume: 1,
  rate: 1,
  qualities: [],
  chosen: -1,
  height: 0,
  pausedByViewer: false,
  failure: null,
  startedAfter: null,
};

const EVENTS =
  'play pause playing waiting seeking seeked ended volumechange ratechange canplay timeupdate'.split(' ');

/** A player without a face: one video element, what it is doing, and what can be asked of it. */
export class PlayerModel {
  private video: HTMLVideoElement | null = null;
  private engine: Engine | null = null;
  private current = EMPTY;
  private spans: readonly Span[] = [];
  private qualities: readonly Quality[] = [];
  private failure: Explanation | null = null;
  private askedAt = 0;
  private startedAfter: number | null = null;
  private pausedByViewer = false;
  private mutedByBrowser = false;
  private reopenedAt = -Infinity;
  private left: { name: string; position: number } | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly accessToken: () => Promise<string>,
    private readonly log: TroubleLog,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): Snapshot => this.current;

  /** For the stats: hls.js itself, while it runs. */
  get hls(): Engine['hls'] {
    return this.engine?.hls ?? null;
  }

  /** Takes charge of a video element; returns how to let go of it. */
  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    const timer = setInterval(this.sample, SAMPLE_EVERY);
    for (const event of EVENTS) video.addEventListener(event, this.sample);
    video.addEventListener('playing', this.onPlaying);
    return () => {
      clearInterval(timer);
      for (const event of EVENTS) video.removeEventListener(event, this.sample);
      video.removeEventListener('playing', this.onPlaying);
      this.video = null;
    };
  }

  /** Plays this from now on; `reopen` is called when its session no longer plays. Returns how to stop. */
  load({ name, live, ...urls }: Recipe, reopen: () => void): () => void {
    const { video } = this;
    if (!video) throw new Error('attach a video element before loading a source');
    Object.assign(this, {
      spans: [],
      qualities: [],
      failure: null,
      startedAfter: null,
      pausedByViewer: false,
    });
    this.askedAt = performance.now();
    video.playbackRate = 1;
    const startAt = live ? -1 : this.left?.name === name ? this.left.position : 0;
    const reopened = this.askedAt - this.reopenedAt < REOPEN_PAUSE ? 1 : 0;
    this.engine = new Engine(video, { ...urls, startAt, reopened }, this.accessToken, {
      attached: () => {
        if (!this.pausedByViewer) void this.play();
      },
      changed: this.readPlaylist,
      reopen: (position) => {
        this.left = { name, position };
        this.reopenedAt = performance.now();
        reopen();
      },
      trouble: (code, message, fatal) => this.log.note(code, message, fatal),
      failed: (why, position) => {
        this.left = { name, position };
        this.failure = why;
        this.sample();
      },
    });
    this.sample();
    return () => {
      this.engine?.destroy();
      this.engine = null;
    };
  }

  /** The key that the channel will change to. */
  announce(next: NextKey | null): void {
    this.engine?.announce(next);
  }

  toggle(): void {
    if (!this.video) return;
    if (this.video.paused) void this.play();
    else {
      this.pausedByViewer = true;
      this.video.pause();
    }
  }

  seekBy(seconds: number): void {
    if (this.video) this.seekTo(this.video.currentTime + seconds);
  }

  /** To the wall-clock moment, or what is stored nearest to it. */
  seekToDate(date: number): void {
    const time = timeAt(this.spans, date);
    if (time !== null) this.seekTo(time);
  }

  toBeginning(): void {
    const first = this.spans[0];
    if (first) this.seekTo(first.start);
  }

  toLive(): void {
    const live = this.livePosition();
    if (live === null || !this.video) return;
    this.video.playbackRate = 1;
    this.video.currentTime = live;
    void this.play();
  }

  changeVolume(step: number): void {
    if (!this.video) return;
    this.video.volume = Math.min(1, Math.max(0, this.video.volume + step));
    this.video.muted = false;
    this.mutedByBrowser = false;
  }

  toggleMute(): void {
    if (!this.video) return;
    this.mutedByBrowser = false;
    this.video.muted = !this.video.muted;
  }

  changeRate(step: -1 | 1): void {
    if (this.video) this.video.playbackRate = nextRate(this.video.playbackRate, step);
  }

  chooseQuality(level: number): void {
    if (this.engine?.hls) this.engine.hls.nextLevel = level;
    this.sample();
  }

  private seekTo(time: number): void {
    const { video, spans } = this;
    const [first, last] = [spans[0], spans.at(-1)];
    if (!video || !first || !last) return;
    const end = this.livePosition() ?? last.end - LAST_MOMENT;
    video.currentTime = Math.min(Math.max(time, first.start), Math.max(end, first.start));
    this.sample();
  }

  /** Starts the picture; without sound where the browser wants a gesture first. */
  private async play(): Promise<void> {
    const { video } = this;
    if (!video) return;
    this.pausedByViewer = false;
    try {
      await video.play();
    } catch (error) {
      // AbortError: something else was asked of the element meanwhile, which reports for itself.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || video.muted) return;
      video.muted = true;
      this.mutedByBrowser = true;
      await video.play().catch(() => undefined);
    }
  }

  private livePosition(): number | null {
    const hls = this.engine?.hls;
    return hls?.latestLevelDetails?.live ? hls.liveSyncPosition : null;
  }

  private readonly readPlaylist = () => {
    const hls = this.engine?.hls;
    if (!hls) return;
    this.spans = spansOf(hls.latestLevelDetails?.fragments ?? []);
    this.qualities = hls.levels
      .map(({ height }, level) => ({ height, level }))
      .sort((one, other) => other.height - one.height);
    this.sample();
  };

  private readonly onPlaying = () => {
    this.startedAfter ??= performance.now() - this.askedAt;
  };

  private readonly sample = () => {
    const { video } = this;
    if (!video) return;
    const live = this.livePosition();
    const behind = live === null ? null : behindLive(live, video.currentTime);
    // Faster than the stream arrives ends in a stall: at the live edge the speed is 1.
    if (behind !== null && isLive(behind) && video.playbackRate > 1) video.playbackRate = 1;
    const hls = this.engine?.hls;
    this.publish({
      state: playerState({
        ...elementFacts(video),
        failed: !!this.failure,
        started: !!hls && this.startedAfter !== null,
      }),
      position: video.currentTime,
      date: hls?.playingDate?.getTime() ?? dateAt(this.spans, video.currentTime),
      spans: this.spans,
      growing: hls?.latestLevelDetails?.live ?? false,
      behind,
      muted: video.muted,
      mutedByBrowser: this.mutedByBrowser && video.muted,
      volume: video.volume,
      rate: video.playbackRate,
      qualities: this.qualities,
      chosen: hls && !hls.autoLevelEnabled ? hls.nextLevel : -1,
      height: video.videoHeight,
      pausedByViewer: this.pausedByViewer && video.paused,
      failure: this.failure,
      startedAfter: this.startedAfter,
    });
  };

  private publish(next: Snapshot): void {
    const keys = Object.keys(next) as (keyof Snapshot)[];
    if (keys.every((key) => Object.is(next[key], this.current[key]))) return;
    this.current = next;
    this.log.see(next);
    for (const listener of this.listeners) listener();
  }
}

function elementFacts({ ended, paused, seeking, readyState }: HTMLVideoElement) {
  return { ended, paused, seeking, readyState };
}
