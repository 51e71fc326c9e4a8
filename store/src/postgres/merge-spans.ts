/** What an upload of spans changes: both lists are in order of time, and none of a list lies over another. */
import type { SeriesSpan } from './price-store.ts';

export interface SpanChanges {
  /** Starts of held spans that no longer hold. */
  readonly replaced: readonly number[];
  readonly added: readonly SeriesSpan[];
  /** The first held span that is covered in part only: the upload must not be taken. */
  readonly partly: SeriesSpan | undefined;
}

/** What is given in the same way as it is held stays as it is. Values are decimal text in shortest form. */
export function mergeSpans(held: readonly SeriesSpan[], given: readonly SeriesSpan[]): SpanChanges {
  const same = new Set<SeriesSpan>();
  const replaced: number[] = [];
  let g = 0;
  for (const old of held) {
    while (g < given.length && given[g]!.toS <= old.fromS) g++;
    let covered = 0;
    let at = g;
    for (; at < given.length && given[at]!.fromS < old.toS; at++) {
      const now = given[at]!;
      covered += Math.min(now.toS, old.toS) - Math.max(now.fromS, old.fromS);
    }
    if (covered === 0) continue;
    if (covered < old.toS - old.fromS) return { replaced, added: [], partly: old };
    const first = given[g]!;
    if (first.fromS === old.fromS && first.toS === old.toS && first.value === old.value) same.add(first);
    else replaced.push(old.fromS);
  }
  return { replaced, added: given.filter((one) => !same.has(one)), partly: undefined };
}
