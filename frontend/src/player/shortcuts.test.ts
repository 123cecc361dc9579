import { describe, expect, it } from 'vitest';
import { commandFor, nextRate, SHORTCUTS, type KeyPress } from './shortcuts';

function press(key: string, more: Partial<KeyPress> = {}) {
  return commandFor({ key, ctrlKey: false, altKey: false, metaKey: false, focus: 'picture', ...more });
}

it.each([
  [' ', 'toggle'],
  ['k', 'toggle'],
  ['m', 'mute'],
  ['f', 'fullscreen'],
  ['j', 'back'],
  ['ArrowLeft', 'back'],
  ['l', 'forward'],
  ['ArrowRight', 'forward'],
  ['<', 'slower'],
  [',', 'slower'],
  ['>', 'faster'],
  ['?', 'help'],
  ['Home', 'beginning'],
  ['End', 'live'],
  ['Escape', 'leave'],
])('%s is %s', (key, command) => expect(press(key)).toBe(command));

it('does not care for capitals', () => expect(press('F')).toBe('fullscreen'));

it('leaves other keys to the browser', () => {
  expect(press('x')).toBeNull();
  expect(press('f', { ctrlKey: true })).toBeNull();
  expect(press('ArrowLeft', { altKey: true })).toBeNull();
  expect(press('m', { metaKey: true })).toBeNull();
});

describe('with the focus elsewhere', () => {
  it('lets Space press a focused button', () => {
    expect(press(' ', { focus: 'control' })).toBeNull();
    expect(press('j', { focus: 'control' })).toBe('back');
  });

  it('lets a menu have all keys', () => {
    expect(press('ArrowLeft', { focus: 'popup' })).toBeNull();
    expect(press('Escape', { focus: 'popup' })).toBeNull();
  });
});

it('gives no key two meanings', () => {
  const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

it('steps through the speeds and stays at the ends', () => {
  expect(nextRate(1, 1)).toBe(1.25);
  expect(nextRate(1, -1)).toBe(0.75);
  expect(nextRate(2, 1)).toBe(2);
  expect(nextRate(0.5, -1)).toBe(0.5);
  expect(nextRate(1.1, 1)).toBe(1.25);
});
