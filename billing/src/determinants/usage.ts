/** Usage as columns: what rating reads, and how drawn and fed-in energy are set off. */
import { formatInstant, type ZoneTable } from '@openami/model';
import type { Window } from '../calendar/period-map.ts';
import { billingErrors } from '../errors.ts';

/** Intervals of one length in a row, of one channel. */
export interface UsageSegment {
  /** UTC second at which the first interval starts. */
  readonly startS: number;
  readonly intervalS: number;
  /** Thousandths of the base unit (Wh, L) in one count. */
  readonly step: number;
  /** Whole counts; NaN where nothing is known. */
  readonly counts: Float64Array;
  /** 1 where the interval is not measured. */
  readonly estimated?: Uint8Array;
}

/** Segments in order of time, none over another. */
export interface Usage {
  /** Thousandths of the base unit in one unit of the tariff: 1,000,000 for kWh and m3. */
  readonly perUnit: number;
  readonly import: readonly UsageSegment[];
  /** The same grid as `import`. */
  readonly export?: readonly UsageSegment[];
  /** Reactive energy that is drawn, on the same grid. */
  readonly reactive?: readonly UsageSegment[];
}

export type Netting = 'interval' | 'hour' | 'none';

/** A segment within a window, in thousandths of the base unit; NaN is missing. */
export interface Flow {
  readonly startS: number;
  readonly intervalS: number;
  readonly import: Float64Array;
  readonly export?: Float64Array;
  readonly reactive?: Float64Array;
  readonly estimated?: Uint8Array;
}

/** The part of the usage whose intervals start in the window, set off as asked. Raises BILLING_USAGE. */
export function flowsOf(usage: Usage, window: Window, netting: Netting, zone: ZoneTable): Flow[] {
  const flows: Flow[] = [];
  let reachedS = Number.NEGATIVE_INFINITY;
  for (const [at, segment] of usage.import.entries()) {
    checkSegment(segment, at, reachedS);
    reachedS = segment.startS + segment.intervalS * segment.counts.length;
    const from = Math.max(0, Math.ceil((window.fromS - segment.startS) / segment.intervalS));
    const to = Math.min(segment.counts.length, Math.ceil((window.toS - segment.startS) / segment.intervalS));
    if (to <= from) continue;
    const pair = sameGrid(usage.export?.[at], segment, at, usage.export !== undefined);
    const reactive = sameGrid(usage.reactive?.[at], segment, at, usage.reactive !== undefined);
    const flow = {
      startS: segment.startS + from * segment.intervalS,
      intervalS: segment.intervalS,
      import: scaled(segment, from, to),
      ...(pair && { export: scaled(pair, from, to) }),
      ...(reactive && { reactive: scaled(reactive, from, to) }),
      ...estimatedOf(segment, pair, from, to),
    };
    if (flow.export !== undefined && netting !== 'none')
      setOff(flow as Flow & { export: Float64Array }, netting, zone);
    flows.push(flow);
  }
  return flows;
}

function checkSegment({ startS, intervalS, step, counts }: UsageSegment, at: number, reachedS: number): void {
  const where = `segment ${at + 1}`;
  if (!Number.isInteger(startS) || !Number.isInteger(intervalS) || intervalS < 1)
    throw billingErrors.BILLING_USAGE(`${where}: an interval of ${intervalS} s from ${startS}`);
  if (!Number.isInteger(step) || step < 1)
    throw billingErrors.BILLING_USAGE(`${where}: a step of ${step} thousandths`);
  if (startS < reachedS)
    throw billingErrors.BILLING_USAGE(
      `${where} starts at ${formatInstant(startS)}, within the one before it`,
    );
  if (counts.length > MAX_INTERVALS)
    throw billingErrors.BILLING_USAGE(`${where}: more than ${MAX_INTERVALS} intervals`);
}

/** Raises BILLING_RANGE. */
export function requireExact(sum: number): void {
  if (Number.isSafeInteger(sum)) return;
  throw billingErrors.BILLING_RANGE(`${sum} thousandths of the base unit in one period`);
}

/** Fifty years of quarter hours. */
const MAX_INTERVALS = 2_000_000;

function sameGrid(
  other: UsageSegment | undefined,
  segment: UsageSegment,
  at: number,
  given: boolean,
): UsageSegment | undefined {
  if (!given) return undefined;
  const same =
    other !== undefined &&
    other.startS === segment.startS &&
    other.intervalS === segment.intervalS &&
    other.counts.length === segment.counts.length;
  if (!same) throw billingErrors.BILLING_USAGE(`segment ${at + 1}: its channels are not on one grid`);
  return other;
}

function scaled({ counts, step }: UsageSegment, from: number, to: number): Float64Array {
  const values = counts.slice(from, to);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! * step;
    if (Number.isNaN(value) || (Number.isSafeInteger(value) && Number.isInteger(values[i])))
      values[i] = value;
    else
      throw billingErrors.BILLING_USAGE(
        `${counts[from + i]} is not a whole count that can be billed exactly`,
      );
  }
  return values;
}

function estimatedOf(
  a: UsageSegment,
  b: UsageSegment | undefined,
  from: number,
  to: number,
): { estimated?: Uint8Array } {
  const [first, second] = [a.estimated?.slice(from, to), b?.estimated?.subarray(from, to)];
  if (second === undefined) return first === undefined ? {} : { estimated: first };
  if (first === undefined) return { estimated: second };
  for (let i = 0; i < first.length; i++) first[i] = first[i]! | second[i]!;
  return { estimated: first };
}

/** Sets off in place what is drawn and fed in, within each interval or each hour of the local clock. */
function setOff(flow: Flow & { readonly export: Float64Array }, netting: Netting, zone: ZoneTable): void {
  const { startS, intervalS, import: drawn, export: fed } = flow;
  const hourly = netting === 'hour' && intervalS < 3_600;
  for (let i = 0; i < drawn.length; ) {
    let to = i + 1;
    if (hourly) {
      const hour = hourOf(zone, startS + i * intervalS);
      while (to < drawn.length && hourOf(zone, startS + to * intervalS) === hour) to++;
    }
    let net = 0;
    for (let k = i; k < to; k++) net += drawn[k]! - fed[k]!;
    // what is left of an hour stands in its first interval; one that is missing makes the hour missing
    const rest = Number.isNaN(net) ? net : 0;
    for (let k = i; k < to; k++) {
      drawn[k] = k === i ? Math.max(0, net) : rest;
      fed[k] = k === i ? Math.max(0, -net) : rest;
    }
    i = to;
  }
}

/** When the hour of the local clock began that an instant is in; one that a day has twice is two hours. */
function hourOf(zone: ZoneTable, utcS: number): number {
  const localS = zone.localAt(utcS);
  return utcS - (localS - Math.floor(localS / 3_600) * 3_600);
}
