/**
 * Mixes the methods by their record on the channel itself.
 *
 *   1. Every method is tried on up to 30 trials (trials.ts).
 *   2. Shares start from each method's mean absolute error L: exp(-12·(L / best - 1)).
 *   3. A few steps of exponentiated gradient descent on the mean absolute error of the mixture, pulled back
 *      towards step 2, find methods that are better together. Shares stay positive and add up to 1.
 *   4. What the mixture missed on the trials is what it may miss on the gap: its errors, slot by slot.
 *
 * Thirty trials of one hour are little evidence, so step 3 is short on purpose: taken to convergence, it
 * did worse on meters it had not seen.
 */
import { isMeasured } from '../series.ts';
import type { EstimateMethod, Gap } from './contract.ts';
import type { GapSource, GapView } from './gap-view.ts';
import { findTrials, type Trial, trialSlots } from './trials.ts';

/** Fewer trials say nothing. */
const FEWEST_TRIALS = 5;
const SHARPNESS = 12;
const STEPS = 25;
const RATE = 6;
const RATE_FADE = 0.97;
const PULL = 0.01;
/** Rows of evidence used for the shares; more do not change them. */
const ROWS = 600;
/** Absolute errors are rounded off below this share of the mean value, so that they have a slope at 0. */
const SOFT = 0.03;

export interface Blend {
  /** Mixture, one value a slot of the gap, not rounded. */
  readonly value: Float64Array;
  /** Methods mixed, and the share of each. */
  readonly methods: readonly EstimateMethod[];
  readonly shares: Float64Array;
  readonly trials: readonly Trial[];
  /** Slots of a trial. */
  readonly slots: number;
  /** Measured less mixture by `trial * slots + slot`; NaN where not measured. */
  readonly errors: Float64Array;
}

/** Undefined when there are too few trials or no method has anything to say. */
export function blend(view: GapView, gap: Gap, all: readonly EstimateMethod[]): Blend | undefined {
  const { source } = view;
  const n = gap.to - gap.from;
  view.look(gap.from, gap.to);
  const said = new Float64Array(all.length * n);
  const methods = all.filter((method, m) => says(method, view, said, m * n));
  const trials = findTrials(source, gap, view.hasAfter);
  if (methods.length === 0 || trials.length < FEWEST_TRIALS) return undefined;
  methods.forEach((method, m) => {
    method.fill(view, said, m * n);
  });
  const slots = trialSlots(source, gap);
  const tried = tryAll(view, trials, slots, methods);
  const shares = sharesOf(source, trials, slots, tried, methods.length);
  const value = new Float64Array(n);
  for (let k = 0; k < n; k++) value[k] = mixed(said, k, n, 0, shares);
  return { value, methods, shares, trials, slots, errors: errorsOf(source, trials, slots, tried, shares) };
}

/** Lets a method fill the gap; true when it has a value for every slot. */
function says(method: EstimateMethod, view: GapView, said: Float64Array, at: number): boolean {
  method.fill(view, said, at);
  for (let k = 0; k < view.slots; k++) if (Number.isNaN(said[at + k]!)) return false;
  return true;
}

/** What each method says on each trial: `(trial * methods + method) * slots + slot`. */
function tryAll(
  view: GapView,
  trials: readonly Trial[],
  slots: number,
  methods: readonly EstimateMethod[],
): Float64Array {
  const tried = new Float64Array(trials.length * methods.length * slots);
  trials.forEach((trial, t) => {
    view.look(trial.from, trial.from + slots);
    methods.forEach((method, m) => {
      method.fill(view, tried, (t * methods.length + m) * slots);
    });
  });
  return tried;
}

/** Rows of evidence: what the methods said (`methods` numbers a row), what was measured, and its weight. */
interface Evidence {
  readonly said: Float64Array;
  readonly measured: Float64Array;
  readonly weight: Float64Array;
  readonly rows: number;
}

