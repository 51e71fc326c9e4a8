/** What counters showed at both ends of a bill, out of stored reads. */
import { perUnitOf, sameBase, type Window } from '@openami/billing';
import { type Commodity, DAY_S } from '@openami/model';
import type { BilledChannel } from '@openami/store';
import { kindOf } from '../../vee/channel-facts.ts';
import { registerTariff } from '../../vee/day-windows.ts';
import { isRead, type ReadingRows, registerReachS } from '../usage.ts';
import type { RegisterRead, RegisterReads } from './facts.ts';

/** Of a bill made of intervals a read tells something only near its ends. */
export function reachOf(source: 'intervals' | 'registers'): number {
  return source === 'registers' ? registerReachS : DAY_S;
}

/** Counters of energy or volume: those of tariffs too, since a meter shows them. */
export function shownRegisters(
  registers: readonly BilledChannel[],
  commodity: Commodity,
  unit: string,
): BilledChannel[] {
  const kinds: ReadonlySet<string | undefined> = new Set(['delivered', 'received', 'net']);
  return registers.filter((one) => sameBase(one.unit, unit) && kinds.has(kindOf({ ...one, commodity })));
}

/** Counters with a read near each end; the others are left out. Commodity and unit are those of the bill. */
export function registerReads(
  registers: readonly BilledChannel[],
  window: Window,
  { commodity, unit }: { readonly commodity: Commodity; readonly unit: string },
  reachS: number,
  rows: ReadingRows,
): RegisterReads[] {
  return registers.flatMap((channel) => {
    const fromS = Math.max(window.fromS, channel.fromS);
    const toS = Math.min(window.toS, channel.untilS ?? window.toS);
    const reads = readsOf(channel, rows);
    const [first, last] = [nearest(reads, fromS, reachS), nearest(reads, toS, reachS)];
    if (first === undefined || last === undefined || last.atS <= first.atS) return [];
    const moved = last.shown - first.shown;
    const rollover = channel.digits === null ? 0 : 10 ** channel.digits * perUnitOf(channel.unit);
    if (moved < 0 && rollover === 0) return [];
    const { serial, obis, multiplier } = channel;
    const used = moved < 0 ? moved + rollover : moved;
    const isFedIn = kindOf({ ...channel, commodity }) === 'received';
    const what = { code: obis.replace(/\*255$/, ''), isFedIn, tariff: registerTariff(channel) };
    return { serial, ...what, unit, multiplier: trimmed(multiplier), first, last, used };
  });
}

/** `1.000` of the database is 1. */
function trimmed(multiplier: string): string {
  return multiplier.includes('.') ? multiplier.replace(/\.?0+$/, '') : multiplier;
}

function readsOf(channel: BilledChannel, rows: ReadingRows): RegisterRead[] {
  const { readings, from, to } = rows(channel.channelId);
  const reads: RegisterRead[] = [];
  for (let row = from; row < to; row++) {
    if (!isRead(readings.quality[row]!)) continue;
    const atS = readings.end[row]!;
    if (atS < channel.fromS || (channel.untilS !== null && atS > channel.untilS)) continue;
    reads.push({ atS, shown: readings.value[row]! * readings.resolution[row]! });
  }
  return reads;
}

/** The last read at or before an instant within reach, else the first after it. */
function nearest(reads: readonly RegisterRead[], atS: number, reachS: number): RegisterRead | undefined {
  return (
    reads.findLast((read) => read.atS <= atS && read.atS >= atS - reachS) ??
    reads.find((read) => read.atS > atS && read.atS <= atS + reachS)
  );
}
