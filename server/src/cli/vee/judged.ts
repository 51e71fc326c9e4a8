/** What `openami vee` says of a channel: a line for every slot, and one for every finding. */
import { countsConverter, type Period, Quality, qualityName, reasonsOf } from '@openami/model';
import {
  type ChannelFacts,
  endOf,
  hasValue,
  type MethodId,
  type Series,
  type SeverityName,
} from '@openami/vee';
import { extentOf } from './channel-grid.ts';
import type { InputChannel } from './read-input.ts';

/** A finding in words. */
export interface JudgedFinding {
  readonly rule: string;
  readonly severity: SeverityName;
  /** Instants it spans, UTC seconds. */
  readonly fromS: number;
  readonly toS: number;
  readonly words: string;
}

export interface JudgedChannel {
  readonly channel: InputChannel;
  readonly facts: ChannelFacts;
  /** As it came, on the grid. */
  readonly raw: Series;
  /** As it is used. */
  readonly final: Series;
  /** Time that owes readings: there are no lines of slots outside it. */
  readonly owed: Period;
  /** Method of each slot that was estimated. */
  readonly methods: ReadonlyMap<number, MethodId>;
  /** 90 % interval of each slot that was estimated, in counts; NaN elsewhere. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly findings: readonly JudgedFinding[];
  /** What the registers of the channel moved from their first to their last read, in its counts. */
  readonly registerAdvance?: number;
}

export interface IntervalLine {
  readonly meter: string;
  /** Only where a meter has several. */
  readonly quantity?: string;
  /** End of the interval by the clock of the zone, with its offset. */
  readonly end: string;
  readonly raw: number | null;
  readonly value: number | null;
  /** Quality state; `missing` where there is no value. */
  readonly state: string;
  readonly reasons: readonly string[];
  readonly method: MethodId | null;
  readonly lower?: number;
  readonly upper?: number;
}

export interface FindingLine {
  readonly meter: string;
  readonly quantity?: string;
  readonly finding: string;
  readonly severity: SeverityName;
  readonly from: string;
  readonly to: string;
  readonly words: string;
}

/** The slots that owe a reading, or owe a part of one: [first, end). */
export function owedSlots({ final: { startS, intervalS, value }, owed }: JudgedChannel): [number, number] {
  const first = Math.max(0, Math.floor((owed.from - startS) / intervalS));
  return [first, Math.min(value.length, Math.ceil((owed.to - startS) / intervalS))];
}

/** Lines of the intervals, in order of time. */
export function* intervalLines(judged: JudgedChannel, named: boolean): Generator<IntervalLine> {
  const { channel, raw, final, methods, lower, upper } = judged;
  const { toUnit } = countsConverter(channel.unit, channel.resolution);
  const at = (series: Series, i: number): number | null =>
    hasValue(series.quality[i]!) ? toUnit(series.value[i]!) : null;
  const [first, end] = owedSlots(judged);
  for (let i = first; i < end; i++) {
    const method = methods.get(i);
    const value = at(final, i);
    yield {
      ...headOf(channel, named),
      end: channel.zone.format(endOf(final, i)),
      // what a register says of a gap is no reading of the interval
      raw: raw.quality[i] === Quality.estimated ? null : at(raw, i),
      value,
      state: qualityName(value === null ? Quality.missing : final.quality[i]!),
      reasons: reasonsOf(final.flags[i]!),
      method: method ?? null,
      ...(method === undefined ? {} : { lower: toUnit(lower[i]!), upper: toUnit(upper[i]!) }),
    };
  }
}

/** How many findings each rule made. */
export function findingsByRule({ findings }: JudgedChannel): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { rule } of findings) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

export function* findingLines({ channel, findings }: JudgedChannel, named: boolean): Generator<FindingLine> {
  for (const { rule, severity, fromS, toS, words } of findings) {
    yield {
      ...headOf(channel, named),
      finding: rule,
      severity,
      from: channel.zone.format(fromS),
      to: channel.zone.format(toS),
      words,
    };
  }
}

export const unusedWords = 'its register reads were not used: the input has no meter of this name.';

/** Of register reads that belong to no meter of the input. */
export function unusedLine({ meter, zone, rows }: InputChannel): FindingLine {
  const { from, to } = extentOf(rows);
  return {
    ...{ meter, finding: 'registers-unused', severity: 'info' },
    ...{ from: zone.format(from), to: zone.format(to), words: unusedWords },
  };
}

function headOf({ meter, quantity }: InputChannel, named: boolean): { meter: string; quantity?: string } {
  return named ? { meter, quantity } : { meter };
}
