/**
 * All rules over readings in memory: those of ingest over batches, those of day close over every channel's
 * day.
 */
import { Quality, ReadingBatch } from '@openami/model';
import {
  type ChannelState,
  dayTypeOf,
  emptySeries,
  Findings,
  markSlots,
  presetRuleSet,
  type Selection,
  Severity,
  StatisticsBuffer,
  selectRules,
  Validator,
} from '@openami/vee';
import { ownCpuSeconds } from '../cpu.ts';
import { dayIntervals, factsOf, firstDay, intervalS, pushDay } from './load.ts';

const batchMeters = 1_000;
/** Days that teach the statistics before anything is timed: rules that ask the past then have one to ask. */
const learnedDays = 28;

/** State of every channel, as ingest looks it up. */
function channelStates(channels: number): {
  states: ChannelState[];
  selection: Selection;
} {
  const selection = selectRules(presetRuleSet('default'), factsOf(0));
  const buffer = new StatisticsBuffer(channels + 1);
  const states = Array.from({ length: channels + 1 }, (_, channel) => ({
    facts: factsOf(channel),
    selection,
    statistics: buffer.record(channel),
  }));
  return { states, selection };
}

export interface RuleSpeed {
  readonly readings: number;
  readonly ingestSeconds: number;
  readonly daySeconds: number;
  readonly findings: number;
}

/** Runs `rows` readings through all rules and takes the processor time of the rules alone. */
export function timeRules(rows: number): RuleSpeed {
  const channels = Math.max(100, Math.min(4 * batchMeters, Math.round(rows / dayIntervals / 4)));
  const { states, selection } = channelStates(channels);
  const validator = new Validator();
  const findings = new Findings();
  const days = Math.max(1, Math.round(rows / (channels * dayIntervals)));
  const total = { readings: 0, ingestSeconds: 0, daySeconds: 0, findings: 0 };
  const batch = new ReadingBatch(batchMeters * dayIntervals);
  for (let d = 0; d < learnedDays + days; d++) {
    const day = firstDay + d;
    for (let from = 1; from <= channels; from += batchMeters) {
      batch.clear();
      pushDay(batch, { from, to: Math.min(from + batchMeters, channels + 1) }, day);
      findings.clear();
      const began = ownCpuSeconds();
      validator.validateBatch(batch, (id) => states[id], (day + 1) * 86_400 + 60, findings);
      const ingested = ownCpuSeconds();
      closeDays(batch, day, states, selection, validator, findings);
      const closed = ownCpuSeconds();
      if (d < learnedDays) continue;
      total.readings += batch.length;
      total.ingestSeconds += ingested - began;
      total.daySeconds += closed - ingested;
      total.findings += findings.length;
    }
  }
  return total;
}

/** Day rules over each channel's day of a batch, which lies in order. */
function closeDays(
  batch: ReadingBatch,
  day: number,
  states: readonly ChannelState[],
  selection: Selection,
  validator: Validator,
  findings: Findings,
): void {
  const series = emptySeries(day * 86_400, intervalS, dayIntervals);
  const dayType = dayTypeOf(day);
  for (let row = 0; row < batch.length; row += dayIntervals) {
    const { facts, statistics } = states[batch.channel[row]!]!;
    series.value.set(batch.value.subarray(row, row + dayIntervals));
    series.quality.fill(Quality.raw);
    series.flags.fill(0);
    const context = { facts, series, from: 0, to: dayIntervals, day, dayType, statistics };
    validator.validateDay(context, selection, findings);
    markSlots(series.quality, series.flags, 0, dayIntervals, findings);
    statistics?.learn(day, dayType, validator.digest, findings.worst() < Severity.fail);
  }
}
