import { parseDay } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorld, townDay, voltageCounts, weatherDay } from '../src/index.ts';

const world = buildWorld({ seed: 11, usagePoints: 200 });

describe('townDay', () => {
  it('has 92, 96 and 100 quarter hours where the clocks change, in any zone', () => {
    const berlin = (date: string) => townDay(world, parseDay(date));
    expect([berlin('2026-03-28').slots, berlin('2026-03-29').slots, berlin('2026-10-25').slots]).toEqual([
      96, 92, 100,
    ]);
    expect([berlin('2026-03-29').hours.count, berlin('2026-10-25').hours.count]).toEqual([23, 25]);
    const howe = buildWorld({ seed: 1, usagePoints: 10, zone: 'Australia/Lord_Howe' });
    expect(townDay(howe, parseDay('2026-04-05')).slots).toBe(98);
    expect(townDay(howe, parseDay('2026-10-04')).slots).toBe(94);
  });

  it('joins days without a gap or overlap, and their hours too', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/New_York']) {
      const w = buildWorld({ seed: 3, usagePoints: 10, zone, start: '2026-03-01' });
      let before = townDay(w, w.firstDay);
      for (let day = w.firstDay + 1; day < w.firstDay + 40; day++) {
        const next = townDay(w, day);
        expect(next.startS).toBe(before.endS);
        expect(next.hours.firstEndS).toBe(before.hours.firstEndS + before.hours.count * 3600);
        before = next;
      }
    }
  });

  it('is the same however it is reached', () => {
    const day = world.firstDay + 30;
    const alone = townDay(buildWorld({ seed: 11, usagePoints: 200 }), day);
    for (let d = day - 3; d < day; d++) townDay(world, d);
    expect(townDay(world, day).importWh).toEqual(alone.importWh);
    expect(townDay(world, day).flow).toEqual(alone.flow);
  });

  it('conserves energy: transformer = houses + losses, feeder = its transformers, to the Wh', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 364 }), (offset) => {
        const town = townDay(world, world.firstDay + offset);
        const houses = new Float64Array(town.transformerWh.length);
        for (const [row, home] of world.homes.entries()) {
          for (let i = 0; i < town.slots; i++) {
            const at = row * town.slots + i;
            houses[home.transformer * town.slots + i]! += town.importWh[at]! - town.exportWh[at]!;
          }
        }
        const feeders = new Float64Array(town.feederWh.length);
        for (const transformer of world.transformers) {
          for (let i = 0; i < town.slots; i++) {
            const at = transformer.index * town.slots + i;
            expect(town.transformerWh[at]).toBe(houses[at]! + town.lossWh[at]!);
            expect(town.lossWh[at]).toBeGreaterThanOrEqual(0);
            feeders[transformer.feeder * town.slots + i]! += town.transformerWh[at]!;
          }
        }
        expect(town.feederWh).toEqual(feeders);
      }),
      { numRuns: 12 },
    );
  });

  it('lets nothing flow and shows no voltage while a transformer is dead', () => {
    let checked = 0;
    for (let day = world.firstDay; day < world.endDay; day++) {
      const town = townDay(world, day);
      for (const outage of town.outages) {
        const row = world.homes.findIndex((home) => home.transformer === outage.transformer);
        for (let i = 0; i < town.slots; i++) {
          const from = town.startS + i * 900;
          if (from < outage.fromS || from + 900 > outage.untilS) continue;
          expect(Math.abs(town.importWh[row * town.slots + i]!)).toBeLessThanOrEqual(1);
          expect(voltageCounts(world, town, row, i)).toBe(0);
          checked++;
        }
      }
    }
    expect(checked).toBeGreaterThan(10);
  });

  it('stays within what a low-voltage network shows', () => {
    const town = townDay(world, world.firstDay + 20);
    for (let row = 0; row < world.homes.length; row++) {
      for (let i = 0; i < town.slots; i++) {
        const volts = voltageCounts(world, town, row, i) / 10;
        if (volts === 0) continue;
        expect(volts).toBeGreaterThan(205);
        expect(volts).toBeLessThan(255);
      }
    }
  });
});

describe('weatherDay', () => {
  it('is colder in January than in July and dark at night', () => {
    const mean = (from: string) => {
      let sum = 0;
      for (let d = 0; d < 28; d++) sum += weatherDay(5, world.place, world.days, parseDay(from) + d).meanC;
      return sum / 28;
    };
    expect(mean('2026-07-03') - mean('2026-01-03')).toBeGreaterThan(10);
    const july = weatherDay(5, world.place, world.days, parseDay('2026-07-03'));
    expect(july.irradianceWm2[0]).toBe(0);
    expect(Math.max(...july.irradianceWm2)).toBeGreaterThan(100);
    expect(Math.max(...july.irradianceWm2)).toBeLessThan(1100);
  });
});
