import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeRecords,
  encodeRecord,
  exactOf,
  type MbusRecord,
  numberOf,
  profileOf,
  profilePoints,
  type RecordToSend,
  textOfTime,
} from '../../src/mbus/index.ts';
import { codeOf, noon } from './made.ts';

const read = (hex: string, msbFirst = false): readonly MbusRecord[] => {
  const bytes = bytesOfHex(hex)!;
  return decodeRecords(bytes, 0, bytes.length, msbFirst).records;
};
const one = (hex: string): MbusRecord => read(hex)[0]!;

describe('heads', () => {
  const rows: [hex: string, quantity: string, unit: string, value: number, modifiers?: string[]][] = [
    ['040300e1f505', 'energy', 'Wh', 100_000_000],
    ['02fb002a00', 'energy', 'Wh', 4_200_000],
    ['04fb0902000000', 'energy', 'J', 2_000_000_000],
    ['0c1478563412', 'volume', 'm3', 123_456.78],
    ['02594d08', 'flow-temperature', 'degC', 21.25],
    ['02fd480909', 'voltage', 'V', 231.3],
    ['02fdc8fc01f708', 'voltage', 'V', 229.5, ['phase-l1']],
    ['02fd5bffff', 'current', 'A', -0.1],
    ['04833b10270000', 'energy', 'Wh', 10_000, ['positive-only']],
    ['04833c10270000', 'energy', 'Wh', 10_000, ['negative-only']],
    ['0413a0860100', 'volume', 'm3', 100],
    ['0493750a000000', 'volume', 'm3', 0.001, ['correction:10^-1']],
    ['04937d0a000000', 'volume', 'm3', 10, ['correction:10^3']],
    ['0494220a000000', 'volume', 'm3/h', 0.1, ['per-hour']],
    ['02bb560500', 'volume-flow', 'h', 5, ['duration-of-last-lower-limit-exceed']],
    ['01bb4903', 'volume-flow', '', 3, ['exceeds-of-upper-limit']],
    ['01fdfd0207', 'battery-remaining-time', 'month', 7],
    ['0227d204', 'operating-time', 'd', 1234],
    ['036e010200', 'heat-cost-allocation', 'hca', 513],
    ['02fb2e8813', 'frequency', 'Hz', 500],
    ['01fd74ff', 'battery-remaining-time', 'd', 255],
    ['02fc03485225741227', '%RH', '', 100.02, ['correction:10^-2']],
  ];
  test.each(rows)('%s', (hex, quantity, unit, value, modifiers = []) => {
    const record = one(hex);
    expect(record.head).toMatchObject({ quantity, unit, modifiers });
    expect(numberOf(record)).toBe(value);
  });

  test('function, storage, tariff and sub-unit', () => {
    // storage 1 + 2×5 + 32×3, tariff 2 + 4×1, sub-unit 1
    const { head } = one('d4 e5 13 06 00000000');
    expect(head).toMatchObject({ function: 'maximum', storage: 11 + 32 * 3, tariff: 2 + 4, subunit: 1 });
  });

  test('a VIFE the standard does not know is kept by its number; so is what only the maker knows', () => {
    expect(one('04931905000000').head.modifiers).toEqual(['reserved:19']);
    expect(one('02fdc9ff01e900').head).toMatchObject({ quantity: 'voltage', modifiers: ['manufacturer:01'] });
    expect(one('04ff0705000000').head.quantity).toBe('manufacturer-specific');
  });

  test('an error the meter reports takes the number away', () => {
    const record = one('04931500000000');
    expect([record.flaw, numberOf(record), record.head.modifiers]).toEqual([
      'error',
      undefined,
      ['error:no-data'],
    ]);
  });
});

