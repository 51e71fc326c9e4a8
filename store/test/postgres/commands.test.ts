import { createHash } from 'node:crypto';
import {
  type AccessContext,
  type CommandChange,
  type CommandOrderInput,
  type MeterEndpoint,
  systemAccess,
} from '@openami/model';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryStore } from '../../src/postgres/index.ts';
import { unsafeKindsSql } from '../../src/postgres/migrations/unsafe-kinds.ts';
import { present, type TestEngine, testClock } from './engines.ts';

const ctx = systemAccess;
const as = (id: string): AccessContext => ({ ...ctx, actor: { kind: 'user', id, name: id } });
const scoped: AccessContext = { ...ctx, scope: { usagePoints: new Set([1]) } };
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const nowS = testClock.nowMs() / 1000;
const progress = { notBeforeS: nowS, sentAtS: 0, error: null };
const endpoint: MeterEndpoint = {
  ...{ protocol: 'dlms', transport: 'tcp', mode: 'outbound', host: '10.0.0.1', port: 4059 },
  ...{ segment: 's1', concentrator: '', clientSap: 1, serverSap: 1, auth: 'hls-gmac' },
  ...{ physical: 17, addressBytes: 4 as const, modeE: null, gatewayNetwork: 0, gatewayDevice: '' },
  ...{ security: 'auth-encrypt', suite: 0, systemTitle: '', profile: '' },
};

