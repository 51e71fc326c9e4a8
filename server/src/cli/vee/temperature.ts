/** The outside temperature beside a set of meters: estimates of gas and heat ask for it. */
import { join } from 'node:path';
import { countsConverter } from '@openami/model';
import { endOf, type Series } from '@openami/vee';
import type { TemperatureIn } from './read-as.ts';
import { type InputChannel, readInput, requireChannels } from './read-input.ts';

/** °C by the end of the interval it is the mean of, and the length of these intervals. */
export interface Temperature {
  readonly at: ReadonlyMap<number, number>;
  readonly intervalS: number;
}

/** Reads a column. Throws what reading the file throws, and VEE_INPUT_EMPTY. */
export async function readTemperature(folder: string, { file, column }: TemperatureIn): Promise<Temperature> {
  const input = await readInput([join(folder, file)], {
    ...{ quantity: 'level', unit: 'degC', columns: [column], values: 'instant' },
  });
  requireChannels(input, file);
  const channel = input.channels[0]!;
  return { at: celsiusOf(channel), intervalS: channel.intervalS };
}

function celsiusOf({ rows, unit, resolution }: InputChannel): Map<number, number> {
  const { toUnit } = countsConverter(unit, resolution);
  return new Map(Array.from(rows.endS, (endS, i) => [endS, toUnit(rows.value[i]!)]));
}

/** °C of each slot: of the interval that its end lies in; NaN where none is known. */
export function temperatureOf({ at, intervalS }: Temperature, series: Series): Float64Array {
  return Float64Array.from(
    series.value,
    (_, i) => at.get(Math.ceil(endOf(series, i) / intervalS) * intervalS) ?? Number.NaN,
  );
}