function evidence(
  { context: { series } }: GapSource,
  trials: readonly Trial[],
  slots: number,
  tried: Float64Array,
  methods: number,
): Evidence {
  const all = trials.length * slots;
  const step = Math.max(1, Math.ceil(all / ROWS));
  const most = Math.ceil(all / step);
  const said = new Float64Array(most * methods);
  const measured = new Float64Array(most);
  const weight = new Float64Array(most);
  let rows = 0;
  for (let r = 0; r < all; r += step) {
    const t = Math.floor(r / slots);
    const k = r - t * slots;
    const i = trials[t]!.from + k;
    if (!isMeasured(series.quality[i]!)) continue;
    let whole = true;
    for (let m = 0; m < methods; m++) {
      const v = tried[(t * methods + m) * slots + k]!;
      said[rows * methods + m] = v;
      if (Number.isNaN(v)) whole = false;
    }
    if (!whole) continue;
    measured[rows] = series.value[i]!;
    weight[rows++] = trials[t]!.weight;
  }
  return { said, measured, weight, rows };
}

function sharesOf(
  source: GapSource,
  trials: readonly Trial[],
  slots: number,
  tried: Float64Array,
  methods: number,
): Float64Array {
  const seen = evidence(source, trials, slots, tried, methods);
  const start = recordShares(seen, methods);
  const shares = Float64Array.from(start);
  if (seen.rows === 0) return shares;
  let scale = 0;
  let total = 0;
  for (let r = 0; r < seen.rows; r++) {
    scale += seen.weight[r]! * Math.abs(seen.measured[r]!);
    total += seen.weight[r]!;
  }
  scale = scale / total || 1;
  const slope = new Float64Array(methods);
  let rate = RATE;
  for (let step = 0; step < STEPS; step++, rate *= RATE_FADE) {
    slopes(seen, shares, scale, slope);
    descend(shares, slope, start, rate / (scale * total));
  }
  return shares;
}

/** Shares by each method's own record. */
function recordShares({ said, measured, weight, rows }: Evidence, methods: number): Float64Array {
  const loss = new Float64Array(methods);
  for (let r = 0; r < rows; r++) {
    for (let m = 0; m < methods; m++) {
      loss[m]! += weight[r]! * Math.abs(measured[r]! - said[r * methods + m]!);
    }
  }
  const best = Math.min(...loss) || 1;
  const shares = loss.map((l) => Math.exp(-SHARPNESS * (l / best - 1)));
  return normalised(shares);
}

/** Slope of the mixture's mean absolute error by each share. */
function slopes(seen: Evidence, shares: Float64Array, scale: number, slope: Float64Array): void {
  const methods = shares.length;
  const soft = SOFT * SOFT;
  slope.fill(0);
  for (let r = 0; r < seen.rows; r++) {
    const at = r * methods;
    let mixture = 0;
    for (let m = 0; m < methods; m++) mixture += shares[m]! * seen.said[at + m]!;
    const error = (mixture - seen.measured[r]!) / scale;
    const pull = (seen.weight[r]! * error) / Math.sqrt(error * error + soft);
    for (let m = 0; m < methods; m++) slope[m]! += pull * seen.said[at + m]!;
  }
}

function descend(shares: Float64Array, slope: Float64Array, start: Float64Array, rate: number): void {
  let mean = 0;
  for (let m = 0; m < shares.length; m++) mean += shares[m]! * slope[m]!;
  for (let m = 0; m < shares.length; m++) {
    const by = Math.max(-2, Math.min(2, -rate * (slope[m]! - mean)));
    const moved = shares[m]! * Math.exp(by);
    shares[m] = moved + PULL * (start[m]! - moved);
  }
  normalised(shares);
}

function normalised(shares: Float64Array): Float64Array {
  let sum = 0;
  for (const share of shares) sum += share;
  for (let m = 0; m < shares.length; m++) shares[m]! /= sum;
  return shares;
}

/** Slot `k` of the mixture; `slots` numbers a method from `at` on. */
function mixed(said: Float64Array, k: number, slots: number, at: number, shares: Float64Array): number {
  let sum = 0;
  for (let m = 0; m < shares.length; m++) sum += shares[m]! * said[at + m * slots + k]!;
  return sum;
}

function errorsOf(
  { context: { series } }: GapSource,
  trials: readonly Trial[],
  slots: number,
  tried: Float64Array,
  shares: Float64Array,
): Float64Array {
  const errors = new Float64Array(trials.length * slots);
  trials.forEach((trial, t) => {
    for (let k = 0; k < slots; k++) {
      const i = trial.from + k;
      errors[t * slots + k] = isMeasured(series.quality[i]!)
        ? series.value[i]! - mixed(tried, k, slots, t * shares.length * slots, shares)
        : Number.NaN;
    }
  });
  return errors;
}
