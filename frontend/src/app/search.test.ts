import { describe, expect, it } from 'vitest';
import { plainSearch, readWatchSearch } from './search';

describe('readWatchSearch', () => {
  it.each(['start-over', 'catch-up'] as const)('takes %s with a programme', (mode) =>
    expect(readWatchSearch({ mode, programme: '7' })).toEqual({ mode, programme: '7' }),
  );

  it.each([{}, { mode: 'catch-up' }, { mode: 'rewind', programme: '7' }, { mode: 'live', programme: '7' }])(
    'falls back to live for %o',
    (search) => expect(readWatchSearch(search)).toEqual({ mode: 'live' }),
  );
});

describe('plainSearch', () => {
  it('writes what it reads, without quotes', () => {
    const text = '?mode=catch-up&programme=0042';
    expect(plainSearch.stringify(plainSearch.parse(text))).toBe(text);
  });

  it('writes nothing for nothing', () => expect(plainSearch.stringify({ mode: undefined })).toBe(''));
});
