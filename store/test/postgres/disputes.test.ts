import { type AccessContext, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BillInput, DisputeInput, RegistryStore } from '../../src/postgres/index.ts';
import { present, type TestEngine } from './engines.ts';
import { hookFor } from './hooks.ts';

const person = (id: string): AccessContext => ({
  actor: { kind: 'user', id, name: id },
  purpose: 'operate',
  scope: 'all',
});
const [anna, ben] = [person('anna'), person('ben')];

describe.each(present)('disputes in the registry, $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  let common: Pick<BillInput, 'accountId' | 'agreementId' | 'usagePointId'>;
  let bill = 0;
  let months = 0;

  /** Bills the next month and issues it. */
  const issue = async (): Promise<number> => {
    const [fromDay, toDay] = [`2026-0${1 + months}-01`, `2026-0${2 + months}-01`];
    const { run } = await store.billRuns.create(anna, {
      ...{ key: `r${months++}`, kind: 'cycle', cycle: '', fromDay, toDay, settings: {}, accounts: null },
      ...{ replaces: null, reason: '', requestedPerson: 'anna' },
    });
    const going = await store.billRuns.transition(systemAccess, run.id, ['draft'], 'calculating');
    const made: BillInput = {
      ...{ ...common, kind: 'bill', state: 'calculated', tariff: 'day', fromS: 1_767_222_000 },
      ...{ toS: 1_769_900_400, cycleFrom: fromDay, cycleTo: toDay, total: '500', currency: 'EUR' },
      ...{ before: null, usage: '1', unit: 'kWh', estimatedShare: 0, holds: [], content: '{}' },
      ...{ carry: '{}', replaces: null, reason: '' },
    };
    await store.bills.put(systemAccess, going, { bills: [made], heads: '[]', position: 1, done: 1 });
    await store.billRuns.transition(systemAccess, run.id, ['calculating'], 'calculated');
    await store.billRuns.approve(ben, run.id);
    await store.bills.issue(systemAccess, run.id, 10);
    return (await store.bills.list(anna, { run: run.id })).items[0]!.id;
  };

  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
    const customer = await store.customers.create(anna, { code: 'C', name: 'Customer' });
    const account = await store.accounts.create(anna, { number: 'A', customerId: customer.id });
    const point = await store.usagePoints.create(anna, { code: 'P', commodity: 'electricity' });
    const agreement = await store.agreements.create(anna, {
      ...{ code: 'G', accountId: account.id, usagePointId: point.id, validFrom: new Date(0) },
    });
    common = { accountId: account.id, agreementId: agreement.id, usagePointId: point.id };
    bill = await issue();
  }, 60_000);
  afterAll(() => engine?.stop());

  let keys = 0;
  let told: Awaited<ReturnType<typeof hookFor>>;
  const input = (more: Partial<DisputeInput> = {}): DisputeInput => ({
    ...{ ...common, key: `d${keys++}`, billId: bill, fromAt: new Date(1e12), toAt: new Date(2e12) },
    ...{ reason: 'high-bill', words: 'Twice as much as last month', via: 'operator', amount: '20' },
    ...{ currency: 'EUR', dunningHeld: true, dueAt: new Date('2026-03-20'), suggests: 'look' },
    ...{ remindAt: new Date('2026-03-17'), evidence: '{"b":1,"a":2}', ...more },
  });

  it('keeps the evidence as it was, one open case a bill, and a key makes one case', async () => {
    const asked = input();
    told = await hookFor(store, ['dispute.opened', 'dispute.decided']);
    const { dispute, created } = await store.disputes.create(anna, asked);
    expect([created, dispute.evidence, dispute.state]).toEqual([true, { b: 1, a: 2 }, 'open']);
    expect(await store.disputes.create(anna, asked)).toMatchObject({
      ...{ created: false, dispute: { id: dispute.id } },
    });
    await expect(store.disputes.create(anna, input())).rejects.toMatchObject({ code: 'DISPUTE_OPEN' });
    await expect(store.disputes.create(anna, input({ billId: 999 }))).rejects.toMatchObject({
      code: 'BILL_STATE',
    });
    const change = store.db.updateTable('dispute').set({ evidence: '{}' }).where('id', '=', dispute.id);
    await expect(change.execute()).rejects.toThrow(/never changes/);
    const other = { ...anna, scope: { usagePoints: new Set([999]) } };
    await expect(store.disputes.get(other, dispute.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // its customer may open one of usage, at his own usage point and no other
    const mine = { ...anna, scope: { usagePoints: new Set([common.usagePointId]) } };
    const own = await store.disputes.create(mine, input({ billId: null, via: 'customer' }));
    expect(own.dispute).toMatchObject({ via: 'customer', billId: null });
  });

  it('goes from open to closed in order, with reminders once, and says so in the case', async () => {
    const [first] = (await store.disputes.list(anna, { bill })).items;
    const { id } = first!;
    expect(await store.disputes.remind(systemAccess, new Date('2026-03-16'))).toEqual([]);
    expect(await store.disputes.remind(systemAccess, new Date('2026-03-18'))).toContain(id);
    expect(await store.disputes.remind(systemAccess, new Date('2026-03-19'))).toEqual([]);
    expect(await store.disputes.counts(anna, new Date('2026-03-21'))).toMatchObject({ open: 2, late: 2 });
    const move = store.disputes.move;
    await expect(move(anna, id, ['answered'], 'closed', { words: 'x' })).rejects.toMatchObject({
      code: 'DISPUTE_STATE',
    });
    await move(anna, id, ['open'], 'looking', { words: 'taken', assignedTo: 'anna' });
    await expect(move(anna, id, ['looking'], 'answered', { words: 'x', ifVersion: 1 })).rejects.toMatchObject(
      { code: 'VERSION_CONFLICT' },
    );
    const answered = await move(anna, id, ['looking'], 'answered', {
      ...{ words: 'answered', outcome: 'upheld', answer: 'The register agrees.' },
    });
    expect(answered).toMatchObject({ outcome: 'upheld', assignedTo: 'anna', dunningHeld: true });
    await move(anna, id, ['answered'], 'looking', { words: 'opened again' });
    await move(anna, id, ['looking'], 'answered', { words: 'answered', outcome: 'upheld' });
    const closed = await move(anna, id, ['answered'], 'closed', { words: 'done', dunningHeld: false });
    expect(closed.entries.map(({ kind }) => kind)).toEqual(['reminder', ...Array(5).fill('move')]);
    await expect(store.disputes.note(anna, id, 'late')).rejects.toMatchObject({ code: 'DISPUTE_STATE' });
    expect((await store.disputes.list(anna, { unanswered: true })).total).toBe(1);
    // a repeat of the request is not told again, an answer after it was opened again is
    const kinds = [...Array(2).fill('dispute.opened'), ...Array(2).fill('dispute.decided')];
    const events = await told();
    expect(events.map(({ kind }) => kind)).toEqual(kinds);
    expect(events[2]!.data).toMatchObject({ dispute: id, bill, account: 'A', outcome: 'upheld' });
    const listed = await store.disputes.list(anna, { limit: 1 });
    const rest = await store.disputes.list(anna, { limit: 1, cursor: listed.next! });
    // what waits for an answer comes first
    expect([listed.items[0]!.state, rest.items[0]!.state, rest.next]).toEqual(['open', 'closed', null]);
  });

  it('credits once a second person agreed, on the next bill that is issued', async () => {
    const { dispute } = await store.disputes.create(anna, input());
    const ask = (amount: string) =>
      store.accountEntries.credit(anna, {
        ...{ dispute: dispute.id, amount, words: 'For the trouble', person: 'anna', limit: '50' },
      });
    const small = await ask('50');
    const pending = await ask('0.01');
    expect([small.amount, small.state, pending.state]).toEqual(['-50', 'approved', 'pending']);
    const decide = (who: AccessContext) => store.accountEntries.decide(who, pending.id, 'approved');
    await expect(decide(anna)).rejects.toMatchObject({ code: 'ENTRY_DECIDED' });
    const first = await issue();
    await decide(ben);
    await expect(decide(ben)).rejects.toMatchObject({ code: 'ENTRY_DECIDED' });
    const second = await issue();
    expect((await store.accountEntries.list(anna, { dispute: dispute.id })).total).toBe(2);
    const onBills = await store.accountEntries.onBills(anna, [first, second]);
    expect(onBills.map(({ id, billId }) => [id, billId])).toEqual([
      [small.id, first],
      [pending.id, second],
    ]);
    const other = { ...anna, scope: { usagePoints: new Set([999]) } };
    expect(await store.accountEntries.onBills(other, [first])).toEqual([]);
    expect(await store.audit.verify(systemAccess)).toMatchObject({ brokenAt: null });
  });

  it('weighs credits of an account together, also those that are asked for at once', async () => {
    const { dispute } = await store.disputes.create(anna, input({ billId: null, amount: '100' }));
    // those of the case before count as well: they are of the account
    const ask = () =>
      store.accountEntries.credit(anna, {
        ...{ dispute: dispute.id, amount: '30', words: 'For the trouble', person: 'anna', limit: '110' },
      });
    const made = await Promise.all([ask(), ask()]);
    expect(made.map(({ state }) => state).sort()).toEqual(['approved', 'pending']);
    // one that was refused leaves room
    await store.accountEntries.decide(ben, made.find(({ state }) => state === 'pending')!.id, 'refused');
    const third = store.accountEntries.credit(anna, {
      ...{ dispute: dispute.id, amount: '20', words: 'For the trouble', person: 'anna', limit: '110' },
    });
    expect(await third).toMatchObject({ state: 'approved' });
  });
});
