import type Hls from 'hls.js';
import type { ErrorData, HlsConfig } from 'hls.js';
import type { Explanation } from '../api/problem';
import type { NextKey } from '../api/types';
import { keyIdsInitData, KEY_SYSTEM } from './clear-key';
import { NextKeyKeeper } from './next-key';
import { isLive, spansOf, timeAt } from './timeline';
import { judge, KEY_NEVER_CAME, NO_ATTEMPTS, STALLED, type Attempts } from './verdict';

/** A licence takes two round trips; a key that is not here after this many milliseconds will not come. */
const KEY_LIMIT = 8_000;
/** Longest wait for the picture before the viewer is told, in milliseconds: an encoder may restart meanwhile. */
const STALL_LIMIT = 45_000;
/** After this much undisturbed playback (milliseconds) earlier failures no longer count. */
const HEALTHY_AFTER = 30_000;
const LICENCE_LIMIT = 10_000;
const HAVE_FUTURE_DATA = 3;

export interface Source {
  manifestUrl: string;
  licenceUrl: string;
  /** Where to begin, in seconds; -1: where hls.js joins a live stream. */
  startAt: number;
  /** How often a new session was asked for lately, because the one before did not play. */
  reopened: number;
}

interface Place {
  /** In seconds; -1: the live position. */
  startAt: number;
  /** Wall clock to go to instead, in milliseconds. */
  date: number | null;
}

/** What the engine tells its owner. */
export interface EngineReports {
  /** The video element has its source: only now can it be told to play, a new source would pause it again. */
  attached: () => void;
  /** The playlist, the levels or the level in use changed. */
  changed: () => void;
  /** The session no longer plays: ask for a new one, to go on at this position in seconds. */
  reopen: (position: number) => void;
  failed: (why: Explanation, position: number) => void;
  /** Something went wrong; `fatal`: the player stopped for it. */
  trouble: (code: string, message: string, fatal: boolean) => void;
}

/** hls.js on a video element: starts it, watches over it, and restarts it as far as `judge` allows. */
export class Engine {
  hls: Hls | null = null;
  private attempts: Attempts;
  private over = false;
  private reloading: ReturnType<typeof setTimeout> | undefined;
  private waitingForKeySince: number | null = null;
  private lackingSince: number | null = null;
  private lastFailure = 0;
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly nextKey: NextKeyKeeper;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: Source,
    private readonly accessToken: () => Promise<string>,
    private readonly reports: EngineReports,
  ) {
    this.attempts = { ...NO_ATTEMPTS, reopened: source.reopened };
    this.nextKey = new NextKeyKeeper(source.licenceUrl, accessToken);
    video.addEventListener('waitingforkey', this.onWaitingForKey);
    video.addEventListener('playing', this.onPlaying);
    this.watch = setInterval(() => this.lookForStalls(), 1_000);
    void this.start({ startAt: source.startAt, date: null });
  }

  /** The key that the channel will change to, as a heartbeat told it. */
  announce(next: NextKey | null): void {
    this.nextKey.announce(next);
  }

  /** Lets go of the video element; nothing is reported afterwards. */
  destroy(): void {
    this.over = true;
    clearInterval(this.watch);
    clearTimeout(this.reloading);
    this.nextKey.destroy();
    this.video.removeEventListener('waitingforkey', this.onWaitingForKey);
    this.video.removeEventListener('playing', this.onPlaying);
    this.hls?.destroy();
    this.hls = null;
  }

  private async start({ startAt, date }: Place): Promise<void> {
    const Library = await loadLibrary().catch(() => null);
    if (this.over) return;
    if (!Library?.isSupported()) {
      if (Library) this.fail(UNSUPPORTED, 'unsupported');
      else this.fail(NOT_LOADED, 'player-not-loaded');
      return;
    }
    const hls = new Library(configuration(this.source, startAt, this.accessToken, this.nextKey));
    this.hls = hls;
    const { Events } = Library;
    for (const event of [Events.LEVEL_UPDATED, Events.LEVEL_PTS_UPDATED, Events.LEVEL_SWITCHED] as const) {
      hls.on(event, this.reports.changed);
    }
    hls.on(Events.MEDIA_ATTACHED, this.reports.attached);
    hls.on(Events.MANIFEST_PARSED, this.reports.changed);
    hls.once(Events.LEVEL_UPDATED, (_event, { details }) => {
      const time = date === null ? null : timeAt(spansOf(details.fragments), date);
      if (time !== null) this.video.currentTime = time;
    });
    hls.on(Events.ERROR, (_event, error) => this.onError(error));
    hls.attachMedia(this.video);
    hls.loadSource(this.source.manifestUrl);
  }

  private onError(error: ErrorData): void {
    if (this.over || this.reloading !== undefined) return;
    const status = error.response?.code ?? null;
    if (!error.fatal) {
      this.reports.trouble(error.details, words(error, status), false);
      return;
    }
    this.lastFailure = performance.now();
    const verdict = judge({ type: error.type, details: error.details, status }, this.attempts);
    if (verdict.do !== 'fail') this.reports.trouble(error.details, words(error, status), false);
    switch (verdict.do) {
      case 'reopen':
        this.reports.reopen(this.release());
        break;
      case 'reload':
        this.attempts = { ...this.attempts, reloaded: this.attempts.reloaded + 1 };
        this.reload(verdict.after);
        break;
      case 'recover':
        this.attempts = { ...this.attempts, recovered: this.attempts.recovered + 1 };
        this.hls?.recoverMediaError();
        break;
      case 'fail':
        this.fail(verdict.why, error.details, words(error, status));
    }
  }

  /** The same session from the start, going on where the picture is. */
  private reload(after: number): void {
    const place = this.place();
    this.hls?.destroy();
    this.hls = null;
    this.reloading = setTimeout(() => {
      this.reloading = undefined;
      void this.start(place);
    }, after);
  }

  /** Where to go on: a window that slides has no lasting media times, so there the wall clock says it. */
  private place(): Place {
    const { hls, video, source } = this;
    if (source.startAt !== -1) return { startAt: video.currentTime, date: null };
    const left =
      hls?.playingDate && hls.liveSyncPosition !== null ? hls.liveSyncPosition - video.currentTime : 0;
    return { startAt: -1, date: isLive(left) ? null : (hls?.playingDate?.getTime() ?? null) };
  }

  private fail(why: Explanation, code: string, message = why.title): void {
    this.reports.trouble(code, message, true);
    this.reports.failed(why, this.release());
  }

  /** Lets go of the video element, and answers where it was. */
  private release(): number {
    const { currentTime } = this.video;
    this.destroy();
    return currentTime;
  }

  private readonly onWaitingForKey = () => {
    this.waitingForKeySince ??= performance.now();
  };

  private readonly onPlaying = () => {
    this.waitingForKeySince = null;
    this.lackingSince = null;
  };

  /** No wait without an end: hls.js itself would sit in silence over a missing key or an endless buffer. */
  private lookForStalls(): void {
    const now = performance.now();
    const lacking = this.video.readyState < HAVE_FUTURE_DATA && !this.video.ended;
    this.lackingSince = lacking ? (this.lackingSince ?? now) : null;
    if (!lacking) {
      this.waitingForKeySince = null;
      if (!this.video.paused && now - this.lastFailure > HEALTHY_AFTER) this.attempts = NO_ATTEMPTS;
    } else if (this.waitingForKeySince !== null && now - this.waitingForKeySince > KEY_LIMIT) {
      this.fail(KEY_NEVER_CAME, 'key-never-came');
    } else if (this.lackingSince !== null && now - this.lackingSince > STALL_LIMIT) {
      this.fail(STALLED, 'stalled');
    }
  }
}

