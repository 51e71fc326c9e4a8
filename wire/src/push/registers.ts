/** Registers of a meter's telegram as series of a push message: one value each. */
import type { DecodedSeries } from './message.ts';

/** One register reading as a series. */
export function registerSeries(
  quantity: string,
  unit: string,
  endS: number,
  value: number,
  quality: number,
): DecodedSeries {
  return {
    quantity,
    unit,
    intervalS: 0,
    end: Float64Array.of(endS),
    value: Float64Array.of(value),
    quality: Uint8Array.of(quality),
    length: 1,
  };
}
