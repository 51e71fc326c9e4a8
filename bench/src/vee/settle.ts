/**
 * What the close of a day does with one channel: rules, estimates of what is open, the register, what was
 * learned.
 */
import { Quality } from '@openami/model';
import type { ChannelStatistics } from '@openami/vee';
import {
  type ClockGrid,
  dayTypeOf,
  type EstimateContext,
  estimateGaps,
  Findings,
  findGaps,
  markSlots,
  type RegisterTrack,
  type Selection,
  type Series,
  Severity,
  type Validator,
} from '@openami/vee';
import { dayIntervals, factsOf } from './load.ts';

export interface Settling {
  readonly channel: number;
  /** Spans the day and what is known around it. */
  readonly series: Series;
  readonly grid: ClockGrid;
  /** First slot of the day. */
  readonly from: number;
  readonly day: number;
  readonly register: RegisterTrack;
  readonly statistics: ChannelStatistics;
}

const findings = new Findings();

/** Settles the day in place; slots that were estimated. */
export function settleDay(settling: Settling, selection: Selection, validator: Validator): number {
  const { channel, series, grid, from, day, register, statistics } = settling;
  const facts = factsOf(channel);
  const to = from + dayIntervals;
  const dayType = dayTypeOf(day);
  findings.clear();
  const last = register.atS.length - 1;
  const spans = [
    {
      ...{ fromS: register.atS[last - 1]!, toS: register.atS[last]!, step: 1 },
      advance: register.total[last]! - register.total[last - 1]!,
    },
  ];
  validator.validateDay({ facts, series, from, to, day, dayType, statistics, spans }, selection, findings);
  const sound = findings.worst() < Severity.fail;
  markSlots(series.quality, series.flags, from, to, findings);
  statistics.learn(day, dayType, validator.digest, sound);
  if (sound) return 0;
  const context: EstimateContext = { facts, series, clock: grid, register };
  let estimated = 0;
  for (const { gap, value, quality, flags } of estimateGaps(context, findGaps(context, from, to))) {
    series.value.set(value, gap.from);
    series.quality.fill(quality, gap.from, gap.to);
    series.flags.fill(flags, gap.from, gap.to);
    estimated += gap.to - gap.from;
  }
  return estimated;
}

/** Sum of slots [from, to), for the check that a settled day is what the register moved. */
export function sumOf(series: Series, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) if (series.quality[i] !== Quality.missing) sum += series.value[i]!;
  return sum;
}
