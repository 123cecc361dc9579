import type { NextKey } from '../api/types';
import { now } from '../time/clock';
import { base64url, keyIdFrom } from './clear-key';

/** Nobody asks in this last stretch before a key comes into force, in milliseconds. */
const QUIET = 5_000;
const LICENCE_LIMIT = 10_000;

/** How long to wait before asking, in milliseconds, so that all viewers' requests spread over what is left. */
export function waitUntilAsking(from: number, time: number, random: number): number {
  return Math.max(0, from - QUIET - time) * random;
}

/**
 * Gives hls.js the key that its channel will change to, ahead of the change, in the key session that hls.js
 * has already: it looks through its sessions' key statuses first, and asks for no licence where it finds the
 * key. Should anything go wrong here, hls.js asks at the change, as it would have anyway.
 */
export class NextKeyKeeper {
  private session: MediaKeySession | null = null;
  private expected: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly licenceUrl: string,
    private readonly accessToken: () => Promise<string>,
  ) {}

  /** hls.js asks for a licence for this session. */
  use(session: MediaKeySession): void {
    this.session = session;
  }

  /** What the last heartbeat told. */
  announce(next: NextKey | null): void {
    if (next === null || next.kid === this.expected) return;
    this.expected = next.kid;
    clearTimeout(this.timer);
    const wait = waitUntilAsking(Date.parse(next.from), now(), Math.random());
    this.timer = setTimeout(() => {
      this.fetch(next.kid).catch(() => {
        this.expected = null; // so that the next heartbeat's announcement counts as new
      });
    }, wait);
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.session = null;
  }

  private async fetch(kid: string): Promise<void> {
    const keyId = keyIdFrom(kid);
    // It may have come with the licence for the key before it.
    if (!this.session || this.session.keyStatuses.has(keyId)) return;
    const answer = await fetch(this.licenceUrl, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await this.accessToken()}` },
      body: JSON.stringify({ kids: [base64url(keyId)], type: 'temporary' }),
      signal: AbortSignal.timeout(LICENCE_LIMIT),
    });
    if (!answer.ok) throw new Error(`the licence for the next key was refused: ${answer.status}`);
    await this.session.update(await answer.arrayBuffer());
  }
}
