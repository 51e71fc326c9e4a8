import { Quality, Reason, zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  counterMove,
  daySpans,
  energySeries,
  gasWhPerLitre,
  heatWh,
  intervalsFromRegister,
  type MeterReads,
  registerSpans,
} from '../../src/index.ts';

const startS = 1_700_006_400;
const reads = (
  pairs: readonly (readonly [minutes: number, steps: number])[],
  over: Partial<MeterReads> = {},
): MeterReads => ({
  atS: pairs.map(([minutes]) => startS + minutes * 60),
  steps: pairs.map(([, steps]) => steps),
  resolution: 1_000,
  ...over,
});

/** Reads of a counter that only goes forward, at any times. */
const anyReads = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 1_000_000 })), {
    minLength: 2,
    maxLength: 40,
  })
  .map((steps) => {
    let [minutes, total] = [0, 0];
    return steps.map(([wait, moved]) => {
      minutes += wait;
      total += moved;
      return [minutes, total] as const;
    });
  });

describe('counterMove', () => {
  it.each([
    ['forward', 100, 140, 3_600, { digits: 5 }, { kind: 'forward', steps: 40 }],
    ['a rollover at 99 999', 99_998, 3, 3_600, { digits: 5 }, { kind: 'rollover', steps: 5 }],
    ['onto zero', 99_999, 0, 3_600, { digits: 5 }, { kind: 'rollover', steps: 1 }],
    ['a new meter', 36_412, 2, 3_600, { digits: 5 }, { kind: 'broken', steps: undefined }],
    ['unknown digits', 99_998, 3, 3_600, {}, { kind: 'broken', steps: undefined }],
    ['more than it can carry', 99_000, 900, 3_600, { digits: 5, stepsPerHour: 1_000 }, { kind: 'broken' }],
    ['as much as it can carry', 99_500, 500, 3_600, { digits: 5, stepsPerHour: 1_000 }, { steps: 1_000 }],
    ['more than its digits', 100_000, 3, 3_600, { digits: 5 }, { kind: 'broken' }],
  ] as const)('%s', (_, before, after, seconds, facts, expected) => {
    expect(counterMove(before, after, seconds, facts)).toMatchObject(expected);
  });

  it('never comes out negative', () => {
    const steps = fc.integer({ min: 0, max: 1e6 });
    const digits = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined });
    fc.assert(
      fc.property(steps, steps, digits, (before, after, count) => {
        const move = counterMove(before, after, 3_600, count === undefined ? {} : { digits: count });
        expect(move.steps ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('registerSpans', () => {
  const exchange = (final: boolean, initial: boolean) =>
    registerSpans([
      reads(
        final
          ? [
              [0, 100],
              [60, 140],
              [90, 150],
            ]
          : [
              [0, 100],
              [60, 140],
            ],
        { untilS: startS + 5_400 },
      ),
      reads(
        initial
          ? [
              [90, 3],
              [120, 10],
            ]
          : [
              [120, 10],
              [150, 12],
            ],
        { fromS: startS + 5_400 },
      ),
    ]);

  it('joins meters by final and initial reading, in the middle of a day', () => {
    const { track, breaks } = exchange(true, true);
    expect([...track.total]).toEqual([0, 40, 50, 57]);
    expect([...track.piece]).toEqual([0, 0, 0, 0]);
    expect(breaks).toEqual([]);
  });

  it.each([
    [false, true],
    [true, false],
    [false, false],
  ])('says nothing across an exchange without both (final %s, initial %s)', (final, initial) => {
    const { track, breaks } = exchange(final, initial);
    expect(breaks).toHaveLength(1);
    expect(breaks[0]!.kind).toBe('exchange');
    expect(new Set(track.piece)).toEqual(new Set([0, 1]));
  });

  it('breaks where no meter was there, and at a reset; knows a rollover', () => {
    const gap = registerSpans([
      reads(
        [
          [0, 1],
          [60, 5],
        ],
        { untilS: startS + 3_600 },
      ),
      reads(
        [
          [120, 0],
          [180, 4],
        ],
        { fromS: startS + 7_200 },
      ),
    ]);
    expect(gap.breaks).toEqual([{ read: 2, kind: 'no-meter' }]);
    const reset = registerSpans([
      reads(
        [
          [0, 500],
          [60, 520],
          [120, 1],
          [180, 8],
        ],
        { digits: 5 },
      ),
    ]);
    expect(reset.breaks).toEqual([{ read: 2, kind: 'broken' }]);
    expect([...reset.track.total]).toEqual([0, 20, 20, 27]);
    const over = registerSpans([
      reads(
        [
          [0, 99_990],
          [60, 99_999],
          [120, 1],
        ],
        { digits: 5 },
      ),
    ]);
    expect(over).toMatchObject({ breaks: [], rollovers: [2] });
    expect([...over.track.total]).toEqual([0, 9, 11]);
  });

  it('counts meters of different steps and multipliers in one step', () => {
    const { track } = registerSpans([
      reads(
        [
          [0, 0],
          [60, 3],
        ],
        { resolution: 10_000, untilS: startS + 3_600 },
      ),
      reads(
        [
          [60, 0],
          [120, 7],
        ],
        { resolution: 1_500, fromS: startS + 3_600 },
      ),
    ]);
    expect(track.resolution).toBe(500);
    expect([...track.total]).toEqual([0, 60, 81]);
  });
});

describe('intervalsFromRegister', () => {
  const grid = { startS, intervalS: 900, slots: 4_000 };

  it('adds up to the register to the last count, whatever the reads; nothing is negative', () => {
    fc.assert(
      fc.property(anyReads, (pairs) => {
        const { track } = registerSpans([reads(pairs)]);
        const whole = { ...grid, slots: Math.ceil(pairs.at(-1)![0] / 15) + 1 };
        const series = intervalsFromRegister(track, whole);
        expect(series.value.reduce((sum, x) => sum + x, 0)).toBe(pairs.at(-1)![1] - pairs[0]![1]);
        expect(Math.min(...series.value)).toBeGreaterThanOrEqual(0);
        // Every reading that lies on a slot end cuts the sum exactly there.
        for (const [minutes, total] of pairs) {
          if (minutes % 15 !== 0) continue;
          const sum = series.value.subarray(0, minutes / 15).reduce((a, b) => a + b, 0);
          expect(sum).toBe(total - pairs[0]![1]);
        }
      }),
    );
  });

  it('leaves out what went through at breaks, and nothing else', () => {
    const steps = fc.array(fc.integer({ min: -50, max: 200 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(steps, (moves) => {
        let level = 1_000;
        const pairs = moves.map((move, i) => {
          level = Math.max(0, level + move);
          return [i * 20, level] as const;
        });
        const { track } = registerSpans([reads(pairs)]);
        const series = intervalsFromRegister(track, grid);
        const forward = pairs.slice(1).reduce((sum, [, to], i) => sum + Math.max(0, to - pairs[i]![1]), 0);
        expect(series.value.reduce((sum, x) => sum + x, 0)).toBe(forward);
        expect(Math.min(...series.value)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('spreads what was counted over a gap, and says so', () => {
    const { track } = registerSpans([
      reads([
        [0, 0],
        [15, 4],
        [300, 4 + 19 * 7],
      ]),
    ]);
    const { value, quality, flags } = intervalsFromRegister(track, { ...grid, slots: 21 });
    expect([...value]).toEqual([4, ...Array(19).fill(7), 0]);
    expect([quality[0], quality[1], quality[20]]).toEqual([Quality.derived, Quality.estimated, 0]);
    expect(flags[1]).toBe((Reason.flat | Reason.registerScaled) >>> 0);
  });

  it('marks what is covered in part, and takes two reads of one instant', () => {
    const { track } = registerSpans([
      reads([
        [5, 0],
        [20, 30],
        [20, 33],
        [30, 43],
      ]),
    ]);
    const { value, flags } = intervalsFromRegister(track, { ...grid, slots: 2 });
    expect([...value]).toEqual([20, 23]);
    expect([flags[0]! & Reason.partial, flags[1]]).toEqual([Reason.partial, 0]);
  });

  it('is cut at local midnight', () => {
    const zone = zoneTable('Europe/Berlin');
    const midnight = zone.dayStart(20_000);
    const { track } = registerSpans([
      { atS: [midnight - 3_600, midnight + 3_600], steps: [0, 100], resolution: 1_000 },
    ]);
    const day = { startS: zone.dayStart(19_999), intervalS: 3_600, slots: 24 };
    expect(intervalsFromRegister(track, day).value[23]).toBe(50);
  });
});

describe('daySpans', () => {
  it('reaches back to the last reading before the day and does not cross a break', () => {
    const { track } = registerSpans([
      reads(
        [
          [-30, 10],
          [60, 20],
          [1_430, 90],
          [1_440, 100],
          [1_500, 110],
        ],
        { resolution: 10_000 },
      ),
    ]);
    expect(daySpans(track, { resolution: 1_000 }, startS, startS + 86_400)).toEqual([
      { fromS: startS - 1_800, toS: startS + 86_400, advance: 900, step: 10 },
    ]);
    const { track: broken } = registerSpans([
      reads([
        [-30, 10],
        [60, 20],
        [600, 3],
        [1_440, 30],
      ]),
    ]);
    expect(daySpans(broken, { resolution: 1_000 }, startS, startS + 86_400)).toEqual([
      { fromS: startS - 1_800, toS: startS + 3_600, advance: 10, step: 1 },
      { fromS: startS + 36_000, toS: startS + 86_400, advance: 27, step: 1 },
    ]);
    expect(daySpans(broken, { resolution: 1_000 }, startS + 86_400, startS + 172_800)).toEqual([]);
  });
});

describe('energy', () => {
  it('makes 1 122.06 kWh of 100 m³ at 39.5 MJ/m³', () => {
    const factor = gasWhPerLitre('1.02264', '39.5');
    const volume = {
      ...{ startS, intervalS: 3_600, value: Float64Array.from({ length: 24 }, () => 100_000 / 24) },
      ...{ quality: new Uint8Array(24).fill(Quality.valid), flags: new Uint32Array(24) },
    };
    volume.value.fill(4_166, 0, 24);
    volume.value[23] = 100_000 - 23 * 4_166;
    const scale = { volumeResolution: 1_000, energyResolution: 1_000, whPerLitre: () => factor };
    const energy = energySeries(volume, scale);
    expect(energy.value.reduce((sum, x) => sum + x, 0)).toBe(1_122_063);
    const open = energySeries(volume, { ...scale, whPerLitre: (slot) => (slot < 6 ? undefined : factor) });
    expect([open.quality[5], open.quality[6]]).toEqual([0, Quality.valid]);
  });

  it('is off by no more than half a count a day, and as good as the volume', () => {
    const litres = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(litres, fc.integer({ min: 30_000, max: 45_000 }), (list, mj) => {
        const factor = gasWhPerLitre('1', (mj / 1_000).toFixed(3));
        const volume = {
          ...{ startS, intervalS: 3_600, value: Float64Array.from(list) },
          quality: new Uint8Array(list.length).fill(Quality.estimated),
          flags: new Uint32Array(list.length).fill(Reason.likeDay),
        };
        const scale = { volumeResolution: 1_000, energyResolution: 1_000, whPerLitre: () => factor };
        const energy = energySeries(volume, scale);
        const exact = (list.reduce((sum, x) => sum + x, 0) * mj) / 3_600;
        expect(Math.abs(energy.value.reduce((sum, x) => sum + x, 0) - exact)).toBeLessThanOrEqual(0.51);
        expect([energy.quality[0], energy.flags[0]]).toEqual([Quality.estimated, Reason.likeDay]);
        expect(Math.min(...energy.value)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('knows heat', () => {
    expect(heatWh(1_000, 70, 40)).toBeCloseTo(34_890, 6);
  });
});
