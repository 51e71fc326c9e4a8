/** Units of table 12 in OBIS codes and CIM reading types, and clocks in UTC. */
import { findObis, isReadingType, parseReadingType, readingTypeProblems } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clockOffsetS,
  clockTime,
  meaningOf,
  scaler,
  type TableRecord,
  type UnitOfMeasure,
  type Use,
  unitOfMeasure,
} from '../../src/c12/index.ts';

const plain: UnitOfMeasure = {
  idCode: 0,
  timeBase: 0,
  power: 0,
  quadrants: 0b1001,
  net: false,
  segmentation: 0,
  harmonic: false,
  nonStandard: false,
};
const uom = (one: Partial<UnitOfMeasure>): UnitOfMeasure => ({ ...plain, ...one });

test.each<[string, string, Partial<UnitOfMeasure>, Use, number]>([
  ['1-0:1.8.0*255', 'Wh', {}, 'summation', 0],
  ['1-0:2.8.2*255', 'Wh', { quadrants: 0b0110 }, 'summation', 2],
  ['1-0:15.8.0*255', 'Wh', { quadrants: 0b1111 }, 'summation', 0],
  ['1-0:16.8.0*255', 'Wh', { quadrants: 0b1111, net: true }, 'interval', 0],
  ['1-0:1.8.0*255', 'Wh', { timeBase: 5 }, 'interval', 0],
  ['1-0:3.8.0*255', 'varh', { idCode: 1, quadrants: 0b0011 }, 'summation', 0],
  ['1-0:4.8.0*255', 'varh', { idCode: 1, quadrants: 0b1100 }, 'summation', 0],
  ['1-0:8.8.0*255', 'varh', { idCode: 1, quadrants: 0b1000 }, 'summation', 0],
  ['1-0:9.8.0*255', 'VAh', { idCode: 2 }, 'summation', 0],
  ['1-0:1.6.1*255', 'W', { timeBase: 4 }, 'maximum', 1],
  ['1-0:1.3.0*255', 'W', { timeBase: 3 }, 'minimum', 0],
  ['1-0:1.5.0*255', 'W', { timeBase: 4 }, 'interval', 0],
  ['1-0:41.7.0*255', 'W', { timeBase: 1, segmentation: 6 }, 'present', 0],
  ['1-0:72.7.0*255', 'V', { idCode: 8, timeBase: 1, segmentation: 7 }, 'present', 0],
  ['1-0:91.7.0*255', 'A', { idCode: 12, timeBase: 1, segmentation: 4 }, 'present', 0],
  ['1-0:14.7.0*255', 'Hz', { idCode: 33, timeBase: 1 }, 'present', 0],
  // energy of all quadrants in VAh and voltage between phases have no OBIS code
  ['0.0.0.1.20.1.12.0.0.0.0.0.0.0.0.0.71.0', 'VAh', { idCode: 2, quadrants: 0b1111 }, 'summation', 0],
  [
    '0.0.0.12.0.1.54.0.0.0.0.0.0.0.132.0.29.0',
    'V',
    { idCode: 8, timeBase: 1, segmentation: 1 },
    'present',
    0,
  ],
])('%s in %s', (quantity, unit, one, use, tier) => {
  expect(meaningOf(uom(one), use, tier)).toEqual({ quantity, unit });
});

test.each<[string, Partial<UnitOfMeasure>]>([
  ['harmonics', { harmonic: true }],
  ['units of the manufacturer', { nonStandard: true }],
  ['codes that are not known', { idCode: 200 }],
  ['counts of events', { timeBase: 7 }],
  ['volts over time', { idCode: 8 }],
])('%s have no meaning', (_, one) => {
  expect(meaningOf(uom(one), 'summation')).toBeUndefined();
});

