import { decimalNumber, decodeP1, meaningOfP1 } from '@openami/wire/p1';
import { decodeSmlFile, readingsOfSml } from '@openami/wire/sml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorld, WorldMeasurements } from '../../src/index.ts';
import { householdAt } from '../../src/port/household.ts';
import { p1Telegram } from '../../src/port/p1-port.ts';
import { smlFile, smlPlateOf } from '../../src/port/sml-port.ts';

const world = buildWorld({ seed: 5, usagePoints: 40, historyDays: 3, start: '2026-03-27' });
const measurements = new WorldMeasurements(world);
const meters = world.meters.filter(({ commodity, faults, fromS }) => {
  return (
    commodity === 'electricity' &&
    fromS < world.days.start(world.firstDay) &&
    !Number.isFinite(faults.deadFromS)
  );
});
const firstS = world.days.start(world.firstDay) + 3_600;
const moment = fc.record({
  meter: fc.constantFrom(...meters),
  // over the change to summer time
  atS: fc.integer({ min: firstS, max: firstS + 2 * 86_400 }),
});

describe('customer ports', () => {
  it('say over P1 what the meter shows, at its own time', () => {
    fc.assert(
      fc.property(moment, fc.nat(99_999_999), ({ meter, atS }, litres) => {
        const home = householdAt(measurements, meter, atS);
        if (home === undefined) return;
        const gas = { serial: 'OA1000900', atS: Math.floor(atS / 3_600) * 3_600, litres };
        const {
          time,
          meter: name,
          readings,
          mbus,
        } = meaningOfP1(decodeP1(p1Telegram(home, world.days, gas)));
        expect([name, time?.utcS]).toEqual([meter.serial, atS]);
        const shown = (obis: string) => decimalNumber(readings.find((one) => one.obis === obis)!.value);
        expect([shown('1-0:1.8.0'), shown('1-0:2.8.0')]).toEqual([home.importWh / 1e3, home.exportWh / 1e3]);
        expect(shown('1-0:1.7.0') - shown('1-0:2.7.0')).toBeCloseTo(Math.round(home.powerW) / 1e3, 9);
        expect(mbus).toHaveLength(1);
        expect([mbus[0]!.id, decimalNumber(mbus[0]!.readings[0]!.value)]).toEqual([gas.serial, litres / 1e3]);
        expect(mbus[0]!.readings[0]!.time?.utcS).toBe(gas.atS);
      }),
      { numRuns: 60 },
    );
  });

  it('say over SML what the meter shows, under the name on its plate', () => {
    fc.assert(
      fc.property(moment, ({ meter, atS }) => {
        const home = householdAt(measurements, meter, atS);
        if (home === undefined) return;
        const [list] = readingsOfSml(decodeSmlFile(smlFile(home)));
        expect(list!.server.text).toBe(smlPlateOf(meter.serial));
        const shown = (obis: string) => {
          return decimalNumber(list!.readings.find((one) => one.obis.startsWith(obis))!.value!);
        };
        expect([shown('1-0:1.8.0'), shown('1-0:2.8.0'), shown('1-0:16.7.0')]).toEqual([
          ...[home.importWh, home.exportWh, Math.round(home.powerW)],
        ]);
      }),
      { numRuns: 60 },
    );
  });
});
