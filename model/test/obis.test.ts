import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeReadingType,
  findObis,
  formatObis,
  formatReadingType,
  knownObis,
  obisOfReadingType,
  obisToHex,
  parseObis,
  parseReadingType,
  quantityAliases,
  quantityKey,
  readingTypeOfObis,
  readingTypeProblems,
  readingTypes,
} from '../src/index.ts';

const malformed = expect.objectContaining({ code: 'OBIS_MALFORMED' });
const byte = fc.nat(255);
const anyObis = fc.record({ a: byte, b: byte, c: byte, d: byte, e: byte, f: byte });

describe('parseObis', () => {
  it.each([
    ['1-0:1.8.0*255', '1-0:1.8.0*255'],
    ['1-0:1.8.0', '1-0:1.8.0*255'],
    ['1-0:1.8.0.255', '1-0:1.8.0*255'],
    ['1.0.1.8.0.255', '1-0:1.8.0*255'],
    ['1.8.0', '1-0:1.8.0*255'],
    ['1.8.0*01', '1-0:1.8.0*1'],
    ['1.8.0&01', '1-0:1.8.0*1'],
    ['0100010800FF', '1-0:1.8.0*255'],
    ['01 00 01 08 00 ff', '1-0:1.8.0*255'],
    [' 1-1:2.8.2 ', '1-1:2.8.2*255'],
    ['1-0:1.8', '1-0:1.8.0*255'],
    ['0-1:24.2.1', '0-1:24.2.1*255'],
    ['7-0:3.0.0', '7-0:3.0.0*255'],
    ['C.1.0', '1-0:96.1.0*255'],
    ['F.F', '1-0:97.97.0*255'],
    ['1-0:P.1.0', '1-0:99.1.0*255'],
  ])('reads %s as %s', (text, canonical) => {
    expect(formatObis(parseObis(text))).toBe(canonical);
  });

  it.each([
    '',
    '1',
    '1.8',
    '256-0:1.8.0',
    '1-0:1.8.0*256',
    '1-0:1.8.0*',
    '1:1.8.0',
    'import',
    '0100010800F',
    '1..0',
  ])('refuses %j', (text) => {
    expect(findObis(text)).toBeUndefined();
    expect(() => parseObis(text)).toThrowError(malformed);
  });

  it('reads every spelling of every code', () => {
    fc.assert(
      fc.property(anyObis, (obis) => {
        const { a, b, c, d, e, f } = obis;
        const spellings = [
          formatObis(obis),
          obisToHex(obis),
          obisToHex(obis).toLowerCase(),
          `${a}.${b}.${c}.${d}.${e}.${f}`,
          `${a}-${b}:${c}.${d}.${e}.${f}`,
          `${a}-${b}:${c}.${d}.${e}&${f}`,
        ];
        for (const spelling of spellings) expect(parseObis(spelling), spelling).toEqual(obis);
      }),
      { numRuns: 300 },
    );
  });
});

