/** Event logs of meters, read by the collector over real sockets: new entries alone, once, and visible. */
import { systemAccess } from '@openami/model';
import { residentialMeter } from '@openami/wire/dlms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Field, nowS } from '../collection/field.ts';
import { patient } from '../helpers/poll.ts';

const field = new Field(2);

beforeAll(() => field.open(), 120_000);
afterAll(() => field.close());

const plan = {
  code: 'logs',
  meters: { protocol: ['dlms'] },
  read: [
    {
      kind: 'events',
      // no meter here has the last of them
      obis: ['0-0:99.98.0*255', '0-0:99.98.1*255', '0-0:99.98.7*255'],
      period: 'day',
    },
  ],
  every: { each: 'interval', delayS: 60, spreadS: 0 },
  due: { after: 'day', levels: [{ share: 0.95, withinS: 28_800 }] },
  value: 1,
} as const;

async function eventsOf(serial: string) {
  const found = await field.context.store.evidence.events(systemAccess, { device: serial, limit: 100 });
  return found.sort((a, b) => a.at - b.at);
}

async function nextDay(): Promise<void> {
  field.clock.advanceMs(86_400_000);
  await field.settle();
}

describe('event logs', () => {
  it('are read by plan, and after that only what is new', async () => {
    expect(residentialMeter.objects.some(({ instance }) => instance === '0.0.99.98.7.255')).toBe(false);
    const { registry, ingest, live } = field.context;
    await registry.settings.set(systemAccess, 'readingPlansMade', true);
    await registry.readingPlans.put(systemAccess, plan.code, plan);
    const raised: string[] = [];
    const events = live.events.bind(live);
    live.events = (all) => {
      raised.push(...all.map(({ device, code }) => `${device} ${code}`));
      events(all);
    };
    const meter = field.fleet.meters[0]!;
    const { serial } = meter.identity;
    meter.notice('terminal-cover-opened');
    meter.losePower(false);
    field.clock.advanceMs(600_000);
    meter.powerUp();
    await nextDay();
    await expect.poll(async () => (await eventsOf(serial)).length, patient).toBe(3);
    expect((await eventsOf(serial)).map(({ code, at, severity }) => [code, at, severity])).toEqual([
      ['3.12.29.212', nowS, 'warning'],
      ['3.26.0.85', nowS, 'critical'],
      ['3.26.0.216', nowS + 600, 'info'],
    ]);
    await expect.poll(() => raised.length, patient).toBe(3);
    const { events: stored } = ingest.metrics;
    meter.notice('terminal-cover-closed');
    await nextDay();
    await expect.poll(async () => (await eventsOf(serial)).length, patient).toBe(4);
    expect(ingest.metrics.events).toBe(stored + 1);
    await nextDay();
    expect(ingest.metrics.events).toBe(stored + 1);
    // they are what people see
    const id = field.idOf(serial);
    const shown = await field.server.fetch(`/api/v1/meters/${id}/events`);
    expect(await shown.text()).toContain('3.12.29.37');
  }, 180_000);

  it('are read again after a restart, and told to nobody again', async () => {
    const meter = field.fleet.meters[0]!;
    const { serial } = meter.identity;
    await field.server.close();
    await field.start();
    const { hub } = field.context;
    const told: string[] = [];
    const publish = hub.publish.bind(hub);
    hub.publish = ((type: string, data: { code: string; device: string }) => {
      if (type === 'meter-event') told.push(`${data.device} ${data.code}`);
      return publish(type as never, data as never);
    }) as typeof publish;
    meter.notice('meter-cover-opened');
    await nextDay();
    await expect.poll(async () => (await eventsOf(serial)).length, patient).toBe(5);
    const ofMeter = () => told.filter((one) => one.startsWith(serial));
    await expect.poll(ofMeter, patient).toEqual([`${serial} 3.12.29.39`]);
  }, 180_000);
});
