import { AesKey, decodeWmbus, Formats, mediumName, toPush } from '@openami/wire/mbus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorld, openDayBooks, planRadio, radioNameOf, radioTelegram } from '../../src/index.ts';
import { heardBy } from '../../src/radio/paths.ts';
import { distanceM } from '../../src/town.ts';

// the days around the change to summer time
const world = buildWorld({
  seed: 9,
  usagePoints: 400,
  historyDays: 3,
  start: '2026-03-27',
  protocols: 'own',
});
const plan = planRadio(world);
const firstS = world.days.start(world.firstDay);
const winterS = 3_600;

describe('telegrams', () => {
  it('say the register and its hour, in each way to encrypt, over the change of the clocks', () => {
    const formats = new Formats();
    const meterOf = fc.constantFrom(...plan.meters);
    fc.assert(
      fc.property(
        meterOf,
        fc.nat(4 * 24 * 60),
        fc.nat(99_999_999),
        fc.nat(2 ** 31),
        (meter, minutes, counts, turn) => {
          const atS = firstS + minutes * 60;
          const options = { formats, keyFor: () => new AesKey(meter.key), requireEncryption: true };
          // a full one first, which teaches the compact ones
          decodeWmbus(radioTelegram(meter, world.days, turn - (turn % 8), { counts, atS }), options);
          const telegram = decodeWmbus(radioTelegram(meter, world.days, turn, { counts, atS }), options);
          expect(telegram.meter).toEqual(meter.address);
          const { series } = toPush(telegram, { receivedS: 0, offsetS: winterS });
          expect(series).toHaveLength(1);
          const [{ end, value, unit }] = series as [(typeof series)[0]];
          const { commodity } = meter.meter;
          const shown = {
            water: [counts / 1_000, 'm3'],
            gas: [counts / 100, 'm3'],
            heat: [counts * 100, 'Wh'],
          };
          expect([end[0], value[0], unit]).toEqual([atS, ...shown[commodity as keyof typeof shown]]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are known by maker and number, and by what they measure', () => {
    for (const { serial, name, address, meter } of plan.meters) {
      expect(name).toBe(radioNameOf(serial));
      expect(name).toBe(`${address.manufacturer}-${address.id}`);
      expect(mediumName(address.type)).toBe(meter.commodity);
    }
    expect(new Set(plan.meters.map(({ name }) => name)).size).toBe(plan.meters.length);
    expect(new Set(plan.meters.map(({ security }) => security)).size).toBe(3);
  });
});

describe('paths', () => {
  it('are the same for the same seed, and weaker far away', () => {
    const strengths: [number, number][] = [];
    for (const meter of plan.meters) {
      for (let turn = 0; turn < 8; turn++) {
        const heard = heardBy(world.seed, meter, plan.receivers, turn);
        expect(heardBy(world.seed, meter, plan.receivers, turn)).toEqual(heard);
        for (const { receiver, rssiDbm } of heard) strengths.push([distanceM(meter, receiver), rssiDbm]);
      }
    }
    const meanOf = (rows: [number, number][]): number => {
      return rows.reduce((sum, [, dbm]) => sum + dbm, 0) / rows.length;
    };
    const near = strengths.filter(([metres]) => metres < 150);
    const far = strengths.filter(([metres]) => metres > 400);
    expect(near.length).toBeGreaterThan(10);
    expect(far.length).toBeGreaterThan(10);
    expect(meanOf(near)).toBeGreaterThan(meanOf(far) + 8);
  });

  it('lose some telegrams and not many: nearly each meter is heard within an hour', () => {
    const isHeard = (meter: (typeof plan.meters)[0], turn: number): boolean =>
      heardBy(world.seed, meter, plan.receivers, turn).length > 0;
    const lost = plan.meters.flatMap((meter) => {
      return [0, 1, 2, 3].filter((turn) => !isHeard(meter, turn));
    });
    const silent = plan.meters.filter((meter) => [0, 1, 2, 3].every((turn) => !isHeard(meter, turn)));
    expect(lost.length).toBeGreaterThan(0);
    expect(silent.length).toBeLessThan(0.05 * plan.meters.length);
    for (const stranger of plan.strangers) expect(isHeard(stranger, 0) || isHeard(stranger, 1)).toBe(true);
  });
});

describe('books', () => {
  it('show registers that never go back, exact at each hour', async () => {
    const books = await openDayBooks(world, world.days.start(world.endDay));
    const channels = plan.meters.map(({ channel }) => channel);
    const hour = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...channels), hour, fc.nat(3_599), fc.nat(3_599), (channel, h, a, b) => {
        const hourS = Math.floor(firstS / 3_600) * 3_600 + h * 3_600;
        const [early, late] = [Math.min(a, b), Math.max(a, b)];
        const shown = books.shownAt(channel, hourS);
        if (shown === undefined) return;
        expect(shown).toBe(books.counts(channel, hourS));
        const [before, after] = [
          books.shownAt(channel, hourS + early)!,
          books.shownAt(channel, hourS + late)!,
        ];
        expect(before).toBeGreaterThanOrEqual(shown);
        expect(after).toBeGreaterThanOrEqual(before);
        const next = books.counts(channel, hourS + 3_600);
        if (next !== undefined) expect(after).toBeLessThanOrEqual(next);
      }),
    );
  });
});
