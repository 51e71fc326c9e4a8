/**
 * What happens at the meters of a world, happening to the DLMS meters that stand for them: the power of a
 * transformer goes and comes back, a cover is opened, a clock is set. What the head-end hears of it comes
 * over DLMS: a last gasp that gets through, an alarm, the log.
 */
import type { Clock } from '@openami/model';
import { EventCodes, eventsOn, isGaspDelivered } from '../events.ts';
import { outagesOn } from '../outages.ts';
import { Draw, Stream } from '../random.ts';
import type { World } from '../world-types.ts';
import type { DlmsFleet } from './dlms-fleet.ts';
import type { SimDlmsMeter } from './meter.ts';

interface Happening {
  readonly atS: number;
  readonly happens: () => void;
}

const everyMs = 1_000;

/** What happens to meters of the fleet on a local day, in its order. */
export function happeningsOn(world: World, fleet: DlmsFleet, day: number): Happening[] {
  const found: Happening[] = [];
  const add = (atS: number, happens: () => void) => found.push({ atS, happens });
  for (const { meter, atS, code } of eventsOn(world, day)) {
    const one = fleet.meter(meter.serial);
    if (one === undefined) continue;
    if (code === EventCodes.coverOpened) add(atS, () => one.notice('terminal-cover-opened'));
    if (code === EventCodes.clockChanged) add(atS, () => one.notice('clock-set'));
  }
  for (const { transformer, fromS, untilS } of outagesOn(world, day)) {
    for (const { meter, isHeard } of metersOf(world, fleet, transformer, day)) {
      add(fromS, () => meter.losePower(isHeard));
      add(untilS, () => meter.powerUp());
    }
  }
  for (const { atS, untilS, meter, event } of inHouses(world, fleet.meters, day)) {
    if (event === 'cover') add(atS, () => meter.notice('terminal-cover-opened'));
    else {
      add(atS, () => meter.losePower(true));
      add(untilS, () => meter.powerUp());
    }
  }
  return found.sort((a, b) => a.atS - b.atS);
}

/** Hours between a fuse and the next, or a cover; of all meters of a fleet. */
const hoursApart = 2;

interface InHouse {
  readonly atS: number;
  readonly untilS: number;
  readonly meter: SimDlmsMeter;
  readonly event: 'fuse' | 'cover';
}

/** In single houses, so that there is something to see every hour or two: a fuse, now and then a cover. */
function inHouses(world: World, meters: readonly SimDlmsMeter[], day: number): InHouse[] {
  const draw = new Draw();
  const startS = world.days.start(day);
  const slotS = hoursApart * 3600;
  // whole slots only: in a day of 23 hours the last one would end after midnight
  return Array.from({ length: Math.floor((world.days.start(day + 1) - startS) / slotS) }, (_, i): InHouse => {
    draw.at(world.seed, Stream.house, day, i);
    const atS = startS + Math.floor((i + draw.between(0.1, 0.5)) * slotS);
    const event = draw.next() < 0.25 ? 'cover' : 'fuse';
    const untilS = atS + Math.floor(60 * draw.between(2, 40));
    return { atS, untilS, meter: meters[draw.below(meters.length)]!, event };
  });
}

function metersOf(
  world: World,
  fleet: DlmsFleet,
  transformer: number,
  day: number,
): { readonly meter: SimDlmsMeter; readonly isHeard: boolean }[] {
  return fleet.meters.flatMap((meter) => {
    const { worldMeter } = meter.identity;
    const { usagePoint } = world.meters[worldMeter]!;
    if (world.homes[usagePoint]!.transformer !== transformer) return [];
    return [{ meter, isHeard: isGaspDelivered(world, worldMeter, day) }];
  });
}

/** Lets it happen as time goes by, from now on; gives what stops it. */
export function playEvents(world: World, fleet: DlmsFleet, clock: Clock): () => void {
  let doneS = clock.nowMs() / 1000;
  let known: { readonly day: number; readonly happenings: readonly Happening[] } | undefined;
  const on = (day: number): readonly Happening[] => {
    if (known?.day !== day) known = { day, happenings: happeningsOn(world, fleet, day) };
    return known.happenings;
  };
  const step = (): void => {
    const nowS = clock.nowMs() / 1000;
    const lastDay = world.days.dayOf(nowS);
    // what goes on a day comes back on it
    for (let day = world.days.dayOf(doneS); day <= lastDay; day++) {
      for (const { atS, happens } of on(day)) {
        if (atS > doneS && atS <= nowS) happens();
      }
    }
    doneS = nowS;
  };
  const timer = setInterval(step, everyMs);
  return () => clearInterval(timer);
}
