import { describe, expect, it } from 'vitest';
import { ProblemError, UnreachableError } from '../api/problem';
import { safeNext, signInMessage } from './sign-in-message';

describe('signInMessage', () => {
  it('does not say which of the two was wrong', () =>
    expect(signInMessage(new ProblemError(401, 'Unauthorized', 'No such account'))).toMatch(
      /email and password/i,
    ));

  it('does not blame the viewer for a fault', () => {
    expect(signInMessage(new ProblemError(500, '', ''))).toMatch(/fault/);
    expect(signInMessage(new UnreachableError())).toMatch(/can’t be reached/);
  });
});

describe('safeNext', () => {
  it.each(['/', '/watch/news?mode=live'])('goes to %s', (next) => expect(safeNext(next)).toBe(next));

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', undefined, 7])(
    'does not go to %s',
    (next) => expect(safeNext(next)).toBe('/'),
  );
});
