/** Estimates of a span of a channel on demand: what a person sees before taking it. */
import { Quality, Reason, systemAccess, withReason } from '@openami/model';
import type { EditRow, ReadingStore } from '@openami/store';
import {
  ABSENT,
  type EstimateContext,
  endOf,
  estimateGaps,
  findGaps,
  type MethodId,
  placeOnGrid,
} from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import type { ChannelBook } from './channel-book.ts';
import { deepSpan, Grids, registerOf, spanOf, trackOf, Windows } from './day-windows.ts';
import type { Reestimate } from './edits.ts';
import type { HelpFor } from './estimate-help.ts';
import { lossesOf } from './losses.ts';

export interface ReestimatorOptions {
  readonly store: Pick<ReadingStore, 'readings' | 'days'>;
  readonly book: ChannelBook;
  readonly help: HelpFor;
}

/** Estimates by one method, or by the ladder where none is named. */
export function reestimator({ store, book, help: helpOf }: ReestimatorOptions): Reestimate {
  const grids = new Grids();
  return async (channel, { firstEnd, lastEnd, method }) => {
    const { facts, selection } = channel;
    const { zone, intervalS, resolution } = facts;
    const firstDay = zone.localDayOf(firstEnd - intervalS);
    const lastDay = zone.localDayOf(lastEnd - intervalS);
    const clock = grids.of(zone, intervalS, firstDay - deepSpan.back, lastDay + 1 + deepSpan.ahead);
    const span = spanOf(clock);
    const rows = await store.readings.profile(systemAccess, facts.channel, span);
    const { series } = placeOnGrid(rows, clock);
    const from = Math.round((firstEnd - intervalS - clock.startS) / intervalS);
    const to = from + Math.round((lastEnd - firstEnd) / intervalS) + 1;
    series.quality.fill(ABSENT, from, to);
    const ofMeter = await book.loadMeters([facts.meter]);
    const register = registerOf(channel, ofMeter);
    const registerRows =
      register && new Windows(await store.readings.profile(systemAccess, register.facts.channel, span));
    const track = register && registerRows && trackOf(channel, register, registerRows);
    const { outages, disconnects } = (await lossesOf(store, [channel], span)).get(facts.meter) ?? {};
    const help = (await helpOf([channel], clock, { from: firstDay, to: lastDay + 1 })).get(facts.channel);
    const context: EstimateContext = {
      ...{ facts, series, clock, holidays: selection.holidays, excludedDays: selection.excludedDays },
      ...(track ? { register: track } : {}),
      ...(outages ? { outages } : {}),
      ...(disconnects ? { disconnected: disconnects } : {}),
      ...help,
    };
    const gaps = findGaps(context, from, to);
    const only = method === undefined || method === '' ? {} : { only: method as MethodId };
    const estimates = estimateGaps(context, gaps, { ...only, allowAhead: true });
    if (estimates.length === 0) {
      throw serverErrors.VEE_EDIT_INVALID(
        method ? `the method ${method} has not what it needs here` : 'there is nothing to estimate from',
      );
    }
    const made: EditRow[] = estimates.flatMap(({ gap, value, quality, flags }) =>
      Array.from(value, (counts, i) => ({
        ...{ end: endOf(clock, gap.from + i), value: counts, resolution },
        ...{ quality: quality === Quality.projected ? Quality.estimated : quality, revision: 0 },
        // Chosen by a person: day close leaves it.
        flags: withReason(flags, Reason.manual),
      })),
    );
    const bounds = (which: 'lower' | 'upper') =>
      new Map(
        estimates.flatMap((one) =>
          Array.from(one[which], (counts, i) => [endOf(clock, one.gap.from + i), counts] as const),
        ),
      );
    const [lower, upper] = [bounds('lower'), bounds('upper')];
    return { rows: made, lower, upper, method: [...new Set(estimates.map((one) => one.method))].join(', ') };
  };
}
