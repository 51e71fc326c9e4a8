/**
 * Median of like days, shifted by how far the measured slots next to the gap were off it. The shift fades
 * with the distance from either end, as the mean of a process that forgets with time constant T and is tied
 * at both ends:
 *
 *   shift(x) = [ (e^{-x} - e^{-(2L-x)})·left + (e^{-(L-x)} - e^{-(L+x)})·right ] / (1 - e^{-2L})
 *
 * x from the left end and the length L in units of T.
 */
import type { EstimateMethod, MethodId } from '../contract.ts';
import type { GapView } from '../gap-view.ts';
import { likeDayCodes } from '../like-days.ts';

function bridged(id: MethodId, hours: number, wide: boolean): EstimateMethod {
  return {
    id,
    title: `Median of like days tied to the neighbours, fading in ${hours} h`,
    source: 'Like days with level adjustment to the measured slots next to the gap',
    ...likeDayCodes,
    fill: (view, out, at) => bridge(view, hours, wide, out, at),
  };
}

function bridge(view: GapView, hours: number, wide: boolean, out: Float64Array, at: number): void {
  const n = view.slots;
  const left = wide ? view.nearBefore : view.residualBefore;
  const right = wide ? view.nearAfter : view.residualAfter;
  const step = Math.exp(-view.slotHours / hours);
  const whole = step ** (n + 1);
  const norm = view.hasAfter ? 1 - whole * whole : 1;
  // What the left end adds, walking away from it, then the right end likewise.
  const byLeft = (view.hasAfter ? left - right * whole : left) / norm;
  const byRight = view.hasAfter ? (right - left * whole) / norm : 0;
  for (let k = 0, fade = step; k < n; k++, fade *= step) out[at + k] = view.median[k]! + byLeft * fade;
  for (let k = n - 1, fade = step; k >= 0; k--, fade *= step) {
    const value = out[at + k]! + byRight * fade;
    out[at + k] = view.signed || !(value < 0) ? value : 0;
  }
}

/** Tied to the slot next to the gap. */
export const bridged2h: EstimateMethod = bridged('bridged-2h', 2, false);
export const bridged8h: EstimateMethod = bridged('bridged-8h', 8, false);
/** Tied to the mean of the three hours next to the gap. */
export const bridged24h: EstimateMethod = bridged('bridged-24h', 24, true);
