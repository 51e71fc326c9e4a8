import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  meterFilter,
  nextSort,
  parseMeterSearch,
  parseSearch,
  stringifySearch,
} from '../../src/lib/search-params.ts';

describe('address text', () => {
  it('any texts survive the address', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1, unit: 'grapheme' }),
          fc.string({ minLength: 1, unit: 'grapheme' }),
        ),
        (params) => {
          expect({ ...parseSearch(stringifySearch(params)) }).toEqual({ ...params });
        },
      ),
    );
  });

  it('keeps a parameter whose name means something to an object', () => {
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      const params = parseSearch(`?${name}=x`);
      expect(Object.entries(params)).toEqual([[name, 'x']]);
      expect(stringifySearch(params)).toBe(`?${name}=x`);
    }
  });

  it('keeps leading zeros of a serial', () => {
    expect(parseSearch('?q=000123')).toEqual({ q: '000123' });
  });

  it('is the same for the same state, whatever the order', () => {
    expect(stringifySearch({ b: '1', a: '2', c: undefined })).toBe(stringifySearch({ a: '2', b: '1' }));
  });
});

describe('meter filters', () => {
  it('survive the address', () => {
    const search = {
      q: 'Linden & co',
      commodity: 'water',
      sort: '-serial',
      density: 'compact',
      columns: 'serial,model',
    } as const;
    expect(parseMeterSearch(parseSearch(stringifySearch(search)))).toEqual(search);
  });

  it('drop what they do not know, and never fail', () => {
    expect(parseMeterSearch({ q: '  ', state: 5, evil: 'x', density: 'huge' })).toEqual({});
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (raw) => {
        for (const value of Object.values(parseMeterSearch(raw))) expect(typeof value).toBe('string');
      }),
    );
  });

  it('send the server filters only', () => {
    expect(meterFilter({ q: 'a', columns: 'serial', density: 'compact', sort: 'serial' })).toEqual({
      q: 'a',
      sort: 'serial',
    });
  });

  it('sort up, down, and not at all', () => {
    expect(nextSort(undefined, 'serial')).toBe('serial');
    expect(nextSort('serial', 'serial')).toBe('-serial');
    expect(nextSort('-serial', 'serial')).toBeUndefined();
    expect(nextSort('-model', 'serial')).toBe('serial');
  });
});
