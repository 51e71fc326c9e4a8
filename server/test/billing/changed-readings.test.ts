/** Which readings of a bill count as changed. */
import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedReadings } from '../../src/services/billing/changed-readings.ts';
import type { StoredChannel } from '../../src/services/billing/content.ts';
import type { ReadingRows } from '../../src/services/billing/usage.ts';

type Row = readonly [end: number, value: number, quality: number];

const channel = (intervalS: number): StoredChannel => ({
  ...{ id: 1, meter: 1, serial: 'M', unit: 'kWh', intervalS, multiplier: '1', fromS: 0, toS: 100_000 },
});
const rows = (list: readonly Row[]): ReadingRows => {
  const column = (i: 0 | 1 | 2) => list.map((row) => row[i]);
  const zeros = new Uint32Array(list.length);
  return () => ({
    ...{ from: 0, to: list.length },
    readings: {
      ...{ length: list.length, channel: zeros, flags: zeros, revision: zeros },
      ...{ end: Uint32Array.from(column(0)), value: Float64Array.from(column(1)) },
      ...{ resolution: zeros.map(() => 1_000), quality: Uint8Array.from(column(2)) },
    },
  });
};
const hours = { source: 'intervals', channels: [channel(3_600)], edgesS: [3_600, 36_000] } as const;
const counted = (known: readonly Row[], now: readonly Row[]) =>
  changedReadings(hours, rows(known), rows(now));

describe('readings of a bill that are others now', () => {
  it('are those whose value moved, that came, or that an estimate stood for', () => {
    const qualities = [Quality.raw, Quality.valid, Quality.estimated, Quality.missing, Quality.edited];
    const reading = fc.record({ value: fc.nat(3), quality: fc.constantFrom(...qualities) });
    const pair = fc.tuple(fc.option(reading), fc.option(reading));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 12 }), (pairs) => {
        const of = (side: 0 | 1) =>
          pairs.flatMap((both, slot): Row[] => {
            const one = both[side];
            return one === null ? [] : [[(slot + 1) * 3_600, one.value, one.quality]];
          });
        // as the bill sees a reading: absent, or a value that is measured or not
        const seen = (one: (typeof pairs)[number][0]) =>
          one === null || one.quality === Quality.missing
            ? 'none'
            : `${one.value} ${one.quality === Quality.estimated}`;
        // the first interval starts before the bill does, the last after it
        const expected = pairs.slice(1, 10).filter(([was, is]) => seen(was) !== seen(is)).length;
        expect(counted(of(0), of(1))).toBe(expected);
      }),
    );
  });

  it('is not one that was found valid, or is as it was again', () => {
    expect(counted([[7_200, 5, Quality.raw]], [[7_200, 5, Quality.valid]])).toBe(0);
    expect(counted([[7_200, 5, Quality.estimated]], [[7_200, 5, Quality.valid]])).toBe(1);
  });

  it('is of a register the read nearest to where a bill begins and ends', () => {
    const bill = { source: 'registers', channels: [channel(0)], edgesS: [3_600, 36_000] } as const;
    const of = (known: readonly Row[], now: readonly Row[]) => changedReadings(bill, rows(known), rows(now));
    const known: Row[] = [3_600, 20_000, 30_000, 50_000].map((end) => [end, end, Quality.valid]);
    const came: Row = [36_000, 36_000, Quality.valid];
    expect(of(known, known.toSpliced(1, 1))).toBe(0);
    expect(of(known, known.toSpliced(3, 0, came))).toBe(1);
    expect(of(known, known.slice(0, 3))).toBe(1);
    expect(of(known, [...known, [60_000, 60_000, Quality.raw]])).toBe(0);
  });
});
