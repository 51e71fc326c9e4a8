import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSpans } from '../../src/postgres/merge-spans.ts';
import type { SeriesSpan } from '../../src/postgres/price-store.ts';

const list = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.integer({ min: 0, max: 2 })), {
    maxLength: 10,
  })
  .map((parts) => {
    const spans: SeriesSpan[] = [];
    let reached = 0;
    for (const [long, known, value] of parts) {
      if (known) spans.push({ fromS: reached, toS: reached + long, value: String(value) });
      reached += long;
    }
    return spans;
  });

const at = (spans: readonly SeriesSpan[], s: number) =>
  spans.find(({ fromS, toS }) => fromS <= s && s < toS)?.value;

describe('spans that come to others', () => {
  it('hold where they are given, the others elsewhere, and none lies over another', () => {
    fc.assert(
      fc.property(list, list, (held, given) => {
        const { replaced, added, partly } = mergeSpans(held, given);
        const covered = ({ fromS, toS }: SeriesSpan) =>
          Array.from({ length: toS - fromS }, (_, i) => at(given, fromS + i) !== undefined);
        const cut = held.find((one) => covered(one).includes(true) && covered(one).includes(false));
        expect(partly).toEqual(cut);
        if (cut !== undefined) return;
        const now = [...held.filter(({ fromS }) => !replaced.includes(fromS)), ...added].sort(
          (a, b) => a.fromS - b.fromS,
        );
        for (let s = 0; s < 45; s++) expect(at(now, s)).toBe(at(given, s) ?? at(held, s));
        for (const [i, one] of now.entries()) expect(one.fromS).toBeGreaterThanOrEqual(now[i - 1]?.toS ?? 0);
        // a repeat changes nothing
        expect(mergeSpans(now, given)).toMatchObject({ replaced: [], added: [] });
      }),
    );
  });
});
