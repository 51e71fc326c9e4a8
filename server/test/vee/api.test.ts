import { formatDay, Quality, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  ChannelGroupItem,
  EditItem,
  ExceptionGroups,
  FormulaPreview,
  KpiAnswer,
  SuspensionItem,
  VeeDay,
  VirtualChannelItem,
} from '../../src/contract/index.ts';
import { firstDay, startVee, today, use, type VeeTest, zone } from './support.ts';

const dead = today - 1;
const still = today - 6;

describe('validation over HTTP', () => {
  let test: VeeTest;
  const call = <T>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') =>
    test.call<T>(method, path, body);
  beforeAll(async () => {
    test = await startVee(12);
    // Concentrator DC-1 (the first six) is silent for a day; one meter stands still for another.
    for (const [i, home] of test.homes.entries()) {
      await test.send(home, firstDay, today, (value, _, day) => {
        if (i < 6 && day === dead) return null;
        return i === 8 && day === still ? 333 : value;
      });
    }
    await test.open();
  }, 120_000);
  afterAll(() => test.server.close());

  it('suspends estimation where a concentrator is dead, and closes again when the readings are there', async () => {
    const { store } = test.server.running.context;
    const live = (await call<SuspensionItem[]>('/suspensions')).body.filter(
      ({ untilAt }) => untilAt === null,
    );
    expect(live).toMatchObject([{ kind: 'concentrator', target: 'DC-1', source: 'noticed' }]);
    const quality = async () => new Set((await test.day(test.homes[0]!, dead)).map((slot) => slot.quality));
    expect(await quality()).toEqual(new Set([0]));
    const span = { fromDay: dead, toDay: dead + 1 };
    const [closed, beside] = await Promise.all(
      [0, 7].map((i) => store.days.of(systemAccess, [test.homes[i]!.channel], span)),
    );
    expect([closed!.suspended[0], closed!.measured[0], closed!.estimated[0]]).toEqual([1, 0, 0]);
    expect([beside!.suspended[0], beside!.measured[0]]).toEqual([0, 24]);
    // One item of the work list, not six.
    const { groups } = (await call<ExceptionGroups>('/work')).body;
    expect(groups.filter(({ kind }) => kind === 'missing')).toMatchObject([
      { cause: 'concentrator', name: 'DC-1', meters: 6, total: 6 },
    ]);
    // Half of the readings come; the operator says that the rest will not.
    for (const home of test.homes.slice(0, 3)) await test.send(home, dead, dead + 1);
    for (const home of test.homes) {
      await test.send(home, today, today + 1, (value, slot) => (slot < 2 ? value : null));
    }
    const ended = await call<SuspensionItem>(`/suspensions/${live[0]!.id}/end`, {});
    expect(ended).toMatchObject({ status: 200, body: { id: live[0]!.id } });
    await test.settled();
    expect(await quality()).toEqual(new Set([Quality.valid]));
    const rest = await test.day(test.homes[5]!, dead);
    expect(new Set(rest.map((slot) => slot.quality))).toEqual(new Set([Quality.estimated]));
    const made = rest.reduce((sum, { value }) => sum + value!, 0);
    const truth = Array.from({ length: 24 }, (_, hour) => use(5, dead, hour)).reduce((a, b) => a + b);
    expect(Math.abs(made - truth) / truth).toBeLessThan(0.05);
  });

  it('shows a day with everything a person judges it by', async () => {
    const home = test.homes[8]!;
    const day = (await call<VeeDay>(`/days/${home.channel}/${formatDay(still)}`)).body;
    expect(day.ends).toHaveLength(24);
    expect(new Set(day.measured)).toEqual(new Set([333]));
    expect(day.exceptions.map(({ rule }) => rule)).toContain('consecutive-same');
    expect(day.proposed.filter((value) => value !== null)).toHaveLength(day.ends.length);
    expect(day.lower.every((low, i) => low! <= day.proposed[i]! && day.upper[i]! >= day.proposed[i]!)).toBe(
      true,
    );
    expect(day.weekBefore.filter((value) => value !== null).length).toBeGreaterThan(20);
    const missing = await test.server.fetch(`/api/v1/vee/days/${home.register}/${formatDay(today)}`);
    expect(missing.status).toBe(404);
  });

  it('decides many at once, each an edit that can be undone; a large one waits for another person', async () => {
    const { groups } = (await call<ExceptionGroups>('/work')).body;
    const stuck = groups.find(({ rules }) => rules.includes('consecutive-same'))!;
    const before = await test.day(test.homes[8]!, still);
    const decided = await call<{ applied: number; edits: number[]; failed: unknown[] }>(
      '/exceptions/decide',
      {
        ...{ exceptionIds: stuck.exceptions, action: 'estimate', reason: 'register stood still' },
      },
    );
    expect(decided.body).toMatchObject({ applied: 1, failed: [] });
    await test.settled();
    const after = await test.day(test.homes[8]!, still);
    expect(new Set(after.map(({ quality }) => quality))).toEqual(new Set([Quality.estimated]));
    expect(new Set(after.map(({ value }) => value)).size).toBeGreaterThan(5);
    test.clock.advanceMs(5_000);
    const undone = await call<EditItem>(`/edits/${decided.body.edits[0]}/undo`, { reason: 'it did not' });
    expect(undone.body).toMatchObject({ action: 'undo', state: 'applied', undoes: decided.body.edits[0] });
    await test.settled();
    expect(await test.day(test.homes[8]!, still)).toEqual(before);
    // 100 kWh in an hour is more than a person may do alone.
    const end = zone.dayStart(today - 5) + 3_600;
    const large = await call<EditItem>('/edits', {
      ...{ channelId: test.homes[9]!.channel, action: 'edit', firstEnd: end, lastEnd: end },
      ...{ values: [{ end, value: 100_000 }], reason: 'a large one' },
    });
    expect(large.body).toMatchObject({ state: 'pending', change: 100_000 - use(9, today - 5, 0) });
    const same = await call(`/edits/${large.body.id}/decide`, { decision: 'approved' });
    expect(same).toMatchObject({ status: 409, body: { code: 'EDIT_DECIDED' } });
    // Nor in parts: the second of two halves waits.
    const part = (hour: number, reason: string) => {
      const at = zone.dayStart(today - 6) + hour * 3_600;
      return call<EditItem>('/edits', {
        ...{ channelId: test.homes[9]!.channel, action: 'edit', firstEnd: at, lastEnd: at },
        ...{ values: [{ end: at, value: 49_000 }], reason },
      });
    };
    expect((await part(1, 'the first half')).body.state).toBe('applied');
    expect((await part(2, 'the other half')).body.state).toBe('pending');
    const wrong = await call('/edits/preview', {
      ...{ channelId: test.homes[9]!.channel, action: 'edit', firstEnd: end, lastEnd: end },
      values: [{ end, value: -5 }],
    });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'VEE_EDIT_INVALID' } });
  });

  it('works virtual channels out, again when an input changes, and refuses rings', async () => {
    const [a, b] = [test.homes[9]!, test.homes[10]!];
    const members = [{ channelId: a.channel }, { channelId: b.channel }];
    const group = await call<ChannelGroupItem>('/groups/street', { name: 'Street', members }, 'PUT');
    expect(group.body.members).toHaveLength(2);
    const preview = await call<FormulaPreview>('/virtual-channels/preview', {
      ...{ formula: `sum(street) - #${a.channel}`, unit: 'kWh', intervalS: 3_600 },
      ...{ from: formatDay(today - 3), to: formatDay(today - 2) },
    });
    expect(preview.body.values).toEqual(Array.from({ length: 24 }, (_, h) => use(10, today - 3, h)));
    expect(preview.body.expected).toEqual(Array(24).fill(3));
    const made = await call<VirtualChannelItem>('/virtual-channels', {
      ...{ name: 'street', commodity: 'electricity', unit: 'kWh', intervalS: 3_600, formula: 'sum(street)' },
    });
    expect(made.status).toBe(201);
    const { channelId } = made.body;
    // The reading of an input changes: the day is worked out anew.
    test.clock.advanceMs(5_000);
    await test.send(a, today - 3, today - 2, (value) => value + 5);
    await test.settled();
    const { readings } = test.server.running.context.store;
    const span = { fromS: zone.dayStart(today - 3), toS: zone.dayStart(today - 2) };
    const found = await readings.profile(systemAccess, channelId, span);
    expect([...found.value]).toEqual(
      Array.from({ length: 24 }, (_, h) => use(9, today - 3, h) + 5 + use(10, today - 3, h)),
    );
    expect(new Set(found.quality)).toEqual(new Set([Quality.derived]));
    const ring = await call(
      `/virtual-channels/${channelId}`,
      { formula: `#${channelId} + #${a.channel}` },
      'PUT',
    );
    expect(ring).toMatchObject({ status: 422, body: { code: 'VEE_FORMULA_CYCLE' } });
    // What others are made of stays while they are.
    const used = { status: 409, body: { code: 'VEE_IN_USE' } };
    expect(await call('/groups/street', undefined, 'DELETE')).toMatchObject(used);
    const twice = await call<VirtualChannelItem>('/virtual-channels', {
      ...{ name: 'twice', commodity: 'electricity', unit: 'kWh', intervalS: 3_600 },
      formula: `2 * #${channelId}`,
    });
    expect(await call(`/virtual-channels/${channelId}`, undefined, 'DELETE')).toMatchObject(used);
    for (const id of [twice.body.channelId, channelId])
      expect((await call(`/virtual-channels/${id}`, undefined, 'DELETE')).status).toBe(200);
    expect((await call('/groups/street', undefined, 'DELETE')).status).toBe(200);
    const broken = await call('/virtual-channels/preview', {
      ...{ formula: 'sum(', unit: 'kWh', intervalS: 3_600, from: '2026-03-01', to: '2026-03-02' },
    });
    expect(broken).toMatchObject({ status: 422, body: { code: 'VEE_FORMULA' } });
  });

  it('says what is wrong with days that are asked for', async () => {
    const preview = { formula: '1', unit: 'kWh', intervalS: 3_600 };
    const { channel } = test.homes[9]!;
    for (const asked of [
      call('/virtual-channels/preview', { ...preview, from: '2026-03-02', to: '2026-03-01' }),
      call('/virtual-channels/preview', { ...preview, from: '1926-03-02', to: '2026-03-01' }),
      call(`/days/${channel}/1900-01-01`),
      call('/readiness?from=1926-04-01&to=2026-04-20'),
      call('/readiness?from=2026-04-20&to=2026-04-01'),
      call('/kpis?by=day&from=2026-04-20&to=2026-04-01'),
    ]) {
      expect(await asked).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    }
  });

  it('adds up service levels, with drill-down, and knows what rules there are', async () => {
    const from = formatDay(today - 10);
    const by = async (dimension: string, within = '') =>
      (await call<KpiAnswer>(`/kpis?by=${dimension}&from=${from}&within=${within}`)).body;
    const days = await by('day');
    expect(days.rows).toHaveLength(10);
    expect(days.total.expected).toBe(12 * (10 * 24 - 1));
    const routes = await by('route');
    expect(routes.rows.map(({ key }) => key).sort()).toEqual(['DC-1', 'DC-2']);
    expect(routes.rows[0]!.key).toBe('DC-1');
    const meters = await by('meter', 'route=DC-1');
    expect(meters.rows).toHaveLength(6);
    const rules = (await call<{ id: string; example: string }[]>('/rules')).body;
    expect(rules.length).toBeGreaterThan(30);
    expect(rules.every(({ example }) => example.length > 10)).toBe(true);
    const set = {
      effectiveFrom: '2026-05-01',
      rules: { id: 'x', groups: [{ id: 'all', steps: ['nonsense'] }] },
    };
    expect(await call('/rule-sets', set)).toMatchObject({
      status: 422,
      body: { code: 'VEE_RULE_SET_INVALID' },
    });
  });

  it('refuses what would do nothing, or be of nothing', async () => {
    const invalid = { status: 422, body: { code: 'VEE_RULE_SET_INVALID' } };
    const set = (groups: unknown[]) =>
      call('/rule-sets', { effectiveFrom: '2026-05-01', rules: { id: 'x', groups } });
    expect(await set([])).toMatchObject(invalid);
    expect(await set([{ id: 'all', steps: [] }])).toMatchObject(invalid);
    const temperature = test.homes[0]!.channel;
    expect(await set([{ steps: ['spike'], estimates: { temperature } }])).toMatchObject(invalid);
    for (const place of [
      { kind: 'concentrator', target: 'DC-9' },
      { kind: 'concentrator', target: '' },
      { kind: 'node', target: 'nowhere' },
    ]) {
      expect(await call('/suspensions', { ...place, reason: 'storm' })).toMatchObject({
        ...{ status: 422, body: { code: 'VEE_SUSPENSION_TARGET' } },
      });
    }
    const blank = await call('/suspensions', { kind: 'everything', reason: '      ' });
    expect(blank).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  it('takes a group of many members', async () => {
    const { channel: channelId } = test.homes[0]!;
    const members = Array.from({ length: 13_000 }, (_, i) => ({
      ...{ channelId, validFrom: new Date(i * 1e6).toISOString() },
      validUntil: new Date((i + 1) * 1e6).toISOString(),
    }));
    const made = await call<ChannelGroupItem>('/groups/many', { name: 'Many', members }, 'PUT');
    expect([made.status, made.body.members?.length]).toEqual([200, members.length]);
  });
});
