import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decimate,
  extent,
  findGaps,
  joinProfiles,
  means,
  type Profile,
  visibleRange,
} from '../../src/lib/decimate.ts';

const intervalS = 900;
const startS = 1_774_000_800;

/** A profile with the given slots present; value = fn(slot). */
function profileOf(
  slots: readonly number[],
  value: (slot: number) => number,
  quality: number = Quality.valid,
): Profile {
  return {
    end: Float64Array.from(slots, (s) => startS + (s + 1) * intervalS),
    value: Float64Array.from(slots, value),
    quality: new Uint8Array(slots.length).fill(quality),
    intervalS,
  };
}

const slotsArb = fc
  .uniqueArray(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 800 })
  .map((a) => a.sort((x, y) => x - y));

describe('decimate', () => {
  it('keeps the extremes, the sum and the count of what is in the window', () => {
    fc.assert(
      fc.property(
        slotsArb,
        fc.integer({ min: 1, max: 500 }),
        fc.infiniteStream(fc.integer({ min: -1e6, max: 1e6 })),
        (slots, width, values) => {
          const stream = values[Symbol.iterator]();
          const profile = profileOf(slots, () => stream.next().value as number);
          const toS = startS + 3001 * intervalS;
          const columns = decimate(profile, startS, toS, width);
          const found = extent(profile, startS, toS);
          expect(Math.min(...columns.min)).toBe(found.min);
          expect(Math.max(...columns.max)).toBe(found.max);
          expect(columns.count.reduce((a, n) => a + n, 0)).toBe(slots.length);
          expect(columns.sum.reduce((a, n) => a + n, 0)).toBe(found.sum);
          expect(profile.value[found.peak]).toBe(found.max);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves a column empty exactly where no interval has its middle', () => {
    const profile = profileOf([0, 1, 6, 7], (s) => s);
    const columns = decimate(profile, startS, startS + 8 * intervalS, 8);
    expect([...columns.count]).toEqual([1, 1, 0, 0, 0, 0, 1, 1]);
  });

  it('shows the quality that most wants attention, and no value for what is missing', () => {
    const profile = profileOf([0, 1, 2, 3], (s) => s + 1);
    profile.quality.set([Quality.valid, Quality.estimated, Quality.questionable, Quality.missing]);
    const columns = decimate(profile, startS, startS + 4 * intervalS, 1);
    expect(columns.worst[0]).toBe(Quality.questionable);
    expect(columns.count[0]).toBe(3);
    expect(columns.max[0]).toBe(3);
  });

  it('counts an interval that an edge cuts', () => {
    const profile = profileOf([0, 1, 2], (s) => s);
    const fromS = startS + intervalS / 3;
    expect(visibleRange(profile, fromS, fromS + intervalS)).toEqual([0, 2]);
    expect(visibleRange(profile, startS + intervalS, startS + 2 * intervalS)).toEqual([1, 2]);
  });
});

describe('findGaps', () => {
  it('gaps and readings together cover the whole time, without overlap', () => {
    fc.assert(
      fc.property(slotsArb, (slots) => {
        const gaps = findGaps(profileOf(slots, () => 1));
        const covered = slots.length * intervalS + gaps.reduce((a, g) => a + g.to - g.from, 0);
        expect(covered).toBe((slots[slots.length - 1]! - slots[0]! + 1) * intervalS);
        for (const gap of gaps) {
          expect(gap.to).toBeGreaterThan(gap.from);
          const inside = slots.filter((s) => {
            const end = startS + (s + 1) * intervalS;
            return end > gap.from && end - intervalS < gap.to;
          });
          expect(inside).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('finds one missing quarter of an hour in three years', () => {
    const slots = Array.from({ length: 105_120 }, (_, i) => i).filter((i) => i !== 50_000);
    expect(findGaps(profileOf(slots, () => 1))).toEqual([
      { from: startS + 50_000 * intervalS, to: startS + 50_001 * intervalS },
    ]);
  });

  it('joins explicit nulls with the absence beside them', () => {
    const profile = profileOf([0, 1, 4], () => 1);
    profile.quality[1] = Quality.missing;
    expect(findGaps(profile)).toEqual([{ from: startS + intervalS, to: startS + 4 * intervalS }]);
  });
});

describe('joinProfiles', () => {
  it('is the profile again, wherever it was cut and however the parts overlap', () => {
    fc.assert(
      fc.property(slotsArb, fc.nat(), fc.nat({ max: 5 }), (slots, at, overlap) => {
        const whole = profileOf(slots, (s) => s * 3);
        const cut = at % slots.length;
        const left = profileOf(slots.slice(0, cut), (s) => s * 3);
        const right = profileOf(slots.slice(Math.max(0, cut - Math.min(1, overlap))), (s) => s * 3);
        const joined = joinProfiles([left, right], intervalS);
        expect([...joined.end]).toEqual([...whole.end]);
        expect([...joined.value]).toEqual([...whole.value]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('means', () => {
  it('of whole days are the means of their readings, in order, and miss none', () => {
    fc.assert(
      fc.property(slotsArb, fc.integer({ min: 1, max: 4 }), (slots, days) => {
        const profile = profileOf(slots, (s) => s % 97);
        const stepS = days * 86_400;
        const found = means(profile, startS, startS + 3001 * intervalS, stepS);
        const expected = new Map<number, number[]>();
        for (const slot of slots) {
          const step = Math.floor((startS + (slot + 0.5) * intervalS) / stepS);
          expected.set(step, [...(expected.get(step) ?? []), slot % 97]);
        }
        expect(found.map((f) => f.middle)).toEqual([...expected.keys()].map((step) => (step + 0.5) * stepS));
        for (const [i, values] of [...expected.values()].entries()) {
          expect(found[i]!.mean).toBe(values.reduce((a, v) => a + v, 0) / values.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leave out what is missing', () => {
    const profile = profileOf([0, 1, 2], () => 5, Quality.missing);
    expect(means(profile, startS, startS + 3 * intervalS, 86_400)).toEqual([]);
  });
});
