/** Experimental feature list. */
import type { GapView } from './gap-view.ts';
export type Fill = (view: GapView, out: Float64Array, at: number) => void;
const each = (f: (v: GapView, k: number) => number): Fill => (v, out, at) => {
  for (let k = 0; k < v.slots; k++) out[at + k] = f(v, k);
};
const bridge = (hours: number, near: boolean, base: (v: GapView, k: number) => number): Fill => (v, out, at) => {
  const n = v.slots;
  const l = near ? v.nearBefore : v.residualBefore;
  const r = near ? v.nearAfter : v.residualAfter;
  const step = Math.exp(-v.slotHours / hours);
  const all = Math.pow(step, n + 1);
  const den = 1 - all * all;
  let el = 1;
  for (let k = 0; k < n; k++) {
    el *= step;
    const er = all / el;
    const b = base(v, k);
    const add = v.hasAfter ? ((el - er * all) * l + (er - el * all) * r) / den : el * l;
    out[at + k] = Math.max(0, b + add);
  }
};
export const FEATURES: Record<string, Fill> = {
  linear: each((v, k) => (v.hasBefore ? (v.hasAfter ? v.before + ((v.after - v.before) * (k + 1)) / (v.slots + 1) : v.before) : v.after)),
  like: each((v, k) => v.sameWeekday[k]!),
  recent: each((v, k) => v.recent[k]!),
  median: each((v, k) => v.median[k]!),
  around: each((v, k) => v.around[k]!),
  b2: bridge(2, false, (v, k) => v.median[k]!),
  b8: bridge(8, false, (v, k) => v.median[k]!),
  n24: bridge(24, true, (v, k) => v.median[k]!),
  r8: bridge(8, false, (v, k) => v.recent[k]!),
  level: each((v, k) => {
    const w = v.hasAfter ? (v.slots - k) / (v.slots + 1) : 1;
    return v.median[k]! * (v.levelBefore * w + v.levelAfter * (1 - w));
  }),
};
