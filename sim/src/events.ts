/** What meters report besides readings, with CIM end-device event codes. */
import { eventSeverity, type MeterEvent } from '@openami/model';
import { outagesOn } from './outages.ts';
import { chance, Draw, Stream } from './random.ts';
import type { SimMeter, World } from './world-types.ts';

export const EventCodes = {
  powerFailed: '3.26.0.85',
  powerRestored: '3.26.0.216',
  coverOpened: '3.12.29.39',
  clockChanged: '3.36.114.24',
} as const;

/** Share of last gasps that get through when a transformer fails. */
const LAST_GASP_DELIVERED = 0.4;
const COVER_CHANCE = 1 / 4000;
const CLOCK_SET_CHANCE = 1 / 3000;

/** Whether the last gasp of a meter gets through on a day. */
export function isGaspDelivered({ seed }: World, meter: number, day: number): boolean {
  return chance(seed, Stream.outage, meter, day) < LAST_GASP_DELIVERED;
}

export interface SimEvent {
  readonly meter: SimMeter;
  /** When it happened, epoch seconds. */
  readonly atS: number;
  readonly code: string;
  readonly detail: string;
}

/** Events of a local day that reach the head-end, in the order they happen. */
export function eventsOn(world: World, day: number): SimEvent[] {
  const events: SimEvent[] = [];
  const { seed } = world;
  const dayStart = world.days.start(day);
  const outages = outagesOn(world, day);
  const draw = new Draw();
  for (const meter of world.meters) {
    if (meter.fromS > dayStart || meter.untilS <= dayStart + 86_400 || meter.faults.deadFromS < dayStart)
      continue;
    draw.at(seed, Stream.event, meter.index, day);
    const cover = draw.next();
    const clock = draw.next();
    const atS = dayStart + Math.floor(draw.between(7, 19) * 3600);
    if (cover < COVER_CHANCE)
      events.push({ meter, atS, code: EventCodes.coverOpened, detail: 'terminal cover' });
    if (clock < CLOCK_SET_CHANCE) {
      events.push({ meter, atS: dayStart + 3 * 3600, code: EventCodes.clockChanged, detail: 'set by 4 s' });
    }
    if (meter.commodity !== 'electricity') continue;
    for (const outage of outages) {
      if (world.homes[meter.usagePoint]!.transformer !== outage.transformer) continue;
      if (isGaspDelivered(world, meter.index, day)) {
        events.push({ meter, atS: outage.fromS, code: EventCodes.powerFailed, detail: 'last gasp' });
      }
      const minutes = Math.round((outage.untilS - outage.fromS) / 60);
      events.push({
        meter,
        atS: outage.untilS,
        code: EventCodes.powerRestored,
        detail: `after ${minutes} min`,
      });
    }
  }
  return events.sort((a, b) => a.atS - b.atS || a.meter.index - b.meter.index);
}

/** The same as stored. */
export function eventsOfDay(
  world: World,
  day: number,
  receivedMs: number,
  meterId: (serial: string) => number,
): MeterEvent[] {
  return eventsOn(world, day).map(({ meter, atS, code, detail }) => ({
    at: atS,
    receivedMs: Math.min(receivedMs, (atS + 5) * 1000),
    meter: meterId(meter.serial),
    device: meter.serial,
    code,
    severity: eventSeverity(code),
    detail,
  }));
}
