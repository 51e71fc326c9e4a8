import { Quality, Reason, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstDay, startVee, today, use, type VeeTest, zone } from './support.ts';

describe('closing days', () => {
  let test: VeeTest;
  beforeAll(async () => {
    test = await startVee(8);
    // The first home lacks some hours, the second had a spike and a negative value.
    const lacking = today - 3;
    for (const home of test.homes) {
      await test.send(home, firstDay, today, (value, slot, day) => {
        if (home === test.homes[0] && day === lacking && slot >= 8 && slot < 14) return null;
        if (home === test.homes[1] && day === lacking && slot === 10) return 90_000;
        if (home === test.homes[1] && day === lacking && slot === 12) return -400;
        return value;
      });
    }
    await test.open();
  }, 120_000);
  afterAll(() => test.server.close());

  it('makes what is right valid and closes every day that is over, and no other', async () => {
    const { store } = test.server.running.context;
    const home = test.homes[3]!;
    const days = await store.days.of(systemAccess, [home.channel], { fromDay: firstDay, toDay: today + 1 });
    expect([...days.day]).toEqual(Array.from({ length: 40 }, (_, i) => firstDay + i));
    // Clocks were put forward on 29 March.
    const hours = Array.from(days.day, (day) => (zone.dayStart(day + 1) - zone.dayStart(day)) / 3_600);
    expect([...days.measured]).toEqual(hours);
    expect([...days.expected]).toEqual(hours);
    expect(hours).toContain(23);
    expect(new Set(days.estimated)).toEqual(new Set([0]));
    const day = await test.day(home, today - 3);
    expect(day.map(({ value }) => value)).toEqual(
      Array.from({ length: 24 }, (_, hour) => use(3, today - 3, hour)),
    );
    expect(new Set(day.map(({ quality }) => quality))).toEqual(new Set([Quality.valid]));
    expect(days.total[0]).toBe(
      Array.from({ length: 24 }, (_, h) => use(3, firstDay, h)).reduce((a, b) => a + b),
    );
  });

  it('fills a gap near what was used, and says how', async () => {
    const day = await test.day(test.homes[0]!, today - 3);
    expect(day.slice(8, 14).map(({ quality }) => quality)).toEqual(Array(6).fill(Quality.estimated));
    expect(day.filter(({ quality }) => quality === Quality.valid)).toHaveLength(18);
    const made = day.slice(8, 14).reduce((sum, { value }) => sum + value!, 0);
    const true_ = Array.from({ length: 6 }, (_, i) => use(0, today - 3, 8 + i)).reduce((a, b) => a + b);
    expect(Math.abs(made - true_) / true_).toBeLessThan(0.1);
  });

  it('puts a spike and a negative value aside, and opens exceptions', async () => {
    const { registry } = test.server.running.context;
    const home = test.homes[1]!;
    const day = await test.day(home, today - 3);
    expect(day[10]).toMatchObject({ quality: Quality.estimated });
    expect(day[10]!.value).toBeLessThan(1_000);
    expect(day[12]!.value).toBeGreaterThan(0);
    // That the day is unlike others is one exception, and no word against its other hours.
    expect(day.filter(({ quality }) => quality === Quality.valid)).toHaveLength(22);
    const { items } = await registry.exceptions.list(systemAccess, { channelId: home.channel });
    expect(items.map(({ rule, state }) => [rule, state]).sort()).toEqual([
      ['negative', 'open'],
      ['spike', 'open'],
      ['stats', 'open'],
    ]);
  });

  it('changes nothing when days are closed again', async () => {
    const { vee, store, registry } = test.server.running.context;
    const before = { ...store.writer.stats() };
    const exceptions = await registry.exceptions.counts(systemAccess);
    const readings = await Promise.all(test.homes.map((home) => test.day(home, today - 3)));
    await vee.closeAgain(
      test.homes.map(({ channel }) => channel),
      today - 3,
    );
    await test.settled();
    expect(store.writer.stats().corrections).toBe(before.corrections);
    expect(await Promise.all(test.homes.map((home) => test.day(home, today - 3)))).toEqual(readings);
    expect(await registry.exceptions.counts(systemAccess)).toEqual(exceptions);
  });

  it('takes what comes late for an estimate, and settles that day alone', async () => {
    const home = test.homes[0]!;
    const { vee } = test.server.running.context;
    const settled = vee.state.totals.settled;
    test.clock.advanceMs(10_000);
    await test.send(home, today - 3, today - 2);
    await test.settled();
    const day = await test.day(home, today - 3);
    expect(day.map(({ value }) => value)).toEqual(Array.from({ length: 24 }, (_, h) => use(0, today - 3, h)));
    expect(new Set(day.map(({ quality }) => quality))).toEqual(new Set([Quality.valid]));
    expect(vee.state.totals.settled).toBe(settled + 1);
    // The meter says once more what was put aside: that is known.
    await test.send(test.homes[1]!, today - 3, today - 2, (value, slot) => (slot === 10 ? 90_000 : value));
    await test.settled();
    expect((await test.day(test.homes[1]!, today - 3))[10]).toMatchObject({ quality: Quality.estimated });
  });

  it('edits, and undoes exactly', async () => {
    const { vee, registry } = test.server.running.context;
    const home = test.homes[1]!;
    const ctx = { ...systemAccess, actor: { kind: 'user', id: 'olga', name: 'Olga' } } as const;
    const before = await test.day(home, today - 3);
    const end = zone.dayStart(today - 3) + 11 * 3_600;
    const { items } = await registry.exceptions.list(systemAccess, {
      channelId: home.channel,
      rule: 'spike',
    });
    const request = { channelId: home.channel, action: 'edit', firstEnd: end, lastEnd: end } as const;
    const values = [{ end, value: 777 }];
    const preview = await vee.edits.preview(ctx, 'olga', { ...request, values });
    expect(preview).toMatchObject({
      needsApproval: false,
      after: [{ end, value: 777, quality: Quality.edited }],
    });
    const edit = await vee.edits.request(
      ctx,
      'olga',
      { ...request, values },
      {
        ...{ key: 'k', reason: 'as on the photo', basis: preview.basis, exceptionIds: [items[0]!.id] },
      },
    );
    expect(edit).toMatchObject({ state: 'applied', change: preview.change });
    await test.settled();
    expect((await test.day(home, today - 3))[10]).toEqual({
      ...{ value: 777, quality: Quality.edited, flags: Reason.manual },
    });
    expect(await registry.exceptions.get(systemAccess, items[0]!.id)).toMatchObject({ state: 'edited' });
    // The same request once more is the same edit.
    const again = await vee.edits.request(ctx, 'olga', { ...request, values }, { key: 'k', reason: 'x' });
    expect(again.id).toBe(edit.id);
    // What was shown before is not what is there now.
    await expect(
      vee.edits.request(
        ctx,
        'olga',
        { ...request, values: [{ end, value: 1 }] },
        {
          ...{ key: 'k2', reason: 'late', basis: preview.basis },
        },
      ),
    ).rejects.toMatchObject({ code: 'VEE_CHANGED' });
    test.clock.advanceMs(5_000);
    await vee.edits.undo(ctx, 'olga', edit.id, { key: 'u', reason: 'wrong meter' });
    await test.settled();
    expect(await test.day(home, today - 3)).toEqual(before);
    expect(await registry.exceptions.get(systemAccess, items[0]!.id)).toMatchObject({ state: 'open' });
  });
});
