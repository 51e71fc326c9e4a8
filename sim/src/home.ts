/**
 * One house for one day, from the bottom up: what is switched on, when, and for how long.
 *
 *   always:    standby, fridge cycles
 *   at home:   electronics, light when it is dark
 *   events:    meals, laundry, dishes (rectangles of power at drawn times), car sessions (may cross midnight)
 *   weather:   heat pump by temperature, photovoltaics by irradiance and the roof's orientation
 *
 * The result is energy in Wh per 15-minute slot: `load` and `generation`, netted by the caller.
 */
import { weekday } from '@openami/model';
import { HOUR_S, SLOT_S } from './calendar.ts';
import { chance, Draw, hash, Stream } from './random.ts';
import type { WeatherDay } from './weather.ts';
import type { Home, Pattern } from './world-types.ts';

const SLOT_H = SLOT_S / HOUR_S;
const PERFORMANCE_RATIO = 0.84;

/** Probability that somebody is at home and awake, by hour of the local day. */
const AWAKE: Record<Pattern, { readonly work: string; readonly free: string }> = {
  worker: { work: '000002785211111125899963', free: '100000024788877788999974' },
  family: { work: '000003896433334567999952', free: '000000268999888899999952' },
  retired: { work: '000001589887788788898620', free: '000001589887788788898620' },
  business: { work: '000000138999999999731000', free: '000000001222222211000000' },
};
const awakeTables = new Map<string, Float64Array>();

function awake(pattern: Pattern, free: boolean): Float64Array {
  const text = AWAKE[pattern][free ? 'free' : 'work'];
  let table = awakeTables.get(text);
  if (table === undefined) {
    table = Float64Array.from({ length: 96 }, (_, q) => Number(text[q >> 2]) / 9);
    awakeTables.set(text, table);
  }
  return table;
}

/** Whether the household is away that week (a whole week, about one in thirty). */
function isAway(seed: number, home: Home, day: number): boolean {
  return (
    home.pattern !== 'business' && chance(seed, Stream.vacation, home.usagePoint, Math.floor(day / 7)) < 0.033
  );
}

const draw = new Draw();

/** Adds the house's load of one day, Wh per slot. `load` is overwritten. */
export function homeLoad(
  seed: number,
  home: Home,
  day: number,
  weather: WeatherDay,
  load: Float64Array,
): void {
  const free = weekday(day) >= 6;
  const away = isAway(seed, home, day);
  const present = awake(home.pattern, free);
  const { startS, slots } = weather;
  const noise = hash(seed, Stream.noise, home.usagePoint, day);
  let fridgeBefore = fridgeOnS(home, startS);
  for (let i = 0; i < slots; i++) {
    const fridgeAfter = fridgeOnS(home, startS + (i + 1) * SLOT_S);
    let watts = home.standbyW + (home.fridgeW * (fridgeAfter - fridgeBefore)) / SLOT_S;
    fridgeBefore = fridgeAfter;
    if (!away) {
      const wobble = 0.7 + 0.6 * (((noise ^ Math.imul(i + 1, 0x9e3779b1)) >>> 16) / 65536);
      const dark = weather.sunHeight[i]! < 0.08 ? 1 : 0.12 + 0.4 * weather.cloud[i]!;
      watts += present[weather.localQuarter[i]!]! * wobble * (home.electronicsW + home.lightW * dark);
    }
    if (home.heatPump !== undefined) watts += heatPumpW(home.heatPump.wattsPerK, weather.temperatureC[i]!);
    load[i] = watts * SLOT_H;
  }
  if (!away && home.pattern !== 'business') appliances(seed, home, day, free, weather, load);
  if (home.ev !== undefined) {
    carSession(seed, home, home.ev, day - 1, startS - 24 * HOUR_S, weather, load);
    carSession(seed, home, home.ev, day, startS, weather, load);
  }
}

/** Seconds the compressor has run since the epoch, in closed form. */
function fridgeOnS(home: Home, at: number): number {
  const shifted = at + home.usagePoint * 977;
  const cycle = Math.floor(shifted / home.fridgePeriodS);
  const on = home.fridgePeriodS * home.fridgeDuty;
  return cycle * on + Math.min(shifted - cycle * home.fridgePeriodS, on);
}

