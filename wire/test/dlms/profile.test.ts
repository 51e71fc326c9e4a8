import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeApdu, encodeApdu } from '../../src/dlms/apdu/apdu.ts';
import {
  type CaptureObject,
  decodeCaptureObjects,
  decodeObjectList,
  encodeCaptureObject,
} from '../../src/dlms/cosem/objects.ts';
import { clockObject, decodeProfile, selectByEntry, selectByRange } from '../../src/dlms/cosem/profile.ts';
import { decodeScalerUnit } from '../../src/dlms/cosem/units.ts';
import { decodeData, encodeData } from '../../src/dlms/data.ts';
import { dateTimeOf } from '../../src/dlms/date-time.ts';
import { type CosemValue, elementsOf } from '../../src/dlms/value.ts';
import { value } from './values.ts';
import { hex, toHex } from './vectors.ts';

const importObject: CaptureObject = { classId: 3, instance: '1.0.1.8.0.255', attribute: 2, dataIndex: 0 };
const statusObject: CaptureObject = { classId: 1, instance: '0.0.96.10.1.255', attribute: 2, dataIndex: 0 };
const objects = [clockObject, statusObject, importObject];

const NULL: CosemValue = { type: 'null' };
const at = (utcS: number, offset = 60): CosemValue => ({
  type: 'octet-string',
  value: dateTimeOf(utcS, offset),
});
const count = (value: number): CosemValue => ({ type: 'double-long-unsigned', value });
const status = (value: number): CosemValue => ({ type: 'unsigned', value });
const buffer = (...rows: CosemValue[][]): CosemValue => ({
  type: 'array',
  elements: rows.map((elements) => ({ type: 'structure', elements })),
});

describe('columns', () => {
  test('values, statuses and times, those left out filled in', () => {
    const profile = decodeProfile(
      buffer(
        [at(900), status(0), count(100)],
        [NULL, status(8), count(110)],
        [NULL, NULL, NULL],
        [at(3600), status(0), count(140)],
      ),
      objects,
      { capturePeriodS: 900 },
    );
    expect(profile.rows).toBe(4);
    expect([...profile.timeS]).toEqual([900, 1800, 2700, 3600]);
    expect([...profile.columns[2]!.raw]).toEqual([100, 110, Number.NaN, 140]);
    expect([...profile.columns[1]!.raw]).toEqual([0, 8, Number.NaN, 0]);
    expect(profile.columns[1]!.object).toBe(statusObject);
    expect(profile.columns[2]!.values[2]).toEqual(NULL);
    expect(profile.badTimes).toEqual([]);
    expect([...profile.clockStatus]).toEqual([0, 0, 0, 0]);
  });

  test('null is the value before, for meters that compress so; never for the first row', () => {
    const rows = buffer([at(0), NULL, count(100)], [NULL, status(4), NULL], [NULL, NULL, count(7)]);
    const profile = decodeProfile(rows, objects, { capturePeriodS: 60, nullValue: 'unchanged' });
    expect([...profile.columns[1]!.raw]).toEqual([Number.NaN, 4, 4]);
    expect([...profile.columns[2]!.raw]).toEqual([100, 100, 7]);
    expect([...profile.timeS]).toEqual([0, 60, 120]);
  });

  test('times that cannot be known are told and do not spread as times', () => {
    const wild: CosemValue = { type: 'octet-string', value: hex('ffffffffffffffffff8000ff') };
    const rows = buffer(
      [NULL, status(0), count(1)],
      [NULL, status(0), count(2)],
      [at(900), status(0), count(3)],
      [wild, status(0), count(4)],
      [NULL, status(0), count(5)],
      [count(9), status(0), count(6)],
    );
    const profile = decodeProfile(rows, objects, { capturePeriodS: 900 });
    expect([...profile.timeS]).toEqual([Number.NaN, Number.NaN, 900, Number.NaN, Number.NaN, Number.NaN]);
    expect(profile.badTimes.map(({ row }) => row)).toEqual([3, 5]);
    expect([...decodeProfile(rows, objects).timeS].filter((time) => !Number.isNaN(time))).toEqual([900]);
  });

  test('quirks of the clock reach it; a date-time type is as good as bytes', () => {
    const turned: CosemValue = { type: 'date-time', value: dateTimeOf(900, 60, 'negated', 0x80) };
    const profile = decodeProfile(buffer([turned, status(0), count(1)]), objects, { deviation: 'negated' });
    expect([...profile.timeS, ...profile.clockStatus]).toEqual([900, 0x80]);
    const none: CosemValue = { type: 'octet-string', value: dateTimeOf(900, 60, 'ignored') };
    const rows = buffer([none, status(0), count(1)]);
    expect([...decodeProfile(rows, objects, { localOffsetMinutes: 60 }).timeS]).toEqual([900]);
  });

  test('without a clock, with big numbers and texts, as a compact array', () => {
    const rows: CosemValue = {
      type: 'compact-array',
      description: {
        type: 'structure',
        fields: [{ type: 'long64-unsigned' }, { type: 'visible-string' }],
      },
      elements: [
        {
          type: 'structure',
          elements: [
            { type: 'long64-unsigned', value: 2n ** 60n },
            { type: 'visible-string', value: hex('4142') },
          ],
        },
      ],
    };
    const profile = decodeProfile(decodeData(encodeData(rows)), [importObject, statusObject]);
    expect([...profile.timeS]).toEqual([Number.NaN]);
    expect([...profile.columns[0]!.raw]).toEqual([Number.NaN]);
    expect(profile.columns[0]!.values).toEqual([{ type: 'long64-unsigned', value: 2n ** 60n }]);
    expect(profile.columns[1]!.values[0]).toMatchObject({ type: 'visible-string' });
  });

  test.each([
    ['a row too short', buffer([at(0), status(0)])],
    ['a row too long', buffer([at(0), status(0), count(1), count(2)])],
    ['a row that is none', { type: 'array', elements: [count(1)] } as CosemValue],
    ['no array', count(1)],
  ])('%s', (_, value) => {
    expect(() => decodeProfile(value, objects)).toThrow(
      expect.objectContaining({ code: 'DLMS_COLUMNS_MISMATCH', data: { clause: expect.any(String) } }),
    );
  });

  test('no rows', () => expect(decodeProfile(buffer(), objects).rows).toBe(0));

  test('leaving out times that follow from the period changes nothing', () => {
    const starts = fc.integer({ min: 0, max: 2_000_000_000 });
    const rows = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 0xffff_ffff })), { minLength: 1 });
    fc.assert(
      fc.property(starts, rows, fc.constantFrom(300, 900, 3600), (start, cells, period) => {
        const full = cells.map(([, value], i) => [at(start + i * period), status(0), count(value)]);
        const thinned = full.map(([time, ...rest], i) => [i > 0 && cells[i]![0] ? NULL : time!, ...rest]);
        const options = { capturePeriodS: period };
        const wanted = decodeProfile(buffer(...full), objects, options);
        const got = decodeProfile(buffer(...thinned), objects, options);
        expect(got.timeS).toEqual(wanted.timeS);
        expect(got.columns[2]!.raw).toEqual(wanted.columns[2]!.raw);
      }),
    );
  });
});

