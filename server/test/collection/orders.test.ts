import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { activateAtS, kindCases, text } from '../commands/kind-cases.ts';
import { peopleOf } from '../helpers/people.ts';
import { Field } from './field.ts';

let field: Field;
const { ask, signIn } = peopleOf(() => field.server);

const serialOf = (i: number) => field.fleet.meters[i]!.identity.serial;
const meterOf = (i: number) => field.idOf(serialOf(i));

beforeAll(async () => {
  const { planDlmsFleet } = await import('@openami/sim');
  const { pastPlan, world } = await import('./field.ts');
  const [, wrong, stale] = planDlmsFleet(world, { meters: 3 });
  field = new Field(6, {
    readingPlans: [pastPlan],
    plans: (plans) =>
      plans.map((plan, i) => (i === 4 ? { ...plan, suite: 1 } : i === 5 ? { ...plan, suite: 2 } : plan)),
    faults: [
      { meter: wrong!.serial, fault: { kind: 'wrong-key' } },
      { meter: stale!.serial, fault: { kind: 'wrong-counter', seen: 4_294_000_000 } },
    ],
  });
  await field.open();
  await signIn('olga', 'operator');
  await signIn('otto', 'operator');
}, 120_000);
afterAll(() => field?.close());

const relayOf = (i: number) => {
  const { meter } = field.fleet.meters[i]!.server;
  const object = meter.model.find(70, '0.0.96.3.10.255')!;
  return meter.value(object, 2);
};

/** A command once it has ended. */
async function settled(orderId: number) {
  return vi.waitFor(
    async () => {
      const [command] = (await ask('olga', 'GET', `/commands?order=${orderId}`)).body.items;
      // Time goes on: a command whose link died is sent again after a pause.
      field.clock.advanceMs(200);
      expect(command).toMatchObject({ finishedAt: expect.any(String) });
      return command;
    },
    { timeout: 30_000, interval: 200 },
  );
}

async function confirmed(orderId: number) {
  const command = await settled(orderId);
  expect(command).toMatchObject({ state: 'confirmed' });
  return command;
}

async function order(i: number, kind: string, params: object) {
  const { body } = await ask('olga', 'POST', '/commands', { kind, params, meterIds: [meterOf(i)] });
  return confirmed(body.id);
}

/** What the simulated meter itself has. */
function kept(i: number, classId: number, instance: string, attribute: number) {
  const { meter } = field.fleet.meters[i]!.server;
  return meter.value(meter.model.find(classId, instance)!, attribute);
}

