/** Meters that share a way: a serial server with many on its line, a gateway with a network of its own. */
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Field } from './field.ts';

const onLine = 6;
const behindGateway = 3;
let field: Field;
afterAll(() => field?.close());

describe('meters that share a line', () => {
  beforeAll(async () => {
    field = new Field(onLine + behindGateway, {
      plans: (plans) =>
        plans.map((plan, i) => ({
          ...plan,
          reach: {
            ...({ kind: 'listens', network: 'tcp' } as const),
            ...(i < onLine
              ? ({ transport: 'hdlc', gateway: 'line', oneAtATime: true } as const)
              : ({ transport: 'wrapper', gateway: 'network', byDevice: true, oneAtATime: true } as const)),
          },
        })),
    });
    await field.open();
  }, 120_000);

  it('are registered with what tells them apart on one port', async () => {
    const { registry } = field.context;
    const endpoints = await registry.endpoints.list(systemAccess);
    expect(endpoints).toHaveLength(onLine + behindGateway);
    expect(new Set(endpoints.map(({ port }) => port)).size).toBe(2);
    const line = endpoints.filter(({ transport }) => transport === 'hdlc');
    expect(line.map(({ physical }) => physical).sort()).toEqual([16, 17, 18, 19, 20, 21]);
    expect(line.every(({ addressBytes, serverSap }) => addressBytes === 4 && serverSap === 1)).toBe(true);
    const network = endpoints.filter(({ transport }) => transport === 'wrapper');
    for (const { gatewayDevice, meterId } of network) {
      const serial = Buffer.from(gatewayDevice, 'hex').toString();
      expect(field.idOf(serial)).toBe(meterId);
    }
  });

  it('are all read by the plan made at first use, one at a time on each line, whoever asks', async () => {
    const { commands, collection } = field.context;
    // a person reads meters of the line while it is being collected
    const settled = field.settle();
    const meterIds = [0, 1, onLine].map((i) => field.idOf(field.fleet.meters[i]!.identity.serial));
    const items = [{ classId: 3, obis: '1.0.1.8.0.255', attribute: 2 }];
    const order = await commands.orders.request(systemAccess, {
      ...{ kind: 'read', params: { items }, meterIds, reason: '', key: 'now', person: 'olga' },
    });
    await settled;
    // a meter that was busy with the order is collected a little later
    while (collection.scheduler.counts.queued > 0) {
      field.clock.advanceMs(20_000);
      await field.settle();
    }
    for (const { identity } of field.fleet.meters) {
      const { stored, had } = await field.rows(identity.serial);
      expect(stored).toBeGreaterThan(100);
      expect(had - stored).toBeLessThanOrEqual(1);
    }
    const plans = await field.context.registry.readingPlans.list(systemAccess);
    expect(plans.map(({ code }) => code)).toEqual(['dlms']);
    // the serial server and the gateway hang up on a second connection
    expect(collection.collector.metrics).toMatchObject({ link: 0, meter: 0 });
    const read = () => field.context.registry.commands.list(systemAccess, { orderId: order.orderId });
    for (let i = 0; i < 100; i++) {
      if ((await read()).items.every(({ state }) => state === 'confirmed')) break;
      field.clock.advanceMs(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await read()).items.map(({ state }) => state)).toEqual(['confirmed', 'confirmed', 'confirmed']);
  }, 120_000);
});