test('a day of rows becomes columns in well under 0.2 ms', () => {
  const rows = buffer(...Array.from({ length: 96 }, (_, i) => [at(i * 900), status(0), count(i)]));
  const bytes = encodeData(rows);
  const roundMs = (): number => {
    const started = performance.now();
    for (let i = 0; i < 5; i++) decodeProfile(decodeData(bytes), objects);
    return (performance.now() - started) / 5;
  };
  // the best of many short rounds: the machine has other work
  expect(Math.min(...Array.from({ length: 300 }, roundMs))).toBeLessThan(0.2);
});

test('selection by range is what other clients send', () => {
  const text =
    'c001c100070100630100ff0201010204020412000809060000010000ff0f02120000090c07e20601ff000300ffff8880090c07e50106ff000300ffffc4000100';
  const bytes = (value: string): CosemValue => ({ type: 'octet-string', value: hex(value) });
  const selection = selectByRange(bytes('07e20601ff000300ffff8880'), bytes('07e50106ff000300ffffc400'));
  const attribute = { classId: 7, instance: '1.0.99.1.0.255', attribute: 2 };
  const request = { service: 'get-request', kind: 'normal', invoke: 0xc1, attribute, selection } as const;
  expect(toHex(encodeApdu(request))).toBe(text);
  expect(decodeApdu(hex(text))).toEqual(request);
});

test('selection of columns and by entry', () => {
  const { selector, parameters } = selectByRange(count(1), count(2), importObject, [importObject]);
  expect(selector).toBe(1);
  const object = toHex(encodeData(encodeCaptureObject(importObject)));
  expect(toHex(encodeData(parameters))).toBe(`0204${object}06000000010600000002${'0101'}${object}`);
  const entry = selectByEntry(5, 10);
  expect([entry.selector, toHex(encodeData(entry.parameters))]).toEqual([
    2,
    '02040600000005060000000a120001120000',
  ]);
  expect(toHex(encodeData(selectByEntry(1).parameters))).toBe('02040600000001' + '0600000000120001120000');
});

test('capture objects both ways, also with the parts newer versions add', () => {
  const list: CosemValue = { type: 'array', elements: objects.map(encodeCaptureObject) };
  expect(decodeCaptureObjects(list)).toEqual(objects);
  const longer: CosemValue = {
    type: 'array',
    elements: [
      {
        type: 'structure',
        elements: [...elementsOf(encodeCaptureObject(importObject))!, NULL],
      },
    ],
  };
  expect(decodeCaptureObjects(longer)).toEqual([importObject]);
  for (const wrong of [count(1), { type: 'array', elements: [count(1)] } as CosemValue]) {
    expect(() => decodeCaptureObjects(wrong)).toThrow(expect.objectContaining({ code: 'DLMS_BAD_VALUE' }));
  }
});

test('any value is what it should be or a decode error', () => {
  const rows = fc.array(value, { maxLength: 3 }).map((elements): CosemValue => ({ type: 'array', elements }));
  fc.assert(
    fc.property(fc.oneof(value, rows), (given) => {
      decodeScalerUnit(given);
      for (const decode of [decodeCaptureObjects, decodeObjectList]) {
        try {
          decode(given);
        } catch (error) {
          expect(error).toMatchObject({ code: 'DLMS_BAD_VALUE', data: { clause: expect.any(String) } });
        }
      }
      try {
        decodeProfile(given, [clockObject, importObject], { capturePeriodS: 900 });
      } catch (error) {
        expect(error).toMatchObject({ code: 'DLMS_COLUMNS_MISMATCH' });
      }
    }),
    { numRuns: 500 },
  );
});
