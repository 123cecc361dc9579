import { ProblemError, readProblem, SignedOutError, UnreachableError } from '../api/problem';

/**
 * Where the refresh token lives: localStorage, because a television should still be signed in tomorrow and
 * in its second tab; sessionStorage would sign in neither. A script that could read it could as well use the
 * page's own access token, so sessionStorage would not protect it better. The access token stays in memory.
 */
const STORAGE_KEY = 'telstar.session';
const REQUEST_LIMIT = 10_000;
/** A token this close to its end (milliseconds) is renewed before it is used. */
const RENEW_BEFORE = 30_000;

interface Stored {
  refreshToken: string;
  username: string;
}

interface TokenAnswer {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

/** The edges of the browser that the keeper touches. */
export interface Surroundings {
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Runs `work` while no other tab does: the Web Locks API. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  now: () => number;
}

/** Holds the viewer's tokens: one sign-in for all tabs, one refresh at a time. */
export class TokenKeeper {
  private access: { token: string; expiresAt: number } | null = null;
  private refreshing: Promise<string> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly around: Surroundings) {}

  /** Who is signed in, or null. */
  get username(): string | null {
    return this.stored()?.username ?? null;
  }

  /** Calls `listener` whenever somebody signs in or out; returns how to stop that. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Another tab signed in or out: forget this tab's access token, it may be someone else's. */
  storageChanged(): void {
    this.access = null;
    this.announce();
  }

  /** Takes tokens for a password. Throws ProblemError when it is refused, UnreachableError without an answer. */
  async signIn(username: string, password: string): Promise<void> {
    const answer = await this.ask(new URLSearchParams({ grant_type: 'password', username, password }));
    this.take(answer, username);
  }

  /** Takes tokens that the API gave for something else than a password. */
  take(answer: TokenAnswer, username: string): void {
    this.keep(answer, username);
    this.announce();
  }

  /** Forgets the tokens, in every tab. */
  signOut(): void {
    this.access = null;
    this.around.storage.removeItem(STORAGE_KEY);
    this.announce();
  }

  /** An access token that is good for at least half a minute. Throws SignedOutError when there is none to be had. */
  async accessToken(): Promise<string> {
    if (this.access && this.access.expiresAt - RENEW_BEFORE > this.around.now()) return this.access.token;
    return this.renew();
  }

  /** A new access token in the place of one that the API refused; callers at the same time share one refresh. */
  async replace(refused: string): Promise<string> {
    if (this.access && this.access.token !== refused) return this.access.token;
    return this.renew();
  }

  /** The refresh token, for telling the API that it is no longer needed. */
  get refreshToken(): string | null {
    return this.stored()?.refreshToken ?? null;
  }

  private renew(): Promise<string> {
    this.refreshing ??= this.around
      .exclusively(() => this.refresh())
      .finally(() => {
        this.refreshing = null;
      });
    return this.refreshing;
  }

  /** Runs under the lock: the stored token is read here, so that it is the one another tab may just have left. */
  private async refresh(): Promise<string> {
    const stored = this.stored();
    if (!stored) throw new SignedOutError();
    try {
      const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: stored.refreshToken });
      const answer = await this.ask(form);
      if (!this.stored()) throw new SignedOutError();
      return this.keep(answer, stored.username);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500 || error.status === 429) throw error;
      this.signOut();
      throw new SignedOutError();
    }
  }

  private keep(answer: TokenAnswer, username: string): string {
    const stored: Stored = { refreshToken: answer.refresh_token, username };
    this.around.storage.setItem(STORAGE_KEY, JSON.stringify(stored));
    this.access = { token: answer.access_token, expiresAt: this.around.now() + answer.expires_in * 1000 };
    return answer.access_token;
  }

  private stored(): Stored | null {
    try {
      const value: unknown = JSON.parse(this.around.storage.getItem(STORAGE_KEY) ?? 'null');
      return isStored(value) ? value : null;
    } catch {
      return null;
    }
  }

  private async ask(form: URLSearchParams): Promise<TokenAnswer> {
    let answer: Response;
    try {
      const signal = AbortSignal.timeout(REQUEST_LIMIT);
      answer = await this.around.fetch('/api/v1/auth/token', { method: 'POST', body: form, signal });
    } catch {
      throw new UnreachableError();
    }
    const body: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw readProblem(answer.status, body, answer.headers.get('Retry-After'));
    return body as TokenAnswer;
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }
}

function isStored(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && 'refreshToken' in value && 'username' in value;
}
