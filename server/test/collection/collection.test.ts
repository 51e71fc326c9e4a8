import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Field, nowS } from './field.ts';

let field: Field;
afterAll(() => field?.close());

describe('collection from simulated meters over sockets', () => {
  beforeAll(async () => {
    field = new Field(8, {
      segments: [
        { name: 'lossy', lossRate: 0.05, retransmitMs: 20 },
        { name: 'dark', down: [{ fromS: nowS - 30 * 86_400, untilS: nowS + 3600 }] },
      ],
      plans: (plans) => plans.map((plan, i) => ({ ...plan, segment: i < 5 ? 'lossy' : 'dark' })),
    });
    await field.open();
  }, 120_000);
  const serials = () => field.fleet.meters.map(({ identity }) => identity.serial);
  const rows = () => Promise.all(serials().map((serial) => field.rows(serial)));

  it('makes a plan at first use and reads what can be reached', async () => {
    await field.settle();
    expect((await field.context.registry.readingPlans.list(systemAccess)).map(({ code }) => code)).toEqual([
      'dlms',
    ]);
    const found = await rows();
    for (const { stored } of found.slice(5)) expect(stored).toBe(0);
    for (const { stored, had } of found.slice(0, 5)) {
      expect(stored).toBeGreaterThan(100);
      // The newest is read a little later than it is written.
      expect(had - stored).toBeLessThanOrEqual(1);
    }
    const { metrics } = field.context.collection.collector;
    expect(metrics).toMatchObject({ read: 5, link: 3, returned: 0 });
  }, 120_000);

  it('goes on after an end in the middle, and catches up what was down', async () => {
    field.clock.advanceMs(2 * 3_600_000);
    void field.context.collection.plan();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await field.server.close();
    const before = new Map(field.asked);
    await field.start();
    await field.settle();
    // Whose link died, as in any network, is tried again after a pause.
    for (let round = 0; round < 5 && field.context.collection.scheduler.counts.waiting > 0; round++) {
      field.clock.advanceMs(300_000);
      await field.settle();
    }
    for (const { stored, had } of await rows()) expect(had - stored).toBeLessThanOrEqual(1);
    for (const serial of serials()) {
      const need = await field.context.collection.gapsOf(field.idOf(serial));
      expect(need?.requests ?? []).toEqual([]);
    }
    // What was asked for in a session that was cut off may be asked for again, and nothing else.
    const again = [...field.asked].filter(([name, times]) => times > (before.get(name) ?? 0) && times > 1);
    const { metrics } = field.context.collection.collector;
    expect(again.length).toBeLessThan(8 * 400);
    expect(metrics.meter).toBe(0);
    const asked = new Map(field.asked);
    await field.settle();
    expect(new Map(field.asked)).toEqual(asked);
  }, 120_000);
});
