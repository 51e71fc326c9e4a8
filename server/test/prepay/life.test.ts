/** A prepay customer whose meter speaks DLMS over a socket: runs out, is warned, cut, pays, and is on again. */
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PrepayCustomer } from '../../src/contract/index.ts';
import { startDemoBilling } from '../../src/services/demo-billing.ts';
import { startDemoPrepay } from '../../src/services/demo-prepay.ts';
import { Field, pastPlan } from '../collection/field.ts';
import { peopleOf } from '../helpers/people.ts';

/** From a payment to the command, at the latest. */
const limitMs = 120_000;

describe('prepay with relays', () => {
  const field = new Field(3, { readingPlans: [pastPlan] });
  const { ask, signIn } = peopleOf(() => field.server);
  let vendor = '';
  let homes: PrepayCustomer[] = [];

  beforeAll(async () => {
    await field.open();
    await signIn('ada', 'admin');
    const { context } = field;
    vendor = (await context.registry.tokens.issue(systemAccess, { name: 'kiosk', role: 'vendor' })).secret;
    await field.settle();
    // what was read can be seen a second later
    field.clock.advanceMs(2_000);
    await startDemoBilling(context);
    const serials = new Set(field.fleet.meters.map(({ identity }) => identity.serial));
    // a start that broke off once the policies were agreed on
    expect(await startDemoPrepay(context, new Set())).toBe(0);
    expect(await startDemoPrepay(context, serials)).toBe(3);
    expect(await startDemoPrepay(context, serials)).toBe(0);
    field.clock.advanceMs(2_000);
    await context.prepay.settled();
    homes = (await ask('ada', 'GET', '/prepay/agreements')).body.items.reverse();
  }, 180_000);
  afterAll(() => field.close());

  const customer = async (agreement: string): Promise<PrepayCustomer> =>
    (await ask('ada', 'GET', `/prepay/agreements/${agreement}`)).body;
  const relayOf = (serial: string | null) => {
    const { meter } = field.fleet.meters.find(({ identity }) => identity.serial === serial)!.server;
    return meter.value(meter.model.find(70, '0.0.96.3.10.255')!, 2);
  };
  const kinds = async (agreement: string): Promise<string[]> => {
    const { items } = (await ask('ada', 'GET', `/prepay/notices?agreement=${agreement}`)).body;
    return items.map(({ kind }: { kind: string }) => kind).reverse();
  };
  /** Time goes on, meters are read and what they used is charged, until it is so. */
  const until = (agreement: string, what: (of: PrepayCustomer) => void, stepMs = 900_000) =>
    vi.waitFor(
      async () => {
        field.clock.advanceMs(stepMs);
        await field.settle();
        field.clock.advanceMs(2_000);
        await field.context.prepay.settled();
        what(await customer(agreement));
      },
      { timeout: 120_000, interval: 100 },
    );
  const pay = (account: string, amount: string, reference: string) =>
    ask(vendor, 'POST', '/prepay/payments', { account, amount, currency: 'EUR', reference });

  it('warns, and cuts over DLMS once nothing is left, though not while the kill switch is on', async () => {
    const [first] = homes;
    const code = first!.agreement;
    expect(first).toMatchObject({ policy: 'prepay-strict', state: 'low', supply: 'connected' });
    expect((await ask('ada', 'POST', '/commands/kill-switch/on')).status).toBe(200);
    await until(code, (of) => expect(of).toMatchObject({ state: 'out', wait: 'retry' }));
    expect((await customer(code)).blocked).toMatch(/COMMAND_KILLED/);
    expect(relayOf(first!.serial)).toMatchObject({ value: true });
    expect((await ask('ada', 'POST', '/commands/kill-switch/off')).status).toBe(200);
    await until(code, (of) => expect(of).toMatchObject({ state: 'cut', supply: 'disconnected' }));
    expect(relayOf(first!.serial)).toMatchObject({ value: false });
    expect(await kinds(code)).toEqual(['low', 'out', 'cut']);
    const [order] = (await ask('ada', 'GET', '/commands/orders')).body.items;
    expect(order).toMatchObject({ kind: 'disconnect', needsApproval: true });
    const [decision] = order.decisions;
    expect(decision).toMatchObject({ decidedByName: 'Prepay approver', decision: 'approved' });
    expect(decision.note).toBe('standing approval: prepay policy prepay-strict, version 1');
  }, 180_000);

  it('is on again in seconds after a payment that is enough, and not after one that is not', async () => {
    const [first] = homes;
    const code = first!.agreement;
    const owed = Number((await customer(code)).balance);
    expect((await pay(code, (0.5 - owed).toFixed(2), 'K-1')).status).toBe(201);
    await field.context.prepay.settled();
    expect(await customer(code)).toMatchObject({ state: 'cut', balance: '0.50' });
    const fromMs = performance.now();
    await pay(code, '10.00', 'K-2');
    await field.context.prepay.settled();
    // ordered by the time the payment is answered for and looked at
    const [order] = (await ask('ada', 'GET', '/commands/orders')).body.items;
    expect(order).toMatchObject({ kind: 'connect' });
    expect(performance.now() - fromMs).toBeLessThan(limitMs);
    await vi.waitFor(
      async () => {
        expect(relayOf(first!.serial)).toMatchObject({ value: true });
        expect(await customer(code)).toMatchObject({ state: 'in_credit', supply: 'connected' });
      },
      { timeout: limitMs, interval: 100 },
    );
    console.log(`from payment to the relay: ${Math.round(performance.now() - fromMs)} ms`);
    expect((await kinds(code)).at(-1)).toBe('restored');
  }, 180_000);

  it('never cuts who is protected, and says why', async () => {
    const code = homes[1]!.agreement;
    const why = { protection: 'oxygen at home', reason: 'doctor wrote' };
    expect((await ask('ada', 'PUT', `/prepay/agreements/${code}/protection`, why)).status).toBe(200);
    await until(code, (of) => expect(of).toMatchObject({ state: 'out', wait: 'protected' }), 6 * 3_600_000);
    expect(await kinds(code)).toEqual(['low', 'emergency', 'out']);
    expect(await customer(code)).toMatchObject({ lent: '2.00', supply: 'connected' });
  }, 180_000);

  it('calls a cut back that waits for its turn when the payment comes first', async () => {
    const code = homes[1]!.agreement;
    const moratorium = { fromS: 0, untilS: 4_294_967_295, reason: 'frost' };
    await field.context.registry.commands.setGate(systemAccess, { policy: { moratoria: [moratorium] } });
    const why = { protection: '', reason: 'moved out' };
    await ask('ada', 'PUT', `/prepay/agreements/${code}/protection`, why);
    await until(code, (of) => expect(of).toMatchObject({ wait: 'order' }), 3_600_000);
    // others run out meanwhile, too
    const order = async () => {
      const { items } = (await ask('ada', 'GET', '/commands/orders')).body;
      return items.find(({ reason }: { reason: string }) => reason.includes(code));
    };
    expect(await order()).toMatchObject({ kind: 'disconnect', counts: { queued: 1 } });
    await pay(code, '50.00', 'K-3');
    await field.context.prepay.settled();
    expect(await order()).toMatchObject({ kind: 'disconnect', counts: { cancelled: 1 } });
    expect(await customer(code)).toMatchObject({ state: 'in_credit', supply: 'connected', lent: '0.00' });
    expect(relayOf(homes[1]!.serial)).toMatchObject({ value: true });
  }, 180_000);
});
