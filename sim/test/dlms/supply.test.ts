import { ManualClock } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadProfile, relayInstance } from '../../src/dlms/household-meter.ts';
import { Supply } from '../../src/dlms/supply.ts';
import { buildWorld, DlmsFleet, planDlmsFleet, WorldMeasurements } from '../../src/index.ts';

const register = '1.0.1.8.0.255';
const interval = '1.0.1.29.0.255';
const slotS = 900;
const startS = 1_772_000_100;
const firstS = Math.ceil(startS / slotS) * slotS;

/** A world that uses so much in each quarter hour, and moments at which its relay is moved, in order. */
const lives = fc.record({
  used: fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 4, maxLength: 60 }),
  moves: fc.array(fc.integer({ min: 1, max: 60 * slotS }), { maxLength: 8 }),
});

function live({ used, moves }: { readonly used: readonly number[]; readonly moves: readonly number[] }) {
  const world = (atS: number) =>
    used.reduce((sum, one, slot) => sum + (firstS + (slot + 1) * slotS <= atS ? one : 0), 1_000);
  const supply = new Supply();
  const off: [number, number][] = [];
  let isOpen = false;
  for (const at of [...moves].sort((a, b) => a - b)) {
    const atS = firstS + at;
    const read = (instance: string) => (instance === register ? world(atS) : undefined);
    if (isOpen) {
      supply.close(atS, read);
      off.at(-1)![1] = atS;
    } else {
      supply.open(atS, read);
      off.push([atS, Number.POSITIVE_INFINITY]);
    }
    isOpen = !isOpen;
  }
  return { world, supply, off };
}

describe('a supply that is cut for a while', () => {
  it('counts nothing meanwhile, and its register rises by its intervals', () => {
    fc.assert(
      fc.property(lives, (one) => {
        const { world, supply, off } = live(one);
        let shown = 1_000;
        for (const [slot, used] of one.used.entries()) {
          const endS = firstS + (slot + 1) * slotS;
          const isOff = off.some(([fromS, toS]) => endS > fromS && endS <= toS);
          const value = supply.value(interval, endS, used);
          expect(value).toBe(isOff ? 0 : used);
          shown += value;
          expect(supply.value(register, endS, world(endS))).toBe(shown);
        }
      }),
    );
  });

  it('has no power and no current while it is off, and a voltage all the time', () => {
    const supply = new Supply();
    const values = (atS: number) =>
      ['1.0.1.7.0.255', '1.0.31.7.0.255', '1.0.32.7.0.255'].map((name) => supply.value(name, atS, 7));
    supply.open(startS, () => 0);
    expect(values(startS)).toEqual([7, 7, 7]);
    expect(values(startS + 1)).toEqual([0, 0, 7]);
    supply.close(startS + 10, () => 0);
    expect(values(startS + 11)).toEqual([7, 7, 7]);
  });
});

it('is that of a meter whose relay is moved', () => {
  const world = buildWorld({ seed: 3, usagePoints: 20, historyDays: 3, start: '2026-03-02' });
  const clock = new ManualClock(0);
  const measurements = new WorldMeasurements(world);
  const fleet = new DlmsFleet({ meters: planDlmsFleet(world), measurements, clock, seed: world.seed });
  const [meter] = fleet.meters;
  const dayS = world.days.start(world.firstDay + 1);
  const at = (hour: number) => {
    clock.setMs((dayS + hour * 3_600) * 1_000);
    return [
      meter!.value(3, register, 2)!,
      measurements.value(meter!.identity.worldMeter, register, dayS + hour * 3_600)!,
    ];
  };
  const relay = (method: number) => {
    const { meter: state } = meter!.server;
    state.invoke(state.model.find(70, relayInstance)!, method, { type: 'integer', value: 0 });
  };
  const [before] = at(6);
  relay(1);
  const [off, used] = at(18);
  expect(off).toBe(before);
  expect(used).toBeGreaterThan(before!);
  relay(2);
  const [later, gone] = at(23);
  expect(later! - off!).toBe(gone! - used!);
  const rows = meter!.series(loadProfile)!;
  const counts = Array.from(
    { length: rows.count() },
    (_, row) => [rows.timeS(row), rows.value(row, 1)] as const,
  );
  const dark = counts.filter(([timeS]) => timeS > dayS + 6 * 3_600 && timeS <= dayS + 18 * 3_600);
  expect(dark.length).toBe(48);
  expect(dark.every(([, value]) => value === 0)).toBe(true);
});