/** Electric power for a house that loses `wattsPerK` of heat a kelvin; the colder, the worse the factor. */
function heatPumpW(wattsPerK: number, outsideC: number): number {
  const lack = 16 - outsideC;
  if (lack <= 0) return 0;
  return (wattsPerK * lack) / Math.max(1.8, 3.9 - 0.07 * lack);
}

function appliances(
  seed: number,
  home: Home,
  day: number,
  free: boolean,
  weather: WeatherDay,
  load: Float64Array,
): void {
  const d = draw.at(seed, Stream.homeDay, home.usagePoint, day);
  const at = (hour: number): number => weather.startS + hour * HOUR_S;
  const run = (hour: number, minutes: number, watts: number): void =>
    addRun(load, weather, at(hour), at(hour) + minutes * 60, watts);
  if (d.next() < 0.9) run(d.around(free ? 9 : 6.7, 0.5), d.between(6, 16), 1100);
  if (d.next() < (free ? 0.6 : 0.2)) run(d.around(12.4, 0.5), d.between(20, 45), home.cookW * 0.8);
  if (d.next() < 0.85) run(d.around(18.6, 0.7), d.between(20, 55), home.cookW);
  for (let i = 0; i < home.occupants + 1; i++) run(d.between(6.5, 22.5), d.between(3, 7), 2000);
  if (d.next() < 0.16 * home.occupants) {
    const start = d.between(8, 20);
    run(start, 22, 2050);
    run(start + 22 / 60, 55, 260);
    if (d.next() < 0.4) run(start + 1.5, d.between(50, 90), 1400);
  }
  if (d.next() < 0.14 * home.occupants + 0.1) {
    const start = d.around(20, 1);
    run(start, 18, 1900);
    run(start + 0.8, 14, 1900);
  }
}

function carSession(
  seed: number,
  home: Home,
  ev: NonNullable<Home['ev']>,
  day: number,
  dayStartS: number,
  weather: WeatherDay,
  load: Float64Array,
): void {
  const d = draw.at(seed, Stream.evDay, home.usagePoint, day);
  if (d.next() >= ev.perDay || isAway(seed, home, day)) return;
  const fromS = dayStartS + d.around(ev.arrivalH, 0.9) * HOUR_S;
  const energyWh = d.between(4000, 32_000);
  addRun(load, weather, fromS, fromS + (energyWh / ev.chargeW) * HOUR_S, ev.chargeW);
}

/** Adds constant power over [fromS, toS), cut to the day. */
function addRun(load: Float64Array, weather: WeatherDay, fromS: number, toS: number, watts: number): void {
  const from = Math.max(0, (fromS - weather.startS) / SLOT_S);
  const to = Math.min(weather.slots, (toS - weather.startS) / SLOT_S);
  for (let i = Math.floor(from); i < to; i++) {
    load[i]! += watts * SLOT_H * (Math.min(to, i + 1) - Math.max(from, i));
  }
}

/** Photovoltaic energy of one day, Wh per slot. `generation` is overwritten. */
export function homeGeneration(
  pv: NonNullable<Home['pv']>,
  weather: WeatherDay,
  generation: Float64Array,
): void {
  const cosTilt = Math.cos(pv.tiltRad);
  const sinTilt = Math.sin(pv.tiltRad);
  for (let i = 0; i < weather.slots; i++) {
    const horizontal = weather.irradianceWm2[i]!;
    if (horizontal <= 0) {
      generation[i] = 0;
      continue;
    }
    const height = weather.sunHeight[i]!;
    const diffuse = horizontal * (0.14 + 0.8 * weather.cloud[i]!);
    const direct = Math.max(0, horizontal - diffuse);
    const facing =
      height * cosTilt +
      Math.sqrt(1 - height * height) * sinTilt * Math.cos(weather.sunAzimuth[i]! - pv.azimuthRad);
    const plane = (direct * Math.max(0, facing)) / Math.max(0.08, height) + diffuse * (0.5 + 0.5 * cosTilt);
    const cell = weather.temperatureC[i]! + plane * 0.0325;
    const watts = pv.kwp * Math.min(1150, plane) * PERFORMANCE_RATIO * (1 - 0.004 * (cell - 25));
    generation[i] = Math.max(0, watts) * SLOT_H;
  }
}
