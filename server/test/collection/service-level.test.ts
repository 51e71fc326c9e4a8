/** What plans owe: since they are in force, of meters while they are in their group and installed. */
import { ManualClock, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
const serials = ['T1000', 'T1001', 'T1002'];
let server: TestServer;

const plan = {
  code: 'quarters',
  from: '2026-03-28T00:00:00+01:00',
  meters: { model: ['A1'] },
  read: [{ kind: 'profile', obis: '1-0:99.1.0*255', period: 900 }],
  every: { each: 'interval', delayS: 60, spreadS: 0 },
  due: {
    after: 'day',
    levels: [
      { share: 0.95, withinS: 28_800 },
      { share: 0.99, withinS: 86_400 },
    ],
  },
};

beforeAll(async () => {
  server = await startServer({ clock, meters: 6 });
  const { registry, directory } = server.running.context;
  for (const serial of serials) {
    // nobody answers there: what is stored is what the fixture has
    await registry.endpoints.put(systemAccess, directory.memory.meter(serial), {
      ...{ protocol: 'dlms', transport: 'wrapper', mode: 'outbound', host: '127.0.0.1', port: 1 },
      ...{ segment: 's', concentrator: '', clientSap: 16, serverSap: 1, auth: 'none', security: 'none' },
      ...{ physical: null, addressBytes: null, modeE: null, gatewayNetwork: 0, gatewayDevice: '' },
      ...{ suite: 0, systemTitle: '', profile: '' },
    });
  }
}, 120_000);
afterAll(() => server?.close());

let asked = 0;
/** Expected, present and in time by the first level, of a plan by day. */
async function daysOf(code: string): Promise<Record<string, [number, number, number]>> {
  const { collection } = server.running.context;
  await collection.plan();
  // another number of days each time: answers are kept for a moment
  const answer = await server.fetch(`/api/v1/collection/service-level?days=${10 + asked++}`);
  const days = (await answer.json()) as {
    day: string;
    plan: string;
    expected: number;
    present: number;
    levels: { inTime: number }[];
  }[];
  return Object.fromEntries(
    days
      .filter(({ plan: one }) => one === code)
      .map(({ day, expected, present, levels }) => [day, [expected, present, levels[0]!.inTime]]),
  );
}

const meterOf = (serial: string) => server.running.context.directory.memory.meter(serial);

describe('what a plan owes', () => {
  it('begins when it is in force, with the meters that it selects then', async () => {
    const { registry } = server.running.context;
    await registry.readingPlans.put(systemAccess, 'quarters', plan);
    // T1000 and T1002; the 29th has 23 hours; readings came in the first hours of the 30th
    expect(await daysOf('quarters')).toEqual({
      '2026-03-28': [192, 192, 0],
      '2026-03-29': [184, 184, 184],
      '2026-03-30': [192, 8, 8],
      '2026-03-31': [96, 0, 0],
    });
  });

  it('is nothing of the time before a plan that says no more was made', async () => {
    const { registry } = server.running.context;
    const { from: _, ...since } = plan;
    await registry.readingPlans.put(systemAccess, 'new', { ...since, code: 'new' });
    expect(await daysOf('new')).toEqual({});
    clock.advanceMs(3_600_000);
    expect(await daysOf('new')).toEqual({ '2026-03-31': [8, 0, 0] });
    // what is older is asked for all the same, and not late
    const need = await server.running.context.collection.gapsOf(meterOf('T1000'));
    expect(need!.work!.entries).toBeGreaterThan(100);
    await registry.readingPlans.remove(systemAccess, 'new');
    // made again, it begins anew
    clock.advanceMs(3_600_000);
    await registry.readingPlans.put(systemAccess, 'new', { ...since, code: 'new' });
    expect(await daysOf('new')).toEqual({});
    await registry.readingPlans.remove(systemAccess, 'new');
  });

  it('grows with a meter that joins, from then on, and of one that leaves it keeps what was', async () => {
    const { registry } = server.running.context;
    const before = await daysOf('quarters');
    const joins = await registry.meters.get(systemAccess, meterOf('T1001'));
    await registry.meters.update(systemAccess, joins.id, { model: 'A1' }, joins.version);
    await registry.endpoints.remove(systemAccess, meterOf('T1000'));
    expect(await daysOf('quarters')).toEqual(before);
    clock.advanceMs(3_600_000);
    const after = await daysOf('quarters');
    // in this hour T1001 and T1002 owe
    expect(after).toEqual({ ...before, '2026-03-31': [before['2026-03-31']![0] + 8, 0, 0] });
    const members = await registry.readingPlans.members(systemAccess, 'quarters');
    expect(members.map(({ serial, untilS }) => [serial, Number.isFinite(untilS)])).toEqual([
      ['T1000', true],
      ['T1001', false],
      ['T1002', false],
    ]);
  });

  it('is nothing of the time in which a meter was nowhere', async () => {
    const { registry, directory, collection } = server.running.context;
    const before = await daysOf('quarters');
    const success = async () => {
      const answer = await server.fetch(`/api/v1/read-success?days=${5 + asked++}`);
      const { days } = (await answer.json()) as { days: { day: string; expected: number }[] };
      return days.find(({ day }) => day === '2026-03-28')!.expected;
    };
    const whole = await success();
    const gapsBefore = (await collection.gapsOf(meterOf('T1002')))!.work!.entries;
    const at = (time: string) => new Date(`2026-03-28T${time}+01:00`);
    await registry.installations.remove(systemAccess, { meterId: meterOf('T1002'), at: at('06:00:00') });
    const [point] = (await registry.usagePoints.list(systemAccess, { q: 'UP2' })).items;
    await registry.installations.install(systemAccess, {
      ...{ meterId: meterOf('T1002'), usagePointId: point!.id, at: at('18:00:00') },
    });
    await directory.refresh();
    const after = await daysOf('quarters');
    expect(after['2026-03-28']).toEqual([192 - 48, 192 - 48, 0]);
    expect({ ...after, '2026-03-28': before['2026-03-28'] }).toEqual(before);
    expect(await success()).toBe(whole - 48);
    // of the gap nothing is asked for, and of the time around it as before
    expect((await collection.gapsOf(meterOf('T1002')))!.work!.entries).toBe(gapsBefore);
  });
});
