import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorld, dlmsMetersOf, Metering, WorldMeasurements } from '../../src/index.ts';

/** With the day of 23 hours, 29 March, in it. */
const world = buildWorld({ seed: 3, usagePoints: 60, historyDays: 4, start: '2026-03-27' });
const startS = world.days.start(world.firstDay);
const endS = world.days.start(world.endDay);
const meters = dlmsMetersOf(world);
const columns = ['1.0.1.29.0.255', '1.0.1.8.0.255'];
const anyMeter = fc.constantFrom(...meters);
const anySlot = fc.integer({ min: 1, max: (endS - startS) / 900 });

describe('measurements of the world', () => {
  it('give the books of the world, day after day', () => {
    const measurements = new WorldMeasurements(world);
    const metering = new Metering(world);
    while (metering.day < world.endDay) {
      const book = metering.nextDay();
      const { startS: dayStartS, endS: dayEndS } = book.town;
      for (const meter of meters) {
        const index = meter.channels[0]!;
        const counts = [
          ...book.counts.subarray(book.first[index]!, book.first[index]! + book.length[index]!),
        ];
        const request = { meter: meter.index, columns, periodS: 900, fromS: dayStartS, toS: dayEndS };
        const rows = measurements.series(request)!;
        const read = Array.from({ length: rows.count() }, (_, row) => rows.value(row, 0));
        expect(read).toEqual(counts.filter((value) => !Number.isNaN(value)));
      }
    }
  });

  it('have registers that rise by the intervals between two moments, in whatever order they are asked', () => {
    fc.assert(
      fc.property(anyMeter, anySlot, anySlot, fc.integer({ min: 1, max: 4 }), (meter, a, b, days) => {
        const measurements = new WorldMeasurements(world, { days });
        const [fromS, toS] = [startS + Math.min(a, b) * 900, startS + Math.max(a, b) * 900];
        const before = measurements.value(meter.index, '1.0.1.8.0.255', toS)!;
        const request = { meter: meter.index, columns, periodS: 900, fromS, toS };
        const rows = measurements.series(request)!;
        let sum = 0;
        for (let row = 0; row < rows.count(); row++) sum += rows.value(row, 0) || 0;
        expect(before - measurements.value(meter.index, '1.0.1.8.0.255', fromS)!).toBe(sum);
      }),
      { numRuns: 60 },
    );
  });

  it('have hours that are the sum of their quarters, and rows in rising order of time', () => {
    fc.assert(
      fc.property(anyMeter, anySlot, (meter, slot) => {
        const measurements = new WorldMeasurements(world);
        const toS = startS + slot * 900;
        const request = { meter: meter.index, columns, fromS: startS, toS };
        const hours = measurements.series({ ...request, periodS: 3600 })!;
        const quarters = measurements.series({ ...request, periodS: 900 })!;
        let at = 0;
        for (let row = 0; row < hours.count(); row++) {
          let sum = 0;
          for (; at < quarters.count() && quarters.timeS(at) <= hours.timeS(row); at++)
            sum += quarters.value(at, 0) || 0;
          expect(hours.value(row, 0)).toBe(sum);
          if (row > 0) expect(hours.timeS(row)).toBe(hours.timeS(row - 1) + 3600);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('have a row for each local midnight, and none before the history or beyond what is asked', () => {
    const measurements = new WorldMeasurements(world);
    const request = { meter: meters[0]!.index, columns: ['1.0.1.8.0.255'], periodS: 86_400 };
    const rows = measurements.series({ ...request, fromS: 0, toS: endS })!;
    const times = Array.from({ length: rows.count() }, (_, row) => rows.timeS(row));
    expect(times).toEqual([1, 2, 3, 4].map((day) => world.days.start(world.firstDay + day)));
    expect(measurements.series({ ...request, fromS: 0, toS: endS - 1 })!.count()).toBe(3);
    expect(measurements.series({ ...request, periodS: 1_000, fromS: 0, toS: endS })).toBeUndefined();
  });
});