/** What support should read: what hls.js says, and the status of the answer it got. */
function words({ error, type }: ErrorData, status: number | null): string {
  return `${type}: ${error.message}${status === null ? '' : ` (HTTP ${status})`}`;
}

/** hls.js, a chunk of its own; usually here already (see warm-up). */
async function loadLibrary(): Promise<typeof Hls> {
  return (await import('hls.js')).default;
}

function configuration(
  source: Source,
  startAt: number,
  accessToken: () => Promise<string>,
  nextKey: NextKeyKeeper,
): Partial<HlsConfig> {
  return {
    startPosition: startAt,
    emeEnabled: true,
    drmSystems: {
      [KEY_SYSTEM]: {
        licenseUrl: source.licenceUrl,
        generateRequest: (_type, _data, { decryptdata: { keyId } }) =>
          keyId ? { initDataType: 'keyids', initData: keyIdsInitData([keyId]) } : undefined,
      },
    },
    licenseXhrSetup: async (xhr, url, { mediaKeysSession }) => {
      nextKey.use(mediaKeysSession);
      const token = await accessToken();
      xhr.open('POST', url, true);
      xhr.timeout = LICENCE_LIMIT;
      xhr.setRequestHeader('Authorization', `Bearer ${token}`);
    },
    // Start at a good picture rather than at the worst; capped by the window, corrected within a segment.
    abrEwmaDefaultEstimate: 4_000_000,
    capLevelToPlayerSize: true,
    backBufferLength: 90,
    maxBufferLength: 30,
    // hls.js would ask eight times within half a second; the engine asks again itself, at a walking pace.
    keyLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: 8_000,
        maxLoadTimeMs: LICENCE_LIMIT,
        timeoutRetry: null,
        errorRetry: null,
      },
    },
  };
}

const UNSUPPORTED: Explanation = {
  title: 'This browser can’t play Telstar',
  detail: 'It has no Media Source Extensions. Use a recent Chrome, Edge or Firefox.',
  remedy: 'none',
};

const NOT_LOADED: Explanation = {
  title: 'The player did not load',
  detail: 'Part of this page could not be fetched. Check the connection, then try again.',
  remedy: 'retry',
};
