import { type AccessContext, systemAccess } from '@openami/model';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrepayPosting, RegistryStore } from '../../src/postgres/index.ts';
import { present, type TestEngine } from './engines.ts';
import { hookFor } from './hooks.ts';

const person = (id: string): AccessContext => ({
  actor: { kind: 'user', id, name: id },
  purpose: 'operate',
  scope: 'all',
});
const [anna, ben] = [person('anna'), person('ben')];

describe.each(present)('prepay in the registry, $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  let agreementId = 0;
  let customerId = 0;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
    const customer = await store.customers.create(anna, { code: 'C', name: 'Customer' });
    customerId = customer.id;
    const account = await store.accounts.create(anna, { number: 'A', customerId: customer.id });
    const point = await store.usagePoints.create(anna, {
      ...{ code: 'P', commodity: 'electricity' as const, zone: 'Europe/Berlin' },
    });
    const agreement = await store.agreements.create(anna, {
      ...{ code: 'G', accountId: account.id, usagePointId: point.id, validFrom: new Date(0) },
    });
    agreementId = agreement.id;
  }, 60_000);
  afterAll(() => engine?.stop());

  const posting = (key: string, entries: PrepayPosting['entries']): PrepayPosting => ({
    ...{ agreementId, kind: 'charge', key, currency: 'EUR', entries },
  });
  const pay = (balances: Readonly<Record<string, bigint>>) => {
    expect(balances).toBeDefined();
    return { cash: 1_000n, customer_credit: -1_000n };
  };
  const payment = (reference: string, of: number | null = agreementId) => ({
    ...{ vendor: 'shop', reference, account: 'A', agreementId: of, amount: 1_000n, currency: 'EUR' },
    paidAt: new Date(0),
  });

  it('puts a policy in force by two persons, and edits none', async () => {
    const asked = { code: 'usual', document: { low: 1 }, reason: 'first', requestedPerson: 'anna' };
    const made = await store.prepayPolicies.propose(anna, asked);
    await expect(store.prepayPolicies.propose(ben, asked)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    for (const nobody of [anna, systemAccess])
      await expect(store.prepayPolicies.decide(nobody, made.id, 'approved')).rejects.toMatchObject({
        code: 'PREPAY_DECIDED',
      });
    expect(await store.prepayPolicies.inForce(anna)).toEqual([]);
    await store.prepayPolicies.decide(ben, made.id, 'approved');
    await expect(store.prepayPolicies.decide(ben, made.id, 'withdrawn')).rejects.toMatchObject({
      code: 'PREPAY_DECIDED',
    });
    const next = await store.prepayPolicies.propose(ben, { ...asked, requestedPerson: 'ben' });
    expect(next.number).toBe(2);
    expect(await store.prepayPolicies.inForce(anna)).toMatchObject([{ number: 1, decidedBy: 'ben' }]);
    await store.prepayPolicies.decide(ben, next.id, 'withdrawn');
  });

  it('puts an agreement on prepay once', async () => {
    const input = { agreement: 'G', policy: 'usual', currency: 'EUR', validFrom: '2026-03-01' };
    expect(await store.prepayAgreements.enrol(anna, input)).toMatchObject({ agreement: 'G', balances: {} });
    await expect(store.prepayAgreements.enrol(anna, input)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(store.prepayAgreements.enrol(anna, { ...input, agreement: 'X' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('lists those in need first, page by page', async () => {
    const states = ['in_credit', 'low', 'cut', 'out', 'emergency', 'low'] as const;
    const { id: accountId } = await store.accounts.create(anna, { number: 'N', customerId });
    for (const [i, state] of states.entries()) {
      const point = await store.usagePoints.create(anna, {
        ...{ code: `N${i}`, commodity: 'electricity' as const, zone: 'Europe/Berlin' },
      });
      const code = `N${i}`;
      await store.agreements.create(anna, {
        ...{ code, accountId, usagePointId: point.id, validFrom: new Date(0) },
      });
      const input = { agreement: code, policy: 'usual', currency: 'EUR', validFrom: '2026-03-01' };
      const { agreementId: id } = await store.prepayAgreements.enrol(anna, input);
      await sql`UPDATE prepay_agreement SET state = ${state} WHERE agreement_id = ${id}`.execute(store.db);
    }
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await store.prepayAgreements.list(anna, { limit: 2, ...(cursor && { cursor }) });
      expect(page.total).toBe(7);
      found.push(...page.items.map(({ agreement }) => agreement));
      cursor = page.next;
    }
    expect(found).toEqual(['N2', 'N3', 'N4', 'N5', 'N1', 'N0', 'G']);
  });

  it('keeps the bill cycle of an account on prepay, whose charges go by it', async () => {
    const { billCycles } = store;
    const refused = { code: 'BILL_CYCLE_PREPAY', message: expect.stringContaining('account A') };
    await billCycles.put(anna, { name: 'tenth', dayOfMonth: 10 });
    await expect(billCycles.assign(anna, 'tenth', ['A'])).rejects.toMatchObject(refused);
    await billCycles.put(anna, { name: 'first', dayOfMonth: 1 });
    expect(await billCycles.assign(anna, 'first', ['A'])).toBe(1);
    await expect(billCycles.put(anna, { name: 'first', dayOfMonth: 2 })).rejects.toMatchObject(refused);
    expect(await billCycles.put(anna, { name: 'first', dayOfMonth: 1 })).toMatchObject({ accounts: 1 });
    expect(await billCycles.put(anna, { name: 'tenth', dayOfMonth: 11 })).toMatchObject({ accounts: 0 });
  });

  it('posts what adds up, once by its key, and its balances are the sums of its entries', async () => {
    let number = 0;
    const sums = { ...(await store.prepayAgreements.get(anna, 'G')).balances };
    const amount = fc.bigInt(-(10n ** 15n), 10n ** 15n);
    await fc.assert(
      fc.asyncProperty(amount, amount, async (total, tax) => {
        fc.pre(total !== 0n && tax !== 0n && tax !== total);
        const entries = { customer_credit: total, revenue: tax - total, tax: -tax };
        const key = `charge/${++number}`;
        expect(await store.prepayLedger.post(anna, posting(key, entries), 'charge')).toBe(true);
        expect(await store.prepayLedger.post(anna, posting(key, entries), 'charge')).toBe(false);
        for (const [account, value] of Object.entries(entries)) sums[account] = (sums[account] ?? 0n) + value;
        expect((await store.prepayAgreements.get(anna, 'G')).balances).toEqual(sums);
      }),
      { numRuns: 15 },
    );
    const sum = (await store.prepayLedger.trial(anna)).reduce((all, one) => all + one.amount, 0n);
    expect(sum).toBe(0n);
  });

  it('refuses what does not add up, and changes of what is posted', async () => {
    const broken = [{ cash: 1n }, { cash: 2n, customer_credit: -1n }, {}];
    for (const [i, entries] of broken.entries())
      await expect(
        store.prepayLedger.post(anna, posting(`broken/${i}`, entries), 'charge'),
      ).rejects.toMatchObject({ code: 'BAD_VALUE' });
    const before = await store.prepayLedger.list(anna, { agreementId });
    for (const statement of [
      'UPDATE prepay_entry SET amount = amount + 1',
      'DELETE FROM prepay_entry',
      'TRUNCATE prepay_entry',
      "UPDATE prepay_transaction SET kind = 'refund'",
      'DELETE FROM prepay_transaction',
      `INSERT INTO prepay_entry VALUES ((SELECT min(id) FROM prepay_transaction), 'cash', 5),
        ((SELECT min(id) FROM prepay_transaction), 'receivable', -5)`,
    ])
      await expect(sql.raw(statement).execute(store.db), statement).rejects.toMatchObject({ code: '42501' });
    expect(await store.prepayLedger.list(anna, { agreementId })).toEqual(before);
  });

  it('takes a payment once, and keeps one of a stranger until somebody knows whose it is', async () => {
    const first = await store.prepayPayments.take(anna, payment('1'), pay);
    expect(first.created).toBe(true);
    const again = await store.prepayPayments.take(anna, payment('1'), pay);
    expect(again).toEqual({ payment: first.payment, created: false });
    const stranger = () => ({ cash: 1_000n, unallocated: -1_000n });
    const kept = (await store.prepayPayments.take(anna, payment('2', null), stranger)).payment;
    expect(kept.state).toBe('unallocated');
    const { allocate } = store.prepayPayments;
    const found = () => ({ unallocated: 1_000n, customer_credit: -1_000n });
    expect(await allocate(anna, kept.id, agreementId, found, 'a typing error')).toMatchObject({
      ...{ state: 'allocated', agreement: 'G' },
    });
    await expect(allocate(anna, kept.id, agreementId, found, 'again')).rejects.toMatchObject({
      code: 'PREPAY_DECIDED',
    });
  });

  it('takes a payment back by two persons, once', async () => {
    const before = (await store.prepayAgreements.get(anna, 'G')).balances;
    // nobody knew whose it is when it was asked to be taken back
    const { allocate, take } = store.prepayPayments;
    const stranger = () => ({ cash: 1_000n, unallocated: -1_000n });
    const { payment: made } = await take(anna, payment('3', null), stranger);
    const asked = {
      ...{ kind: 'reversal' as const, paymentId: made.id, agreementId: null, amount: made.amount },
      currency: 'EUR',
      ...{ reason: 'keyed twice', requestedPerson: 'anna' },
    };
    const reversal = await store.prepayPayments.askReversal(anna, asked);
    await expect(store.prepayPayments.askReversal(ben, asked)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    const found = () => ({ unallocated: 1_000n, customer_credit: -1_000n });
    await allocate(anna, made.id, agreementId, found, 'found');
    const back = (_: unknown, posted: Readonly<Record<string, bigint>>) =>
      Object.fromEntries(Object.entries(posted).map(([name, sum]) => [name, -sum]));
    const { decideReversal } = store.prepayPayments;
    await expect(decideReversal(anna, reversal.id, 'approved', back)).rejects.toMatchObject({
      code: 'PREPAY_DECIDED',
    });
    expect((await decideReversal(ben, reversal.id, 'approved', back)).state).toBe('approved');
    expect((await store.prepayPayments.get(anna, made.id)).state).toBe('reversed');
    const after = (await store.prepayAgreements.get(anna, 'G')).balances;
    expect(after.customer_credit).toBe(before.customer_credit);
  });

  it('never both credits a payment and takes it back from nobody', async () => {
    const { allocate, askReversal, decideReversal, take } = store.prepayPayments;
    const stranger = () => ({ cash: 1_000n, unallocated: -1_000n });
    const found = () => ({ unallocated: 1_000n, customer_credit: -1_000n });
    const back = (_: unknown, posted: Readonly<Record<string, bigint>>) =>
      Object.fromEntries(Object.entries(posted).map(([name, sum]) => [name, -sum]));
    const before = await store.prepayLedger.trial(anna);
    for (let n = 0; n < 8; n++) {
      const { payment: made } = await take(anna, payment(`race ${n}`, null), stranger);
      const asked = await askReversal(anna, {
        ...{ kind: 'reversal', paymentId: made.id, agreementId: null, amount: made.amount },
        ...{ currency: 'EUR', reason: 'keyed twice', requestedPerson: 'anna' },
      });
      const [, reversed] = await Promise.allSettled([
        allocate(anna, made.id, agreementId, found, 'found'),
        decideReversal(ben, asked.id, 'approved', back),
      ]);
      expect(reversed.status).toBe('fulfilled');
    }
    expect(await store.prepayLedger.trial(anna)).toEqual(before);
  });

  it('steps from the state that was looked at only, with notices, and tells webhooks', async () => {
    const told = await hookFor(store, ['prepay.low-credit', 'prepay.payment', 'prepay.reconnected']);
    const { agreementId: id, version } = await store.prepayAgreements.get(anna, 'G');
    const patch = { state: 'low' as const, since: new Date(0), record: { a: 1 }, lookAt: new Date(0) };
    expect(await store.prepayAgreements.step(systemAccess, id, version, patch, ['low'])).toMatchObject({
      ...{ state: 'low', record: { a: 1 } },
    });
    expect(await store.prepayAgreements.step(systemAccess, id, version, patch, ['low'])).toBeUndefined();
    expect((await store.prepayNotices.list(anna)).items).toMatchObject([{ kind: 'low', agreement: 'G' }]);
    await store.prepayPayments.take(anna, payment('4'), pay);
    expect(await store.prepayAgreements.step(systemAccess, id, version + 1, patch, [])).toBeUndefined();
    const common = { account: 'A', agreement: 'G', currency: 'EUR' };
    expect(await told()).toMatchObject([
      { kind: 'prepay.low-credit', data: common },
      {
        kind: 'prepay.payment',
        data: { ...common, reference: '4', amountMinor: '1000', state: 'allocated' },
      },
    ]);
  });

  it('is looked at in the order of who was named, who paid, and who waits the longest', async () => {
    const ids = new Map([['G', agreementId]]);
    for (const code of ['H', 'I']) {
      const account = await store.accounts.create(anna, { number: `A${code}`, customerId: 1 });
      const point = await store.usagePoints.create(anna, { code: `P${code}`, commodity: 'electricity' });
      const made = await store.agreements.create(anna, {
        ...{ code, accountId: account.id, usagePointId: point.id, validFrom: new Date(0) },
      });
      ids.set(code, made.id);
      const input = { agreement: code, policy: 'usual', currency: 'EUR', validFrom: '2026-03-01' };
      await store.prepayAgreements.enrol(anna, input);
    }
    await sql`UPDATE prepay_agreement SET look_at = '2000-01-01'`.execute(store.db);
    await store.prepayPayments.take(anna, payment('5'), pay);
    const due = async (named: readonly string[], limit: number) =>
      (
        await store.prepayAgreements.due(
          systemAccess,
          new Date(),
          named.map((code) => ids.get(code)!),
          limit,
        )
      ).map(({ agreement }) => agreement);
    expect(await due([], 1)).toEqual(['G']);
    expect(await due(['I'], 2)).toEqual(['I', 'G']);
  });
});
