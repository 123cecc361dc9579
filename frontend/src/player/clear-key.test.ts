import { describe, expect, it } from 'vitest';
import { base64url, keyIdFrom, keyIdsInitData } from './clear-key';

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const read = (data: ArrayBuffer): unknown => JSON.parse(new TextDecoder().decode(data));

it('writes base64url without padding, RFC 4648 §10 among others', () => {
  expect(base64url(bytes('666f6f626172'))).toBe('Zm9vYmFy');
  expect(base64url(bytes('666f6f62'))).toBe('Zm9vYg');
  expect(base64url(bytes('fbefff'))).toBe('--__');
});

it('reads a KID in hexadecimal', () => expect(base64url(keyIdFrom('fbefff'))).toBe('--__'));

describe('keyIdsInitData', () => {
  it('is the JSON of the EME registry’s keyids format', () =>
    expect(read(keyIdsInitData([bytes('0123456789abcdef0123456789abcdef')]))).toEqual({
      kids: ['ASNFZ4mrze8BI0VniavN7w'],
    }));

  it('keeps several in order', () =>
    expect(read(keyIdsInitData([bytes('00'.repeat(16)), bytes('ff'.repeat(16))]))).toEqual({
      kids: ['AAAAAAAAAAAAAAAAAAAAAA', '_____________________w'],
    }));

  it('refuses a KID of another length', () =>
    expect(() => keyIdsInitData([bytes('0123')])).toThrow('16 bytes, this one 2'));
});
