import { beforeEach, describe, expect, it } from 'vitest';
import { ProblemError, SignedOutError, UnreachableError } from '../api/problem';
import { TokenKeeper, type Surroundings } from './token-keeper';

/** A server that rotates refresh tokens, as the API does: each is good once. */
class Server {
  asked: string[] = [];
  valid = new Set<string>();
  unreachable = false;
  status = 200;
  private count = 0;

  fetch: Surroundings['fetch'] = async (_url, init) => {
    await Promise.resolve();
    if (this.unreachable) throw new TypeError('network');
    const form = init.body as URLSearchParams;
    const refresh = form.get('refresh_token');
    this.asked.push(refresh ?? 'password');
    if (this.status !== 200) return Response.json({ title: 'x' }, { status: this.status });
    if (refresh !== null && !this.valid.delete(refresh)) return Response.json({}, { status: 401 });
    if (refresh === null && form.get('password') !== 'right') return Response.json({}, { status: 401 });
    this.count += 1;
    this.valid.add(`refresh-${this.count}`);
    const tokens = {
      access_token: `access-${this.count}`,
      refresh_token: `refresh-${this.count}`,
      expires_in: 900,
    };
    return Response.json(tokens);
  };
}

let server: Server;
let stored: Map<string, string>;
let time: number;
let lock: Promise<unknown>;

/** A tab: storage and lock are shared with all other tabs. */
function tab(): TokenKeeper {
  return new TokenKeeper({
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => stored.set(key, value),
      removeItem: (key) => stored.delete(key),
    },
    fetch: server.fetch,
    exclusively: (work) => {
      const turn = lock.then(work);
      lock = turn.catch(() => undefined);
      return turn;
    },
    now: () => time,
  });
}

beforeEach(() => {
  server = new Server();
  stored = new Map();
  time = 0;
  lock = Promise.resolve();
});

async function signedInTab(): Promise<TokenKeeper> {
  const keeper = tab();
  await keeper.signIn('viewer@example.com', 'right');
  return keeper;
}

describe('signing in', () => {
  it('keeps who it is, and never writes the access token to storage', async () => {
    const keeper = await signedInTab();
    expect(keeper.username).toBe('viewer@example.com');
    expect(await keeper.accessToken()).toBe('access-1');
    expect([...stored.values()].join()).not.toContain('access-1');
  });

  it('tells a refusal from a server that cannot be reached', async () => {
    await expect(tab().signIn('viewer@example.com', 'wrong')).rejects.toBeInstanceOf(ProblemError);
    server.unreachable = true;
    await expect(tab().signIn('viewer@example.com', 'right')).rejects.toBeInstanceOf(UnreachableError);
  });
});

describe('refreshing', () => {
  it('happens before the token ends, once for all who ask', async () => {
    const keeper = await signedInTab();
    time = 880_000;
    const tokens = await Promise.all([
      keeper.accessToken(),
      keeper.accessToken(),
      keeper.replace('access-1'),
    ]);
    expect(tokens).toEqual(['access-2', 'access-2', 'access-2']);
    expect(server.asked).toEqual(['password', 'refresh-1']);
  });

  it('does not replace a token that was replaced already', async () => {
    const keeper = await signedInTab();
    await keeper.replace('access-1');
    expect(await keeper.replace('access-1')).toBe('access-2');
    expect(server.asked).toHaveLength(2);
  });

  it('takes turns with another tab, each using the token the other left', async () => {
    const one = await signedInTab();
    const other = tab();
    time = 900_000;
    const tokens = await Promise.all([one.accessToken(), other.accessToken()]);
    expect(new Set(tokens)).toEqual(new Set(['access-2', 'access-3']));
    expect(server.asked).toEqual(['password', 'refresh-1', 'refresh-2']);
    expect(one.username).toBe('viewer@example.com');
  });

  it('signs out when the token is refused', async () => {
    const keeper = await signedInTab();
    server.valid.clear();
    time = 900_000;
    await expect(keeper.accessToken()).rejects.toBeInstanceOf(SignedOutError);
    expect(keeper.username).toBeNull();
  });

  it.each([500, 503, 429])('stays signed in through an answer %d', async (status) => {
    const keeper = await signedInTab();
    server.status = status;
    time = 900_000;
    await expect(keeper.accessToken()).rejects.toBeInstanceOf(ProblemError);
    server.status = 200;
    expect(await keeper.accessToken()).toBe('access-2');
  });

  it('stays signed in while the network is away', async () => {
    const keeper = await signedInTab();
    server.unreachable = true;
    time = 900_000;
    await expect(keeper.accessToken()).rejects.toBeInstanceOf(UnreachableError);
    expect(keeper.username).toBe('viewer@example.com');
  });

  it('does not bring back who signed out meanwhile', async () => {
    const keeper = await signedInTab();
    time = 900_000;
    const token = keeper.accessToken();
    keeper.signOut();
    await expect(token).rejects.toBeInstanceOf(SignedOutError);
    expect(keeper.username).toBeNull();
  });
});

it('announces sign-in and sign-out, and takes note of another tab’s', async () => {
  const keeper = tab();
  const seen: (string | null)[] = [];
  keeper.subscribe(() => seen.push(keeper.username));
  await keeper.signIn('viewer@example.com', 'right');
  keeper.signOut();
  await tab().signIn('other@example.com', 'right');
  keeper.storageChanged();
  expect(seen).toEqual(['viewer@example.com', null, 'other@example.com']);
});

it('takes storage that somebody broke for nobody signed in', () => {
  stored.set('telstar.session', '{"refreshToken":');
  expect(tab().username).toBeNull();
});
