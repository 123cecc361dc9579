import { expect, it } from 'vitest';
import { playerState, type ElementFacts } from './state';

const PLAYING: ElementFacts = {
  failed: false,
  ended: false,
  paused: false,
  seeking: false,
  readyState: 4,
  started: true,
};

it.each([
  ['playing', {}],
  ['buffering', { readyState: 2 }],
  ['buffering', { seeking: true }],
  ['paused', { paused: true }],
  ['paused', { paused: true, readyState: 1 }],
  ['ended', { ended: true, paused: true }],
  ['error', { failed: true, paused: true, readyState: 0 }],
] as const)('is %s when %o', (state, facts) => expect(playerState({ ...PLAYING, ...facts })).toBe(state));

it('is buffering before the first frame, although nothing plays yet', () =>
  expect(playerState({ ...PLAYING, started: false, paused: true, readyState: 0 })).toBe('buffering'));

it('is paused when the browser has a picture but may not start it', () =>
  expect(playerState({ ...PLAYING, started: false, paused: true })).toBe('paused'));
