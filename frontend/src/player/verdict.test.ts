import { describe, expect, it } from 'vitest';
import { judge, NO_ATTEMPTS, type Attempts, type FatalError } from './verdict';

const LICENCE: FatalError = { type: 'keySystemError', details: 'keySystemLicenseRequestFailed', status: 403 };
const MANIFEST: FatalError = { type: 'networkError', details: 'manifestLoadError', status: 403 };

function after(attempts: Partial<Attempts>): Attempts {
  return { ...NO_ATTEMPTS, ...attempts };
}

describe('a refused licence', () => {
  it('asks for a new session, which tells the reasons', () =>
    expect(judge(LICENCE, NO_ATTEMPTS)).toEqual({ do: 'reopen' }));

  it('is told once the new session is refused a licence too', () =>
    expect(judge(LICENCE, after({ reopened: 1 }))).toMatchObject({
      do: 'fail',
      why: { title: 'No key for this channel' },
    }));
});

it.each([401, 403, 404, 410])('takes a playlist’s %d for the end of the session', (status) => {
  expect(judge({ ...MANIFEST, status }, NO_ATTEMPTS)).toEqual({ do: 'reopen' });
  expect(judge({ ...MANIFEST, status }, after({ reopened: 1 })).do).toBe('fail');
});

it.each([
  ['a server’s fault', { ...MANIFEST, status: 503 }],
  ['no answer', { ...MANIFEST, status: 0 }],
  ['a timeout', { ...MANIFEST, details: 'manifestLoadTimeOut', status: null }],
  ['a licence server that is down', { ...LICENCE, status: 500 }],
])('tries again after %s, ever more slowly, and then says so', (_, error) => {
  const verdicts = [0, 1, 2, 3].map((reloaded) => judge(error, after({ reloaded })));
  expect(verdicts.map((verdict) => (verdict.do === 'reload' ? verdict.after : verdict.do))).toEqual([
    1_000,
    3_000,
    8_000,
    'fail',
  ]);
});

it('rebuilds the decoder twice before giving up', () => {
  const error = { type: 'mediaError', details: 'bufferAppendError', status: null };
  expect([0, 1, 2].map((recovered) => judge(error, after({ recovered })).do)).toEqual([
    'recover',
    'recover',
    'fail',
  ]);
});

it('tells at once that a browser has no key system', () =>
  expect(
    judge({ type: 'keySystemError', details: 'keySystemNoAccess', status: null }, NO_ATTEMPTS),
  ).toMatchObject({
    do: 'fail',
    why: { remedy: 'none' },
  }));
