/**
 * Gas, water and heat of one usage point for one day, hour by hour, in counts of the channel.
 *
 *   gas    boiler by degrees below 17 degC with night set-back, hot water, cooking    10 L a count
 *   water  toilets, showers, taps, laundry, garden; a leak runs day and night           1 L a count
 *   heat   degrees below 17 degC with night set-back, hot water                       100 Wh a count
 */
import { HOUR_S } from './calendar.ts';
import { Draw, Stream } from './random.ts';
import type { WeatherDay } from './weather.ts';
import type { Flow } from './world-types.ts';

/** Hours of a local day: those whose end lies in (start of day, end of day]. */
export interface DayHours {
  /** End of the first hour, epoch seconds. */
  readonly firstEndS: number;
  readonly count: number;
  /** Local hour of the day in which each hour starts, 0..23. */
  readonly localHour: Uint8Array;
  readonly temperatureC: Float64Array;
}

/** Whole UTC hours of the day with their weather. */
export function dayHours(weather: WeatherDay): DayHours {
  const endS = weather.startS + weather.slots * 900;
  const firstEndS = (Math.floor(weather.startS / HOUR_S) + 1) * HOUR_S;
  const count = Math.floor(endS / HOUR_S) - firstEndS / HOUR_S + 1;
  const localHour = new Uint8Array(count);
  const temperatureC = new Float64Array(count);
  for (let h = 0; h < count; h++) {
    const slot = Math.max(0, (firstEndS + h * HOUR_S - HOUR_S - weather.startS) / 900);
    localHour[h] = weather.localQuarter[Math.floor(slot)]! >> 2;
    temperatureC[h] = weather.temperatureC[Math.min(weather.slots - 1, Math.floor(slot) + 2)]!;
  }
  return { firstEndS, count, localHour, temperatureC };
}

const draw = new Draw();
const amount = new Float64Array(32);

/** Writes whole counts of one day into `out[from .. from + hours.count)`. */
export function flowDay(
  seed: number,
  flow: Flow,
  day: number,
  hours: DayHours,
  out: Int32Array,
  from: number,
): void {
  amount.fill(0);
  if (flow.commodity === 'water') waterLitres(seed, flow, day, hours);
  else if (flow.commodity === 'gas') gasCounts(seed, flow, day, hours);
  else heatCounts(seed, flow, day, hours);
  // What is left of a count after one hour is carried into the next.
  let carried = 0.5;
  for (let h = 0; h < hours.count; h++) {
    carried += amount[h]!;
    const whole = Math.floor(carried);
    carried -= whole;
    out[from + h] = whole;
  }
}

function waterLitres(seed: number, flow: Flow, day: number, hours: DayHours): void {
  const d = draw.at(seed, Stream.waterDay, flow.usagePoint, day);
  const use = (localHour: number, litres: number): void => {
    const h = indexOfHour(hours, Math.floor(localHour));
    amount[h]! += litres;
  };
  for (let person = 0; person < flow.occupants; person++) {
    use(d.around(6.9, 0.6), d.between(25, 70));
    for (let i = 0; i < 5; i++) use(d.between(6, 23.5), 6);
    for (let i = 0; i < 4; i++) use(d.between(6, 23), d.between(1, 9));
    if (d.next() < 0.12) use(d.between(0, 5), 6);
  }
  use(d.around(18.8, 0.6), d.between(5, 15));
  if (d.next() < 0.16 * flow.occupants) use(d.between(8, 20), 55);
  const warm = hours.temperatureC[Math.min(14, hours.count - 1)]!;
  if (flow.irrigates && warm > 14 && d.next() < 0.6) use(20.5, d.between(120, 420));
  for (let h = 0; h < hours.count; h++) {
    if (hours.firstEndS + (h - 1) * HOUR_S >= flow.leakFromS) amount[h]! += flow.leakLitresPerHour;
  }
}

function gasCounts(seed: number, flow: Flow, day: number, hours: DayHours): void {
  const d = draw.at(seed, Stream.gasDay, flow.usagePoint, day);
  const wobble = d.between(0.85, 1.15);
  for (let h = 0; h < hours.count; h++) {
    amount[h] = flow.perKelvin * heating(hours, h) * wobble * 100;
  }
  amount[indexOfHour(hours, Math.floor(d.around(6.8, 0.5)))]! += 3 + 9 * flow.occupants * d.next();
  amount[indexOfHour(hours, Math.floor(d.around(18.7, 0.6)))]! += d.between(6, 30);
}

function heatCounts(seed: number, flow: Flow, day: number, hours: DayHours): void {
  const d = draw.at(seed, Stream.heatDay, flow.usagePoint, day);
  const wobble = d.between(0.88, 1.12);
  for (let h = 0; h < hours.count; h++) {
    amount[h] = flow.perKelvin * heating(hours, h) * wobble * 10;
  }
  amount[indexOfHour(hours, Math.floor(d.around(7, 0.6)))]! += 8 * flow.occupants * d.next();
}

/** Kelvin to be heated in an hour, with the night's set-back. */
function heating(hours: DayHours, h: number): number {
  const local = hours.localHour[h]!;
  return Math.max(0, 17 - hours.temperatureC[h]!) * (local < 5 || local >= 22 ? 0.55 : 1.1);
}

/** Hour of the day that starts at or after a local hour; the last one when there is none. */
function indexOfHour(hours: DayHours, localHour: number): number {
  const wanted = Math.min(23, Math.max(0, localHour));
  let h = Math.min(wanted, hours.count - 1);
  while (h < hours.count - 1 && hours.localHour[h]! < wanted) h++;
  while (h > 0 && hours.localHour[h]! > wanted) h--;
  return h;
}
