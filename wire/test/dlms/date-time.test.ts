import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dateTimeOf,
  decodeDate,
  decodeDateTime,
  decodeTime,
  encodeDate,
  encodeDateTime,
  encodeTime,
  isoDate,
  isoOf,
  isoTime,
  utcSecondsOf,
} from '../../src/dlms/date-time.ts';
import { hex, toHex } from './vectors.ts';

const utc = (iso: string): number => Date.parse(iso) / 1000;

test.each([
  // winter and summer in Vienna as the standard says, then with the sign turned
  ['07e30c10010801020 0ffc400', 'standard', '2019-12-16T07:01:02Z'],
  ['07e30610010801020 0ff8880', 'standard', '2019-06-16T06:01:02Z'],
  ['07e30c10010801020 0003c00', 'negated', '2019-12-16T07:01:02Z'],
  ['07e30c10010801020 0000000', 'standard', '2019-12-16T08:01:02Z'],
  // weekday, hundredths and seconds may be missing
  ['07e30c10ff0801ff ff000000', 'standard', '2019-12-16T08:01:00Z'],
  ['07e8021d0417 3b3bff000000', 'standard', '2024-02-29T23:59:59Z'],
] as const)('%s %s', (text, quirk, iso) => {
  expect(utcSecondsOf(hex(text), quirk)).toBe(utc(iso));
});

test('a deviation that is not specified or not to be believed needs an offset', () => {
  const bytes = hex('07e30c1001080102ff8000ff');
  expect(() => utcSecondsOf(bytes)).toThrow(expect.objectContaining({ code: 'DLMS_BAD_DATE_TIME' }));
  expect(utcSecondsOf(bytes, 'standard', 60)).toBe(utc('2019-12-16T07:01:02Z'));
  expect(utcSecondsOf(hex('07e30c1001080102ff003c00'), 'ignored', 60)).toBe(utc('2019-12-16T07:01:02Z'));
});

test.each([
  ['ffff0c1001080102ff000000', 'any year'],
  ['07e3ff1001080102ff000000', 'any month'],
  ['07e30cff01080102ff000000', 'any day'],
  ['07e30cfe01080102ff000000', 'the last day'],
  ['07e30c1001ff0102ff000000', 'any hour'],
  ['07e302 1e 01080102ff000000', '30 February'],
  ['07e302 1d 01080102ff000000', '29 February of no leap year'],
  ['07e304 1f 01080102ff000000', '31 April'],
  ['07e30010 01080102ff000000', 'month 0'],
  ['07e30c10 01180102ff000000', 'hour 24'],
  ['07e30c10 01083c02ff000000', 'minute 60'],
  ['07e30c10 0108013cff000000', 'second 60'],
  ['07e30c10 01080102ff7fff00', 'a deviation of weeks'],
])('%s, %s, is no moment', (text) => {
  expect(() => utcSecondsOf(hex(text))).toThrow(expect.objectContaining({ code: 'DLMS_BAD_DATE_TIME' }));
});

test.each([0, 4, 5, 11, 13])('%d bytes are no date-time', (size) => {
  expect(() => decodeDateTime(new Uint8Array(size))).toThrow(
    expect.objectContaining({ code: 'DLMS_BAD_LENGTH', data: { clause: expect.any(String) } }),
  );
});

const moments = fc.integer({ min: utc('0100-01-01T00:00:00Z'), max: utc('9999-12-30T00:00:00Z') });
const offsets = fc.integer({ min: -720, max: 840 });

test('any moment comes back, with any offset and either sign', () => {
  fc.assert(
    fc.property(moments, offsets, fc.constantFrom('standard', 'negated'), (seconds, offset, quirk) => {
      expect(utcSecondsOf(dateTimeOf(seconds, offset, quirk), quirk)).toBe(seconds);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(moments, offsets, (seconds, offset) => {
      expect(utcSecondsOf(dateTimeOf(seconds, offset, 'ignored'), 'ignored', offset)).toBe(seconds);
    }),
  );
});

test('any bytes are written as they came', () => {
  const of = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
  fc.assert(
    fc.property(of(12), of(5), of(4), (both, date, time) => {
      expect(encodeDateTime(decodeDateTime(both))).toEqual(both);
      expect(encodeDate(decodeDate(date))).toEqual(date);
      expect(encodeTime(decodeTime(time))).toEqual(time);
    }),
  );
});

describe('for people', () => {
  test.each([
    ['07e30c1001080102ffffc400', '2019-12-16T08:01:02+01:00'],
    ['07e30c100108010232005a00', '2019-12-16T08:01:02.50-01:30'],
    ['ffff0c1001080102ff8000ff', '****-12-16T08:01:02'],
    ['fffffdfe07030000ff800000', '****-DE-L1T03:00:00'],
    ['fffffefd07ffffffff800000', '****-DB-L2T**:**:**'],
  ])('%s', (text, iso) => expect(isoOf(decodeDateTime(hex(text)))).toBe(iso));

  test('dates and times alone', () => {
    expect(isoDate(decodeDate(hex('07e40c18ff')))).toBe('2020-12-24');
    expect(isoTime(decodeTime(hex('0c1e0000')))).toBe('12:30:00');
  });
});

test('the weekday is Monday 1 to Sunday 7, summer time is the caller’s to say', () => {
  expect(toHex(dateTimeOf(utc('2024-03-31T01:00:00Z'), 120, 'standard', 0x80))).toBe(
    '07e8031f0703000000ff8880',
  );
});
