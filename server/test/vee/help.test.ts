/** What estimates are made from besides a channel's own weeks: check channels, open switches, years, weather. */
import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import { clockGrid, presetRuleSet, slotsOfDay } from '@openami/vee';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelCheckItem, VirtualChannelItem } from '../../src/contract/index.ts';
import { helpFor } from '../../src/services/vee/estimate-help.ts';
import { lossesByMeter } from '../../src/services/vee/losses.ts';
import { firstDay, intervalS, startVee, today, use, type VeeTest, zone } from './support.ts';

const lacking = today - 3;
const lacks = (slot: number, day: number) => day === lacking && slot >= 8 && slot < 18;

describe('help for estimates', () => {
  let test: VeeTest;
  const call = <T>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'PUT') =>
    test.call<T>(method, path, body);
  const hours = (home: number, factor = 1) =>
    Array.from({ length: 10 }, (_, i) => factor * use(home, lacking, 8 + i));
  const gapOf = async (home: number) => (await test.day(test.homes[home]!, lacking)).slice(8, 18);
  const valuesOf = async (home: number) => (await gapOf(home)).map(({ value }) => value);

  beforeAll(async () => {
    test = await startVee(6);
    for (const [i, home] of test.homes.entries()) {
      await test.send(home, firstDay, today, (value, slot, day) =>
        i !== 2 && i !== 3 && lacks(slot, day) ? null : value,
      );
    }
    const made = await call<VirtualChannelItem>(
      '/virtual-channels',
      {
        ...{ name: 'twice', commodity: 'electricity', unit: 'kWh', intervalS },
        formula: `2 * #${test.homes[2]!.channel}`,
      },
      'POST',
    );
    const [zero, one, , three] = test.homes;
    await call(`/checks/${zero!.channel}`, { checkId: made.body.channelId });
    await call(`/checks/${one!.channel}`, { checkId: three!.channel });
    // The switch of the fifth home was open over the gap; that of the sixth is said to be closed again.
    const event = (home: number, code: string, hour: number) => {
      const at = zone.dayStart(lacking) + hour * intervalS;
      const { meterId: meter } = test.homes[home]!;
      return {
        ...{ at, receivedMs: at * 1_000, meter, device: '' },
        ...{ code, severity: 'info' as const, detail: '' },
      };
    };
    await test.server.running.context.store.writer.commit({
      events: [event(4, '3.31.0.68', 6), event(4, '3.31.0.42', 20), event(5, '3.31.0.68', 6)],
    });
    await test.open();
  }, 120_000);
  afterAll(() => test.server.close());

  it('takes what a check meter or a formula says, as derived', async () => {
    expect(await valuesOf(0)).toEqual(hours(2, 2));
    expect(await valuesOf(1)).toEqual(hours(3));
    expect((await gapOf(0)).concat(await gapOf(1)).map(({ quality }) => quality)).toEqual(
      Array(20).fill(Quality.derived),
    );
    const { body } = await call<ChannelCheckItem[]>('/checks');
    expect(body.map(({ channel, check }) => [channel, check])).toEqual([
      ['V100 import', 'virtual:twice twice'],
      ['V101 import', 'V103 import'],
    ]);
  });

  it('takes zero where the switch was open, and no opening for longer than is known', async () => {
    expect(await valuesOf(4)).toEqual(Array(10).fill(0));
    for (const value of await valuesOf(5)) expect(value).toBeGreaterThan(0);
  });

  it('follows what the check says later', async () => {
    test.clock.advanceMs(10_000);
    await test.send(test.homes[3]!, lacking, lacking + 1, (value) => value + 7);
    await test.send(test.homes[2]!, lacking, lacking + 1, (value) => value + 5);
    await test.settled();
    expect(await valuesOf(1)).toEqual(hours(3).map((value) => value + 7));
    expect(await valuesOf(0)).toEqual(hours(2, 2).map((value) => value + 10));
  });

  it('refuses channels that cannot vouch for each other, and rings', async () => {
    const [zero, one, two, three] = test.homes;
    const refusal = async (channel: number, checkId: number) => {
      const { status, body } = await call<{ code: string }>(`/checks/${channel}`, { checkId });
      return [status, body.code];
    };
    expect(await refusal(two!.channel, two!.register)).toEqual([422, 'VEE_CHECK_INVALID']);
    expect(await refusal(two!.channel, 9_999)).toEqual([422, 'VEE_CHECK_INVALID']);
    expect(await refusal(two!.channel, two!.channel)).toEqual([422, 'VEE_FORMULA_CYCLE']);
    expect(await refusal(three!.channel, one!.channel)).toEqual([422, 'VEE_FORMULA_CYCLE']);
    const { body: virtual } = await call<VirtualChannelItem[]>('/virtual-channels');
    expect(await refusal(two!.channel, virtual[0]!.channelId)).toEqual([422, 'VEE_FORMULA_CYCLE']);
    const changed = await call<{ code: string }>(`/virtual-channels/${virtual[0]!.channelId}`, {
      formula: `2 * #${zero!.channel}`,
    });
    expect([changed.status, changed.body.code]).toEqual([422, 'VEE_FORMULA_CYCLE']);
  });

  it('checks no longer where that is said', async () => {
    const { channel } = test.homes[1]!;
    expect((await call(`/checks/${channel}`, undefined, 'DELETE')).status).toBe(200);
    expect((await call(`/checks/${channel}`, undefined, 'DELETE')).status).toBe(404);
    expect((await call<ChannelCheckItem[]>('/checks')).body).toHaveLength(1);
  });

  it('knows the same clock of the year before, and the mean temperature of each slot', async () => {
    const { store, registry, vee } = test.server.running.context;
    const home = test.homes[4]!;
    const days = { from: today - 30, to: today - 2 };
    await test.send(home, days.from - 364, days.to - 364);
    const meter = await registry.meters.create(systemAccess, { serial: 'WS-1', commodity: 'electricity' });
    const { id } = await registry.channels.create(systemAccess, {
      ...{ meterId: meter.id, alias: 'air', unit: 'degC', intervalS: 1_800, resolution: 100 },
    });
    const startS = zone.dayStart(days.from);
    const readings = new ReadingBatch();
    for (let i = 1; i <= 96; i++) readings.push(id, startS + i * 1_800, i - 40, 100, Quality.raw, 0);
    await store.writer.commit({ readings });
    const preset = presetRuleSet('default');
    const groups = [...preset.groups, { id: 'w', when: {}, steps: [], estimates: { temperature: id } }];
    await registry.ruleSets.add(systemAccess, 'default', {
      ...{ effectiveFrom: '2020-01-01', rules: { id: preset.id, groups }, note: '' },
    });
    await vee.rules.load();
    await vee.book.load([home.channel]);
    const slots = (zone.dayStart(days.to) - startS) / intervalS;
    const clock = clockGrid(zone, startS, intervalS, slots);
    const sources = { store, book: vee.book, checks: vee.checks };
    const help = (await helpFor(sources, [vee.book.get(home.channel)!], clock, days)).get(home.channel)!;
    for (let day = days.from; day < days.to; day++) {
      const { from, to } = slotsOfDay(clock, day);
      for (let i = from; i < to; i++) {
        expect(help.previousYear!.value[i]).toBe(use(4, day - 364, clock.clock[i]!));
      }
    }
    const temperatures = Array.from(help.temperatureC!.subarray(0, 50), (one) => Math.round(one * 100) / 100);
    // two readings an hour, tenths of a degree
    expect(temperatures.slice(0, 48)).toEqual(
      Array.from({ length: 48 }, (_, hour) => Math.round((2 * hour + 1.5 - 40) * 10) / 100),
    );
    expect(temperatures.slice(48)).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('losses of meters', () => {
  it('last from the first loss to the return after it; an open one as long as is known', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(50), fc.boolean()), { maxLength: 30 }),
        (events) => {
          const sorted = events.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || Number(a[2]) - Number(b[2]));
          const found = lossesByMeter(
            {
              length: sorted.length,
              meter: Uint32Array.from(sorted, ([meter]) => meter),
              at: Uint32Array.from(sorted, ([, at]) => at + 1),
              restored: Uint8Array.from(sorted, ([, , back]) => Number(back)),
            },
            (meter) => (meter === 2 ? 100 : undefined),
          );
          // the same, second by second
          for (const meter of [1, 2, 3]) {
            const mine = sorted.filter(([of]) => of === meter);
            const lone = mine.filter(([, , back], i) => back && (mine[i - 1]?.[2] ?? true));
            expect(found.get(meter)?.returns ?? []).toEqual(lone.map(([, at]) => at + 1));
            const lastLoss = mine.findLastIndex(([, , back]) => !back);
            const isOpen = lastLoss >= 0 && !mine.slice(lastLoss).some(([, , back]) => back);
            let lost = false;
            for (let second = 1; second < 100; second++) {
              for (const [, at, back] of mine) if (at + 1 === second) lost = !back;
              const openAgain = isOpen && !mine.some(([, at, back]) => back && at + 1 > second);
              const known = lost && (!openAgain || meter === 2);
              const said = (found.get(meter)?.periods ?? []).some(
                ({ from, to }) => second >= from && second < to,
              );
              expect(said, `meter ${meter} at ${second}`).toBe(known);
            }
          }
        },
      ),
    );
  });
});
