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
export function registerSeries(readings: readonly RegisterReading[]): DecodedSeries[] {
  const groups = new Map<string, RegisterReading[]>();
  for (const reading of readings) {
    const { quantity, unit } = reading;
    let group = groups.get(quantity);
    if (group !== undefined && group[0]!.unit !== unit) group = groups.get(`${quantity} ${unit}`);
    if (group !== undefined) group.push(reading);
    else groups.set(groups.has(quantity) ? `${quantity} ${unit}` : quantity, [reading]);
  }
  return Array.from(groups.values(), seriesOf);
}

/** Adds a reading to those of its quantity and unit; of two at one time the first counts. */
export function addRegister(groups: Map<string, RegisterReading[]>, reading: RegisterReading): void {
  const key = `${reading.quantity} ${reading.unit}`;
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [reading]);
  else if (group.every(({ endS }) => endS !== reading.endS)) group.push(reading);
}

/** Groups as series, each in the order of time. */
export function sortedSeries(groups: ReadonlyMap<string, RegisterReading[]>): DecodedSeries[] {
  return Array.from(groups.values(), (group) => seriesOf(group.sort((a, b) => a.endS - b.endS)));
}

function seriesOf(group: readonly RegisterReading[]): DecodedSeries {
  const { length } = group;
  const { quantity, unit } = group[0]!;
  const end = new Float64Array(length);
  const value = new Float64Array(length);
  const quality = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const reading = group[i]!;
    end[i] = reading.endS;
    value[i] = reading.value;
    quality[i] = reading.quality;
  }
  return { quantity, unit, intervalS: 0, end, value, quality, length };
}
