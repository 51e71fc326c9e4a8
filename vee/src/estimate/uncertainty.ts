/**
 * How far off an estimate may be, from what the same mixture missed on trials of the same length.
 *
 *   errors of slot k = those of all trials at slots k - 1, k and k + 1, sorted
 *   90 % interval    = value + [5 %, 95 %] point of them
 *   of the energy    = the same of the trials' sums, so that errors that go together count together
 */
import type { Blend } from './blend.ts';
import type { EnergyRange } from './contract.ts';

const LOW = 0.05;
const HIGH = 0.95;
const NORMAL_95 = 1.645;

/** Sorted errors, slot by slot of a trial: those of slot `k` are `error[from[k] … from[k + 1])`. */
export interface ErrorTable {
  readonly slots: number;
  readonly error: Float64Array;
  readonly from: Int32Array;
}

/** The errors of a blend, pooled with those of the neighbouring slots. */
export function errorTable({
  errors,
  trials,
  slots,
}: Pick<Blend, 'errors' | 'trials' | 'slots'>): ErrorTable {
  const error = new Float64Array(3 * trials.length * slots);
  const from = new Int32Array(slots + 1);
  let at = 0;
  for (let k = 0; k < slots; k++) {
    const first = at;
    for (let near = Math.max(0, k - 1); near <= Math.min(slots - 1, k + 1); near++) {
      for (let t = 0; t < trials.length; t++) {
        const e = errors[t * slots + near]!;
        if (!Number.isNaN(e)) error[at++] = e;
      }
    }
    error.subarray(first, at).sort();
    from[k + 1] = at;
  }
  return { slots, error, from };
}

/** Point `p` of the errors of slot `k`; 0 when there are none. */
export function errorPoint(table: ErrorTable, k: number, p: number): number {
  const slot = k % table.slots;
  return pointOf(table.error, table.from[slot]!, table.from[slot + 1]!, p);
}

/** The `p` point of sorted[from … to), such that the next draw lies below it with probability `p`. */
function pointOf(sorted: Float64Array, from: number, to: number, p: number): number {
  const count = to - from;
  if (count === 0) return 0;
  const at = Math.min(count - 1, Math.max(0, (count + 1) * p - 1));
  const below = Math.floor(at);
  const low = sorted[from + below]!;
  const high = sorted[from + Math.min(count - 1, below + 1)]!;
  return low + (high - low) * (at - below);
}

/**
 * How much wider an interval must be than its trials say, for they are few: Student's t over the normal
 * deviate at 95 % (Cornish-Fisher). Trials that overlap are not independent: 30 trials of a week, a day
 * apart, are worth five; and days next to each other are alike, so half of what is left is counted.
 */
function widening({ trials, slots }: Blend, perDay: number): number {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { from } of trials) {
    first = Math.min(first, from);
    last = Math.max(last, from);
  }
  const independent = Math.min(trials.length, (last - first + slots) / Math.max(slots, perDay));
  const freedom = Math.max(1, independent / 2);
  return (NORMAL_95 + 1.524 / freedom + 1.42 / (freedom * freedom)) / NORMAL_95;
}

/** Errors of the whole gap of `gapSlots`, sorted: one a trial. */
function sumErrors({ errors, trials, slots }: Blend, gapSlots: number): Float64Array {
  const sums = new Float64Array(trials.length);
  trials.forEach((_, t) => {
    let sum = 0;
    let count = 0;
    for (let k = 0; k < slots; k++) {
      const e = errors[t * slots + k]!;
      if (Number.isNaN(e)) continue;
      sum += e;
      count++;
    }
    sums[t] = count > 0 ? (sum / count) * gapSlots : 0;
  });
  return sums.sort();
}

/** 90 % interval of the energy of a gap whose estimate is not tied to a register. */
export function energyRange(
  blend: Blend,
  counts: number,
  gapSlots: number,
  perDay: number,
  signed: boolean,
): EnergyRange {
  const sums = sumErrors(blend, gapSlots);
  const wider = widening(blend, perDay);
  const middle = pointOf(sums, 0, sums.length, 0.5);
  const lower = counts + middle + wider * (pointOf(sums, 0, sums.length, LOW) - middle);
  const upper = counts + middle + wider * (pointOf(sums, 0, sums.length, HIGH) - middle);
  return {
    counts,
    lower: Math.min(counts, Math.ceil(signed ? lower : Math.max(0, lower))),
    upper: Math.max(counts, Math.floor(upper)),
  };
}

/**
 * 90 % interval of a slot's error: [low, high]. Overlapping trials still differ slot by slot, so the root of
 * the widening is enough here.
 */
export function slotRange(
  table: ErrorTable,
  blend: Blend,
  perDay: number,
): (k: number) => readonly [number, number] {
  const wider = Math.sqrt(widening(blend, perDay));
  return (k) => {
    const middle = errorPoint(table, k, 0.5);
    return [
      middle + wider * (errorPoint(table, k, LOW) - middle),
      middle + wider * (errorPoint(table, k, HIGH) - middle),
    ];
  };
}

/**
 * Of channels without trials of their own: nine of ten errors of a straight line stay within this share of
 * what is usual, by the length of the gap in hours. It is 2.3 times the mean absolute error (as of errors
 * that are spread exponentially), the mean of the commodities of docs/conformance/vee.md.
 */
const usualShares: readonly (readonly [hours: number, share: number])[] = [
  [2, 0.85],
  [8, 1.2],
  [Number.POSITIVE_INFINITY, 1.6],
];

/** How far a slot may be off where nothing is known of the channel's errors; `mean` of what was measured. */
export function usualError(value: number, mean: number, hours: number): number {
  const [, share] = usualShares.find(([longest]) => hours <= longest)!;
  const usual = Number.isNaN(mean) ? Math.abs(value) : Math.max(Math.abs(value), Math.abs(mean));
  return Math.max(1, Math.ceil(share * usual));
}

/**
 * Errors that are left when the energy of each trial is known: every trial is brought to its own energy
 * first, as a register would have.
 */
export function errorsOfKnownEnergy(blend: Blend, measured: (slot: number) => number): Float64Array {
  const { errors, trials, slots } = blend;
  const left = new Float64Array(errors.length);
  trials.forEach((trial, t) => {
    let truth = 0;
    let said = 0;
    let count = 0;
    for (let k = 0; k < slots; k++) {
      const e = errors[t * slots + k]!;
      if (Number.isNaN(e)) continue;
      truth += measured(trial.from + k);
      said += measured(trial.from + k) - e;
      count++;
    }
    for (let k = 0; k < slots; k++) {
      const e = errors[t * slots + k]!;
      const value = measured(trial.from + k);
      left[t * slots + k] = said > 0 ? value - ((value - e) * truth) / said : e - (truth - said) / count;
    }
  });
  return left;
}