describe('orders to simulated meters over the API', () => {
  it('opens the relay after a second person approved, and reads it back', async () => {
    const order = await ask('olga', 'POST', '/commands', {
      ...{ kind: 'disconnect', meterIds: [meterOf(0)], reason: 'unpaid' },
    });
    expect(order.status).toBe(201);
    if (order.body.needsApproval) {
      const own = await ask('olga', 'POST', `/commands/orders/${order.body.id}/approve`, {});
      expect(own.status).toBe(403);
      expect((await ask('otto', 'POST', `/commands/orders/${order.body.id}/approve`, {})).status).toBe(200);
    }
    const done = await confirmed(order.body.id);
    expect(done.after).toMatchObject({ outputOn: false, control: 'disconnected' });
    expect(relayOf(0)).toEqual({ type: 'boolean', value: false });
    const sessions = await ask('olga', 'GET', `/meters/${meterOf(0)}/sessions`);
    const last = sessions.body.find((one: { purpose: string }) => one.purpose === 'command');
    const detail = await ask('olga', 'GET', `/meters/${meterOf(0)}/sessions/${last.id}`);
    const said = JSON.stringify(detail.body.lines);
    expect(said).toContain('get-request');
    for (const secret of [field.fleet.endpoints[0]!.guek, field.fleet.endpoints[0]!.gak]) {
      expect(said.toLowerCase()).not.toContain(secret);
    }
  }, 60_000);

  it('writes and reads in every suite', async () => {
    const items = [{ classId: 3, obis: '1.0.1.8.0.255', attribute: 2 }];
    const inSuite = async (i: number) => {
      await order(i, 'clock-set', { toleranceS: 5 });
      const { body, status } = await ask('olga', 'POST', `/meters/${meterOf(i)}/read`, { items });
      expect(status).toBe(201);
      expect(Number((await confirmed(body.orderId)).after.values[0])).toBeGreaterThan(0);
    };
    await Promise.all([3, 4, 5].map(inSuite));
  }, 60_000);

  it('tells a wrong key from a stale counter', async () => {
    await field.settle();
    const of = async (i: number) => (await ask('olga', 'GET', `/meters/${meterOf(i)}/sessions`)).body[0];
    expect((await of(1)).diagnosis).toMatchObject({ outcome: 'wrong-key', code: 'METER_KEY_WRONG' });
    expect((await of(2)).diagnosis).toMatchObject({ outcome: 'counter', code: 'METER_COUNTER_STALE' });
    expect(await of(3)).toMatchObject({ ok: true, diagnosis: null });
  }, 60_000);

  it('shows state, service level, gaps, plans and keys', async () => {
    const state = await ask('olga', 'GET', '/collection');
    expect(state.body.totals.meters).toBe(6);
    const level = await ask('olga', 'GET', '/collection/service-level?days=4');
    expect(level.body[0]).toMatchObject({ plan: 'dlms' });
    const gaps = await ask('olga', 'GET', `/meters/${meterOf(1)}/gaps`);
    expect(gaps.body.entries).toBeGreaterThan(100);
    expect((await ask('olga', 'GET', `/meters/${meterOf(3)}/gaps`)).body).toMatchObject({ entries: 0 });
    const plans = await ask('olga', 'GET', '/reading-plans');
    const [plan] = plans.body;
    const bad = { ...plan.plan, due: { after: 'day', levels: [] } };
    expect((await ask('olga', 'PUT', '/reading-plans/dlms', bad)).status).toBe(422);
    expect((await ask('olga', 'PUT', '/reading-plans/dlms', plan.plan)).body.version).toBe(2);
    const keys = await ask('olga', 'GET', `/meters/${meterOf(0)}/keys`);
    expect(keys.body.map(({ kind }: { kind: string }) => kind).sort()).toEqual([
      'gak',
      'gbek',
      'guek',
      'kek',
    ]);
    expect(JSON.stringify(keys.body)).not.toContain('wrapp');
  }, 60_000);

  it('does each kind of command, previews it before and reads it back after', async () => {
    const { commands } = field.context.registry;
    await commands.setGate(systemAccess, { policy: { fourEyesAlways: [], coolDownS: 0 } });
    const chain = async (i: number) => {
      for (const { kind, params, changes, check, comesLater } of kindCases.filter(({ on }) => on === i)) {
        const preview = { meterId: meterOf(i), kind, params };
        const before = await ask('olga', 'POST', '/commands/preview', preview);
        const texts = before.body.differences?.map(({ text }: { text: string }) => text);
        if (changes !== undefined) expect(texts, kind).toEqual(changes);
        const { body } = await ask('olga', 'POST', '/commands', { kind, params, meterIds: [meterOf(i)] });
        const done = await confirmed(body.id);
        await check((classId, instance, attribute) => kept(i, classId, instance, attribute), done);
        if (before.status !== 200 || comesLater) continue;
        const { differences } = (await ask('olga', 'POST', '/commands/preview', preview)).body;
        expect(differences, kind).toEqual([]);
      }
    };
    await Promise.all([3, 4, 5].map(chain));
    const { body } = await ask('olga', 'GET', `/meters/${meterOf(5)}`);
    expect(body.usagePoint.state).toBe('connected');
    // At its time the passive calendar comes into force, by the meter's own clock.
    field.clock.advanceMs((activateAtS - field.clock.nowMs() / 1000 + 600) * 1000);
    field.fleet.meters[4]!.tick();
    expect(text(kept(4, 20, '0.0.13.0.0.255', 2))).toBe('later');
  }, 120_000);

  it('arms nothing in a mode that would put the supply on by itself', async () => {
    expect(relayOf(3)).toEqual({ type: 'boolean', value: false });
    await order(3, 'control-mode', { mode: 4 });
    const arm = await ask('olga', 'POST', '/commands', { kind: 'arm', meterIds: [meterOf(3)] });
    const ended = await settled(arm.body.id);
    expect(ended).toMatchObject({ state: 'failed', error: 'COMMAND_REFUSED', after: { outputOn: false } });
    expect(relayOf(3)).toEqual({ type: 'boolean', value: false });
    expect((await ask('olga', 'GET', `/meters/${meterOf(3)}`)).body.usagePoint.state).toBe('disconnected');
  }, 60_000);

  it('rotates the keys of a meter over sessions', async () => {
    const { status } = await ask('token', 'POST', `/meters/${meterOf(3)}/rotations`, {
      kinds: ['guek', 'gak'],
    });
    expect(status).toBe(201);
    for (let round = 0; round < 6; round++) {
      await field.context.rotations.round(new AbortController().signal);
      field.clock.advanceMs(8 * 86_400_000);
    }
    const { body } = await ask('token', 'GET', `/meters/${meterOf(3)}/rotations`);
    expect(body[0]).toMatchObject({ state: 'done' });
    const keys = (await ask('token', 'GET', `/meters/${meterOf(3)}/keys`)).body;
    expect(
      keys.find((one: { kind: string; state: string }) => one.kind === 'guek' && one.state === 'active')
        .version,
    ).toBe(2);
  }, 60_000);
});
