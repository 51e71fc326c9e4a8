import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceByDay } from '../../src/lib/register-days.ts';
import { dayText } from '../../src/lib/zone.ts';

const zone = 'Europe/Berlin';

function register(rows: readonly (readonly [at: string | number, value: number, quality?: number])[]) {
  return {
    end: Float64Array.from(rows, ([at]) => (typeof at === 'string' ? Date.parse(at) / 1000 : at)),
    value: Float64Array.from(rows, ([, value]) => value),
    quality: Uint8Array.from(rows, ([, , quality = Quality.raw]) => quality),
  };
}
const shown = (rows: Parameters<typeof register>[0]) =>
  advanceByDay(register(rows), zone).map(({ day, advance, spread }) => [dayText(day), advance, spread]);

describe('advance of a register by local day', () => {
  it('is the difference of readings at midnight, on days of 24, 23 and 25 hours', () => {
    expect(
      shown([
        ['2026-03-27T23:00:00Z', 100],
        ['2026-03-28T23:00:00Z', 124],
        ['2026-03-29T22:00:00Z', 147],
        ['2026-03-30T22:00:00Z', 150],
      ]),
    ).toEqual([
      ['2026-03-28', 24, false],
      ['2026-03-29', 23, false],
      ['2026-03-30', 3, false],
    ]);
    expect(
      shown([
        ['2026-10-24T22:00:00Z', 0],
        ['2026-10-25T23:00:00Z', 25],
      ]),
    ).toEqual([['2026-10-25', 25, false]]);
  });

  it('is spread evenly, and said to be, where no reading tells the days apart', () => {
    expect(
      shown([
        ['2026-05-01T10:00:00Z', 10],
        ['2026-05-03T10:00:00Z', 58],
      ]),
    ).toEqual([
      ['2026-05-01', 12, true],
      ['2026-05-02', 24, true],
      ['2026-05-03', 12, true],
    ]);
  });

  it('leaves out what is missing and what went back', () => {
    expect(
      shown([
        ['2026-05-01T00:00:00Z', 99_990],
        ['2026-05-01T06:00:00Z', 0, Quality.missing],
        ['2026-05-01T12:00:00Z', 99_998],
        ['2026-05-01T18:00:00Z', 3],
        ['2026-05-01T20:00:00Z', 5],
      ]),
    ).toEqual([['2026-05-01', 10, false]]);
    expect(shown([])).toEqual([]);
    expect(shown([['2026-05-01T00:00:00Z', 5]])).toEqual([]);
  });

  it('adds up to what the register moved, whenever it was read', () => {
    const step = fc.record({
      gapS: fc.integer({ min: 1, max: 4 * 86_400 }),
      moved: fc.integer({ min: 0, max: 10_000 }),
    });
    const start = fc.integer({ min: 1_767_000_000, max: 1_798_000_000 });
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 30 }), (startS, steps) => {
        let [at, value] = [startS, 1_000];
        const rows: [number, number][] = [[at, value]];
        for (const { gapS, moved } of steps) {
          at += gapS;
          value += moved;
          rows.push([at, value]);
        }
        const days = advanceByDay(register(rows), zone);
        expect(days.reduce((sum, one) => sum + one.advance, 0)).toBeCloseTo(value - 1_000, 5);
        expect(days.map(({ day }) => day)).toEqual(
          [...new Set(days.map(({ day }) => day))].sort((a, b) => a - b),
        );
        expect(days.every(({ advance }) => advance >= 0)).toBe(true);
      }),
    );
  });
});
