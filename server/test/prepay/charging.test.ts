/** Charges of a prepay customer against bills: reading by reading, corrected, settled with the bill. */
import { formatDay, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BillDetail,
  BillItem,
  BillRunItem,
  PrepayCustomer,
  PrepayPaymentList,
  PrepayReceipt,
  PrepayReversalItem,
  PrepayStatementList,
  PrepaySummary,
  PrepayTransactionList,
  TestBill,
} from '../../src/contract/index.ts';
import { type BillingTest, startBilling } from '../billing/support.ts';
import { peopleOf } from '../helpers/people.ts';
import { firstDay, today } from '../vee/support.ts';

/** Number of 1 March 2026. */
const march = today - 32;
const policy = {
  ...{ currency: 'EUR', lowCredit: '5.00', lowDays: 2, emergencyCredit: '3.00', reconnectMinimum: '1.00' },
  ...{ debtSharePercent: 25, disconnects: false, graceHours: 0, cutFrom: '09:00', cutUntil: '15:00' },
  ...{ friendlyDays: [6, 7], holidays: [] },
};

describe('charges of prepay', () => {
  let test: BillingTest;
  let people: ReturnType<typeof peopleOf>;
  let vendor = '';
  const prepay = <T>(method: string, path: string, body?: unknown) =>
    test.call<T>(method, `/prepay${path}`, body);
  const customer = async () => (await prepay<PrepayCustomer>('GET', '/agreements/G0')).body;
  const ledger = async () => {
    const { body } = await prepay<PrepayTransactionList>('GET', '/agreements/G0/ledger?limit=1000');
    return body.items;
  };
  const settled = () => test.vee.server.running.context.prepay.settled();
  /** What a bill of March up to a day comes to. */
  const billed = async (to: number) => {
    const days = { from: '2026-03-01', to: formatDay(to) };
    const { body } = await test.call<TestBill>('POST', '/test-bills', { account: 'A0', ...days });
    return body.bills[0]!.total;
  };
  const cents = (text: string) => Math.round(Number(text) * 100);
  const chargedOf = async () =>
    0 -
    (await ledger())
      .filter(({ kind }) => ['charge', 'correction', 'settlement'].includes(kind))
      .reduce((sum, { credit }) => sum + cents(credit), 0);
  /** Readings of local days [from, to), and the clock a little after them. */
  const days = async (from: number, to: number, edit?: (value: number) => number) => {
    const { vee } = test;
    await vee.send(vee.homes[0]!, from, to, edit);
    vee.clock.advanceMs(2_000);
    await settled();
  };

  beforeAll(async () => {
    // days are not closed meanwhile: what is charged is what was sent
    test = await startBilling(2, true, { OPENAMI_CLOSE_DELAY_MINUTES: '10080' });
    people = peopleOf(() => test.vee.server);
    await people.signIn('ada', 'admin');
    await people.signIn('alan', 'admin');
    const { registry } = test.vee.server.running.context;
    vendor = (await registry.tokens.issue(systemAccess, { name: 'kiosk', role: 'vendor' })).secret;
    test.vee.clock.setMs(Date.parse('2026-04-02T12:00:00Z'));
  }, 120_000);
  afterAll(() => test?.vee.server.close());

  const enrolled = (more: object) =>
    prepay<{ code?: string; detail?: string } & PrepayCustomer>('POST', '/agreements', {
      ...{ agreement: 'G1', policy: 'usual', ...more },
    });
  const left = (validUntil: string) =>
    prepay<PrepayCustomer>('POST', '/agreements/G1/leave', { validUntil, reason: 'a typing error' });

  it('begins with a cycle, under a policy that two administrators agreed on', async () => {
    const asked = { code: 'usual', document: policy, reason: 'the first policy' };
    const { ask } = people;
    const made = await ask('ada', 'POST', '/prepay/policies', asked);
    expect(made).toMatchObject({ status: 201, body: { state: 'proposed', number: 1 } });
    const enrol = { agreement: 'G0', policy: 'usual', validFrom: '2026-03-01' };
    const dollars = { ...asked, document: { ...policy, currency: 'USD' } };
    expect(await prepay('POST', '/agreements', enrol)).toMatchObject({ body: { code: 'PREPAY_NO_POLICY' } });
    for (const who of ['ada', 'token'])
      expect(await ask(who, 'POST', `/prepay/policies/${made.body.id}/approve`)).toMatchObject({
        ...{ status: 403, body: { code: 'PREPAY_SECOND_PERSON' } },
      });
    const approved = await ask('alan', 'POST', `/prepay/policies/${made.body.id}/approve`);
    expect(approved).toMatchObject({ status: 200, body: { inForce: true, decidedBy: 'alan' } });
    // balances of its customers are in euro
    expect(await ask('ada', 'POST', '/prepay/policies', dollars)).toMatchObject({
      ...{ status: 422, body: { code: 'PREPAY_CURRENCY' } },
    });
    for (const wrong of [{ currency: 'XXX' }, { reconnectMinimum: '0.001' }]) {
      const body = { ...asked, code: 'wrong', document: { ...policy, ...wrong } };
      expect((await ask('ada', 'POST', '/prepay/policies', body)).status).toBe(422);
    }
    const late = { ...enrol, validFrom: '2026-03-10' };
    expect(await prepay('POST', '/agreements', late)).toMatchObject({
      ...{ status: 422, body: { code: 'PREPAY_START' } },
    });
    expect((await prepay('POST', '/agreements', enrol)).status).toBe(201);
    expect(await prepay('POST', '/agreements', enrol)).toMatchObject({ status: 409 });
    await settled();
  });

  it('lets a vendor take payments and see a masked name, and nothing else', async () => {
    const { ask } = people;
    const confirmed = await ask(vendor, 'GET', '/prepay/confirmation?account=A0');
    expect(confirmed.body).toEqual({ account: 'A0', known: true, name: 'C*** 0***', currency: 'EUR' });
    for (const path of ['/prepay/agreements', '/prepay/payments', '/bills', '/meters', '/tariffs'])
      expect((await ask(vendor, 'GET', path)).status, path).toBe(403);
    const payment = { account: 'A0', amount: '60.00', currency: 'EUR', reference: 'R-1' };
    const first = await ask(vendor, 'POST', '/prepay/payments', payment, { 'idempotency-key': 'k1' });
    expect(first).toMatchObject({ status: 201, body: { state: 'allocated', name: 'C*** 0***' } });
    expect(Object.keys(first.body as PrepayReceipt)).not.toContain('balance');
    // the same key, and the same reference under another key
    for (const key of ['k1', 'k2']) {
      const again = await ask(vendor, 'POST', '/prepay/payments', payment, { 'idempotency-key': key });
      expect(again.body).toEqual(first.body);
    }
    const other = { ...payment, amount: '41.00' };
    expect(await ask(vendor, 'POST', '/prepay/payments', other)).toMatchObject({
      ...{ status: 409, body: { code: 'PREPAY_REFERENCE_REUSED' } },
    });
    for (const [amount, currency] of [
      ...[
        ['0', 'EUR'],
        ['0.001', 'EUR'],
        ['5.00', 'USD'],
      ],
    ] as const)
      expect(
        (await ask(vendor, 'POST', '/prepay/payments', { ...payment, amount, currency, reference: 'x' }))
          .status,
      ).toBe(422);
    // a refusal is the same whether the account is on prepay or not
    for (const wrong of [{ currency: 'USD' }, { amount: '0' }]) {
      const of = (account: string) =>
        ask(vendor, 'POST', '/prepay/payments', { ...payment, ...wrong, account, reference: 'x' });
      const [known, strange] = [(await of('A0')).body, (await of('A1')).body];
      expect([known.code, known.detail]).toEqual([strange.code, strange.detail]);
      expect(known.detail).not.toMatch(/constraint|relation|A0/);
    }
    for (const wrong of [
      ...[{ paidAt: '2099-01-01T00:00:00Z' }, { paidAt: '0001-01-01T00:00:00Z' }, { reference: ' \u200b ' }],
    ])
      expect((await ask(vendor, 'POST', '/prepay/payments', { ...payment, ...wrong })).status).toBe(400);
    await settled();
    expect(await customer()).toMatchObject({ balance: '60.00', state: 'in_credit' });
  });

  it('lets a vendor look up so many accounts a minute and no more, whoever else does', async () => {
    const { ask } = people;
    const look = async (who: string) => (await ask(who, 'GET', '/prepay/confirmation?account=X')).status;
    const tries: number[] = [];
    for (let n = 0; n < 60; n++) tries.push(await look(vendor));
    expect([tries.at(-1), tries[30], await look('ada')]).toEqual([429, 200, 200]);
  });

  it('charges what the tariff says of the cycle so far, with each reading that comes', async () => {
    for (const [from, to] of [
      ...[
        [march, march + 1],
        [march + 1, march + 4],
        [march + 4, march + 15],
      ],
    ] as const) {
      await days(from, to);
      expect(await chargedOf()).toBe(cents(await billed(to)));
    }
    const { balance, daysLeft, unitsLeft, unit, chargedThrough } = await customer();
    expect(cents(balance)).toBe(6_000 - (await chargedOf()));
    expect(daysLeft).toBeGreaterThan(0);
    expect(unitsLeft).toBeGreaterThan(0);
    expect([unit, chargedThrough]).toEqual(['kWh', '2026-03-15T23:00:00.000Z']);
  });

  it('corrects a charge by a further posting, and edits none', async () => {
    const before = await ledger();
    await days(march + 2, march + 3, (value) => value + 500);
    const after = await ledger();
    expect(after.slice(-before.length)).toEqual(before);
    expect(after[0]).toMatchObject({ kind: 'correction' });
    expect(cents(after[0]!.credit)).toBeLessThan(0);
    expect(await chargedOf()).toBe(cents(await billed(march + 15)));
  });

  it('keeps a payment for a stranger until somebody knows whose it is', async () => {
    const { ask } = people;
    const payment = { account: 'A00', amount: '10.00', currency: 'EUR', reference: 'R-2' };
    const kept = await ask(vendor, 'POST', '/prepay/payments', payment);
    expect(kept).toMatchObject({ status: 201, body: { state: 'unallocated', name: '' } });
    const open = await prepay<PrepayPaymentList>('GET', '/payments?state=unallocated');
    expect(open.body.items).toMatchObject([{ account: 'A00', vendor: 'kiosk', reference: 'R-2' }]);
    const owe = (amount: string) =>
      prepay<PrepayCustomer>('POST', '/agreements/G0/debts', { amount, reason: 'winter 2025' });
    // a typing error is taken back, once
    expect((await owe('0')).status).toBe(422);
    expect((await owe('9999999')).body.debt).toBe('9999999.00');
    const { id } = (await ledger()).find(({ kind }) => kind === 'debt')!;
    const back = () =>
      prepay<PrepayCustomer & { code: string }>('POST', `/agreements/G0/debts/${id}/take-back`, {
        reason: 'digits too many',
      });
    expect((await back()).body.debt).toBe('0.00');
    expect((await back()).body.code).toBe('TAKE_BACK');
    await owe('8.00');
    const before = cents((await customer()).balance);
    const allocate = { agreement: 'G0', reason: 'a typing error' };
    const path = `/payments/${open.body.items[0]!.id}/allocate`;
    expect((await prepay('POST', path, allocate)).status).toBe(200);
    expect((await prepay('POST', path, allocate)).status).toBe(409);
    // a quarter of it pays off debt
    expect(await customer()).toMatchObject({ debt: '5.50' });
    expect(cents((await customer()).balance)).toBe(before + 750);
  });

  it('takes a payment back by two persons', async () => {
    const { ask } = people;
    const payment = { account: 'G0', amount: '7.00', currency: 'EUR', reference: 'R-3' };
    const before = await customer();
    const { id } = (await ask(vendor, 'POST', '/prepay/payments', payment)).body as PrepayReceipt;
    expect((await ask(vendor, 'POST', `/prepay/payments/${id}/reversals`, { reason: 'oops' })).status).toBe(
      403,
    );
    const asked = await ask('ada', 'POST', `/prepay/payments/${id}/reversals`, { reason: 'keyed twice' });
    const path = `/prepay/reversals/${(asked.body as PrepayReversalItem).id}/approve`;
    expect((await ask('ada', 'POST', path)).status).toBe(403);
    expect((await ask('alan', 'POST', path)).status).toBe(200);
    expect((await ask('alan', 'POST', path)).status).toBe(409);
    const { balance, debt } = await customer();
    expect([balance, debt]).toEqual([before.balance, before.debt]);
    const tooMuch = { amount: '999.00', reason: 'moves out' };
    expect((await ask('ada', 'POST', '/prepay/agreements/G0/refunds', tooMuch)).status).toBe(422);
  });

  it('ends a cycle with a bill of which nothing is due, to the cent', async () => {
    const { vee } = test;
    await vee.send(vee.homes[0]!, firstDay, march);
    await days(march + 15, today);
    expect(await chargedOf()).toBeGreaterThan(4_000);
    const run = (await test.call<BillRunItem>('POST', '/bill-runs', { from: '2026-03-01' })).body;
    await test.settled();
    const bills = (await test.call<{ items: BillItem[] }>('GET', `/bills?run=${run.id}`)).body.items;
    for (const { id, account, state } of bills)
      if (account === 'A0' && state === 'held')
        expect((await test.call('POST', `/bills/${id}/release`, { reason: 'looked at' })).status).toBe(200);
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${run.id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${run.id}/issue`)).status).toBe(200);
    await test.settled();
    vee.clock.advanceMs(3_700_000);
    await settled();
    const [, statement] = (await prepay<PrepayStatementList>('GET', '/agreements/G0/statements')).body;
    const bill = bills.find(({ account }) => account === 'A0')!;
    expect(statement).toMatchObject({
      from: '2026-03-01',
      bill: bill.id,
      billTotal: bill.total,
      due: '0.00',
    });
    expect(statement!.charges).toBe(bill.total);
    // what each posting says was used adds up to what is billed
    const used = (await ledger()).filter(({ cycleFrom }) => cycleFrom === '2026-03-01');
    expect(used.reduce((sum, { detail }) => sum + Number(detail.usage ?? 0), 0)).toBeCloseTo(
      Number(bill.usage),
      6,
    );
    expect((await test.call<BillDetail>('GET', `/bills/${bill.id}`)).body).toMatchObject({
      ...{ prepaid: true, due: '0.00', entries: [{ kind: 'prepaid', amount: `-${bill.total}` }] },
    });
    // and its document does not ask for it again
    const document = await vee.server.fetch(`/api/v1/bills/${bill.id}/document?language=en`);
    const text = await document.text();
    expect(text).toContain('Taken from your prepaid credit');
    expect(text).not.toContain('Amount to pay');
  });

  it('has statements that follow from one another and end in the balance, and books that add up', async () => {
    const statements = (await prepay<PrepayStatementList>('GET', '/agreements/G0/statements')).body;
    const oldestFirst = [...statements].reverse();
    let opening = 0;
    for (const one of oldestFirst) {
      const of = (name: 'opening' | 'payments' | 'debtPaid' | 'lent' | 'charges' | 'refunds' | 'closing') =>
        cents(one[name]);
      expect(of('opening')).toBe(opening);
      opening = of('closing');
      const rest =
        of('opening') + of('payments') - of('debtPaid') + of('lent') - of('charges') - of('refunds');
      expect(opening).toBe(rest);
    }
    expect(opening).toBe(cents((await customer()).balance));
    const { ledger: books } = (await prepay<PrepaySummary>('GET', '/summary')).body;
    expect(books.reduce((sum, { balance }) => sum + cents(balance), 0)).toBe(0);
  });

  it('warns, lends and says that nothing is left; and cuts nobody where the policy gives notices only', async () => {
    const { items } = (await prepay<{ items: { kind: string }[] }>('GET', '/notices?agreement=G0')).body;
    expect(items.map(({ kind }) => kind).reverse()).toEqual(expect.arrayContaining(['emergency', 'out']));
    const out = await customer();
    expect(out).toMatchObject({ state: 'out', wait: 'notices-only', lent: '3.00' });
    // credit of 1.00 is wanted once what was lent is repaid, and a quarter goes to old debt
    expect(cents(out.leastPayment)).toBeGreaterThanOrEqual(100 + 300 - cents(out.balance));
    const { registry } = test.vee.server.running.context;
    expect((await registry.commands.orders(systemAccess)).items).toEqual([]);
  });

  it('ends with a cycle that did not begin: what prepay charged is not billed once more', async () => {
    const leave = (validUntil: string) =>
      prepay<PrepayCustomer>('POST', '/agreements/G0/leave', { validUntil, reason: 'wants a bill' });
    for (const day of ['2026-02-01', '2026-03-01', '2026-04-01', '2026-05-10'])
      expect(await leave(day)).toMatchObject({ status: 422, body: { code: 'PREPAY_START' } });
    expect(await leave('2026-05-01')).toMatchObject({ status: 200, body: { validUntil: '2026-05-01' } });
  });

  it('is taken back before it begins, and begins again after it ended', async () => {
    expect((await enrolled({ validFrom: '9999-12-01' })).body.code).toBe('VALIDATION_FAILED');
    expect((await enrolled({ validFrom: '2062-05-01' })).status).toBe(201);
    const twice = (await enrolled({ validFrom: '2026-06-01' })).body;
    expect([twice.code, twice.detail]).toEqual(['ALREADY_EXISTS', 'G1 is on prepay from 2062-05-01 on']);
    expect((await left('2062-05-01')).status).toBe(200);
    const anew = await enrolled({ validFrom: '2026-06-01' });
    expect(anew.body).toMatchObject({ validFrom: '2026-06-01', validUntil: null });
    expect((await left('2026-08-01')).body.validUntil).toBe('2026-08-01');
    // from the day it leaves it goes on; before that with a break only once it left
    expect((await enrolled({ validFrom: '2026-10-01' })).body.detail).toContain('until 2026-08-01');
    expect((await enrolled({ validFrom: '2026-08-01' })).body).toMatchObject({
      ...{ validFrom: '2026-06-01', validUntil: null },
    });
    await left('2026-08-01');
    test.vee.clock.setMs(Date.parse('2026-08-02T12:00:00Z'));
    const again = await enrolled({ validFrom: '2026-10-01' });
    expect(again.body).toMatchObject({ validFrom: '2026-10-01', validUntil: null });
    expect((await left('2026-10-01')).status).toBe(200);
  });
});