describe('values', () => {
  test.each([
    ['0913 99', 0.099],
    ['0a13 01f1', -0.101],
    ['0c13 000000f0', 0],
    ['0e13 785634129078', 789_012_345.678],
    ['0113 ff', -0.001],
    ['0513 0000c03f', 0.0015],
    ['0613 ffffffffff7f', 140_737_488_355.327],
  ])('%s', (hex, value) => expect(numberOf(one(hex))).toBe(value));

  test('beyond 2^53 nothing is lost', () => {
    const record = one('0703 ffffffffffffff7f');
    expect([record.raw, exactOf(record)]).toEqual([9_223_372_036_854_775_807n, '9223372036854775807']);
    expect(exactOf(one('0710 0100000000000080'))).toBe('-9223372036854.775807');
  });

  test('exact decimals', () => {
    expect(exactOf(one('0413 15cd5b07'))).toBe('123456.789');
    expect(exactOf(one('0110 ff'))).toBe('-0.000001');
    expect(exactOf(one('0406 05000000'))).toBe('5000');
  });

  test('patterns that are no value', () => {
    expect(one('0413 00000080').flaw).toBe('invalid');
    expect(one('0213 0080').flaw).toBe('invalid');
    const digits = one('0c13 bdebdddd');
    expect([digits.text, digits.flaw, numberOf(digits)]).toEqual(['DDDDEBBD', 'invalid', undefined]);
    expect(one('0513 0000807f').flaw).toBe('invalid');
  });

  test('identifications keep their zeros, flags have no sign', () => {
    expect(one('0c78 17040026').text).toBe('26000417');
    expect(one('0478 6bf99f00').text).toBe('009FF96B');
    expect(one('01fd17 ff').raw).toBe(255);
    expect(one('02fd0a 4d3d').text).toBe('OJM');
  });

  test.each([
    ['0dfd0f 03 332e32', '2.3'],
    ['0dfd11 05 e9666143d6', 'ÖCafé'],
  ])('text %s', (hex, text) => expect(one(hex).text).toBe(text));

  test.each([
    ['0d03 c2 3412', 1234],
    ['0d03 d2 3412', -1234],
    ['0d03 e2 3412', 0x1234],
    ['0d03 c9 010000000000000090', 900_000_000_000_000_001n],
    ['0d03 c8 78563412785634f1', -134_567_812_345_678],
    ['0d03 d9 0100000000000000f0', 1],
  ])('number of variable length %s', (hex, raw) => {
    expect(one(hex).raw).toBe(raw);
  });

  test('bytes of variable length that are no text are kept', () => {
    const record = one('0dff5f 03 008001');
    expect([record.text, hexOf(record.data)]).toEqual([undefined, '03008001']);
    expect(one(`0d7c02574d f0 ${'ab'.repeat(16)}`).data).toHaveLength(17);
  });

  test('high byte first', () => {
    const [volume, text] = read('0413 0001e240 0dfd0f 03 322e33', true);
    expect([numberOf(volume!), text!.text]).toEqual([123.456, '3.2'.split('').reverse().join('')]);
  });
});