describe('reading types of OBIS codes', () => {
  it.each([
    ['1.8.0', 0, 'energy delivered register, kWh'],
    ['1.8.0', 900, '15-minute energy delivered, kWh'],
    ['1-0:1.29.0', 900, '15-minute energy delivered, kWh'],
    ['2.29.0', 900, '15-minute energy received, kWh'],
    ['1.8.2', 0, 'energy delivered register rate 2, kWh'],
    ['2.8.0', 0, 'energy received register, kWh'],
    ['3.8.0', 0, 'reactive energy lagging register, kvarh'],
    ['5.8.0', 0, 'reactive energy quadrant 1 register, kvarh'],
    ['1.7.0', 0, 'power delivered, kW'],
    ['21.7.0', 0, 'power delivered phase A, kW'],
    ['32.7.0', 0, 'voltage phase A, V'],
    ['52.7.0', 0, 'voltage phase B, V'],
    ['71.7.0', 0, 'current phase C, A'],
    ['91.7.0', 0, 'current neutral, A'],
    ['13.7.0', 0, 'power factor, 1'],
    ['14.7.0', 0, 'frequency, Hz'],
    ['1.6.0', 0, 'monthly maximum demand delivered, kW'],
    ['1.5.0', 900, '15-minute average demand delivered, kW'],
    ['7-0:3.0.0', 3_600, '60-minute gas volume, m³'],
    ['8-0:1.0.0', 0, 'water volume register, m³'],
    ['9-0:1.0.0', 0, 'water volume register, m³'],
    ['6-0:1.0.0', 0, 'heat energy register, kWh'],
    ['6-0:2.0.0', 0, 'heat volume register, m³'],
  ])('%s every %d s: %s', (text, intervalS, words) => {
    expect(describeReadingType(readingTypeOfObis(parseObis(text), intervalS)!)).toBe(words);
  });

  it('takes the unit the meter counts in', () => {
    const type = readingTypeOfObis(parseObis('1.8.0'), 900, 'Wh');
    expect(formatReadingType(type!)).toBe('0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0');
  });

  it('has none for stored billing periods and codes outside the tables', () => {
    for (const text of ['1.8.0*1', '1.99.0', '0-0:96.1.0', '34.7.0', '12.8.0', '1.7.5']) {
      expect(readingTypeOfObis(parseObis(text)), text).toBeUndefined();
    }
  });

  it('lead back to the code, at any interval length', () => {
    const codes = knownObis();
    expect(codes.length).toBeGreaterThan(1_000);
    for (const obis of codes) {
      for (const intervalS of [0, 900]) {
        const type = readingTypeOfObis(obis, intervalS)!;
        if (obis.e === 0) expect(readingTypeProblems(type)).toEqual([]);
        // Two codes for one quantity: 29 is the interval form of 8, and CIM has one water.
        const expected = {
          ...obis,
          a: obis.a === 9 ? 8 : obis.a,
          d: obis.a === 1 && obis.d === 29 ? 8 : obis.d,
        };
        const back = obisOfReadingType(type);
        expect(back && formatObis(back), formatObis(obis)).toBe(formatObis(expected));
      }
    }
  });

  it('have no code for what OBIS tables do not name', () => {
    for (const text of [
      '0.0.2.4.1.1.12.0.0.0.0.0.1.0.0.3.72.0',
      '0.0.2.3.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
      '0.8.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
      '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0',
    ]) {
      expect(obisOfReadingType(parseReadingType(text)), text).toBeUndefined();
    }
  });
});

describe('quantityKey', () => {
  it.each([
    '1-0:1.8.0*255',
    '1-0:1.8.0',
    '1.8.0',
    '1.0.1.8.0.255',
    '0100010800FF',
    '1-0:1.29.0',
    readingTypes.delivered15Min,
    readingTypes.deliveredRegister,
    '0.0.2.9.1.1.12.0.0.0.0.0.0.0.0.0.72.0',
    'import',
    ' Import ',
  ])('of %s is energy delivered', (text) => {
    expect(quantityKey(text)).toBe('1-0:1.8.0*255');
  });

  it('keeps different quantities apart', () => {
    const names = [
      '1.8.0',
      '1.8.1',
      '2.8.0',
      '1.7.0',
      '1.6.0',
      '1-1:1.8.0',
      '1.8.0*1',
      'volume',
      '7-0:3.0.0',
    ];
    expect(new Set(names.map(quantityKey)).size).toBe(names.length);
  });

  it('makes a name its own key', () => {
    expect(quantityKey(' Flow_Temp  in ')).toBe('flow-temp-in');
    expect(quantityKey('__proto__')).toBe(quantityKey('__PROTO__'));
    expect(quantityKey('constructor')).toBe('constructor');
    expect(quantityKey('0.0.2.4.1.1.777.0.0.0.0.0.0.0.0.3.72.0')).toBe(
      '0.0.0.4.1.1.777.0.0.0.0.0.0.0.0.0.72.0',
    );
  });

  it('is its own key, for any text, and stays the same when the cache overflows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const key = quantityKey(text);
        expect(quantityKey(key)).toBe(key);
      }),
      { numRuns: 500 },
    );
    for (let i = 0; i < 10_000; i++) quantityKey(`name-${i}`);
    expect(quantityKey('1.8.0')).toBe('1-0:1.8.0*255');
  });

  it('has aliases that stand for codes with a meaning', () => {
    for (const [alias, key] of Object.entries(quantityAliases)) {
      expect(quantityKey(alias)).toBe(key);
      expect(formatObis(parseObis(key))).toBe(key);
      expect(readingTypeOfObis(parseObis(key)), alias).toBeDefined();
    }
  });
});
