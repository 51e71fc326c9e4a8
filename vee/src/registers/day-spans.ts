/** What the register moved around a local day, in the words of the rules. */
import type { RegisterSpan } from '../context.ts';
import type { ChannelFacts } from '../facts.ts';
import { type RegisterTrack, readAtOrBefore } from './track.ts';

/**
 * Spans that end in (fromS, toS], between readings as far apart as they need be: from the last reading at or
 * before `fromS` (the first of the track where there is none) to the last reading at or before `toS`.
 * Across a break there is none, but its two sides are.
 */
export function daySpans(
  track: RegisterTrack,
  facts: Pick<ChannelFacts, 'resolution'>,
  fromS: number,
  toS: number,
): RegisterSpan[] {
  const last = readAtOrBefore(track, toS);
  if (last < 1 || track.atS[last]! <= fromS) return [];
  const scale = track.resolution / facts.resolution;
  const spans: RegisterSpan[] = [];
  let first = Math.max(0, readAtOrBefore(track, fromS));
  for (let read = first + 1; read <= last; read++) {
    const ends = read === last || track.piece[read + 1] !== track.piece[read];
    if (track.piece[read] !== track.piece[first]) first = read;
    if (!ends || read === first || track.atS[read]! <= fromS) continue;
    const advance = (track.total[read]! - track.total[first]!) * scale;
    spans.push({ fromS: track.atS[first]!, toS: track.atS[read]!, advance, step: scale });
  }
  return spans;
}
