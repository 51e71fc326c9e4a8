/** How many readings of a bill are others now than those it was made of. Pure. */
import { DAY_S, Quality } from '@openami/model';
import type { StoredChannel } from './content.ts';
import { type ChannelRows, isMade, isRead, type ReadingRows } from './usage.ts';

/** What of a bill says which readings it was made of. */
export interface ReadingsOfBill {
  readonly source: 'intervals' | 'registers';
  /** Those it used, with the time each was used for. */
  readonly channels: readonly StoredChannel[];
  /** Where its parts begin and end, ascending; UTC seconds. */
  readonly edgesS: readonly number[];
}

/**
 * Readings with another value, those that are there now and were not, or the other way round, and estimates
 * that are measured now. To be found valid changes nothing.
 */
export function changedReadings(bill: ReadingsOfBill, known: ReadingRows, now: ReadingRows): number {
  let changed = 0;
  for (const channel of bill.channels) {
    const [was, is] = [known, now].map((rows) => usedOf(bill, channel, rows(channel.id)));
    const others = [...is!].filter(([endS, what]) => was!.get(endS) !== what).length;
    const gone = [...was!.keys()].filter((endS) => !is!.has(endS)).length;
    // a read of a register that came between two others takes their place
    changed += bill.source === 'intervals' ? others + gone : others || gone;
  }
  return changed;
}

/** By end, in words that are equal where the bill would be: thousandths of the base unit, and how known. */
function usedOf(bill: ReadingsOfBill, channel: StoredChannel, rows: ChannelRows): Map<number, string> {
  const { from, to, readings } = rows;
  const { end, value, resolution, quality } = readings;
  const intervals = bill.source === 'intervals';
  const used = new Map<number, string>();
  for (let row = from; row < to; row++) {
    const there = intervals ? isUsed(end[row]!, bill.edgesS, channel) : true;
    // an explicit absence, or what says nothing of where a register stood
    if (!there || !(intervals ? quality[row] !== Quality.missing : isRead(quality[row]!))) continue;
    used.set(end[row]!, `${value[row]! * resolution[row]!}${isMade(quality[row]!) ? ' made' : ''}`);
  }
  return intervals ? used : around(used, bill.edgesS);
}

/** An interval is of the time that holds its start; that of a day of which it holds the middle. */
function isUsed(endS: number, edgesS: readonly number[], { intervalS, fromS, toS }: StoredChannel): boolean {
  const startS = endS - intervalS;
  if (endS <= fromS || startS >= toS) return false;
  const atS = intervalS === DAY_S ? endS - DAY_S / 2 : startS;
  return atS >= edgesS[0]! && atS < edgesS.at(-1)!;
}

/** Of each edge the reads before and after it, or the one at it. */
function around(reads: ReadonlyMap<number, string>, edgesS: readonly number[]): Map<number, string> {
  const ends = [...reads.keys()];
  const used = edgesS.flatMap((atS) => [
    ends.findLast((endS) => endS <= atS),
    ends.find((endS) => endS >= atS),
  ]);
  return new Map(used.flatMap((endS) => (endS === undefined ? [] : [[endS, reads.get(endS)!]])));
}
