import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  civilDate,
  DAY_S,
  dayNumber,
  daysInMonth,
  formatDay,
  formatInstant,
  formatOffset,
  formatWall,
  OpenAmiError,
  parseDay,
  parseInstantMs,
  parseInstantS,
  parseLocal,
  parseOffset,
  zoneTable,
} from '../src/index.ts';

const malformed = expect.objectContaining({ code: 'TIME_MALFORMED' });
/** Years 0000 to 9999. */
const anyDay = fc.integer({ min: -719_528, max: 2_932_896 });
const anySecond = fc.integer({ min: -719_528 * DAY_S, max: 2_932_897 * DAY_S - 1 });

describe('days', () => {
  it('agree with Date on every day number', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const date = new Date(day * DAY_S * 1_000);
        const civil = civilDate(day);
        expect([civil.year, civil.month, civil.day]).toEqual([
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
        ]);
        expect(dayNumber(civil.year, civil.month, civil.day)).toBe(day);
        expect(formatDay(day)).toBe(date.toISOString().slice(0, 10));
        expect(parseDay(formatDay(day))).toBe(day);
      }),
      { numRuns: 2_000 },
    );
  });

  it('know leap years', () => {
    expect([1900, 2000, 2023, 2024].map((year) => daysInMonth(year, 2))).toEqual([28, 29, 28, 29]);
    expect(parseDay('2024-02-29')).toBe(dayNumber(2024, 2, 29));
  });

  it.each([
    '2023-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '20260101',
    '2026-01-01 ',
    '',
  ])('refuse %j', (text) => {
    expect(() => parseDay(text)).toThrowError(malformed);
  });
});

describe('parseInstantS', () => {
  it.each([
    ['2026-03-29T01:15:00Z', '2026-03-29T01:15:00Z'],
    ['2026-03-29T03:15:00+02:00', '2026-03-29T01:15:00Z'],
    ['2026-03-29T03:15+0200', '2026-03-29T01:15:00Z'],
    ['2026-03-29 03:15+02', '2026-03-29T01:15:00Z'],
    ['2026-03-28T21:45:00-03:30', '2026-03-29T01:15:00Z'],
    ['2026-03-29T24:00:00Z', '2026-03-30T00:00:00Z'],
    ['2026-03-29T01:15:00.999999999Z', '2026-03-29T01:15:00Z'],
    ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59Z'],
  ])('reads %s', (text, utc) => {
    expect(formatInstant(parseInstantS(text))).toBe(utc);
  });

  it('keeps milliseconds where they are asked for', () => {
    expect(parseInstantMs('1970-01-01T00:00:01.5Z')).toBe(1_500);
    expect(parseInstantMs('1970-01-01T00:00:01.05Z')).toBe(1_050);
    expect(parseInstantMs('1970-01-01T00:00:01.0059Z')).toBe(1_005);
  });

  it('reads what Date writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
        expect(parseInstantMs(new Date(ms).toISOString())).toBe(ms);
      }),
    );
  });

  it.each([
    '2026-03-29T01:15:00',
    '2026-03-29',
    '2026-03-29T1:15:00Z',
    '2026-03-29T25:00:00Z',
    '2026-03-29T24:00:01Z',
    '2026-03-29T23:60:00Z',
    '2026-06-30T23:59:60Z',
    '2026-02-30T00:00:00Z',
    '2026-03-29T01:15:00.Z',
    '2026-03-29T01:15:00.1234567890Z',
    '2026-03-29T01:15:00+24:00',
    '2026-03-29T01:15:00+2:00',
    '2026-03-29T01:15:00+02:00 ',
    '2026-03-29T01:15:00ZZ',
    '2026-03-29T01.15.00Z',
    '2026-03-29t01:15:00z',
    '29.03.2026 01:15',
    '1774746900',
    '',
  ])('refuses %j', (text) => {
    expect(() => parseInstantS(text)).toThrowError(malformed);
  });

  it('answers any text with a number or its error', () => {
    const nearly = fc
      .tuple(
        fc.constantFrom('2026-03-29T01:15:00+02:00', '2026-03-29T01:15:00.123Z'),
        fc.nat(24),
        fc.string(),
      )
      .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly), (text) => {
        try {
          expect(Number.isFinite(parseInstantMs(text))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
          expect(error).toEqual(malformed);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('formatting', () => {
  it('comes back from text: instant, wall clock, zone with offset', () => {
    const zones = fc.constantFrom(
      'Europe/Berlin',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Africa/Monrovia',
      '-03:30',
    );
    fc.assert(
      fc.property(anySecond, zones, (s, zone) => {
        expect(parseInstantS(formatInstant(s))).toBe(s);
        expect(parseLocal(formatWall(s))).toBe(s);
        const inside = Math.abs(s % 4_000_000_000);
        expect(parseInstantS(zoneTable(zone).format(inside))).toBe(inside);
      }),
      { numRuns: 500 },
    );
  });

  it('reads local time with a T or a blank, without offset', () => {
    expect(parseLocal('1970-01-02 00:00')).toBe(DAY_S);
    expect(parseLocal('1970-01-01T24:00')).toBe(DAY_S);
    for (const text of ['1970-01-01T00:00Z', '1970-01-01', '1970-01-01T00:00:00.5']) {
      expect(() => parseLocal(text), text).toThrowError(malformed);
    }
  });

  it('writes offsets as they are read', () => {
    fc.assert(
      fc.property(fc.integer({ min: -86_399, max: 86_399 }), (offsetS) => {
        expect(parseOffset(formatOffset(offsetS))).toBe(offsetS);
      }),
    );
    expect(formatOffset(-2_670)).toBe('-00:44:30');
    expect(parseOffset('Europe/Berlin')).toBeNaN();
  });
});
