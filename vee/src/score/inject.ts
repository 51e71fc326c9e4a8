/**
 * Faults of handbook 1.2, put into real readings where they were not. Each knows the rules that are to find
 * it, and the time it spans: what these rules say of other times is wrong.
 */
import { dayBounds, type Period, Reason } from '@openami/model';
import type { ChannelFacts } from '../facts.ts';
import type { Random } from './random.ts';
import { rowsOf, type Trial, type TrialRows } from './trial.ts';

export interface Injected {
  readonly trial: Trial;
  /** Instants the fault spans, UTC seconds. */
  readonly span: Period;
}

export interface Fault {
  readonly id: string;
  readonly title: string;
  /** Rules that are to find it. */
  readonly rules: readonly string[];
  /** Rules that may rightly speak of it as well. */
  readonly also: readonly string[];
  /** Those of its rules that decide by a definition, not by likelihood. */
  readonly certain: readonly string[];
  /** It is over in a day, or goes on. */
  readonly lasts: 'day' | 'on';
  /** The days it can happen on, where it cannot on any. */
  readonly days?: (facts: ChannelFacts) => (day: number) => boolean;
  /** The fault, or undefined when these readings do not lend themselves to it. */
  inject(trial: Trial, random: Random): Injected | undefined;
}

const hourS = 3_600;

/** Rows of the trial's day: [from, to). */
function dayRows({ rows, day, facts }: Trial): { from: number; to: number } {
  const bounds = dayBounds(facts.zone, day);
  const from = rows.endS.findIndex((s) => s > bounds.from);
  const next = rows.endS.findIndex((s) => s > bounds.to);
  return { from, to: next < 0 ? rows.endS.length : next };
}

function withRows(trial: Trial, change: (rows: TrialRows) => void): Trial {
  const rows = rowsOf(trial.rows.endS, trial.rows.value, trial.rows.flags);
  change(rows);
  return { ...trial, rows };
}

/** The instants of rows [from, to). */
function spanOf({ rows, facts }: Trial, from: number, to: number): Period {
  return { from: rows.endS[from]! - facts.intervalS, to: rows.endS[to - 1]! };
}

/** From the start of the trial's day to the end of its window. */
function fromDayOn({ facts, day, lastDay }: Trial): Period {
  return { from: dayBounds(facts.zone, day).from, to: facts.zone.dayStart(lastDay) };
}

