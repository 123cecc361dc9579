import { describe, expect, it } from 'vitest';
import { explain, parseProblem, ProblemError, SignedOutError, UnreachableError } from './problem';

describe('parseProblem', () => {
  it('reads a refusal with its reasons and offers', () => {
    const body = {
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'No.',
      reasons: [{ code: 'not-subscribed', message: 'You have no subscription that includes News.' }],
      offers: [{ product_id: 'basic', name: 'Basic', price: { amount: '4.99', currency: 'EUR' } }],
    };
    const problem = parseProblem(403, JSON.stringify(body));
    expect(problem.reasons.map(({ code }) => code)).toEqual(['not-subscribed']);
    expect(problem.offers[0]?.price.amount).toBe('4.99');
    expect(problem.message).toBe('No.');
  });

  it('makes a problem of a proxy’s error page', () => {
    const problem = parseProblem(502, '<html>Bad gateway</html>');
    expect(problem).toMatchObject({ status: 502, title: 'HTTP 502', reasons: [], offers: [] });
  });

  it('drops entries of the wrong shape instead of showing them', () =>
    expect(parseProblem(403, '{"reasons":[{"code":1},null,"x"],"offers":[{"name":"x"}]}')).toMatchObject({
      reasons: [],
      offers: [],
    }));
});

describe('explain', () => {
  it.each([
    [new UnreachableError(), 'Telstar can’t be reached', 'retry'],
    [new SignedOutError(), 'You are signed out', 'sign-in'],
    [new ProblemError(401, 'Unauthorized', ''), 'You are signed out', 'sign-in'],
    [new ProblemError(404, 'Not Found', 'There is no channel x.'), 'There is nothing here', 'none'],
    [
      new ProblemError(409, 'Conflict', 'Two streams are running.'),
      'Playing somewhere else already',
      'retry',
    ],
    [new ProblemError(410, 'Gone', 'Stopped from another device.'), 'Playback was ended', 'retry'],
    [new ProblemError(503, 'Unavailable', ''), 'Telstar has a fault', 'retry'],
    [new TypeError('x is undefined'), 'Something went wrong on this page', 'retry'],
  ] as const)('%s', (error, title, remedy) => expect(explain(error)).toMatchObject({ title, remedy }));

  it('shows the API’s own sentence where it has one', () =>
    expect(explain(new ProblemError(410, 'Gone', 'Stopped from another device.')).detail).toBe(
      'Stopped from another device.',
    ));

  it('never shows a server’s detail of a fault', () =>
    expect(explain(new ProblemError(500, 'Internal Server Error', 'Traceback …')).detail).not.toContain(
      'Traceback',
    ));
});
