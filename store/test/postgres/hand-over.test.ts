import { randomBytes } from 'node:crypto';
import { type AccessContext, systemAccess } from '@openami/model';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BatchReceipt,
  BillInput,
  BillRun,
  HandOverBatch,
  RegistryStore,
  Webhook,
} from '../../src/postgres/index.ts';
import { present, type TestEngine } from './engines.ts';

const anna: AccessContext = {
  ...{ actor: { kind: 'user', id: 'anna', name: 'anna' }, purpose: 'operate', scope: 'all' },
};
const ben: AccessContext = { ...anna, actor: { kind: 'user', id: 'ben', name: 'ben' } };
const keys: AccessContext = { ...systemAccess, purpose: 'keys' };

describe.each(present)('hand-over in the registry, $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  let hook: Webhook;
  let agreement: Omit<BillInput, 'cycleFrom' | 'cycleTo' | 'fromS' | 'toS' | 'total' | 'replaces' | 'kind'>;
  let months = 0;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
    const customer = await store.customers.create(anna, { code: 'C', name: 'Customer' });
    const account = await store.accounts.create(anna, { number: 'A0', customerId: customer.id });
    const point = await store.usagePoints.create(anna, {
      ...{ code: 'P0', commodity: 'electricity', zone: 'Europe/Berlin' },
    });
    const made = await store.agreements.create(anna, {
      ...{ code: 'G0', accountId: account.id, usagePointId: point.id, validFrom: new Date(0) },
    });
    agreement = {
      ...{ state: 'calculated', accountId: account.id, agreementId: made.id, usagePointId: point.id },
      ...{ tariff: 'day', currency: 'EUR', before: null, usage: '1', unit: 'kWh', estimatedShare: 0 },
      ...{ holds: [], content: '{"lines":[]}', carry: '{}', reason: '' },
    };
    await store.dataKeys.add(keys, { id: 'k1', wrapped: Uint8Array.of(1), kekId: 'x' }, undefined);
  }, 60_000);
  afterAll(() => engine?.stop());

  const secret = () => ({
    ...{ name: `webhook ${randomBytes(8).toString('hex')}`, wrapped: Uint8Array.of(7), wrappingKey: 'k1' },
  });
  /** An issued run with a bill for each total, in months of their own. */
  const issued = async (totals: readonly string[], more: Partial<BillInput> = {}): Promise<BillRun> => {
    const { run: draft } = await store.billRuns.create(anna, {
      ...{ key: `k${months}`, kind: 'cycle', cycle: '', fromDay: '2026-01-01', toDay: '2026-02-01' },
      ...{ settings: {}, accounts: null, replaces: null, reason: '', requestedPerson: 'anna' },
    });
    const run = await store.billRuns.transition(systemAccess, draft.id, ['draft'], 'calculating', {});
    const bills = totals.map((total): BillInput => {
      const day = `20${String(10 + months++)}-01-01`;
      const fromS = 1_000_000_000 + months * 100;
      const times = { fromS, toS: fromS + 100, cycleFrom: day, cycleTo: day.replace('-01-01', '-02-01') };
      return { ...agreement, kind: 'bill', total, replaces: null, ...times, ...more };
    });
    await store.bills.put(systemAccess, run, { bills, heads: '[]', position: 1, done: 1 });
    await store.billRuns.transition(systemAccess, run.id, ['calculating'], 'calculated');
    await store.billRuns.approve(ben, run.id);
    await store.billRuns.transition(ben, run.id, ['approved'], 'issuing');
    await store.bills.issue(ben, run.id, 100);
    return store.billRuns.transition(systemAccess, run.id, ['issuing'], 'issued');
  };
  const events = async () => (await store.webhooks.next(systemAccess, hook.id, 100)).map(({ kind }) => kind);
  const drain = async () => {
    for (const one of await store.webhooks.next(systemAccess, hook.id, 100))
      await store.webhooks.settle(systemAccess, one, {
        ...{ state: 'delivered', status: 204, detail: '', restMs: 0 },
      });
  };
  const receiptOf = ({ bills, totals, sha256 }: HandOverBatch) => ({ bills, totals, sha256, refused: [] });

  it('notes events in the transaction of the change, for those who asked for the kind', async () => {
    await issued(['1']);
    hook = await store.webhooks.create(
      anna,
      { name: 'cis', url: 'https://x.test/', kinds: ['bill.issued', 'bill.reversed', 'bill-run.state'] },
      secret(),
    );
    expect(await events()).toEqual([]);
    const run = await issued(['12.50', '3']);
    const states = 'bill-run.state';
    expect(await events()).toEqual([states, states, states, states, 'bill.issued', 'bill.issued', states]);
    const [first] = (await store.webhooks.next(systemAccess, hook.id, 100)).slice(4);
    expect(first!.data).toMatchObject({ run: run.id, account: 'A0', total: '12.50', currency: 'EUR' });
    const undone = store.db.transaction().execute(async (db) => {
      await db.updateTable('bill_run').set({ state: 'failed' }).where('id', '=', run.id).execute();
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await events()).toHaveLength(7);
    await drain();
    await store.bills.cancel(anna, Number(first!.data.bill), 'wrong meter');
    const [reversed] = await store.webhooks.next(systemAccess, hook.id, 1);
    expect(reversed).toMatchObject({
      kind: 'bill.reversed',
      data: { total: '-12.50', reason: 'wrong meter' },
    });
    await drain();
  });

  it('rests after a failure, keeps what is dead, and sends it again when asked', async () => {
    await store.webhooks.test(anna, hook.id, { hello: 1 });
    const [one] = await store.webhooks.next(systemAccess, hook.id, 1);
    const failed = { status: 500, detail: 'no', restMs: 3_600_000 };
    await store.webhooks.settle(systemAccess, one!, { ...failed, state: 'waiting' });
    expect(await store.webhooks.due(systemAccess)).toEqual([]);
    // it does not rest for what another address did
    await store.webhooks.change(anna, hook.id, { url: 'https://y.test/' });
    expect(await store.webhooks.due(systemAccess)).toMatchObject([{ id: hook.id, failures: 0 }]);
    const [again] = await store.webhooks.next(systemAccess, hook.id, 1);
    expect(again).toMatchObject({ eventId: one!.eventId, attempts: 1, status: 500, detail: 'no' });
    await store.webhooks.settle(systemAccess, again!, { ...failed, state: 'dead' });
    expect(await store.webhooks.get(anna, hook.id)).toMatchObject({ waiting: 0, dead: 1, failures: 1 });
    expect(await store.webhooks.resend(anna, hook.id, [again!.id])).toBe(1);
    expect(await store.webhooks.resend(anna, hook.id)).toBe(0);
    expect(await store.webhooks.due(systemAccess)).toMatchObject([{ id: hook.id, failures: 0 }]);
    await drain();
    const { items } = await store.webhooks.deliveries(anna, { webhook: hook.id, state: 'delivered' });
    expect(items[0]).toMatchObject({ id: one!.id, eventId: one!.eventId, attempts: 1, status: 204 });
  });

  it('lets two secrets sign while one takes over from the other', async () => {
    const [before] = await store.webhooks.secrets(keys, hook.id);
    await store.webhooks.rotate(anna, hook.id, secret(), 3_600);
    const both = await store.webhooks.secrets(keys, hook.id);
    expect(both).toHaveLength(2);
    expect(both[1]!.name).toBe(before!.name);
    await store.webhooks.rotate(anna, hook.id, secret(), 0);
    expect(await store.webhooks.secrets(keys, hook.id)).toHaveLength(2);
    await expect((async () => store.webhooks.secrets(anna, hook.id))()).rejects.toMatchObject({
      code: 'KEY_PURPOSE',
    });
  });

  it('pauses a webhook whose queue is too long, and forgets what is old', async () => {
    for (let i = 0; i < 4; i++) await store.webhooks.test(anna, hook.id, { i });
    const limits = { waiting: 4, waitHours: 1, deliveredDays: 1, deadDays: 1 };
    await store.webhooks.sweep(systemAccess, limits);
    expect(await store.webhooks.get(anna, hook.id)).toMatchObject({ enabled: true, waiting: 4 });
    await store.webhooks.sweep(systemAccess, { ...limits, waiting: 3 });
    const paused = await store.webhooks.get(anna, hook.id);
    expect(paused).toMatchObject({ enabled: false, paused: 'more than 3 events waited' });
    const on = await store.webhooks.change(anna, hook.id, { enabled: true }, paused.version);
    expect(on).toMatchObject({ enabled: true, paused: '' });
    await expect(store.webhooks.change(anna, hook.id, { name: 'x' }, paused.version)).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    await store.webhooks.sweep(systemAccess, { ...limits, waitHours: 0 });
    expect(await store.webhooks.get(anna, hook.id)).toMatchObject({ waiting: 0, dead: 4 });
    await store.webhooks.sweep(systemAccess, { ...limits, deadDays: 0, deliveredDays: 0 });
    expect(await store.webhooks.deliveries(anna)).toMatchObject({ items: [], total: 0 });
  });

  it('cuts batches without gaps, each bill in one, and freezes them', async () => {
    const run = await issued(['10.10', '20', '30.05']);
    const two = (await store.handOver.cut(anna, run.id, 2))!;
    expect(two).toMatchObject({
      id: 1,
      runId: run.id,
      bills: 2,
      totals: { EUR: '30.10' },
      state: 'building',
    });
    const one = (await store.handOver.cut(anna, run.id, 2))!;
    expect(one).toMatchObject({ id: 2, bills: 1 });
    expect(await store.handOver.cut(anna, run.id, 2)).toBeUndefined();
    const draft = await store.billRuns.create(anna, {
      ...{ key: 'draft', kind: 'cycle', cycle: '', fromDay: '2026-01-01', toDay: '2026-02-01' },
      ...{ settings: {}, accounts: null, replaces: null, reason: '', requestedPerson: 'anna' },
    });
    await expect(store.handOver.cut(anna, draft.run.id, 2)).rejects.toMatchObject({ code: 'BILL_RUN_STATE' });
    // the second is whole before the first: nobody sees it yet
    await store.handOver.finish(systemAccess, 2, { sha256: 'bb', bytes: 2 });
    expect(await store.handOver.after(anna, 0, 10)).toEqual([]);
    expect((await store.handOver.building(anna))!.id).toBe(1);
    await store.handOver.finish(systemAccess, 1, { sha256: 'aa', bytes: 1 });
    expect((await store.handOver.after(anna, 0, 10)).map(({ id }) => id)).toEqual([1, 2]);
    expect(await store.bills.scan(anna, { batch: 1 }, 0, 10)).toHaveLength(2);
    await expect(store.db.updateTable('hand_over_batch').set({ sha256: 'cc' }).execute()).rejects.toThrow(
      /never changes/,
    );
    await store.frozen.put(systemAccess, 'batch', 1, 0, Uint8Array.of(1, 2));
    expect([...(await store.frozen.part(anna, 'batch', 1, 0))!]).toEqual([1, 2]);
    await store.frozen.clear(systemAccess, 'batch', 1);
    expect(await store.frozen.part(anna, 'batch', 1, 0)).toBeUndefined();
  });

  it('takes an acknowledgement with the right totals only, and refused bills again', async () => {
    const batch = await store.handOver.get(anna, 1);
    const receipt = receiptOf(batch);
    const wrong: Partial<BatchReceipt>[] = [
      { bills: 3 },
      { totals: { EUR: '30.11' } },
      { totals: {} },
      { sha256: 'ab' },
    ];
    for (const more of wrong)
      await expect(store.handOver.acknowledge(anna, 1, { ...receipt, ...more })).rejects.toMatchObject({
        code: 'HAND_OVER_TOTALS',
      });
    const [bill] = await store.bills.scan(anna, { batch: 1 }, 0, 1);
    const refused = [{ bill: bill!.id, reason: 'no such account here' }];
    const stranger = [{ bill: 2_000_000, reason: 'x' }];
    await expect(
      store.handOver.acknowledge(anna, 1, { ...receipt, refused: stranger }),
    ).rejects.toMatchObject({ code: 'HAND_OVER_STATE' });
    const done = { ...receipt, totals: { EUR: '30.1' }, refused };
    expect(await store.handOver.acknowledge(anna, 1, done)).toMatchObject({
      ...{ state: 'acknowledged', refused: 1, acknowledgedBy: 'anna' },
    });
    expect(await store.handOver.acknowledge(anna, 1, done)).toMatchObject({ refused: 1 });
    await expect(store.handOver.acknowledge(anna, 1, receipt)).rejects.toMatchObject({
      code: 'HAND_OVER_STATE',
    });
    const open = async () => (await store.handOver.bills(anna, { state: 'refused' })).items;
    expect(await open()).toMatchObject([{ id: bill!.id, batch: 1, reason: 'no such account here' }]);
    expect(await store.handOver.runsToHandOver(anna, 10)).not.toContain(batch.runId);
    const again = await store.handOver.cutAgain(anna, [bill!.id], 'account was made');
    expect(again).toMatchObject({ id: 3, bills: 1, runId: null, totals: { EUR: '10.10' } });
    expect(await open()).toEqual([]);
    await expect(store.handOver.cutAgain(anna, [bill!.id], 'twice')).rejects.toMatchObject({
      code: 'HAND_OVER_STATE',
    });
    const actions = (await store.audit.list(anna, { objectKind: 'hand_over_batch', objectId: '1' })).map(
      ({ action }) => action,
    );
    expect(actions).toEqual(['acknowledge', 'hand_over', 'create']);
  });

  it('asks for what was not prepaid, with the entries of the account', async () => {
    const dayOf = async (run: BillRun) => (await store.bills.list(anna, { run: run.id })).items[0]!.cycleFrom;
    const plain = await issued(['7.00']);
    // cycles after this one are on prepay, but for the one behind the next
    const [from, until] = [await dayOf(plain), `${2010 + months + 1}-01-01`];
    await sql`INSERT INTO prepay_agreement (agreement_id, policy, currency, valid_from, valid_until, state,
        since, look_at) VALUES (${agreement.agreementId}, 'p', 'EUR', ${from}::date + 1, ${until}::date,
        'in_credit', now(), now())`.execute(store.db);
    await sql`INSERT INTO account_entry (account_id, kind, amount, currency, words, state, requested_by,
        requested_person, created_at) VALUES (${agreement.accountId}, 'goodwill', -2.5, 'EUR', 'sorry',
        'approved', 'anna', 'anna', '2000-01-01')`.execute(store.db);
    const run = await issued(['30.00', '40.10']);
    const [paid, after] = await store.bills.scan(anna, { run: run.id }, 0, 10);
    expect(paid).toMatchObject({ total: '30.00', prepaid: true, due: '-2.50' });
    expect(after).toMatchObject({ total: '40.10', prepaid: false, due: '40.10' });
    const [first] = (await store.bills.list(anna, { run: plain.id })).items;
    expect(first).toMatchObject({ prepaid: false, due: '7.00' });
    const batch = (await store.handOver.cut(anna, run.id, 10))!;
    expect(batch).toMatchObject({ totals: { EUR: '70.10' }, due: { EUR: '37.60' } });
    await store.handOver.finish(systemAccess, batch.id, { sha256: 'dd', bytes: 1 });
    const receipt = { ...receiptOf(batch), sha256: 'dd' };
    await expect(
      store.handOver.acknowledge(anna, batch.id, { ...receipt, due: { EUR: '70.10' } }),
    ).rejects.toThrow(/what is due in EUR is 37.6, not 70.1/);
    const taken = await store.handOver.acknowledge(anna, batch.id, { ...receipt, due: { EUR: '37.6' } });
    expect(taken.state).toBe('acknowledged');
    await store.bills.cancel(anna, paid!.id, 'wrong meter');
    const back = (await store.handOver.cut(anna, run.id, 10))!;
    expect(back).toMatchObject({ bills: 1, totals: { EUR: '-30.00' }, due: { EUR: '0.00' } });
  });
});
