import { describe, expect, it } from 'vitest';
import {
  buildWorld,
  devEuiOf,
  planCoap,
  planFleet,
  planLorawan,
  planRadio,
  planSparkplug,
  radioNameOf,
  radioStrangerSerial,
  type SimProtocol,
  worldRows,
} from '../src/index.ts';

const options = { seed: 4, usagePoints: 1000, historyDays: 2, start: '2026-03-27' } as const;
const world = buildWorld({ ...options, protocols: 'own' });

describe('a world whose meters speak protocols of their own', () => {
  it('has about half of its gas, water and heat meters on wireless M-Bus, and some of each other kind', () => {
    const counts = new Map<SimProtocol, number>();
    for (const { protocol, commodity } of world.meters) {
      if (commodity !== 'electricity') counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
      else expect(protocol).toBe('push');
    }
    expect(counts.get('wmbus')).toBe(190);
    expect([...counts.keys()].sort()).toEqual(['lorawan', 'lwm2m', 'push', 'senml', 'sparkplug', 'wmbus']);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(5);
    const planned = [
      ...planRadio(world).meters.map(({ meter }) => meter),
      ...planLorawan(world).map(({ meter }) => meter),
      ...planCoap(world).map(({ meter }) => meter),
      ...planSparkplug(world),
      ...planFleet(world)
        .devices.filter(({ stranger, meter }) => !stranger && meter.commodity !== 'electricity')
        .map(({ meter }) => meter),
    ];
    // each by one way, none forgotten
    const all = world.meters.filter(({ commodity }) => commodity !== 'electricity');
    expect(planned.map(({ serial }) => serial).sort()).toEqual(all.map(({ serial }) => serial).sort());
  });

  it('keeps registers by the hour where a protocol carries no intervals', () => {
    for (const { protocol, channels } of world.meters) {
      const kinds = channels.map((index) => world.channels[index]!.kind);
      if (protocol === 'push') continue;
      const isLorawan = protocol === 'lorawan';
      expect(kinds.map(({ intervalS }) => intervalS)).toEqual(isLorawan ? [3_600, 0] : [0]);
      expect(kinds.at(-1)!.registerEveryS).toBe(3_600);
    }
  });

  it('registers each meter under the name the air knows it by, and one neighbour', () => {
    const rows = worldRows(world).meters;
    const addresses = rows.flatMap((row) => row.addresses as string[]);
    expect(new Set(addresses).size).toBe(addresses.length);
    const rowOf = (serial: string) => rows.find((row) => row.serial === serial);
    for (const { serial, protocol } of world.meters) {
      if (protocol === 'wmbus')
        expect(rowOf(serial)).toMatchObject({ addresses: [radioNameOf(serial)], protocol });
      if (protocol === 'lorawan')
        expect(rowOf(serial)).toMatchObject({ addresses: [devEuiOf(serial)], protocol });
    }
    expect([1, 2, 3, 4].map((n) => rowOf(radioStrangerSerial(n)) !== undefined)).toEqual([
      ...[false, false, false, true],
    ]);
  });

  it('is as it was where nothing else is asked for', () => {
    const plain = buildWorld(options);
    expect(plain.meters.every(({ protocol }) => protocol === 'push')).toBe(true);
    expect(worldRows(plain).meters.every((row) => (row.addresses as string[]).length === 0)).toBe(true);
  });

  it('may be of one protocol, as far as it is spoken', () => {
    const water = buildWorld({ ...options, protocols: 'lwm2m' });
    for (const { commodity, protocol } of water.meters) {
      expect(protocol).toBe(commodity === 'water' ? 'lwm2m' : 'push');
    }
    expect(() => planRadio(water)).toThrow(expect.objectContaining({ code: 'SIM_OPTIONS' }));
    expect(() => planLorawan(world, { meters: 1_000 })).toThrow(
      expect.objectContaining({ code: 'SIM_OPTIONS' }),
    );
  });
});
