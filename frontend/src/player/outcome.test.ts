import { expect, it } from 'vitest';
import { ProblemError, SignedOutError, UnreachableError } from '../api/problem';
import type { Conflict, EndedBy } from '../api/types';
import { endOf, outcomeOf, worthTelling } from './outcome';

const because = (...codes: string[]) => codes.map((code) => ({ code, message: '' }));
const refusal = (...codes: string[]) => new ProblemError(403, 'Forbidden', '', because(...codes));
const conflict: Conflict = {
  session_id: 's',
  channel: 'news',
  mode: 'live',
  programme: null,
  device: 'Firefox on Linux',
  since: '2026-11-28T12:00:00Z',
};
const gone = (how: EndedBy['how']) =>
  new ProblemError(410, 'Gone', '', [], [], {
    endedBy: { how, at: '2026-11-28T12:00:00Z', device: 'Chrome on Android', session_id: 's' },
  });

it('asks for the PIN where that alone is wanted, and says when it was wrong', () => {
  expect(outcomeOf(refusal('pin-required'))).toMatchObject({ kind: 'pin', tried: false });
  expect(outcomeOf(refusal('pin-required'), '1234')).toMatchObject({ kind: 'pin', tried: true });
  expect(outcomeOf(new ProblemError(429, '', ''), '1234')).toMatchObject({ kind: 'pin', tried: true });
});

it('asks for no PIN where something else stands in the way', () => {
  expect(outcomeOf(refusal('not-subscribed', 'pin-required')).kind).toBe('refused');
  expect(outcomeOf(new ProblemError(429, '', '')).kind).toBe('failed');
});

it('tells too much at once from other conflicts', () => {
  const crowded = new ProblemError(409, '', '', because('too-many-streams'), [], { conflicts: [conflict] });
  expect(outcomeOf(crowded).kind).toBe('crowded');
  expect(outcomeOf(new ProblemError(409, '', '')).kind).toBe('failed');
});

it('reads from a heartbeat’s refusal how the session ended', () => {
  expect(endOf(gone('taken-over'))).toMatchObject({ kind: 'taken' });
  expect(endOf(gone('viewer'))).toMatchObject({ kind: 'failed' });
  expect(endOf(new ProblemError(404, '', ''))).toBe('forgotten');
  expect(endOf(new ProblemError(503, '', ''))).toBeNull();
  expect(endOf(new UnreachableError())).toBeNull();
});

it('tells support of faults, not of refusals', () => {
  expect(worthTelling(outcomeOf(new ProblemError(503, '', 'No database.')))).toMatchObject({
    code: 'playback-503',
    message: 'No database.',
    fatal: true,
  });
  expect(worthTelling(outcomeOf(new UnreachableError()))).toMatchObject({ code: 'playback-unreachable' });
  expect(worthTelling(outcomeOf(refusal('not-subscribed')))).toBeNull();
  expect(worthTelling(outcomeOf(new SignedOutError()))).toBeNull();
});