describe('times', () => {
  test.each([
    ['046d 32371f15', '2008-05-31T23:50:00', true],
    ['046d 0f0c3d33', '2025-03-29T12:15:00', true],
    ['046d 8f0c3d33', '2025-03-29T12:15:00', false],
    ['426c ff2c', '2023-12-31', true],
    ['426c 0000', '2000-00-00', false],
    ['426c 7d12', '2011-02-29', false],
    ['066d 1e0f0c3d3300', '2025-03-29T12:15:30', true],
    ['036d 1e0f0c', '12:15:30', true],
    ['046d 0000e1f1', '--01-01T00:00:00', false],
    ['046d 000021a1', '1981-01-01T00:00:00', true],
  ])('%s', (hex, text, valid) => {
    const { time } = one(hex);
    expect([textOfTime(time!), time!.valid]).toEqual([text, valid]);
  });

  test('centuries: years up to 80 are of this one; a meter may say which', () => {
    const year = (hex: string): number => one(hex).time!.year;
    expect(year('426c 01a1')).toBe(2080);
    expect(year('426c 21a1')).toBe(1981);
    expect(year('046d 000021a1')).toBe(1981);
    expect(year('046d 002021a1')).toBe(2081);
  });

  test('summer time', () => {
    expect(one('046d 0f8c3d33').time!.summerTime).toBe(true);
    expect(one('066d 5e0f0c3d3300').time!.summerTime).toBe(true);
  });

  test('a VIFE makes a time of any quantity', () => {
    const { head, time } = one('94 10 ad 6f 32147a18');
    expect([head.quantity, head.modifiers, textOfTime(time!)]).toEqual([
      'power',
      ['end-of-last'],
      '2011-08-26T20:50:00',
    ]);
  });

  test('a time goes there and back', () => {
    const field = { F: 'int32', G: 'int16', I: 'int48', J: 'int24' } as const;
    const date = fc.date({ min: new Date('1981-01-01'), max: new Date('2080-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.constantFrom('F', 'G', 'I', 'J'), fc.boolean(), (at, type, summer) => {
        const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
        const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
        const summerTime = summer && (type === 'F' || type === 'I');
        const sent = { type, year, month, day, hour, minute, second, summerTime } as const;
        const { time } = decodeRecords(
          encodeRecord({ quantity: 'date-time', field: field[type], value: sent }),
        ).records[0]!;
        const only = { F: 16, G: 10, I: 19, J: 8 }[type];
        const full = `${at.toISOString().slice(0, 19)}`;
        const text = type === 'J' ? full.slice(11) : full;
        expect(textOfTime(time!)!.slice(0, only)).toBe(text.slice(0, only));
        expect([time!.valid, time!.summerTime]).toEqual([true, summerTime]);
      }),
    );
  });
});

test('records go there and back', () => {
  const integer = { int8: 8, int16: 16, int24: 24, int32: 32, int48: 48, int64: 64 } as const;
  const digits = { bcd2: 2, bcd4: 4, bcd6: 6, bcd8: 8, bcd12: 12 } as const;
  const whole = fc.constantFrom(...(Object.keys(integer) as (keyof typeof integer)[])).chain((field) => {
    const most = (1n << BigInt(integer[field] - 1)) - 1n;
    return fc.bigInt({ min: -most, max: most }).map((value) => ({ field, value }));
  });
  const decimal = fc.constantFrom(...(Object.keys(digits) as (keyof typeof digits)[])).chain((field) => {
    const most = 10n ** BigInt(digits[field]) - 1n;
    return fc.bigInt({ min: -(most / 10n), max: most }).map((value) => ({ field, value }));
  });
  const kinds = fc.constantFrom(
    { quantity: 'energy', unit: 'Wh', power: 3 },
    { quantity: 'volume', unit: 'm3', power: -6 },
    { quantity: 'voltage', unit: 'V', power: -1 },
    { quantity: 'apparent-power', unit: 'VA', power: 1 },
  );
  const where = fc.record({
    function: fc.constantFrom('instantaneous', 'maximum', 'minimum', 'error'),
    storage: fc.nat(2 ** 31),
    tariff: fc.nat(65_535),
    subunit: fc.nat(255),
    modifiers: fc.subarray(['positive-only', 'phase-l2', 'per-hour', 'manufacturer:2a']),
  });
  fc.assert(
    fc.property(fc.oneof(whole, decimal), kinds, where, ({ field, value }, kind, place) => {
      const sent = { ...kind, ...place, field, value } as RecordToSend;
      const [record, ...more] = decodeRecords(encodeRecord(sent)).records;
      expect(more).toEqual([]);
      expect(BigInt(record!.raw!)).toBe(value);
      const { unit, ...rest } = sent;
      expect(record!.head).toMatchObject({
        quantity: rest.quantity,
        power: rest.power,
        function: rest.function,
        storage: rest.storage,
        tariff: rest.tariff,
        subunit: rest.subunit,
        modifiers: rest.modifiers,
      });
      expect(record!.head.unit.startsWith(unit!)).toBe(true);
    }),
  );
});