test('any unit gives an OBIS code, a reading type or nothing', () => {
  const units = fc.record({
    idCode: fc.nat(40),
    timeBase: fc.nat(7),
    power: fc.constant(0),
    quadrants: fc.nat(15),
    net: fc.boolean(),
    segmentation: fc.nat(7),
    harmonic: fc.boolean(),
    nonStandard: fc.boolean(),
  });
  const uses = fc.constantFrom<Use>('summation', 'maximum', 'minimum', 'present', 'interval', 'coincident');
  fc.assert(
    fc.property(units, uses, fc.nat(4), (unit, use, tier) => {
      const meaning = meaningOf(unit, use, tier);
      if (meaning === undefined) return;
      const { quantity } = meaning;
      if (!isReadingType(quantity)) expect(findObis(quantity)).toBeDefined();
      else
        expect(readingTypeProblems(parseReadingType(quantity)).filter((text) => !/phase/.test(text))).toEqual(
          [],
        );
    }),
    { numRuns: 2_000 },
  );
});

test('a record of table 12', () => {
  const record: TableRecord = {
    ID_CODE: 1,
    TIME_BASE: 4,
    MULTIPLIER: 6,
    Q1_ACCOUNTABILITY: true,
    Q2_ACCOUNTABILITY: true,
    Q3_ACCOUNTABILITY: false,
    Q4_ACCOUNTABILITY: false,
    NET_FLOW_ACCOUNTABILITY: true,
    SEGMENTATION: 5,
    HARMONIC: false,
    NFS: false,
  };
  const expected = { idCode: 1, timeBase: 4, power: -3, quadrants: 3, net: true, segmentation: 5 };
  expect(unitOfMeasure(record)).toMatchObject(expected);
});

test('scaling is exact, and rounded once', () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 1_000 }),
      (raw, n, d) => {
        const value = scaler({ factor: { n: BigInt(n), d: BigInt(d) }, offset: { n: 0n, d: 1n } })(raw, 0);
        // within half a unit in the last place of the exact quotient
        const exact = BigInt(raw) * BigInt(n);
        const off = BigInt(Math.round(value)) * BigInt(d) - exact;
        const size = off < 0n ? -off : off;
        const ulp = Math.max(1, Math.abs(value) * 2 ** -52);
        expect(Number(size) / d).toBeLessThanOrEqual(ulp);
      },
    ),
  );
  expect(scaler({ factor: { n: 1n, d: 10n }, offset: { n: 0n, d: 1n } })(3, 0)).toBe(0.3);
  expect(scaler({ factor: { n: 1n, d: 1n }, offset: { n: 5n, d: 1n } })(3n, -1)).toBe(5.3);
  expect(scaler({ factor: { n: 1n, d: 1n }, offset: { n: 0n, d: 1n } })(Number.NaN, 0)).toBeNaN();
});

test('energy of intervals without an OBIS code is a delta of their length', () => {
  const { quantity } = meaningOf(uom({ idCode: 2, quadrants: 0b1111 }), 'interval', 0, 900)!;
  expect(quantity).toBe('0.0.2.4.20.1.12.0.0.0.0.0.0.0.0.0.71.0');
});

describe('a clock', () => {
  const offset = (
    qualifier: object,
    zone: TableRecord | undefined = { TIME_ZONE_OFFSET: -300, DST_TIME_AMT: 60 },
  ) => {
    const tables = new Map<number, TableRecord>([
      [52, { CLOCK_CALENDAR: clockTime(0), TIME_DATE_QUAL: qualifier as TableRecord }],
    ]);
    if (zone !== undefined) tables.set(53, zone);
    return clockOffsetS(tables) / 60;
  };

  test.each([
    ['in local time', { TM_ZN_APPLIED_FLAG: true }, -300],
    ['in summer', { TM_ZN_APPLIED_FLAG: true, DST_FLAG: true, DST_APPLIED_FLAG: true }, -240],
    ['in summer that is not applied', { TM_ZN_APPLIED_FLAG: true, DST_FLAG: true }, -300],
    ['in UTC', { GMT_FLAG: true, TM_ZN_APPLIED_FLAG: true }, 0],
    ['without a zone', {}, 0],
  ] as const)('%s', (_, qualifier, minutes) => {
    expect(offset(qualifier)).toBe(minutes);
  });
});
