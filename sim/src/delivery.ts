/**
 * When a reading reaches the head-end: the radio link of a meter fails for hours, messages get lost and
 * are fetched later or never, some come twice. A function of the seed, so that history and the live
 * devices agree, and a test knows what must arrive.
 */
import { DAY_S, SLOT_S } from './calendar.ts';
import { outagesOn } from './outages.ts';
import { chance, Draw, Stream } from './random.ts';
import type { SimMeter, World } from './world-types.ts';

/** Share of readings (by message) and of meter-days with each fault of delivery. */
export const DeliveryRates = {
  /** Meter-days on which a link failure begins. */
  linkFailure: 0.012,
  /** Messages lost for good. */
  lost: 0.0015,
  /** Messages lost and fetched the next morning. */
  recovered: 0.003,
  /** Messages that come twice. */
  duplicated: 0.001,
} as const;

const LONGEST_LINK_FAILURE_DAYS = 3;
const RECOVERY_HOUR_S = 10 * 3600;

export type Fate = 'sent' | 'lost' | 'recovered' | 'duplicated';

export interface Downtime {
  readonly fromS: number;
  readonly untilS: number;
}

/** What becomes of the message with the readings stamped `endS`. */
export function fateOf(world: World, meter: SimMeter, endS: number): Fate {
  const draw = chance(world.seed, Stream.loss, meter.index, endS / SLOT_S);
  if (draw < DeliveryRates.lost) return 'lost';
  if (draw < DeliveryRates.lost + DeliveryRates.recovered) return 'recovered';
  return draw < DeliveryRates.lost + DeliveryRates.recovered + DeliveryRates.duplicated
    ? 'duplicated'
    : 'sent';
}

/** Seconds after an interval's end at which a meter sends: spread, so that not all send at once. */
export function sendDelayS(world: World, meter: number): number {
  return 20 + Math.floor(680 * chance(world.seed, Stream.publish, meter));
}

/** When a message lost on a day is fetched: next morning, spread over an hour. */
export function recoveryS(world: World, meter: SimMeter, day: number): number {
  return world.days.start(day + 1) + RECOVERY_HOUR_S + 5 * sendDelayS(world, meter.index);
}

const draw = new Draw();

/** Times in which a meter cannot be reached that touch a local day, oldest first. */
export function downtimes(world: World, meter: SimMeter, day: number): Downtime[] {
  const found: Downtime[] = [];
  const dayStart = world.days.start(day);
  for (let from = day - LONGEST_LINK_FAILURE_DAYS; from <= day; from++) {
    draw.at(world.seed, Stream.link, meter.index, from);
    if (draw.next() >= DeliveryRates.linkFailure) continue;
    const fromS = world.days.start(from) + Math.floor(draw.next() * DAY_S);
    const length = draw.next();
    const untilS = fromS + 3600 + Math.floor(length * length * (LONGEST_LINK_FAILURE_DAYS - 0.2) * DAY_S);
    if (untilS > dayStart) found.push({ fromS, untilS });
  }
  if (meter.commodity === 'electricity') {
    const { transformer } = world.homes[meter.usagePoint]!;
    for (const outage of outagesOn(world, day)) {
      if (outage.transformer === transformer) found.push({ fromS: outage.fromS, untilS: outage.untilS });
    }
  }
  return found;
}

/** End of the time in which the meter cannot send at `atS`, or `atS` when it can. */
export function reachableFrom(down: readonly Downtime[], atS: number): number {
  let at = atS;
  for (let again = true; again; ) {
    again = false;
    for (const { fromS, untilS } of down) {
      if (at >= fromS && at < untilS) {
        at = untilS;
        again = true;
      }
    }
  }
  return at;
}

/** Whether nothing keeps the meter from sending at a moment, epoch seconds. */
export function canSend(world: World, meter: SimMeter, atS: number): boolean {
  return reachableFrom(downtimes(world, meter, world.days.dayOf(atS)), atS) === atS;
}

/** Turns of a device come at `phaseS` + n × `everyS`, epoch seconds. */
export interface Turns {
  readonly everyS: number;
  readonly phaseS: number;
}

/** Turns of a meter: spread, so that not all come at once. */
export function turnsOf(world: World, meter: number, everyS: number): Turns {
  return { everyS, phaseS: sendDelayS(world, meter) % everyS };
}

/** Number of the last turn at or before a moment. */
export function turnAt({ everyS, phaseS }: Turns, atS: number): number {
  return Math.floor((atS - phaseS) / everyS);
}

/**
 * When the readings stamped `endS` by a meter are received, epoch seconds; Infinity: never. The meter's
 * stamp counts from its own clock, so a meter whose clock is behind sends "late".
 */
export function receivedAtS(
  world: World,
  meter: SimMeter,
  day: number,
  down: readonly Downtime[],
  endS: number,
): number {
  const fate = fateOf(world, meter, endS);
  if (fate === 'lost') return Number.POSITIVE_INFINITY;
  if (fate === 'recovered') return reachableFrom(down, recoveryS(world, meter, day));
  const trueEndS = endS - clockOffsetS(meter, endS);
  const sentS = trueEndS + sendDelayS(world, meter.index);
  const reachable = reachableFrom(down, sentS);
  return reachable === sentS ? sentS : reachable + 60;
}

/** The meter's clock minus true time at the moment it stamps `endS`. */
export function clockOffsetS(meter: SimMeter, endS: number): number {
  return endS > meter.faults.clockFromS ? meter.faults.clockOffsetS : 0;
}
