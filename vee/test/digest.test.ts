import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT, DayDigest, emptySeries, hasValue } from '../src/index.ts';

const slot = fc.record({
  value: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -5, max: 1_000 })),
  quality: fc.constantFrom(ABSENT, Quality.raw, Quality.raw, Quality.raw, Quality.estimated, Quality.missing),
  flags: fc.constantFrom(0, 0, 2 ** 5, 2 ** 31),
});

describe('a digest', () => {
  it('is what sorting and counting find', () => {
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 100 }), fc.nat(20), (slots, before) => {
        const series = emptySeries(0, 900, before + slots.length);
        series.quality.fill(Quality.raw, 0, before);
        series.value.fill(77, 0, before);
        slots.forEach(({ value, quality, flags }, i) => {
          series.value[before + i] = hasValue(quality) ? value : 0;
          series.quality[before + i] = quality;
          series.flags[before + i] = flags;
        });
        const digest = new DayDigest();
        digest.take(series, before, before + slots.length);
        const held = slots.filter(({ quality }) => hasValue(quality)).map(({ value }) => value);
        const sorted = [...held].sort((a, b) => b - a);
        expect(digest.present).toBe(held.length);
        expect(digest.absent).toBe(slots.length - held.length);
        expect(digest.sum).toBe(held.reduce((a, b) => a + b, 0));
        expect(digest.maximum).toBe(sorted[0] ?? 0);
        expect(digest.minimum).toBe(sorted.at(-1) ?? 0);
        if (held.length > 0) expect(series.value[digest.highestSlot]).toBe(sorted[0]);
        if (held.length > 2) expect([digest.second, digest.third]).toEqual(sorted.slice(1, 3));
        expect(digest.zeros).toBe(held.filter((value) => value === 0).length);
        expect(digest.negatives).toBe(held.filter((value) => value < 0).length);
        expect(digest.anyFlags).toBe(slots.reduce((all, { flags }) => (all | flags) >>> 0, 0));
        expect([digest.zeroLength, digest.equalLength]).toEqual(longestRuns(slots));
      }),
    );
  });

  it('adds up hours of a day of 24 hours, and says so of no other', () => {
    const digest = new DayDigest();
    for (const [slots, hourly] of [
      [96, true],
      [92, false],
      [100, false],
    ] as const) {
      const series = emptySeries(0, 900, slots);
      series.quality.fill(Quality.raw);
      series.value.forEach((_, i) => {
        series.value[i] = i;
      });
      digest.take(series, 0, slots);
      expect(digest.hourly).toBe(hourly);
      if (hourly) expect(digest.hours[2]).toBe(8 + 9 + 10 + 11);
    }
  });
});

/** Longest run of zeros and of equal other values, the plain way. */
function longestRuns(slots: readonly { value: number; quality: number }[]): [number, number] {
  let zeros = 0;
  let others = 0;
  for (let i = 0; i < slots.length; i++) {
    let n = 0;
    while (i + n < slots.length && hasValue(slots[i + n]!.quality) && slots[i + n]!.value === slots[i]!.value)
      n++;
    if (slots[i]!.value === 0) zeros = Math.max(zeros, n);
    else others = Math.max(others, n);
  }
  return [zeros, others];
}
