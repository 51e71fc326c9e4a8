import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf } from '../../src/commands/kinds.ts';
import { asUser, type Fault, World } from './command-model.ts';

const operator = asUser('olga');
const other = asUser('otto');
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const request = (over: object = {}) => ({
  ...{ kind: 'disconnect', params: {}, meterIds: [1], key: 'k', reason: 'unpaid', person: 'olga' },
  ...over,
});
const open = { fourEyesAlways: [], fourEyesAboveMeters: 1000, coolDownS: 0 };

describe('commands to simulated meters', () => {
  it('disconnects after a second person approved, confirmed by read-back', async () => {
    const world = new World();
    const people = world.people();
    const { orderId } = await people.request(operator, request());
    await world.executor().round();
    expect(world.rows[0]!.state).toBe('awaiting_approval');
    await expect(people.approve(operator, orderId)).rejects.toEqual(code('COMMAND_FOUR_EYES'));
    const token = { ...other, actor: { kind: 'token', id: 't1', name: 't1' } } as const;
    await expect(people.approve(token, orderId)).rejects.toEqual(code('COMMAND_FOUR_EYES'));
    await people.approve(other, orderId);
    await world.executor().round();
    expect(world.rows[0]).toMatchObject({ state: 'confirmed', progress: { after: { outputOn: false } } });
    expect(world.executions).toHaveLength(1);
  });

  it('asks the person behind a token, too', async () => {
    const world = new World();
    const byToken = { ...operator, actor: { kind: 'token', id: '5', name: 'ci' } } as const;
    const { orderId } = await world.people().request(byToken, request({ person: 'olga' }));
    await expect(world.people().approve(operator, orderId)).rejects.toEqual(code('COMMAND_FOUR_EYES'));
  });

  it('gives the same order for the same key, and refuses another under it', async () => {
    const world = new World();
    const first = await world.people().request(operator, request({ meterIds: [1, 2] }));
    const again = await world.people().request(operator, request({ meterIds: [2, 1, 2] }));
    expect(again).toEqual({ orderId: first.orderId, created: false });
    expect(world.rows).toHaveLength(2);
    world.killSwitch = true;
    expect(await world.people().request(operator, request({ meterIds: [1, 2] }))).toEqual(again);
    world.killSwitch = false;
    await expect(world.people().request(operator, request({ kind: 'connect' }))).rejects.toEqual(
      code('COMMAND_KEY_REUSED'),
    );
  });

  it('refuses what no driver can do, what is protected and what is malformed', async () => {
    const world = new World();
    world.places.set(7, { protection: 'medical', feederId: null });
    const refused = (over: object) => world.people().request(operator, request(over));
    await expect(refused({ meterIds: [1, 7] })).rejects.toEqual(code('COMMAND_PROTECTED'));
    await expect(refused({ kind: 'explode' })).rejects.toEqual(code('COMMAND_INVALID'));
    await expect(refused({ params: { now: true } })).rejects.toEqual(code('COMMAND_INVALID'));
    await expect(refused({ meterIds: [] })).rejects.toEqual(code('COMMAND_INVALID'));
    await expect(refused({ expiresAtS: world.nowS })).rejects.toEqual(code('COMMAND_INVALID'));
    await expect(refused({ notBeforeS: world.nowS + 367 * 86_400 })).rejects.toEqual(code('COMMAND_INVALID'));
    expect(world.rows).toEqual([]);
  });

  it('looks at the marks again right before it sends', async () => {
    const world = new World();
    world.policy = open;
    await world.people().request(operator, request());
    world.places.set(1, { protection: 'critical', feederId: null });
    await world.executor().round();
    expect(world.rows[0]).toMatchObject({ state: 'failed', progress: { error: 'COMMAND_PROTECTED' } });
    expect(world.executions).toEqual([]);
  });

  it('asks for a second person for a draft that the policy let pass when it was made', async () => {
    const world = new World();
    world.policy = open;
    const { orderId } = await world.people().request(operator, request({ draft: true }));
    world.policy = {};
    await world.people().submit(operator, orderId, 'olga');
    expect(world.rows[0]!.state).toBe('awaiting_approval');
    await world.people().approve(other, orderId);
    await world.executor().round();
    expect(world.rows[0]!.state).toBe('confirmed');
  });

  it('lets a draft be submitted by the person behind it alone, so that two persons want what is sent', async () => {
    const actors = ['olga', 'otto', 'token of olga', 'token of otto'] as const;
    const ctxOf = (who: (typeof actors)[number]) =>
      who.startsWith('token')
        ? ({ ...operator, actor: { kind: 'token', id: who, name: who } } as const)
        : asUser(who);
    const personOf = (who: string) => who.replace('token of ', '');
    const actor = fc.constantFrom(...actors);
    const each = fc.asyncProperty(actor, actor, actor, async (maker, submitter, approver) => {
      const world = new World();
      const people = world.people();
      const asked = request({ draft: true, person: personOf(maker) });
      const { orderId } = await people.request(ctxOf(maker), asked);
      const submitted = people.submit(ctxOf(submitter), orderId, personOf(submitter));
      if (personOf(maker) !== personOf(submitter)) {
        await expect(submitted).rejects.toEqual(code('COMMAND_NOT_YOURS'));
        expect(world.rows[0]!.state).toBe('draft');
        return;
      }
      await submitted;
      const decided = people.approve(ctxOf(approver), orderId);
      const second = !approver.startsWith('token') && approver !== personOf(maker);
      if (second) await decided;
      else await expect(decided).rejects.toEqual(code('COMMAND_FOUR_EYES'));
      await world.executor().round();
      expect(world.executions).toHaveLength(second ? 1 : 0);
    });
    await fc.assert(each);
  });

  it.each(['disconnect', 'connect'])('does not %s whoever lives where the meter is now', async (kind) => {
    const world = new World();
    world.policy = open;
    world.relay.set(1, kind === 'disconnect');
    await world.people().request(operator, request({ kind }));
    world.places.set(1, { protection: '', feederId: null, isMoved: true });
    await world.executor().round();
    expect(world.rows[0]).toMatchObject({ state: 'failed', progress: { error: 'COMMAND_MOVED' } });
    expect(world.executions).toEqual([]);
  });

  it('voids a disconnect when a payment lands before it is sent, and not after', async () => {
    const world = new World();
    world.policy = open;
    await world.people().request(operator, request());
    expect(await world.people().voidDisconnects(operator, 1, 'paid')).toEqual({ voided: [1], tooLate: [] });
    await world.executor().round();
    expect(world.executions).toEqual([]);
    expect(world.rows[0]!.state).toBe('voided');
    await world.people().request(operator, request({ key: 'k2' }));
    let late: object = {};
    world.meanwhile = async () => {
      late = await world.people().voidDisconnects(operator, 1, 'paid');
    };
    await world.executor().round();
    expect(late).toEqual({ voided: [], tooLate: [2] });
    expect(world.rows[1]!.state).toBe('confirmed');
  });

  it('voids every kind that could cut the supply, and no other', async () => {
    const world = new World();
    const wanted = { classId: 70, obis: '0.0.96.3.10.255', attribute: 2, value: 'false' };
    const all = {
      disconnect: {},
      'load-limit': { thresholdW: 0, minOverS: 1, minUnderS: 1 },
      script: { obis: '0.0.10.0.106.255', script: 1, expect: wanted },
      connect: {},
    };
    for (const [kind, params] of Object.entries(all))
      await world.people().request(operator, request({ kind, params, key: kind }));
    expect((await world.people().voidDisconnects(operator, 1, 'paid')).voided).toEqual([1, 2, 3]);
  });

  it('names a disconnect that was confirmed while a payment landed', async () => {
    const world = new World();
    world.policy = open;
    await world.people().request(operator, request());
    const store = world.store(0);
    let round: Promise<void> | undefined;
    world.meanwhile = async () => {
      world.meanwhile = undefined;
      const moveMany: typeof store.moveMany = async (...how) => {
        const ids = await store.moveMany(...how);
        await round;
        return ids;
      };
      told = world.people({ ...store, moveMany }).voidDisconnects(operator, 1, 'paid');
    };
    let told: Promise<object> | undefined;
    round = world.executor().round();
    await round;
    expect(world.rows[0]!.state).toBe('confirmed');
    expect(await told).toEqual({ voided: [], tooLate: [1] });
  });

  it('looks at a meter only when nothing else is at work with it', async () => {
    const world = new World();
    world.policy = open;
    const look = (signal: AbortSignal) => world.people().look(operator, 1, 'disconnect', {}, signal);
    let looked: Promise<unknown> | undefined;
    let seen: unknown;
    world.meanwhile = async () => {
      looked = look(AbortSignal.timeout(10_000)).then((found) => {
        seen = found;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(seen).toBeUndefined();
    };
    await world.people().request(operator, request());
    await world.executor().round();
    await looked;
    expect(seen).toMatchObject({ outputOn: false });
    expect(world.atWork.list()).toEqual([]);
    world.atWork.take(1);
    await expect(look(AbortSignal.timeout(20))).rejects.toEqual(code('COMMAND_METER_BUSY'));
    world.atWork.release(1);
    expect(world.atWork.take(1)).toBe(true);
  });

  it('decides by read-back what a killed process left, and does not repeat it', async () => {
    for (const [fault, state] of [
      ['die-after', 'confirmed'],
      ['die-before', 'failed'],
    ] as const) {
      const world = new World();
      await world.people().request(operator, request({ kind: 'billing-reset' }));
      // read before, execute
      world.faults = ['ok', fault];
      await world.executor().round();
      expect(world.rows[0]).toMatchObject({ state: 'running', phase: 'sending' });
      for (let round = 0; round < 20; round++, world.nowS += 60) await world.executor().round();
      expect(world.rows[0]!.state).toBe(state);
      expect(world.executions).toHaveLength(1);
      expect(world.resets.get(1) ?? 0).toBe(fault === 'die-after' ? 1 : 0);
    }
  });

  it('does not send what the meter has already', async () => {
    const world = new World();
    world.policy = open;
    world.relay.set(1, false);
    await world.people().request(operator, request());
    await world.executor().round();
    expect(world.rows[0]!.state).toBe('confirmed');
    expect(world.executions).toEqual([]);
  });

  it('says that it does not know when the meter cannot be read back', async () => {
    const world = new World();
    await world.people().request(operator, request({ kind: 'connect', key: 'c' }));
    world.relay.set(1, false);
    world.faults = ['ok', 'lose-request', ...Array.from({ length: 5000 }, () => 'not-sent' as const)];
    for (let round = 0; round < 400; round++, world.nowS += 300) await world.executor().round();
    expect(world.rows[0]).toMatchObject({ state: 'failed', progress: { error: 'COMMAND_UNCONFIRMED' } });
    expect(world.executions).toHaveLength(1);
  });
});

const fault = fc.constantFrom<Fault>(
  ...(['ok', 'ok', 'ok', 'ok', 'not-sent', 'lose-request', 'lose-answer'] as const),
  ...(['refuse', 'ignore', 'die-before', 'die-after'] as const),
);
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('round' as const) }) },
  fc.record({
    do: fc.constant('request' as const),
    kind: fc.constantFrom('disconnect', 'disconnect', 'disconnect', 'connect', 'billing-reset', 'read'),
    meterIds: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    key: fc.integer({ min: 0, max: 8 }).map(String),
  }),
  fc.record({
    do: fc.constantFrom('approve', 'approve', 'approve', 'approve', 'cancel', 'reject'),
    which: fc.nat(5),
  }),
  fc.record({
    do: fc.constantFrom('void', 'protect', 'clear', 'clear'),
    which: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ do: fc.constantFrom('kill', 'unkill', 'unkill', 'unkill', 'restart') }),
);
type Deed = { do: string; which?: number; kind?: string; meterIds?: number[]; key?: string };