function maximum(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** One slot some times the highest of its day. */
function spike(trial: Trial, random: Random): Injected | undefined {
  const { from, to } = dayRows(trial);
  const highest = maximum(trial.rows.value.subarray(from, to));
  if (highest === 0) return undefined;
  const at = from + random.below(to - from);
  const times = 3 + random.next() * 7;
  return {
    trial: withRows(trial, ({ value }) => {
      value[at] = Math.round(highest * times);
    }),
    span: spanOf(trial, at, at + 1),
  };
}

/** The same value other than zero for 8 to 20 hours, and no fewer than 24 slots. */
function stuck(trial: Trial, random: Random): Injected | undefined {
  const { from, to } = dayRows(trial);
  const hours = 8 + random.below(13);
  const length = Math.max(24, Math.round((hours * hourS) / trial.facts.intervalS));
  if (length > to - from) return undefined;
  const at = from + random.below(to - from - length + 1);
  const held = trial.rows.value.subarray(at, at + length).find((value) => value > 0);
  if (held === undefined) return undefined;
  return {
    trial: withRows(trial, ({ value }) => value.fill(held, at, at + length)),
    span: spanOf(trial, at, at + length),
  };
}

function negative(trial: Trial, random: Random): Injected | undefined {
  if (trial.facts.kind === 'net') return undefined;
  const { from, to } = dayRows(trial);
  const at = from + random.below(to - from);
  return {
    trial: withRows(trial, ({ value }) => {
      value[at] = -Math.max(1, value[at]!);
    }),
    span: spanOf(trial, at, at + 1),
  };
}

/** The meter says so, or the value is the most its counter holds. */
function overflow(trial: Trial, random: Random): Injected {
  const { from, to } = dayRows(trial);
  const at = from + random.below(to - from);
  const most = Math.max(65_535, 4 * maximum(trial.rows.value));
  const flagged = random.next() < 0.5;
  const changed = withRows(trial, ({ value, flags }) => {
    if (flagged) flags[at] = Reason.overflow;
    else value[at] = most;
  });
  return {
    trial: { ...changed, facts: { ...trial.facts, maxCounts: most } },
    span: spanOf(trial, at, at + 1),
  };
}

/** The meter's clock goes an hour wrong at the start of the day, and stays so. */
function clockShift(trial: Trial, random: Random): Injected {
  const { from } = dayRows(trial);
  const byS = random.next() < 0.5 ? hourS : -hourS;
  const shifted = withRows(trial, ({ endS }) => {
    for (let i = from; i < endS.length; i++) endS[i] = endS[i]! + byS;
  });
  const span = fromDayOn(trial);
  return { trial: shifted, span: { from: span.from - hourS, to: span.to + hourS } };
}

/** Days on which the zone's clock goes back. */
const autumnDays =
  ({ zone }: ChannelFacts) =>
  (day: number): boolean => {
    const bounds = dayBounds(zone, day);
    return bounds.to - bounds.from > 86_400;
  };

/** The hour that comes twice in autumn under the stamps of its first coming. */
function doubledHour(trial: Trial): Injected | undefined {
  const { zone } = trial.facts;
  const bounds = dayBounds(zone, trial.day);
  const change = zone.at.findIndex((s) => s > bounds.from && s < bounds.to);
  const byS = change < 0 ? 0 : zone.offsets[change]! - zone.offsets[change + 1]!;
  if (byS <= 0 || byS % trial.facts.intervalS !== 0) return undefined;
  const atS = zone.at[change]!;
  return {
    trial: withRows(trial, ({ endS }) => {
      for (let i = 0; i < endS.length; i++)
        if (endS[i]! > atS && endS[i]! <= atS + byS) endS[i] = endS[i]! - byS;
    }),
    span: { from: atS - byS, to: atS + byS },
  };
}

/** Values a multiple of what they are, from the day on, while the register is right. */
function wrongMultiplier(trial: Trial, random: Random): Injected | undefined {
  const factors = [2, 10, 20, 40, 60, 100];
  const factor = factors[random.below(factors.length)]!;
  const { from } = dayRows(trial);
  if (maximum(trial.rows.value.subarray(from)) === 0) return undefined;
  const changed = withRows(trial, ({ value }) => {
    for (let i = from; i < value.length; i++) value[i] = value[i]! * factor;
  });
  return {
    trial: { ...changed, facts: { ...trial.facts, multiplier: 1, reportedMultiplier: factor } },
    span: fromDayOn(trial),
  };
}

function without(trial: Trial, from: number, to: number): Trial {
  const keep = (_: number, i: number): boolean => i < from || i >= to;
  const { endS, value, flags } = trial.rows;
  return { ...trial, rows: rowsOf(endS.filter(keep), value.filter(keep), flags.filter(keep)) };
}

/** One slot up to half a day is not there. */
function missing(trial: Trial, random: Random): Injected {
  const { from, to } = dayRows(trial);
  const length = 1 + random.below(Math.ceil((to - from) / 2));
  const at = from + random.below(to - from - length + 1);
  return { trial: without(trial, at, at + length), span: spanOf(trial, at, at + length) };
}

/** Some rows come again at the end, as when a meter is read twice. */
function duplicated(trial: Trial, random: Random): Injected {
  const { from, to } = dayRows(trial);
  const length = 1 + random.below(to - from);
  const at = from + random.below(to - from - length + 1);
  const { endS, value, flags } = trial.rows;
  const again = <T extends Float64Array | Uint32Array>(column: T): number[] => [
    ...column.subarray(0, at + length),
    ...column.subarray(at, at + length),
    ...column.subarray(at + length),
  ];
  return {
    trial: { ...trial, rows: rowsOf(again(endS), again(value), again(flags)) },
    span: spanOf(trial, at, at + length),
  };
}

/** Another meter, whose register begins near zero, and no record of the exchange. */
function replacedMeter(trial: Trial, random: Random): Injected | undefined {
  const atS = dayBounds(trial.facts.zone, trial.day).from;
  const { reads } = trial;
  const last = reads.atS.findLastIndex((s) => s <= atS);
  if (last < 0 || last + 1 >= reads.atS.length) return undefined;
  const advance = reads.counts.at(-1)! - reads.counts[0]!;
  if (advance <= 0) return undefined;
  // The old register had run for long: it stands far above what the new one reaches in the window.
  const old = advance * (20 + random.below(200));
  const start = random.below(10);
  const counts = reads.counts.map((read, i) => (i <= last ? old + read : start + read - reads.counts[last]!));
  return {
    trial: { ...trial, reads: { ...reads, counts } },
    span: { from: reads.atS[last]!, to: reads.atS[last + 1]! },
  };
}

/** Part of the use passes the meter by from the day on; the register sees as little of it. */
function theft(trial: Trial, random: Random): Injected | undefined {
  const { from } = dayRows(trial);
  const left = 0.2 + random.next() * 0.4;
  if (maximum(trial.rows.value) === 0) return undefined;
  const atS = dayBounds(trial.facts.zone, trial.day).from;
  const changed = withRows(trial, ({ value }) => {
    for (let i = from; i < value.length; i++) value[i] = Math.round(value[i]! * left);
  });
  return { trial: { ...changed, reads: readsOver(trial, changed.rows, atS) }, span: fromDayOn(trial) };
}

/** The register over changed rows from an instant on. */
function readsOver({ reads }: Trial, { endS, value }: TrialRows, fromS: number): Trial['reads'] {
  const counts = reads.counts.slice();
  let row = endS.findIndex((s) => s > fromS);
  for (let i = reads.atS.findIndex((s) => s > fromS); i > 0 && i < counts.length; i++) {
    let sum = 0;
    for (; row >= 0 && row < endS.length && endS[row]! <= reads.atS[i]!; row++) sum += value[row]!;
    counts[i] = counts[i - 1]! + sum;
  }
  return { atS: reads.atS, counts };
}

/**
 * Two channels of a device change names on the day; the register is this one's throughout. The other channel:
 * this one's readings of some weeks before, at another level and half a day later.
 */
function swapped(trial: Trial, random: Random): Injected | undefined {
  const { from } = dayRows(trial);
  const { endS, value, flags } = trial.rows;
  const perDay = 86_400 / trial.facts.intervalS;
  const back = Math.round((7 + random.below(8) + 0.5) * perDay);
  const level = random.next() < 0.5 ? 0.2 + random.next() * 0.3 : 2 + random.next() * 3;
  if (from < back || maximum(value.subarray(from)) === 0) return undefined;
  const theirs = value.map((_, i) => Math.round(value[Math.max(0, i - back)]! * level));
  const other = rowsOf(endS, theirs, flags);
  const own = rowsOf(endS, value, flags);
  for (let i = from; i < value.length; i++) {
    own.value[i] = theirs[i]!;
    other.value[i] = value[i]!;
  }
  return { trial: { ...trial, rows: own, other }, span: fromDayOn(trial) };
}

/** Software that thinks in local time writes the first coming of autumn's hour over both. */
function copiedHour(trial: Trial): Injected | undefined {
  const { zone, intervalS } = trial.facts;
  const bounds = dayBounds(zone, trial.day);
  const change = zone.at.findIndex((s) => s > bounds.from && s < bounds.to);
  const byS = change < 0 ? 0 : zone.offsets[change]! - zone.offsets[change + 1]!;
  const rows = byS / intervalS;
  const atS = zone.at[change]!;
  const first = trial.rows.endS.findIndex((s) => s > atS);
  if (!(rows >= 1) || !Number.isInteger(rows) || first < rows) return undefined;
  if (maximum(trial.rows.value.subarray(first - rows, first)) === 0) return undefined;
  return {
    trial: withRows(trial, ({ value }) => value.copyWithin(first, first - rows, first)),
    span: { from: atS, to: atS + byS },
  };
}

/** Rules that weigh amounts: they may speak of whatever moves energy. */
const amounts = [
  'sum-check',
  'spike',
  'demand-max',
  'demand-step',
  'stats',
  'high-low',
  'catch-up',
  'level-step',
];
const fault = (
  id: string,
  title: string,
  rules: readonly string[],
  inject: Fault['inject'],
  rest: Partial<Fault> = {},
): Fault => ({ id, title, rules, inject, also: [], certain: [], lasts: 'day', ...rest });

export const faults: readonly Fault[] = [
  fault('spike', 'A slot of 3 to 10 times the highest of its day', ['spike'], spike, { also: amounts }),
  fault('stuck', 'The same value for 8 to 20 hours', ['consecutive-same'], stuck, {
    also: [...amounts, 'clock-shift'],
  }),
  fault('negative', 'A value below zero', ['negative'], negative, {
    also: [...amounts, 'reverse'],
    certain: ['negative'],
  }),
  fault('overflow', 'The counter overflowed: flagged, or at its end', ['overflow'], overflow, {
    also: amounts,
    certain: ['overflow'],
  }),
  fault('clock-shift', 'The clock goes an hour wrong, and stays so', ['clock-shift'], clockShift, {
    also: [...amounts, 'interval-count', 'duplicate', 'future-old'],
    lasts: 'on',
  }),
  fault('doubled-hour', 'The hour that comes twice, under one stamp', ['duplicate'], doubledHour, {
    also: [...amounts, 'interval-count', 'clock-shift'],
    certain: ['duplicate'],
    days: autumnDays,
  }),
  fault(
    'copied-hour',
    'The hour that comes twice, with the values of its first coming',
    ['doubled-hour'],
    copiedHour,
    {
      also: [...amounts, 'clock-shift'],
      days: autumnDays,
    },
  ),
  fault('swapped', 'Two channels of a device change names', ['swapped-channels', 'sum-check'], swapped, {
    also: [...amounts, 'consecutive-same', 'zero', 'clock-shift'],
    certain: ['sum-check'],
    lasts: 'on',
  }),
  fault('multiplier', 'Values a multiple, by a wrong ratio', ['multiplier', 'sum-check'], wrongMultiplier, {
    also: [...amounts, 'clock-shift', 'interval-size'],
    certain: ['multiplier', 'sum-check'],
    lasts: 'on',
  }),
  fault('missing', 'A slot up to half a day is not there', ['interval-count'], missing, {
    also: [...amounts, 'interval-size'],
    certain: ['interval-count'],
  }),
  fault('duplicated', 'Rows that come twice', ['duplicate'], duplicated, { certain: ['duplicate'] }),
  fault('replaced', 'A new meter without a record', ['register-decrease'], replacedMeter, {
    also: amounts,
    certain: ['register-decrease'],
  }),
  fault('theft', 'Use falls to 20 to 60 % from a day on', ['level-step', 'high-low'], theft, {
    also: [...amounts, 'zero', 'clock-shift'],
    lasts: 'on',
  }),
];
