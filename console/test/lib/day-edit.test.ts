import type { VeeDay } from '@openami/server/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countsOf,
  digitsOf,
  editOf,
  noDraft,
  parseColumn,
  parseNumber,
  paste,
  qualityRuns,
  scaleOf,
  slotLabel,
  slotsOf,
  sumOf,
  takeColumn,
  withDraft,
  withValue,
} from '../../src/lib/day-edit.ts';

const hours = (from: string, count: number) =>
  Array.from({ length: count }, (_, i) => Date.parse(from) / 1_000 + (i + 1) * 3_600);

function dayOf(values: readonly (number | null)[], more: Partial<VeeDay> = {}): VeeDay {
  return {
    ...{ channelId: 7, meterId: 3, serial: 'V1', alias: 'import', unit: 'kWh', baseUnit: 'Wh' },
    ...{ signed: false, resolution: 1_000, intervalS: 3_600, zone: 'Europe/Berlin', day: '2026-01-15' },
    ...{ ends: hours('2026-01-14T23:00:00Z', values.length), measured: [...values], current: [...values] },
    ...{ quality: values.map(() => 'valid'), reasons: values.map(() => []), proposedMethod: '' },
    ...{ proposed: values.map(() => null), lower: values.map(() => null), upper: values.map(() => null) },
    ...{ neighbours: values.map(() => null), neighbourCount: 0, weekBefore: values.map(() => null) },
    ...{ registers: [], events: [], exceptions: [], basis: 1, closed: null },
    ...more,
  };
}

describe('numbers a channel can have', () => {
  it('are whole counts, and below zero only where it may be', () => {
    const day = dayOf([1]);
    expect([1.5, 0, null, undefined].map((value) => countsOf(day, value))).toEqual([
      1_500,
      0,
      null,
      undefined,
    ]);
    expect([-1, 1e300, Number.MAX_SAFE_INTEGER].map((value) => countsOf(day, value))).toEqual(
      Array(3).fill(undefined),
    );
    expect(countsOf({ ...day, signed: true }, -1)).toBe(-1_000);
    expect(paste(day, noDraft, 0, '-1')).toMatchObject({ taken: 0, bad: [1] });
  });
});

describe('numbers as people and sheets write them', () => {
  it.each([
    ['1.5', 1.5],
    ['1,5', 1.5],
    ['1 234,5', 1234.5],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ["1'234.5", 1234.5],
    ['−4', -4],
    ['.5', 0.5],
    ['1e3', 1000],
    ['', null],
    ['–', null],
    ['NULL', null],
    ['abc', undefined],
    ['1.2.3', undefined],
    ['12 kWh', undefined],
  ])('%s', (text, value) => expect(parseNumber(text)).toBe(value));

  it('takes the last cell of each line, and no empty line at the end', () => {
    expect(parseColumn('00:00\t0.5\r\n01:00\t0,6\r\n02:00\t\r\n')).toEqual([0.5, 0.6, null]);
    expect(parseColumn('2026-01-15;1,5')).toEqual([1.5]);
  });
});

describe('a draft', () => {
  const day = dayOf([100, 200, null, 400]);

  it('holds what differs, and nothing that was set back', () => {
    const draft = withValue(day, withValue(day, noDraft, 1, 250), 3, null);
    expect(withDraft(day, draft)).toEqual([100, 250, null, null]);
    expect(editOf(draft)).toEqual({
      values: [
        { end: day.ends[1], value: 250 },
        { end: day.ends[3], value: null },
      ],
      firstEnd: day.ends[1],
      lastEnd: day.ends[3],
    });
    expect(withValue(day, draft, 1, 200).has(day.ends[1]!)).toBe(false);
    expect(editOf(withValue(day, noDraft, 0, 100))).toBeUndefined();
    expect(withValue(day, noDraft, 9, 1)).toBe(noDraft);
  });

  it('takes a column in the unit of the channel, says what it could not read', () => {
    const { draft, taken, bad, beyond } = paste(day, noDraft, 1, '0.3\nx\n0.25\n7\n');
    expect(withDraft(day, draft)).toEqual([100, 300, null, 250]);
    expect({ taken, bad, beyond }).toEqual({ taken: 2, bad: [2], beyond: 1 });
  });

  it('takes another curve where it has values', () => {
    const draft = takeColumn(day, noDraft, [1, null, 3, 4], 1, 2);
    expect(withDraft(day, draft)).toEqual([100, 200, 3, 400]);
  });

  it('gives back any column that was copied out of it, to the count', () => {
    const counts = fc.array(fc.option(fc.integer({ min: 0, max: 2_000_000_000 })), {
      minLength: 1,
      maxLength: 100,
    });
    fc.assert(
      fc.property(counts, fc.constantFrom(1, 10, 1_000, 10_000), (values, resolution) => {
        const empty = dayOf(
          values.map(() => -1),
          { resolution },
        );
        const { toUnit } = scaleOf(empty);
        const text = values
          .map((value) => (value === null ? '' : toUnit(value).toFixed(digitsOf(empty))))
          .join('\n');
        // A column that ends in empty lines has no value there.
        const { draft } = paste(empty, noDraft, 0, text);
        const whole = withDraft(empty, draft);
        const last = values.findLastIndex((value) => value !== null);
        expect(whole.slice(0, last + 1)).toEqual(values.slice(0, last + 1));
      }),
    );
  });
});

describe('slots', () => {
  it('are named by the wall clock, and by the offset when it changes', () => {
    expect(slotLabel(dayOf([1, 2]), 1)).toBe('01:00–02:00 GMT+1');
    const whole = dayOf(Array.from({ length: 24 }, () => 1));
    expect(slotLabel(whole, 23)).toBe('23:00–00:00');
    const autumn = dayOf(
      Array.from({ length: 25 }, () => 1),
      { ends: hours('2026-10-24T22:00:00Z', 25) },
    );
    expect([2, 3].map((slot) => slotLabel(autumn, slot))).toEqual(['02:00–02:00 GMT+2', '02:00–03:00 GMT+1']);
  });

  it('of a span are found, the whole day where there is none', () => {
    const { ends } = dayOf([1, 2, 3, 4]);
    expect(slotsOf(ends, { first: ends[1]!, last: ends[2]! })).toEqual({ from: 1, to: 2 });
    expect(slotsOf(ends, undefined)).toEqual({ from: 0, to: 3 });
    expect(slotsOf(ends, { first: 1, last: 2 })).toEqual({ from: 0, to: 3 });
    expect(slotsOf([], undefined)).toEqual({ from: 0, to: 0 });
  });

  it('of one quality are runs, and sums leave out what is missing', () => {
    expect(qualityRuns(['valid', 'valid', 'absent', 'valid'])).toEqual([
      { quality: 'valid', from: 0, to: 1 },
      { quality: 'absent', from: 2, to: 2 },
      { quality: 'valid', from: 3, to: 3 },
    ]);
    expect(sumOf([1, null, 2])).toBe(3);
  });
});
