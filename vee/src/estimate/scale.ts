/**
 * Brings the estimates of a register span to the energy the register counted.
 *
 *   register     R_a ├───────────── advance ─────────────┤ R_b
 *   slots            ✓ ✓ ○ ○ ○ ✓ ✓ ✓ ✓ ○ ○ ✓ ✓ ✓ ✓ ✓ ✓ ✓        E = advance - Σ ✓  is what the ○ hold
 *
 * Where the errors of the channel's own trials are known, all open slots move to the same point p of what
 * they may be: x_k(p) = value_k + error point p of slot k, with p such that Σ x_k = E. Slots of which little
 * is known then take most of the difference, and of all curves with that sum this one has the least expected
 * absolute error. What is left (E beyond all that was ever seen, or no trials) is put right in proportion.
 */
import type { ErrorTable } from './uncertainty.ts';
import { errorPoint } from './uncertainty.ts';

/** Open slots of one gap that take part. */
export interface Part {
  /** Estimates of the gap, changed in place. */
  readonly value: Float64Array;
  /** Indexes into `value`. */
  readonly slots: Int32Array;
  readonly errors: ErrorTable | undefined;
  readonly signed: boolean;
}

const BISECTIONS = 24;

export function sumOf(parts: readonly Part[]): number {
  let sum = 0;
  for (const { value, slots } of parts) for (const k of slots) sum += value[k]!;
  return sum;
}

/** Changes the parts so that they add up to `energy` (not rounded); 0 or more unless signed. */
export function scaleTo(parts: readonly Part[], energy: number): void {
  if (parts.some((part) => part.errors)) {
    let low = 0;
    let high = 1;
    for (let step = 0; step < BISECTIONS; step++) {
      const p = (low + high) / 2;
      if (sumAt(parts, p) < energy) low = p;
      else high = p;
    }
    for (const part of parts) {
      for (const k of part.slots) part.value[k] = valueAt(part, k, (low + high) / 2);
    }
  }
  const sum = sumOf(parts);
  const count = parts.reduce((all, part) => all + part.slots.length, 0);
  const signed = parts.some((part) => part.signed);
  for (const { value, slots } of parts) {
    for (const k of slots) {
      if (signed) value[k]! += (energy - sum) / count;
      else value[k] = sum > 0 ? (value[k]! * energy) / sum : energy / count;
    }
  }
}

function sumAt(parts: readonly Part[], p: number): number {
  let sum = 0;
  for (const part of parts) for (const k of part.slots) sum += valueAt(part, k, p);
  return sum;
}

function valueAt({ value, errors, signed }: Part, k: number, p: number): number {
  const moved = value[k]! + (errors ? errorPoint(errors, k, p) : 0);
  return signed || moved > 0 ? moved : 0;
}

/**
 * Rounds the parts to whole counts whose sum is `total` exactly: everything down, then one count more where
 * the most was cut off (largest remainder; the earlier slot when equal).
 */
export function roundTo(parts: readonly Part[], total: number): void {
  const cut: { readonly value: Float64Array; readonly k: number; readonly rest: number }[] = [];
  let sum = 0;
  for (const { value, slots } of parts) {
    for (const k of slots) {
      const whole = Math.floor(value[k]!);
      cut.push({ value, k, rest: value[k]! - whole });
      value[k] = whole;
      sum += whole;
    }
  }
  cut.sort((a, b) => b.rest - a.rest);
  // Rounding errors of the scaling can leave more, or less, to give than there are slots.
  for (let left = total - sum, i = 0; left > 0 && cut.length > 0; left--, i = (i + 1) % cut.length) {
    cut[i]!.value[cut[i]!.k]! += 1;
  }
  for (let over = sum - total, i = cut.length - 1; over > 0 && i >= 0; i--) {
    const { value, k } = cut[i]!;
    const take = Math.min(over, value[k]!);
    value[k]! -= take;
    over -= take;
  }
}
