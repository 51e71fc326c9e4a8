/** Register readings of a meter's telegram as series of a push message. */
import type { DecodedSeries } from './message.ts';

export interface RegisterReading {
  /** OBIS code. */
  readonly quantity: string;
  /** Symbol of the model. */
  readonly unit: string;
  /** Seconds since 1970. */
  readonly endS: number;
  readonly value: number;
  /** Quality state of the model. */
  readonly quality: number;
}

/** One series a quantity and unit, in the order in which they first come. */
export function registerSeries(readings: Iterable<RegisterReading>): DecodedSeries[] {
  const groups = new Map<string, RegisterReading[]>();
  for (const reading of readings) {
    const key = `${reading.quantity} ${reading.unit}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [reading]);
    else group.push(reading);
  }
  return Array.from(groups.values(), (group) => ({
    quantity: group[0]!.quantity,
    unit: group[0]!.unit,
    intervalS: 0,
    end: Float64Array.from(group, ({ endS }) => endS),
    value: Float64Array.from(group, ({ value }) => value),
    quality: Uint8Array.from(group, ({ quality }) => quality),
    length: group.length,
  }));
}
