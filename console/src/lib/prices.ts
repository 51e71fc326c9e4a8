/** Values of a series over a local day, for its chart and table. */
import type { SeriesValueItem } from '@openami/server/contract';
import { dayNumber, dayStart, offsetAt } from './zone.ts';

export interface DayValue {
  /** UTC seconds [from, to), cut to the day. */
  readonly fromS: number;
  readonly toS: number;
  readonly value: string;
}

/** The parts of values that lie in a local day, in order. */
export function valuesOfDay(values: readonly SeriesValueItem[], zone: string, day: number): DayValue[] {
  const [startS, endS] = [dayStart(zone, day), dayStart(zone, day + 1)];
  return values.flatMap(({ from, to, value }) => {
    const fromS = Math.max(startS, Date.parse(from) / 1_000);
    const toS = Math.min(endS, Date.parse(to) / 1_000);
    return toS > fromS ? [{ fromS, toS, value }] : [];
  });
}

/** Foot and top of the axis: round numbers around the values, and zero. */
export function axisOf(values: readonly number[]): { readonly base: number; readonly top: number } {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = high - low || 1;
  const step = 10 ** Math.floor(Math.log10(span)) / 2;
  return { base: Math.floor(low / step) * step, top: Math.ceil(high / step) * step || step };
}

/** The instant of a time by the clock of a zone; of an hour that a day has twice the first. */
export function instantAt(zone: string, date: string, clock: string): Date {
  const startS = dayStart(zone, dayNumber(date));
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  const wallS = startS + hour * 3_600 + minute * 60;
  return new Date((wallS - (offsetAt(zone, wallS) - offsetAt(zone, startS))) * 1_000);
}

export const quantityWords = {
  price: 'Price',
  'calorific-value': 'Calorific value of gas',
  evapotranspiration: 'Evapotranspiration',
} as const;

export const attributeWords = {
  volumeCorrection: 'Volume correction factor',
  calorificSeries: 'Series of calorific values',
  persons: 'People',
  irrigatedAreaM2: 'Irrigated land, m²',
  weatherSeries: 'Series of evapotranspiration',
  winterAverageLPerDay: 'Winter average, litres a day',
} as const;