/** Whether the policy forbids the disconnects that are there: more than the caps, or too close together. */
function breaches(
  world: World,
  policy: { maxPerHour: number; maxPerFeederPerHour: number; coolDownS: number },
) {
  const sent = world.executions.filter(({ commandId, left }) => {
    const row = world.rows.find(({ id }) => id === commandId)!;
    return left && kindOf(row.kind as 'read').interrupts;
  });
  const hour = (from: number) => sent.filter(({ atS }) => atS >= from && atS < from + 3600);
  const count = (some: typeof sent) => new Set(some.map(({ commandId }) => commandId)).size;
  return sent.flatMap(({ atS, meterId, commandId }) => {
    const feeder = meterId % 2;
    const close = sent.some(
      (each) =>
        each.commandId !== commandId &&
        each.meterId === meterId &&
        Math.abs(each.atS - atS) < policy.coolDownS,
    );
    return [
      ...(count(hour(atS)) > policy.maxPerHour ? ['hour'] : []),
      ...(count(hour(atS).filter((each) => each.meterId % 2 === feeder)) > policy.maxPerFeederPerHour
        ? ['feeder']
        : []),
      ...(close ? ['cool-down'] : []),
    ];
  });
}

describe('commands under any faults', () => {
  it('keep the safety policy and are never executed twice', async () => {
    let disconnected = 0;
    const turn = fc.record({ deed, passS: fc.nat(2000), faults: fc.array(fault, { maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 20, maxLength: 60, size: 'max' }), async (turns) => {
        const world = new World();
        const policy = { maxPerHour: 3, maxPerFeederPerHour: 2, coolDownS: 600, fourEyesAboveMeters: 2 };
        world.policy = policy;
        for (let meter = 1; meter <= 6; meter++)
          world.places.set(meter, { protection: '', feederId: meter % 2 });
        let executor = world.executor();
        let { process } = world;
        const approved = new Set<number>();
        const people = world.people();
        const quietly = (work: Promise<unknown>) => work.catch(() => undefined);
        for (const { deed: given, passS, faults } of turns) {
          const { do: what, which = 0, kind = '', meterIds = [], key = '' } = given as Deed;
          world.nowS += passS;
          world.faults.push(...faults);
          const before = world.executions.length;
          const orderId = (which % Math.max(1, world.orders.length)) + 1;
          if (what === 'request') {
            const params =
              kind === 'read' ? { items: [{ classId: 3, obis: '1.0.1.8.0.255', attribute: 2 }] } : {};
            await quietly(people.request(operator, request({ kind, params, meterIds, key })));
          } else if (what === 'approve') {
            await quietly(people.approve(operator, orderId));
            await quietly(people.approve(other, orderId).then(() => approved.add(orderId)));
          } else if (what === 'reject') await quietly(people.reject(other, orderId));
          else if (what === 'cancel') await quietly(people.cancelOrder(operator, orderId));
          else if (what === 'void') await people.voidDisconnects(operator, which, 'paid');
          else if (what === 'protect') world.places.get(which)!.protection = 'medical';
          else if (what === 'clear') world.places.get(which)!.protection = '';
          else if (what === 'kill') world.killSwitch = true;
          else if (what === 'unkill') world.killSwitch = false;
          else if (what === 'restart') {
            executor = world.executor();
            process = world.process;
          } else {
            await quietly(executor.round());
            // A process that died is followed by another.
            if (world.process !== process) {
              executor = world.executor();
              process = world.process;
            }
          }
          for (const { commandId, meterId } of world.executions.slice(before)) {
            const row = world.rows.find(({ id }) => id === commandId)!;
            const order = world.orders[row.orderId - 1]!;
            if (kindOf(row.kind as 'read').interrupts) {
              disconnected++;
              expect(world.places.get(meterId)!.protection).toBe('');
            }
            expect(world.killSwitch).toBe(false);
            if (order.needsApproval) expect(approved).toContain(row.orderId);
            expect(['running', 'confirmed', 'failed', 'queued']).toContain(row.state);
          }
        }
        expect(breaches(world, policy)).toEqual([]);
        for (const row of world.rows) {
          const times = world.executions.filter(({ commandId }) => commandId === row.id);
          const may = times.filter(({ left }) => left).length;
          expect(may).toBeLessThanOrEqual(kindOf(row.kind as 'read').repeat === 'never' ? 1 : 3);
          // Nothing is sent again after it took effect.
          const effect = times.findIndex(({ done }) => done);
          if (effect !== -1 && row.kind === 'billing-reset') expect(effect).toBe(times.length - 1);
        }
      }),
      { numRuns: 300 },
    );
    expect(disconnected).toBeGreaterThan(100);
  }, 120_000);
});
