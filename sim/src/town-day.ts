/**
 * The truth of one local day for the whole town: what flowed through every usage point, what every
 * transformer and feeder carried, and the voltage at every house. Meters look at this and may err.
 *
 *   transformer sum = sum of its houses (import - export) + copper loss + iron loss, all whole Wh
 *   voltage         = 230 V x (source - feeder drop - transformer drop - line drop)
 */
import { SLOT_S } from './calendar.ts';
import { type DayHours, dayHours, flowDay } from './flow.ts';
import { homeGeneration, homeLoad } from './home.ts';
import { type Outage, outagesOn } from './outages.ts';
import { chance, Stream } from './random.ts';
import { type WeatherDay, weatherDay } from './weather.ts';
import type { World } from './world-types.ts';

export interface TownDay {
  readonly day: number;
  readonly startS: number;
  readonly endS: number;
  /** 15-minute slots: 96, or 92 and 100 on the days the clocks change. */
  readonly slots: number;
  readonly hours: DayHours;
  readonly weather: WeatherDay;
  readonly outages: readonly Outage[];
  /** Wh, `[home row * slots + slot]`. */
  readonly importWh: Int32Array;
  readonly exportWh: Int32Array;
  /** Counts of the flow's channel, `[flow row * hours.count + hour]`. */
  readonly flow: Int32Array;
  /** Wh through a transformer towards the houses (negative: backwards), `[transformer * slots + slot]`. */
  readonly transformerWh: Float64Array;
  /** Wh lost in a transformer and its lines. */
  readonly lossWh: Float64Array;
  /** Wh out of the station into a feeder, `[feeder * slots + slot]`. */
  readonly feederWh: Float64Array;
}

const IRON_LOSS_SHARE = 0.0018;
const COPPER_LOSS_AT_RATING = 0.016;
const NOMINAL_V = 230;

/** Generates a day from the seed alone; about a tenth of a second for a thousand usage points. */
export function townDay(world: World, day: number): TownDay {
  const { seed } = world;
  const weather = weatherDay(seed, world.place, world.days, day);
  const { slots, startS } = weather;
  const hours = dayHours(weather);
  const outages = outagesOn(world, day);
  const town: TownDay = {
    day,
    startS,
    endS: startS + slots * SLOT_S,
    slots,
    hours,
    weather,
    outages,
    importWh: new Int32Array(world.homes.length * slots),
    exportWh: new Int32Array(world.homes.length * slots),
    flow: new Int32Array(world.flows.length * hours.count),
    transformerWh: new Float64Array(world.transformers.length * slots),
    lossWh: new Float64Array(world.transformers.length * slots),
    feederWh: new Float64Array(world.feeders.length * slots),
  };
  addHomes(world, town);
  for (let row = 0; row < world.flows.length; row++) {
    flowDay(seed, world.flows[row]!, day, hours, town.flow, row * hours.count);
  }
  addLosses(world, town);
  return town;
}

function addHomes(world: World, town: TownDay): void {
  const { slots, weather } = town;
  const load = new Float64Array(slots);
  const generation = new Float64Array(slots);
  for (let row = 0; row < world.homes.length; row++) {
    const home = world.homes[row]!;
    homeLoad(world.seed, home, town.day, weather, load);
    if (home.pv !== undefined) homeGeneration(home.pv, weather, generation);
    applyOutages(town, home.transformer, load, generation);
    const base = row * slots;
    const sumBase = home.transformer * slots;
    let inCarry = 0.5;
    let outCarry = 0.5;
    for (let i = 0; i < slots; i++) {
      const net = home.pv === undefined ? load[i]! : load[i]! - generation[i]!;
      inCarry += Math.max(0, net);
      outCarry += Math.max(0, -net);
      const taken = Math.floor(inCarry);
      const given = Math.floor(outCarry);
      inCarry -= taken;
      outCarry -= given;
      town.importWh[base + i] = taken;
      town.exportWh[base + i] = given;
      town.transformerWh[sumBase + i]! += taken - given;
    }
  }
}

/** Nothing flows behind a dead transformer; partly covered slots keep their share. */
function applyOutages(
  town: TownDay,
  transformer: number,
  load: Float64Array,
  generation: Float64Array,
): void {
  for (const outage of town.outages) {
    if (outage.transformer !== transformer) continue;
    for (let i = 0; i < town.slots; i++) {
      const powered = 1 - coveredShare(outage, town.startS + i * SLOT_S);
      load[i]! *= powered;
      generation[i]! *= powered;
    }
  }
}

/** Share of the slot that starts at `slotS` in which an outage holds, 0..1. */
function coveredShare(outage: Outage, slotS: number): number {
  const covered = Math.min(outage.untilS, slotS + SLOT_S) - Math.max(outage.fromS, slotS);
  return Math.max(0, covered) / SLOT_S;
}

function addLosses(world: World, town: TownDay): void {
  const { slots } = town;
  for (const transformer of world.transformers) {
    const ratedWh = transformer.ratedKva * 1000 * (SLOT_S / 3600);
    const outages = town.outages.filter((outage) => outage.transformer === transformer.index);
    for (let i = 0; i < slots; i++) {
      const at = transformer.index * slots + i;
      let powered = 1;
      for (const outage of outages) powered -= coveredShare(outage, town.startS + i * SLOT_S);
      const carried = town.transformerWh[at]!;
      const loading = carried / ratedWh;
      const loss =
        ratedWh * (IRON_LOSS_SHARE * Math.max(0, powered) + COPPER_LOSS_AT_RATING * loading * loading);
      town.lossWh[at] = Math.round(loss);
      town.transformerWh[at] = carried + town.lossWh[at]!;
      town.feederWh[transformer.feeder * slots + i]! += town.transformerWh[at]!;
    }
  }
}

/** Voltage at a house in one slot, tenths of a volt; 0 while its transformer is dead for the whole slot. */
export function voltageCounts(world: World, town: TownDay, row: number, slot: number): number {
  const home = world.homes[row]!;
  const transformer = world.transformers[home.transformer]!;
  const slotS = town.startS + slot * SLOT_S;
  for (const outage of town.outages) {
    if (outage.transformer === home.transformer && coveredShare(outage, slotS) >= 1) return 0;
  }
  const hoursOfSlot = SLOT_S / 3600;
  const loading =
    town.transformerWh[home.transformer * town.slots + slot]! / (transformer.ratedKva * 1000 * hoursOfSlot);
  const feederKw = town.feederWh[transformer.feeder * town.slots + slot]! / (1000 * hoursOfSlot);
  const at = row * town.slots + slot;
  const ownKw = (town.importWh[at]! - town.exportWh[at]!) / (1000 * hoursOfSlot);
  const source = 1.024 + 0.006 * (chance(world.seed, Stream.feederVoltage, slotS) - 0.5);
  const drop = feederKw * 1e-4 * transformer.reach + 0.035 * loading + ownKw * home.lineM * 1.6e-5;
  return Math.round(NOMINAL_V * 10 * (source - drop));
}
