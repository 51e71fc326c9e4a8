import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chance, Draw, hash, smoothNoise } from '../src/random.ts';

describe('hash', () => {
  it('is a function of its position and differs between neighbours', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), fc.integer(), fc.integer(), (seed, stream, a, b) => {
        expect(hash(seed, stream, a, b)).toBe(hash(seed, stream, a, b));
        const near = [
          hash(seed, stream, a + 1, b),
          hash(seed, stream, a, b + 1),
          hash(seed, stream + 1, a, b),
        ];
        expect(new Set([hash(seed, stream, a, b), ...near]).size).toBe(4);
      }),
      { numRuns: 300 },
    );
  });

  it('fills [0, 1) evenly along every axis', () => {
    const n = 20_000;
    for (const at of [
      (i: number) => chance(i, 1, 2, 3),
      (i: number) => chance(1, 2, i, 3),
      (i: number) => chance(1, 2, 3, i),
    ]) {
      const bins = new Array(10).fill(0);
      for (let i = 0; i < n; i++) bins[Math.floor(at(i) * 10)]++;
      for (const bin of bins) expect(Math.abs(bin - n / 10)).toBeLessThan(200);
    }
  });
});

describe('Draw', () => {
  it('starts again at a position and stays in its bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, a) => {
        const draw = new Draw();
        const first = Array.from({ length: 5 }, (_, i) => (i === 0 ? draw.at(seed, 1, a) : draw).next());
        const again = Array.from({ length: 5 }, (_, i) => (i === 0 ? draw.at(seed, 1, a) : draw).next());
        expect(first).toEqual(again);
        const bell = draw.around(10, 2);
        expect(bell).toBeGreaterThanOrEqual(4);
        expect(bell).toBeLessThanOrEqual(16);
        expect(draw.below(3)).toBeLessThan(3);
      }),
      { numRuns: 100 },
    );
  });
});

describe('smoothNoise', () => {
  it('has no jumps and stays within one', () => {
    for (let x = -5; x < 50; x += 0.01) {
      const here = smoothNoise(9, 1, x);
      expect(Math.abs(here)).toBeLessThanOrEqual(1);
      expect(Math.abs(smoothNoise(9, 1, x + 0.001) - here)).toBeLessThan(0.01);
    }
  });
});
