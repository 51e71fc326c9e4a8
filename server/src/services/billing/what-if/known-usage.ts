/** What is known of an agreement's use around a cycle, and what of it is forecast. */
import {
  dayKinds,
  holidaySet,
  type MeasuredUsage,
  projectUsage,
  type Spread,
  usualSpread,
  type Window,
} from '@openami/billing';
import { type AccessContext, DAY_S, Quality, zoneTable } from '@openami/model';
import type { BilledAgreement } from '@openami/store';
import {
  type BilledChannels,
  billedChannels,
  type ClippedChannel,
  channelsRead,
  extraNeeds,
} from '../billed-channels.ts';
import { readingsAsOf } from '../billed-readings.ts';
import { stretchesOf, type TariffPiece } from '../rate-agreement.ts';
import { intervalUsage, isRead, type ReadingRows, registerReachS, registerUsage } from '../usage.ts';
import type { WhatIfParts } from './facts.ts';

/** A year, and the weeks before it that say what the year changed. */
const HISTORY_DAYS = 400;
const MEAN_DAYS = 28;

export interface KnownUsage {
  /** Nothing is known from here on; undefined where nothing of the cycle is. */
  readonly throughS: number | undefined;
  readonly lastReadingS: number | undefined;
  readonly toDate: MeasuredUsage;
  /** Undefined where there is too little past. */
  readonly projected: ProjectedCycle | undefined;
}

interface ProjectedCycle {
  readonly likely: MeasuredUsage;
  readonly low: MeasuredUsage;
  readonly high: MeasuredUsage;
  readonly spread: Spread;
  readonly yearFactor: number;
  readonly forecastShare: number;
  readonly method: 'like-days' | 'daily-mean';
}

export interface KnownQuery {
  readonly agreement: BilledAgreement;
  readonly pieces: readonly TariffPiece[];
  readonly window: Window;
  readonly nowS: number;
  readonly revision: number;
  readonly coverage: number;
}

/** Throws OUT_OF_SCOPE, BILL_USAGE, TARIFF_NOT_IN_FORCE. */
export async function knownUsage(
  { store }: Pick<WhatIfParts, 'store'>,
  ctx: AccessContext,
  query: KnownQuery,
): Promise<KnownUsage> {
  const { agreement, pieces, window, nowS, revision } = query;
  const historyS = window.fromS - HISTORY_DAYS * DAY_S;
  const channels = billedChannels(agreement, historyS, window.toS);
  const needs = extraNeeds(stretchesOf(pieces, agreement.zone));
  const reachS = channels.source === 'registers' ? registerReachS : 0;
  const span = { fromS: historyS - reachS - 1, toS: Math.min(nowS, window.toS + reachS) + DAY_S };
  const ids = [...new Set(channelsRead(channels, needs).map(({ channel }) => channel.channelId))];
  const rows = await readingsAsOf(store, ctx, ids, span, revision);
  const lastReadingS = lastOf(channels, rows, window);
  const throughS = lastReadingS === undefined ? undefined : Math.min(lastReadingS, window.toS);
  if (channels.source === 'registers') return byRegisters(query, channels, needs.export, rows, throughS);
  const usage = intervalUsage(channels, needs, rows, zoneTable(agreement.zone));
  return { throughS, lastReadingS, toDate: usage, projected: byLikeDays(query, usage, throughS) };
}

/** End of the newest value within the window that a bill takes. */
function lastOf(channels: BilledChannels, rows: ReadingRows, window: Window): number | undefined {
  const counts = channels.source === 'registers' ? isRead : (quality: number) => quality !== Quality.missing;
  let last = window.fromS;
  for (const { channel } of channels.import) {
    const { readings, from, to } = rows(channel.channelId);
    for (let row = to - 1; row >= from; row--) {
      if (!counts(readings.quality[row]!) || readings.end[row]! > window.toS) continue;
      last = Math.max(last, readings.end[row]!);
      break;
    }
  }
  return last === window.fromS ? undefined : last;
}

function byLikeDays(
  { agreement, pieces, window, coverage }: KnownQuery,
  usage: MeasuredUsage,
  throughS: number = window.fromS,
): ProjectedCycle | undefined {
  const zone = zoneTable(agreement.zone);
  const { calendar } = stretchesOf(pieces, agreement.zone).at(-1)!.version;
  const days = [zone.localDayOf(window.fromS) - HISTORY_DAYS, zone.localDayOf(window.toS)] as const;
  const kindOf = dayKinds(holidaySet(calendar, ...days));
  const made = projectUsage({ usage, zone, window, throughS, kindOf, coverage });
  if (made === undefined) return undefined;
  const { forecast, intervals, ...rest } = made;
  return { ...rest, forecastShare: intervals === 0 ? 0 : forecast / intervals, method: 'like-days' };
}

/** A register says how much, not when: the rest of the cycle is taken as the mean day of the last weeks. */
function byRegisters(
  { agreement, pieces, window }: KnownQuery,
  channels: BilledChannels,
  fedIn: boolean,
  rows: ReadingRows,
  throughS: number | undefined,
): KnownUsage {
  const stretches = stretchesOf(pieces, agreement.zone);
  const untilS = throughS ?? window.fromS;
  const within = (fromS: number, toS: number): Window[] =>
    stretches.flatMap((one) => {
      const cut = { fromS: Math.max(one.fromS, fromS), toS: Math.min(one.toS, toS) };
      return cut.toS > cut.fromS ? [cut] : [];
    });
  const flows = (make: (clips: readonly ClippedChannel[]) => MeasuredUsage['import']): MeasuredUsage => ({
    import: make(channels.import),
    ...(fedIn && channels.export.length > 0 && { export: make(channels.export) }),
  });
  const toDate = flows((clips) => registerUsage(clips, within(window.fromS, untilS), rows));
  const projectedBy = (multiple: number): MeasuredUsage =>
    flows((clips) => {
      const known = registerUsage(clips, within(window.fromS, untilS), rows);
      const perS = meanPerS(clips, rows, untilS) * multiple;
      return within(window.fromS, window.toS).map(({ fromS, toS }) => {
        const sure = known.find(({ startS }) => startS === fromS);
        const leftS = toS - (sure === undefined ? fromS : fromS + sure.intervalS);
        const amount = (sure?.counts[0] ?? 0) + Math.round(perS * leftS);
        return { startS: fromS, intervalS: toS - fromS, step: 1, counts: Float64Array.of(amount) };
      });
    });
  const likely = projectedBy(1);
  const rest = {
    ...{ low: projectedBy(usualSpread.low), high: projectedBy(usualSpread.high), spread: usualSpread },
    ...{ yearFactor: 1, method: 'daily-mean' as const },
    forecastShare: (window.toS - untilS) / (window.toS - window.fromS),
  };
  const isKnown = likely.import.every(({ counts }) => !Number.isNaN(counts[0]));
  const projected = isKnown ? { likely, ...rest } : undefined;
  return { throughS, lastReadingS: throughS, toDate, projected };
}

/** Thousandths of the base unit a second over the last weeks that are known; NaN where none are. */
function meanPerS(clips: readonly ClippedChannel[], rows: ReadingRows, untilS: number): number {
  for (const days of [MEAN_DAYS, 7, 1]) {
    const span = { fromS: untilS - days * DAY_S, toS: untilS };
    const [found] = registerUsage(clips, [span], rows);
    if (found !== undefined && !Number.isNaN(found.counts[0])) return found.counts[0]! / (days * DAY_S);
  }
  return Number.NaN;
}