describe.each(present)('commands on $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  let count = 0;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
  });
  afterAll(() => engine.stop());

  /** A meter at a usage point under a transformer under a feeder. */
  async function place(feederId?: number, protection: '' | 'critical' | 'medical' = '') {
    const n = ++count;
    const parentId =
      feederId ?? (await store.nodes.create(ctx, { code: `F${n}`, kind: 'feeder', name: '' })).id;
    const node = await store.nodes.create(ctx, { code: `T${n}`, kind: 'transformer', parentId });
    const up = { code: `UP${n}`, commodity: 'electricity', nodeId: node.id } as const;
    const point = await store.usagePoints.create(ctx, up);
    await store.commands.protect(ctx, point.id, protection);
    const meter = await store.meters.create(ctx, { serial: `M${n}`, commodity: 'electricity' });
    await store.installations.install(ctx, { meterId: meter.id, usagePointId: point.id, at: new Date(0) });
    return { meterId: meter.id, usagePointId: point.id, feederId: parentId };
  }

  const input = (meters: CommandOrderInput['meters'], over: Partial<CommandOrderInput> = {}) => ({
    ...{ key: `k${++count}`, kind: 'disconnect', params: {}, reason: 'unpaid', needsApproval: false },
    ...({ requestedPerson: 'olga', state: 'queued', interrupts: true, meters, progress } as const),
    ...{ notBefore: new Date(testClock.nowMs()), expiresAt: new Date(testClock.nowMs() + 86_400_000) },
    ...over,
  });
  const change = (
    state: CommandChange['state'],
    phase: CommandChange['phase'],
    over = {},
  ): CommandChange => ({
    ...{ state, phase, progress: { ...progress, ...over } },
  });
  const firstOf = async (orderId: number) => (await store.commands.list(ctx, { orderId })).items[0]!;

  it('keeps how a meter is reached, with one meter a system title', async () => {
    const { meterId } = await place();
    expect(await store.endpoints.get(ctx, meterId)).toBeUndefined();
    const title = { systemTitle: '4D4D4D0000BC614E' };
    const one = await store.endpoints.put(ctx, meterId, { ...endpoint, ...title });
    expect(one).toMatchObject({ meterId, host: '10.0.0.1', systemTitle: '4d4d4d0000bc614e', version: 1 });
    expect(await store.endpoints.put(ctx, meterId, { ...endpoint, ...title })).toMatchObject({ version: 2 });
    expect(await store.endpoints.findByTitle(ctx, title.systemTitle)).toMatchObject({ meterId });
    const other = await place();
    await expect(store.endpoints.put(ctx, other.meterId, { ...endpoint, ...title })).rejects.toEqual(
      code('ALREADY_EXISTS'),
    );
    await expect(store.endpoints.put(ctx, other.meterId, { ...endpoint, host: '' })).rejects.toEqual(
      code('BAD_VALUE'),
    );
    await expect(store.endpoints.put(ctx, 2147483647, endpoint)).rejects.toEqual(code('NOT_FOUND'));
    expect(await store.endpoints.list(ctx, { meterIds: [meterId, other.meterId] })).toHaveLength(1);
    const titles = [title.systemTitle, '', '0000000000000000'];
    expect(await store.endpoints.titles(ctx, { meterIds: [], titles })).toMatchObject([{ meterId }]);
    expect(await store.endpoints.titles(ctx, { meterIds: [], titles: [] })).toEqual([]);
    await store.endpoints.remove(ctx, meterId);
    expect(await store.endpoints.get(ctx, meterId)).toBeUndefined();
  });

  it('knows the place of a meter: mark, feeder, endpoint', async () => {
    const { meterId, usagePointId, feederId } = await place(undefined, 'medical');
    await store.endpoints.put(ctx, meterId, endpoint);
    expect(await store.commands.facts(ctx, [meterId, 2147483647])).toMatchObject([
      {
        meterId,
        usagePointId,
        feederId,
        protection: 'medical',
        endpoint: { protocol: 'dlms', clientSap: 1 },
      },
    ]);
  });

  it('keeps the mark of a usage point when its record comes again', async () => {
    const { usagePointId } = await place(undefined, 'critical');
    const { code: name } = await store.usagePoints.get(ctx, usagePointId);
    await store.usagePoints.upsertMany(ctx, [
      { code: name, commodity: 'electricity', zone: 'Europe/Berlin' },
    ]);
    expect(await store.commands.protectedPoints(ctx)).toContainEqual({
      ...{ usagePointId, code: name, protection: 'critical' },
    });
    await store.commands.protect(ctx, usagePointId, '');
    const left = await store.commands.protectedPoints(ctx);
    expect(left.map((each) => each.usagePointId)).not.toContain(usagePointId);
    await expect(store.commands.protect(ctx, 2147483647, '')).rejects.toEqual(code('NOT_FOUND'));
  });

  it('gives the same order for the same key, and decides by another person only', async () => {
    const a = await place();
    const b = await place();
    const request = input([a, b], { needsApproval: true, state: 'awaiting_approval' });
    const { order, created } = await store.commands.create(as('olga'), request);
    expect(created).toBe(true);
    expect(order).toMatchObject({ meters: 2, counts: { awaiting_approval: 2 }, decisions: [] });
    const again = await store.commands.create(as('olga'), request);
    expect(again).toMatchObject({ created: false, order: { id: order.id } });
    const records = (await store.audit.list(ctx, { limit: 2 })).map(({ action }) => action);
    expect(records[0]).toBe('request');
    const token = { ...ctx, actor: { kind: 'token', id: 'x', name: 'x' } } as const;
    for (const who of [as('olga'), token, ctx])
      await expect(store.commands.decide(who, order.id, 'approved', '')).rejects.toEqual(
        code('COMMAND_DECIDED'),
      );
    await store.commands.decide(as('otto'), order.id, 'approved', 'fine');
    expect(await store.commands.order(ctx, order.id)).toMatchObject({
      counts: { queued: 2 },
      decisions: [{ decidedBy: 'otto', decision: 'approved', note: 'fine' }],
    });
    await expect(store.commands.decide(as('omar'), order.id, 'rejected', '')).rejects.toEqual(
      code('COMMAND_DECIDED'),
    );
  });

  it('has one command at work on a meter, and the oldest first', async () => {
    const at = await place();
    const first = await store.commands.create(ctx, input([at]));
    const second = await store.commands.create(ctx, input([at]));
    const mine = async () =>
      (await store.commands.due(ctx, 1000, [])).filter(({ meterId }) => meterId === at.meterId);
    expect((await mine()).map(({ orderId }) => orderId)).toEqual([first.order.id]);
    const one = await firstOf(first.order.id);
    const two = await firstOf(second.order.id);
    expect(await store.commands.advance(ctx, one.id, one.version, change('running', 'ready'))).toMatchObject({
      ...{ state: 'running', phase: 'ready', version: one.version + 1 },
    });
    expect(await store.commands.advance(ctx, one.id, one.version, change('failed', null))).toBeUndefined();
    expect(
      await store.commands.advance(ctx, two.id, two.version, change('running', 'ready')),
    ).toBeUndefined();
    expect(await mine()).toEqual([]);
    expect(await store.commands.due(ctx, 1000, [at.meterId])).not.toContainEqual(
      expect.objectContaining({ meterId: at.meterId }),
    );
  });

  it('gives each order its turn, however many meters another one has', async () => {
    const [a, b, c, d] = [await place(), await place(), await place(), await place()];
    const at = new Date(testClock.nowMs() - 1_000);
    const large = await store.commands.create(ctx, input([a, b, c], { notBefore: at }));
    const small = await store.commands.create(ctx, input([d]));
    const mine = [large.order.id, small.order.id];
    const all = await store.commands.due(ctx, 1000, []);
    const turns = all.filter(({ orderId }) => mine.includes(orderId)).map(({ meterId }) => meterId);
    expect(turns).toEqual([a.meterId, d.meterId, b.meterId, c.meterId]);
    for (const id of mine)
      await store.commands.moveMany(ctx, { orderId: id }, ['queued'], 'cancelled', 'seen');
  });

  it('takes back what has not left, and nothing else', async () => {
    const at = await place();
    const kinds = ['disconnect', 'load-limit'];
    const from = ['queued', 'running'] as const;
    const { order } = await store.commands.create(ctx, input([at]));
    const one = await firstOf(order.id);
    const ready = await store.commands.advance(ctx, one.id, one.version, change('running', 'ready'));
    const scope = { usagePointId: at.usagePointId, kinds };
    expect(await store.commands.moveMany(ctx, { ...scope, kinds: ['connect'] }, from, 'voided', 'x')).toEqual(
      [],
    );
    await store.commands.moveMany(ctx, scope, from, 'voided', 'paid');
    expect(await store.commands.get(ctx, one.id)).toMatchObject({
      state: 'voided',
      note: 'paid',
      phase: null,
    });
    // who had it in hand finds that it moved on
    const sent = store.commands.send(ctx, one.id, ready!.version, () => change('running', 'sending'));
    expect(await sent).toBeUndefined();
    const next = await store.commands.create(ctx, input([at]));
    const two = await firstOf(next.order.id);
    await store.commands.advance(ctx, two.id, two.version, change('running', 'sending'));
    expect(await store.commands.moveMany(ctx, scope, from, 'voided', 'paid')).toEqual([]);
    await expect(
      store.commands.moveMany(ctx, { orderId: 2147483647 }, from, 'cancelled', ''),
    ).rejects.toEqual(code('NOT_FOUND'));
  });

  it('counts what was sent exactly, however many send at once', async () => {
    const { feederId } = await place();
    const places = await Promise.all(Array.from({ length: 8 }, () => place(feederId)));
    const { order } = await store.commands.create(ctx, input(places));
    const { items } = await store.commands.list(ctx, { orderId: order.id });
    const ready = await Promise.all(
      items.map(({ id, version }) => store.commands.advance(ctx, id, version, change('running', 'ready'))),
    );
    const seen: number[] = [];
    const states = await Promise.all(
      ready.map((command) =>
        store.commands.send(ctx, command!.id, command!.version, ({ pace, place: at }) => {
          expect(at).toEqual({ protection: '', feederId, isMoved: false });
          seen.push(pace.ofFeederInLastHour);
          const allowed = pace.ofFeederInLastHour < 3;
          return allowed ? change('running', 'sending', { sentAtS: nowS }) : change('queued', null);
        }),
      ),
    );
    expect(states.filter((command) => command!.phase === 'sending')).toHaveLength(3);
    expect(seen.sort()).toEqual([0, 1, 2, 3, 3, 3, 3, 3]);
    const sends = (await store.audit.list(ctx, { limit: 10 })).filter(({ action }) => action === 'send');
    expect(sends).toHaveLength(3);
  });

  it('gives the usage point the supply that the relay was found with, where the meter is now', async () => {
    const at = await place();
    const { order } = await store.commands.create(ctx, input([at]));
    const one = await firstOf(order.id);
    const stateNow = async () => (await store.usagePoints.get(ctx, at.usagePointId)).state;
    const step = async (supply: 'connected' | 'disconnected') => {
      const { version } = await store.commands.get(ctx, one.id);
      return store.commands.advance(ctx, one.id, version, { ...change('running', 'read-back'), supply });
    };
    const told = async () =>
      (await store.audit.list(ctx, { limit: 50 })).filter(
        ({ action, objectId }) => action === 'supply' && objectId === String(at.usagePointId),
      );
    await step('connected');
    expect([await stateNow(), await told()]).toEqual(['connected', []]);
    await step('disconnected');
    expect(await stateNow()).toBe('disconnected');
    expect(await told()).toMatchObject([
      { data: { state: 'disconnected', meterId: at.meterId, commandId: one.id } },
    ]);
    // A step that lost the race changes nothing.
    const late = { ...change('running', 'read-back'), supply: 'connected' } as const;
    expect(await store.commands.advance(ctx, one.id, one.version, late)).toBeUndefined();
    expect(await stateNow()).toBe('disconnected');
    await step('connected');
    expect([await stateNow(), (await told()).length]).toEqual(['connected', 2]);
  });

  it('keeps a proposal beside the policy', async () => {
    const why = { action: 'propose', reason: 'more crews' };
    const { version } = await store.commands.gate(ctx);
    const gate = await store.commands.setGate(ctx, { proposal: { policy: { maxPerHour: 9 } } }, version, why);
    expect(gate).toMatchObject({ proposal: { policy: { maxPerHour: 9 } } });
    const [last] = await store.audit.list(ctx, { limit: 1 });
    expect(last).toMatchObject({ action: 'propose', data: { reason: 'more crews' } });
    expect((await store.commands.setGate(ctx, { proposal: null })).proposal).toBeNull();
  });

  it('tells a send where the meter is now: elsewhere, or there until it is removed', async () => {
    const ordered = await place();
    const hospital = await place(undefined, 'critical');
    const { meterId } = ordered;
    const { order } = await store.commands.create(ctx, input([ordered]));
    const one = await firstOf(order.id);
    let command = (await store.commands.advance(ctx, one.id, one.version, change('running', 'ready')))!;
    const placeNow = async () => {
      let seen: object = {};
      command = (await store.commands.send(ctx, command.id, command.version, ({ place: at }) => {
        seen = at;
        return change('running', 'ready');
      }))!;
      return seen;
    };
    const at = new Date(testClock.nowMs() - 3_600_000);
    await store.installations.remove(ctx, { meterId, at });
    expect(await placeNow()).toEqual({ protection: '', feederId: null, isMoved: true });
    await store.installations.remove(ctx, { meterId: hospital.meterId, at });
    await store.installations.install(ctx, { meterId, usagePointId: hospital.usagePointId, at });
    expect(await placeNow()).toMatchObject({ protection: 'critical', isMoved: true });
    // a removal of tomorrow takes no mark off today
    await store.installations.remove(ctx, { meterId, at: new Date(testClock.nowMs() + 86_400_000) });
    expect(await placeNow()).toMatchObject({ protection: 'critical', isMoved: true });
    expect(await store.commands.facts(ctx, [meterId])).toMatchObject([{ protection: 'critical' }]);
  });

  it('who asks for a second person to run scripts does so for the kinds that came later, and nobody else', async () => {
    const { policy } = await store.commands.gate(ctx);
    const later = ['downlink', 'lwm2m-write', 'lwm2m-execute'];
    const after = async (fourEyesAlways: string[]) => {
      const proposed = { proposal: { policy: { fourEyesAlways } } } as never;
      await store.commands.setGate(ctx, { policy: { fourEyesAlways } as never, ...(proposed as object) });
      await sql.raw(unsafeKindsSql).execute(store.db);
      const gate = await store.commands.gate(ctx);
      expect(gate.proposal).toEqual({ policy: gate.policy });
      return (gate.policy as { fourEyesAlways: string[] }).fourEyesAlways;
    };
    expect(await after(['disconnect', 'script'])).toEqual(['disconnect', 'script', ...later]);
    expect(await after(['disconnect'])).toEqual(['disconnect']);
    await store.commands.setGate(ctx, { policy: policy as never, proposal: null });
  });

  it('shows a send the kill switch, the policy and the mark as they are then', async () => {
    const at = await place();
    const { order } = await store.commands.create(ctx, input([at]));
    const one = await firstOf(order.id);
    const ready = (await store.commands.advance(ctx, one.id, one.version, change('running', 'ready')))!;
    await store.commands.setGate(ctx, { killSwitch: true, policy: { maxPerHour: 1 } });
    await store.commands.protect(ctx, at.usagePointId, 'critical');
    const gate = await store.commands.gate(ctx);
    expect(gate).toMatchObject({ killSwitch: true, policy: { maxPerHour: 1 } });
    await store.commands.send(ctx, one.id, ready.version, (facts) => {
      expect(facts).toMatchObject({
        ...{ pace: { killSwitch: true }, policy: { maxPerHour: 1 }, place: { protection: 'critical' } },
      });
      return change('failed', null, { error: 'COMMAND_PROTECTED' });
    });
    await expect(store.commands.setGate(ctx, { killSwitch: false }, gate.version - 1)).rejects.toEqual(
      code('VERSION_CONFLICT'),
    );
    await store.commands.setGate(ctx, { killSwitch: false }, gate.version);
    expect(await store.commands.get(ctx, one.id)).toMatchObject({
      state: 'failed',
      finishedAt: new Date(nowS * 1000),
    });
  });

  it('keeps images whole, and campaigns with one meter in one of them', async () => {
    const content = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const image = await store.campaigns.addImage(ctx, {
      ...{ name: 'fw', manufacturer: 'Acme', model: 'A1', firmware: '2.0', identifier: 'A1B2', sha256 },
      ...{ signedBy: '', signature: null, content },
    });
    expect(image).toMatchObject({ bytes: 300, identifier: 'a1b2' });
    const read = await store.campaigns.image(ctx, image.id);
    expect(read).toMatchObject({ identifier: 'a1b2', version: '2.0' });
    expect(read.content).toEqual(content);
    const places = [await place(), await place(), await place()];
    const meters = places.map(({ meterId }, at) => ({ meterId, wave: at === 0 ? 0 : 1 }));
    const make = () =>
      store.campaigns.create(ctx, {
        ...{ name: 'c', imageId: image.id, plan: {}, createdPerson: 'olga', meters, progress: {} },
      });
    const campaign = await make();
    await expect(make()).rejects.toEqual(code('ALREADY_EXISTS'));
    expect(await store.campaigns.counts(ctx, campaign.id)).toEqual([
      { wave: 0, total: 1, failed: 0, open: 1 },
      { wave: 1, total: 2, failed: 0, open: 2 },
    ]);
    expect(await store.campaigns.mayTransfer(ctx, campaign.id)).toBe(false);
    const running = { state: 'running', wave: 0, error: null } as const;
    const begun = (await store.campaigns.advance(ctx, campaign.id, campaign.version, running))!;
    expect(await store.campaigns.advance(ctx, campaign.id, campaign.version, running)).toBeUndefined();
    expect(await store.campaigns.mayTransfer(ctx, campaign.id)).toBe(true);
    await store.commands.setGate(ctx, { killSwitch: true });
    expect(await store.campaigns.mayTransfer(ctx, campaign.id)).toBe(false);
    await store.commands.setGate(ctx, { killSwitch: false });
    const due = await store.campaigns.due(ctx, campaign.id, 0, ['waiting'], 10, []);
    expect(due.map(({ meterId }) => meterId)).toEqual([places[0]!.meterId]);
    const step = { state: 'activating', progress: { notBeforeS: nowS + 60, activations: 1 } } as const;
    // turned on since `mayTransfer` was asked
    await store.commands.setGate(ctx, { killSwitch: true });
    expect(await store.campaigns.advanceMeter(ctx, due[0]!.id, 1, step)).toBeUndefined();
    await store.commands.setGate(ctx, { killSwitch: false });
    expect(await store.campaigns.advanceMeter(ctx, due[0]!.id, 1, step)).toMatchObject({ version: 2 });
    expect(await store.campaigns.advanceMeter(ctx, due[0]!.id, 1, step)).toBeUndefined();
    expect(await store.campaigns.due(ctx, campaign.id, 0, ['activating'], 10, [])).toEqual([]);
    await store.campaigns.advance(ctx, campaign.id, begun.version, { ...running, state: 'aborted' });
    const { items } = await store.campaigns.meters(ctx, campaign.id);
    expect(items.map(({ state }) => state)).toEqual(['activating', 'aborted', 'aborted']);
    expect((await store.campaigns.active(ctx)).map(({ id }) => id)).toEqual([campaign.id]);
    await sql`UPDATE firmware_image SET content = '\\x00'`.execute(store.db);
    await expect(store.campaigns.image(ctx, image.id)).rejects.toEqual(code('FIRMWARE_DAMAGED'));
  });

  it('refuses every caller whose scope is narrower than all', async () => {
    const { commands: c, campaigns: f, endpoints: e } = store;
    const some = change('queued', null);
    const calls: (() => Promise<unknown>)[] = [
      () => c.facts(scoped, [1]),
      () => c.create(scoped, input([])),
      () => c.order(scoped, 1),
      () => c.orderOf(scoped, 'k'),
      () => c.orders(scoped),
      () => c.metersOf(scoped, 1),
      () => c.get(scoped, 1),
      () => c.list(scoped),
      () => c.decide(scoped, 1, 'approved', ''),
      () => c.moveMany(scoped, { orderId: 1 }, ['queued'], 'cancelled', ''),
      () => c.due(scoped, 1, []),
      () => c.running(scoped),
      () => c.expired(scoped, 1),
      () => c.advance(scoped, 1, 1, some),
      () => c.send(scoped, 1, 1, () => some),
      () => c.gate(scoped),
      () => c.setGate(scoped, {}),
      () => c.protect(scoped, 1, ''),
      () => c.protectedPoints(scoped),
      () => f.images(scoped),
      () => f.imageInfo(scoped, 1),
      () => f.image(scoped, 1),
      () => f.one(scoped, 1),
      () => f.list(scoped),
      () => f.meters(scoped, 1),
      () => f.active(scoped),
      () => f.counts(scoped, 1),
      () => f.due(scoped, 1, 0, [], 1, []),
      () => f.mayTransfer(scoped, 1),
      () => f.killSwitch(scoped),
      () => e.put(scoped, 1, endpoint),
      () => e.remove(scoped, 1),
      () => e.list(scoped),
      () => e.findByTitle(scoped, ''),
    ];
    for (const call of calls) await expect((async () => call())()).rejects.toEqual(code('OUT_OF_SCOPE'));
    expect(await e.get(scoped, 2147483647)).toBeUndefined();
  });
});
