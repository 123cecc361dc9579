import { expect, it } from 'vitest';
import { cleanPin, isPin } from './pin';

it('keeps the digits of what is typed', () => expect(cleanPin('12 3a4-5678')).toBe('123456'));
it.each([
  ['1234', true],
  ['123456', true],
  ['123', false],
  ['1234567', false],
  ['12a4', false],
] as const)('%s: %s', (text, expected) => expect(isPin(text)).toBe(expected));
