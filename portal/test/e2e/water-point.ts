/** A water meter that reports its counter once a day, at four in the morning, but for some days. */
import { formatDay, Quality, ReadingBatch, systemAccess } from '@openami/model';
import type { BillingTest } from '../../../server/test/billing/support.ts';
import { today, zone } from '../../../server/test/vee/support.ts';

/** Number of 1 March 2026. */
const march = today - 32;
const silent = new Set([march + 9, march + 10]);

/** Gives an account a usage point of water, on a tariff, with reads up to yesterday. */
export async function addWater(test: BillingTest, account: string): Promise<void> {
  const { registry, directory, store } = test.vee.server.running.context;
  await test.call('POST', '/tariffs', {
    document: {
      ...{ id: 'water', name: 'Water', commodity: 'water', currency: 'EUR' },
      versions: [
        {
          charges: [
            { id: 'base', kind: 'fixed', name: 'Base price', price: '0.165', per: 'day' },
            { id: 'use', kind: 'energy', name: 'Water', price: '2.4' },
          ],
        },
      ],
    },
  });
  const point = await registry.usagePoints.create(systemAccess, {
    ...{ code: 'UP-WATER', commodity: 'water', zone: 'Europe/Berlin' },
  });
  const meter = await registry.meters.create(systemAccess, { serial: 'W1', commodity: 'water' });
  const channel = await registry.channels.create(systemAccess, {
    ...{ meterId: meter.id, alias: 'volume', readingType: '0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.0.42.0' },
    ...{ unit: 'm3', intervalS: 0, resolution: 1_000, quantityKeys: ['volume'] },
  });
  const at = new Date(zone.dayStart(march - 20) * 1_000);
  await registry.installations.install(systemAccess, { meterId: meter.id, usagePointId: point.id, at });
  const { items } = await registry.accounts.list(systemAccess, { limit: 10 });
  const accountId = items.find(({ number }) => number === account)!.id;
  await registry.agreements.create(systemAccess, {
    ...{ code: 'W', accountId, usagePointId: point.id, validFrom: at },
  });
  const given = { agreement: 'W', tariff: 'water', validFrom: formatDay(march - 20) };
  await test.call('POST', '/agreement-tariffs', given);
  await directory.refresh();
  const readings = new ReadingBatch();
  let total = 812_000;
  for (let day = march - 19; day < today; day++) {
    total += 240 + ((day * 37) % 160);
    if (!silent.has(day))
      readings.push(channel.id, zone.dayStart(day) + 4 * 3_600, total, 1_000, Quality.valid, 0);
  }
  await store.writer.commit({ readings });
  // what is known is what came before the running second
  test.vee.clock.advanceMs(2_000);
}