test('any bytes are records, or raise an error of ours', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, msbFirst) => {
      const code = codeOf(() => decodeRecords(bytes, 0, bytes.length, msbFirst));
      expect(['none', 'MBUS_TRUNCATED', 'MBUS_BAD_RECORD']).toContain(code);
      const { records, problem } = decodeRecords(bytes, 0, bytes.length, msbFirst, true);
      expect(problem === undefined).toBe(code === 'none');
      for (const record of records) exactOf(record);
    }),
    { numRuns: 500 },
  );
});

test('fillers, what its maker adds, and that more follows', () => {
  const { records, manufacturerData, moreFollows } = decodeRecords(bytesOfHex('2f2f01fd17002f1f0102')!);
  expect([records.length, hexOf(manufacturerData!), moreFollows]).toEqual([1, '0102', true]);
  expect(decodeRecords(bytesOfHex('0f')!)).toMatchObject({ records: [], moreFollows: false });
});

describe('what cannot be written', () => {
  test.each<[string, RecordToSend]>([
    ['no such quantity', { quantity: 'taste', field: 'int8', value: 1 }],
    ['no such power', { quantity: 'volume', unit: 'm3', power: 9, field: 'int8', value: 1 }],
    ['too large', { quantity: 'volume', unit: 'm3', power: 0, field: 'int8', value: 300 }],
    ['too many digits', { quantity: 'volume', unit: 'm3', power: 0, field: 'bcd2', value: -10 }],
    ['text in a number', { quantity: 'volume', unit: 'm3', power: 0, field: 'int8', value: 'one' }],
    ['letters', { quantity: 'customer', field: 'variable', value: '水' }],
    ['time in two bytes', { quantity: 'date', field: 'int16', value: noon }],
    ['no such VIFE', { quantity: 'date', field: 'none', modifiers: ['sometimes'] }],
  ])('%s', (_, record) => expect(codeOf(() => encodeRecord(record))).toBe('MBUS_NOT_ENCODABLE'));
});

describe('compact profiles', () => {
  test('values of past months, newest first', () => {
    // 203 at 1 February; 99, 52 and 10 at the firsts of the months before
    const [, base, profile] = read('82046c4132 8b046e030200 8d04ee13 0e 3bfe 990000 520000 100000 ffffff');
    const read3 = profileOf(profile!)!;
    expect(read3).toMatchObject({ mode: 'absolute', inverse: true, spacing: { count: 1, unit: 'month' } });
    expect(read3.elements).toEqual([99, 52, 10, undefined]);
    const time = one('82046c4132').time!;
    expect(profilePoints(read3, base, time)).toEqual([
      { endS: Date.UTC(2025, 10, 1) / 1000, raw: 10 },
      { endS: Date.UTC(2025, 11, 1) / 1000, raw: 52 },
      { endS: Date.UTC(2026, 0, 1) / 1000, raw: 99 },
    ]);
  });

  test('increments of every quarter of an hour', () => {
    const [volume, time, profile] = read('0413e8030000 046d000c3d33 0d931f 06 510f 01020003');
    const points = profilePoints(profileOf(profile!)!, volume, time!.time!);
    expect(points.map(({ raw }) => raw)).toEqual([1001, 1003, 1003, 1006]);
    expect(points[3]!.endS - points[0]!.endS).toBe(3 * 900);
  });

  test('the last day of a month stays the last', () => {
    const [volume, time, profile] = read('4413e8030000 426c3f33 4d931f 05 71fe 010203');
    const profileRead = profileOf(profile!)!;
    const days = profilePoints(profileRead, volume, time!.time!).map(({ endS }) =>
      new Date(endS * 1000).toISOString(),
    );
    expect(days.map((day) => day.slice(0, 10))).toEqual(['2025-04-30', '2025-05-31', '2025-06-30']);
  });
});
