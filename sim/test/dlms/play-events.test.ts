import { ManualClock } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { happeningsOn } from '../../src/dlms/play-events.ts';
import { eventsOn, isGaspDelivered } from '../../src/events.ts';
import { buildWorld, DlmsFleet, planDlmsFleet, WorldMeasurements } from '../../src/index.ts';
import { outagesOn } from '../../src/outages.ts';

const world = buildWorld({ seed: 7, usagePoints: 60, historyDays: 40, start: '2026-03-01' });
const days = Array.from({ length: 40 }, (_, i) => world.firstDay + i);
const day = days.find((one) => outagesOn(world, one).length > 0)!;

describe('what happens in the world', () => {
  it('happens to the meters that stand for it: the power goes, some gasp, and it comes back', () => {
    const [{ transformer, fromS, untilS }] = outagesOn(world, day) as [ReturnType<typeof outagesOn>[0]];
    const clock = new ManualClock(0);
    const told: string[] = [];
    const fleet = new DlmsFleet({
      ...{
        meters: planDlmsFleet(world),
        measurements: new WorldMeasurements(world),
        clock,
        seed: world.seed,
      },
      onEvent: ({ identity }, event) => {
        if (event.type === 'image') return;
        const what = event.type === 'event' ? event.name : event.type;
        told.push(`${identity.worldMeter} ${what} ${clock.nowMs() / 1000}`);
      },
    });
    for (const { atS, happens } of happeningsOn(world, fleet, day)) {
      clock.setMs(atS * 1000);
      happens();
    }
    const dark = fleet.meters.filter(
      ({ identity: { worldMeter } }) =>
        world.homes[world.meters[worldMeter]!.usagePoint]!.transformer === transformer,
    );
    expect(dark.length).toBeGreaterThan(0);
    for (const { identity } of dark) {
      const n = identity.worldMeter;
      expect(told).toContain(`${n} power-down ${fromS}`);
      expect(told).toContain(`${n} power-up ${untilS}`);
      expect(told.includes(`${n} push ${fromS}`)).toBe(isGaspDelivered(world, n, day));
    }
    // besides single houses, of which there is something every few hours
    const downs = told.filter((one) => one.includes('power-down')).length;
    expect(downs).toBeGreaterThan(dark.length);
    expect(told.filter((one) => one.includes('power-up'))).toHaveLength(downs);
    expect(fleet.meters.every(({ isPowered }) => isPowered)).toBe(true);
  });

  it('is over by the end of its day, of 23 hours too: no power stays away', () => {
    const fleet = new DlmsFleet({
      ...{ meters: planDlmsFleet(world), measurements: new WorldMeasurements(world) },
      ...{ clock: new ManualClock(0), seed: world.seed },
    });
    const { start } = world.days;
    const years = Array.from({ length: 10 * 365 }, (_, i) => world.firstDay + i);
    const odd = years.filter((one) => start(one + 1) - start(one) !== 86_400);
    expect(odd).toHaveLength(20);
    for (const one of [...days, ...odd]) {
      const times = happeningsOn(world, fleet, one).map(({ atS }) => atS);
      expect(times[0]).toBeGreaterThanOrEqual(start(one));
      expect(times.at(-1)).toBeLessThan(start(one + 1));
    }
  });

  it('is what the events of the world tell, and what happens in houses', () => {
    const fleet = new DlmsFleet({
      ...{ meters: planDlmsFleet(world), measurements: new WorldMeasurements(world) },
      ...{ clock: new ManualClock(0), seed: world.seed },
    });
    const covers = days
      .flatMap((one) => eventsOn(world, one))
      .filter(({ code, meter }) => {
        return code !== '3.26.0.85' && code !== '3.26.0.216' && fleet.meter(meter.serial) !== undefined;
      });
    const outages = days.flatMap((one) => outagesOn(world, one));
    const all = days.flatMap((one) => happeningsOn(world, fleet, one));
    const inOutages = all.filter(({ atS }) =>
      outages.some(({ fromS, untilS }) => atS === fromS || atS === untilS),
    );
    const inHouses = all.length - inOutages.length - covers.length;
    // twelve a day; a fuse goes and comes back, a cover is opened
    expect(inHouses).toBeGreaterThan(days.length * 12 * 1.5);
    expect(inHouses).toBeLessThan(days.length * 12 * 2);
    const again = days.flatMap((one) => happeningsOn(world, fleet, one));
    expect(again.map(({ atS }) => atS)).toEqual(all.map(({ atS }) => atS));
  });
});
