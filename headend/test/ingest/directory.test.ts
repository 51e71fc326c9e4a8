import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InMemoryDirectory } from '../../src/index.ts';
import { channel } from '../helpers/fixture.ts';

const installed = { installedFrom: 100, installedUntil: 200 };

describe('InMemoryDirectory', () => {
  test('finds by address, quantity and interval, and gives back what was put', () => {
    const all = new InMemoryDirectory();
    const one = channel(7, 3);
    all.put({ devices: ['A', 'B'], channel: one, keys: ['Main Import'], ...installed });
    expect(all.find('B', '1-0:1.8.0', 900)).toEqual({ channel: one, ...installed });
    expect(all.find('A', 'main import', 900)?.channel.id).toBe(7);
    expect(all.find('A', one.readingType, 900)?.channel.id).toBe(7);
    expect(all.find('A', '2.8.0', 900)).toBeUndefined();
    expect(all.find('C', '1.8.0', 900)).toBeUndefined();
    expect([all.meter('A'), all.meter('C')]).toEqual([3, 0]);
  });

  test('another interval of the quantity is found so that it can be told; a register is not', () => {
    const all = new InMemoryDirectory();
    all.put({ devices: ['A'], channel: channel(7, 3), ...installed });
    expect(all.find('A', '1.8.0', 3_600)?.channel.intervalS).toBe(900);
    expect(all.find('A', '1.8.0', 0)).toBeUndefined();
    all.put({ devices: ['A'], channel: channel(8, 3, { intervalS: 3_600 }), ...installed });
    expect(all.find('A', '1.8.0', 3_600)?.channel.id).toBe(8);
  });

  test('a channel moves to another meter; a meter without channels is known', () => {
    const all = new InMemoryDirectory();
    all.put({ devices: ['A'], channel: channel(7, 3), ...installed });
    all.put({ devices: ['B'], channel: channel(7, 4), ...installed });
    expect(all.find('A', '1.8.0', 900)).toBeUndefined();
    expect(all.find('B', '1.8.0', 900)?.channel.meterId).toBe(4);
    all.putMeter(9, ['Z']);
    expect(all.meter('Z')).toBe(9);
    all.removeMeter(4);
    expect([all.meter('B'), all.find('B', '1.8.0', 900), all.channels, all.meters]).toEqual([
      0,
      undefined,
      0,
      2,
    ]);
  });

  test('a changed meter is exactly what the registry says now', () => {
    const all = new InMemoryDirectory();
    const { meterId: _, commodity, ...columns } = channel(7, 3);
    const row = { ...{ meterId: 3, serial: 'A', commodity }, ...installed };
    const first = { ...columns, quantityKeys: ['import'] };
    const second = { ...columns, id: 8, obis: '', readingType: '', quantityKeys: ['export'] };
    all.setMeter({ ...row, addresses: ['B', 'C'], channels: [first, second] });
    expect(all.find('C', 'export', 900)).toMatchObject({
      channel: { id: 8, meterId: 3, commodity },
      ...installed,
    });
    all.setMeter({ ...row, addresses: ['D'], channels: [second] });
    expect(['A', 'B', 'C', 'D'].map((device) => all.meter(device))).toEqual([3, 0, 0, 3]);
    expect(all.find('D', 'import', 900)).toBeUndefined();
    all.setMeter({ ...row, meterId: 4, serial: 'D', addresses: [], channels: [] });
    all.removeMeter(3);
    expect(['A', 'D'].map((device) => all.meter(device))).toEqual([0, 4]);
    expect([all.channels, all.meters]).toEqual([0, 1]);
  });

  test('puts and removals in any order: as a plain map', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('put'),
        id: fc.integer({ min: 1, max: 200 }),
        meter: fc.integer({ min: 1, max: 90 }),
      }),
      fc.record({
        kind: fc.constant('removeChannel'),
        id: fc.integer({ min: 1, max: 200 }),
        meter: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant('removeMeter'),
        id: fc.constant(0),
        meter: fc.integer({ min: 1, max: 90 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const all = new InMemoryDirectory();
        const naive = new Map<number, number>();
        for (const { kind, id, meter } of steps) {
          if (kind === 'put') {
            const keys = [`k${id}`];
            all.put({
              devices: [`m${meter}`],
              channel: channel(id, meter, { obis: '', readingType: `t${id}` }),
              keys,
              ...installed,
            });
            naive.set(id, meter);
          } else if (kind === 'removeChannel') {
            all.removeChannel(id);
            naive.delete(id);
          } else {
            all.removeMeter(meter);
            for (const [channelId, of] of naive) if (of === meter) naive.delete(channelId);
          }
        }
        expect(all.channels).toBe(naive.size);
        for (let id = 1; id <= 200; id++) {
          for (const meter of new Set([naive.get(id) ?? 1, (id % 90) + 1])) {
            const expected = naive.get(id) === meter ? id : undefined;
            expect(all.find(`m${meter}`, `k${id}`, 900)?.channel.id).toBe(expected);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
