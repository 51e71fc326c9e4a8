/** What follows a bill: runs of a part, and later bills that started from one that was made anew. */
import { formatInstant, Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AccountEntryItem,
  BillDetail,
  BillItem,
  BillRunItem,
  BudgetPlanItem,
  DepositItem,
} from '../../src/contract/index.ts';
import { firstDay, today, use, zone } from '../vee/support.ts';
import { type BillingTest, startBilling } from './support.ts';

/** Number of 21 February 2026, the first of the readings, to 2 April. */
const february = firstDay;

/** Demand of which three quarters stand for eleven months. */
const ratchet = {
  ...{ id: 'ratchet', name: 'With a ratchet', commodity: 'electricity', currency: 'EUR' },
  versions: [
    {
      effectiveFrom: '2026-01-01',
      charges: [
        { id: 'energy', kind: 'energy', price: '0.20' },
        {
          ...{ id: 'demand', kind: 'demand', windowMinutes: 60, price: '3' },
          ratchet: { fraction: '0.75', lookBackMonths: 11 },
        },
      ],
    },
  ],
};

describe('what follows a bill', () => {
  let test: BillingTest;
  const post = <T>(path: string, body: object = {}) => test.call<T>('POST', path, body);
  const billsOf = async (query: string) =>
    (await test.call<{ items: BillItem[] }>('GET', `/bills?${query}`)).body.items;

  /** Releases what is held, approves and issues. */
  const issued = async (id: number) => {
    await test.settled();
    for (const bill of await billsOf(`run=${id}&state=held`))
      await post(`/bills/${bill.id}/release`, { reason: 'checked' });
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${id}/issue`)).status).toBe(200);
    await test.settled();
  };
  const run = async (from: string, more: object = {}) => {
    const { body } = await post<BillRunItem>('/bill-runs', { from, ...more });
    await issued(body.id);
    return (await test.call<BillRunItem>('GET', `/bill-runs/${body.id}`)).body;
  };
  const rebill = async (id: number) => {
    const { body } = await post<BillRunItem>(`/bills/${id}/rebill`, { reason: 'it was read again' });
    await issued(body.id);
    return (await billsOf(`run=${body.id}`)).find(({ kind }) => kind === 'rebill')!;
  };

  beforeAll(async () => {
    test = await startBilling(7);
    const { registry } = test.vee.server.running.context;
    for (const home of test.vee.homes) await test.vee.send(home, firstDay, today);
    expect((await post('/tariffs', { document: ratchet })).status).toBe(201);
    for (const agreement of ['G0', 'G1'])
      await post('/agreement-tariffs', { agreement, tariff: 'ratchet', validFrom: '2026-02-01' });
    const point = await registry.usagePoints.find(systemAccess, 'UP-V102');
    await registry.usagePoints.update(systemAccess, point!.id, { serviceClass: 'business' });
    await test.vee.open();
  }, 240_000);
  afterAll(() => test?.vee.server.close());

  it('bills a tariff, a service class or a list of accounts, and a later run the rest', async () => {
    const accounts = async (id: number) => (await billsOf(`run=${id}`)).map(({ account }) => account).sort();
    const onTariff = await run('2026-02-01', { tariff: 'ratchet' });
    expect([onTariff.agreements, onTariff.tariff, onTariff.accounts]).toEqual([2, 'ratchet', null]);
    expect(await accounts(onTariff.id)).toEqual(['A0', 'A1']);
    const ofClass = await run('2026-02-01', { serviceClass: 'business' });
    expect([ofClass.serviceClass, await accounts(ofClass.id)]).toEqual(['business', ['A2']]);
    const both = await run('2026-02-01', { accounts: ['A2', 'A3'], tariff: 'ratchet' });
    expect([both.agreements, both.accounts]).toEqual([0, 2]);
    expect(await accounts((await run('2026-02-01')).id)).toEqual(['A3', 'A4', 'A5', 'A6']);
    for (const [more, status] of [
      ...([[{ tariff: 'none' }, 404] as const, [{ accounts: ['A2', 'NONE'] }, 404] as const] as const),
      [{ accounts: [] }, 400] as const,
    ])
      expect(await post('/bill-runs', { from: '2026-02-01', ...more })).toMatchObject({ status });
  });

  it('marks later bills that started from what a new bill does not leave any more', async () => {
    await run('2026-03-01', { tariff: 'ratchet' });
    // the cycle still runs: only named accounts are billed
    await run('2026-04-01', { tariff: 'ratchet', accounts: ['A0'] });
    const of = async (account: string) =>
      (await billsOf(`account=${account}&state=issued`))
        .filter(({ kind }) => kind !== 'reversal')
        .sort((a, b) => (a.cycleFrom < b.cycleFrom ? -1 : 1));
    const [first, second, third] = await of('A0');
    expect(await billsOf('affected=true')).toEqual([]);
    // an hour of February was more: the ratchet holds three quarters of it against March and April
    test.vee.clock.advanceMs(10_000);
    await test.vee.send(test.vee.homes[0]!, february + 2, february + 3, (value, slot) =>
      slot === 18 ? value + 400 : value,
    );
    await test.vee.settled();
    test.vee.clock.advanceMs(10_000);
    // asked for at once, one run makes it anew
    const asks = await Promise.all(
      Array.from({ length: 3 }, () =>
        post<BillRunItem>(`/bills/${first!.id}/rebill`, { reason: 'it was read again' }),
      ),
    );
    expect(asks.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const { id: twice } = asks.find(({ status }) => status === 201)!.body;
    await test.settled();
    expect((await post(`/bill-runs/${twice}/cancel`, { reason: 'once more' })).status).toBe(200);
    const anew = await rebill(first!.id);
    const marked = async () => (await of('A0')).map(({ id, affectedBy }) => [id, affectedBy]);
    expect(await marked()).toEqual([
      [anew.id, null],
      [second!.id, anew.id],
      [third!.id, second!.id],
    ]);
    expect((await billsOf('affected=true')).map(({ account }) => account)).toEqual(['A0', 'A0']);
    expect(await post(`/bills/${third!.id}/rebill`, { reason: 'out of turn' })).toMatchObject({
      ...{ status: 409, body: { code: 'BILL_ORDER' } },
    });
    const next = await rebill(second!.id);
    expect(Number(next.total)).toBeGreaterThan(Number(second!.total));
    expect(await marked()).toEqual([
      [anew.id, null],
      [next.id, null],
      [third!.id, next.id],
    ]);
    const last = await rebill(third!.id);
    const peak = (use(0, february + 2, 18) + 400) / 1_000;
    expect(demandOf(last)).toBeCloseTo(3 * 0.75 * peak, 1);
    expect(demandOf(third!)).toBeLessThan(3 * 0.75 * peak - 0.1);
    expect(await billsOf('affected=true')).toEqual([]);
  });

  /** What a bill asks for besides energy. */
  function demandOf({ total, usage }: BillItem): number {
    return Number(total) - Number(usage) * 0.2;
  }

  it('leaves bills alone that a new bill before them changes nothing of', async () => {
    const [first, second] = (await billsOf('account=A1&state=issued')).sort((a, b) => a.id - b.id);
    test.vee.clock.advanceMs(10_000);
    await test.vee.send(test.vee.homes[1]!, february + 2, february + 3, (value, slot) =>
      slot === 3 ? value + 1 : value,
    );
    await test.vee.settled();
    test.vee.clock.advanceMs(10_000);
    await rebill(first!.id);
    expect(await billsOf('affected=true')).toEqual([]);
    // taken back without another, February's peak does not stand against March any more
    const anew = (await billsOf('account=A1&state=issued')).find(({ kind }) => kind === 'rebill')!;
    expect((await post(`/bills/${anew.id}/cancel`, { reason: 'wrong account' })).status).toBe(200);
    expect((await billsOf('affected=true')).map(({ id }) => id)).toContain(second!.id);
  });

  it('leaves bills alone on a tariff that hands nothing on, a rebill itself first of all', async () => {
    await run('2026-03-01', { accounts: ['A6'] });
    const [first, second] = (await billsOf('account=A6&state=issued')).sort((a, b) => a.id - b.id);
    const affected = () => billsOf('account=A6&affected=true');
    // nothing changed, and nothing was before it that did
    const anew = await rebill(second!.id);
    expect([anew.total, anew.affectedBy, await affected()]).toEqual([second!.total, null, []]);
    test.vee.clock.advanceMs(10_000);
    await test.vee.send(test.vee.homes[6]!, february + 2, february + 3, (value, slot) =>
      slot === 18 ? value + 400 : value,
    );
    await test.vee.settled();
    test.vee.clock.advanceMs(10_000);
    const other = await rebill(first!.id);
    expect(Number(other.total)).toBeGreaterThan(Number(first!.total));
    expect(await affected()).toEqual([]);
  });

  it('says on an issued bill that readings changed after it was made, until it is made anew', async () => {
    const { billing } = test.vee.server.running.context;
    const standing = (await billsOf('account=A6&state=issued')).filter(({ kind }) => kind !== 'reversal');
    const bill = standing.find(({ cycleFrom }) => cycleFrom === '2026-03-01');
    /** Wh of the first hour of 11 March, as a gateway sends it, and a round of who looks. */
    const sent = async (value: number) => {
      test.vee.clock.advanceMs(10_000);
      const readings = [[zone.dayStart(today - 22) + 3_600, value / 1_000]];
      const series = [{ quantity: 'import', unit: 'kWh', interval: 3_600, readings }];
      const receipt = await post<{ accepted: number }>('/readings', { meter: 'V106', series });
      expect([receipt.status, receipt.body.accepted]).toEqual([200, 1]);
      await test.vee.settled();
      test.vee.clock.advanceMs(180_000);
      await billing.days.look();
    };
    const changed = async () =>
      (await billsOf('changed=true&account=A6')).map(({ id, changedReadings }) => [id, changedReadings]);
    const value = use(6, today - 22, 0);
    await sent(value);
    expect(await changed()).toEqual([]);
    await sent(value + 30);
    expect(await changed()).toEqual([[bill!.id, 1]]);
    expect((await test.call<BillDetail>('GET', `/bills/${bill!.id}`)).body.changedReadings).toBe(1);
    // as it was, and another once more
    await sent(value);
    expect(await changed()).toEqual([]);
    await sent(value + 40);
    expect(await changed()).toEqual([[bill!.id, 1]]);
    const anew = await rebill(bill!.id);
    expect(Number(anew.usage) - Number(bill!.usage)).toBeCloseTo(0.04, 6);
    await billing.days.look();
    expect([await changed(), anew.changedReadings]).toEqual([[], 0]);
  });

  it('asks for even amounts that come to the real bills, with a deposit and its refund beside them', async () => {
    const detail = async (account: string, cycleFrom: string) => {
      const bills = await billsOf(`account=${account}&state=issued`);
      const { id } = bills.find((bill) => bill.cycleFrom === cycleFrom && bill.kind === 'bill')!;
      return (await test.call<BillDetail>('GET', `/bills/${id}`)).body;
    };
    const ben = await test.as('ben');
    const approved = async (kind: string) => {
      const { items } = (await ben<{ items: AccountEntryItem[] }>('GET', '/account-entries?account=A2')).body;
      const { id } = items.find((entry) => entry.kind === kind && entry.state === 'pending')!;
      expect((await post(`/account-entries/${id}/approve`)).body).toMatchObject({ code: 'ENTRY_DECIDED' });
      expect((await ben('POST', `/account-entries/${id}/approve`)).status).toBe(200);
    };
    const deposit = { account: 'A2', amount: '200', currency: 'EUR', interestPercent: '3' };
    const taken = await post<DepositItem>('/deposits', { ...deposit, takenOn: '2026-01-18', reason: 'new' });
    expect([taken.status, taken.body.state]).toEqual([201, 'pending']);
    const refund = (on: string) => post<DepositItem>(`/deposits/${taken.body.id}/refund`, { on });
    // nobody gets back what was not asked for
    expect((await refund('2026-03-01')).body).toMatchObject({ code: 'DEPOSIT_UNBILLED' });
    await approved('deposit');
    // of the bills so far: February's
    const asked = { agreement: 'G2', from: '2026-03-01', bills: 2 };
    const plan = (await post<BudgetPlanItem>('/budget-plans', asked)).body;
    const february = await detail('A2', '2026-02-01');
    expect([plan.amount, plan.currency, february.entries, february.due]).toEqual([
      ...[february.total, 'EUR', [], february.total],
    ]);
    expect(await post('/budget-plans', asked)).toMatchObject({ status: 409 });
    await run('2026-03-01', { accounts: ['A2'] });
    const march = await detail('A2', '2026-03-01');
    const cents = (text: string) => Math.round(Number(text) * 100);
    expect(march.entries.map(({ kind }) => kind)).toEqual(['deposit', 'budget']);
    expect(cents(march.due!)).toBe(cents(plan.amount) + 20_000);
    expect(march.lines.some(({ name }) => /budget/i.test(name))).toBe(false);
    expect((await refund('2026-01-01')).status).toBe(400);
    expect((await refund('9999-12-31')).status).toBe(400);
    expect((await refund('2026-04-01')).body.refundedOn).toBe('2026-04-01');
    expect((await refund('2026-04-02')).body).toMatchObject({ code: 'DEPOSIT_REFUNDED' });
    await approved('deposit-refund');
    await run('2026-04-01', { accounts: ['A2'] });
    const april = await detail('A2', '2026-04-01');
    const amounts = Object.fromEntries(april.entries.map(({ kind, amount }) => [kind, amount]));
    // 200 at 3 % for 73 days
    expect(amounts).toMatchObject({ 'deposit-refund': '-200', 'deposit-interest': '-1.20' });
    expect(cents(march.due!) + cents(april.due!)).toBe(cents(march.total!) + cents(april.total!) - 120);
    const [ended] = (await test.call<{ items: BudgetPlanItem[] }>('GET', '/budget-plans?account=A2')).body
      .items;
    expect(ended).toMatchObject({ settled: true, billed: 2, deferred: '0' });
    expect(await post('/budget-plans', { ...asked, agreement: 'none' })).toMatchObject({ status: 404 });
    // one that is ended before its first bill settles nothing, and holds up nobody
    const short = await post<BudgetPlanItem>('/budget-plans', { ...asked, agreement: 'G3', amount: '30' });
    expect(short.body.currency).toBe('EUR');
    await post(`/budget-plans/${short.body.id}/end`);
    expect((await run('2026-03-01', { accounts: ['A3'] })).state).toBe('issued');
    const only = await detail('A3', '2026-03-01');
    expect([only.entries[0]!.kind, only.entries[0]!.amount, only.due]).toEqual(['true-up', '0', only.total]);
  });

  /** Wh of a home in the hours of March that start in [fromS, toS), by the local clock. */
  const wattHours = (home: number, fromS: number, toS: number): number => {
    let sum = 0;
    for (let startS = fromS; startS < toS; startS += 3_600)
      sum += use(home, zone.localDayOf(startS), Math.floor((zone.localAt(startS) / 3_600) % 24));
    return sum;
  };
  const [marchS, aprilS] = [zone.dayStart(today - 32), zone.dayStart(today - 1)];

  it('bills an account that closes in the middle of a day up to there, and the next one from there', async () => {
    const { registry } = test.vee.server.running.context;
    // half past two in the afternoon of 20 March
    const closedS = zone.dayStart(today - 13) + 14.5 * 3_600;
    const old = await registry.agreements.find(systemAccess, 'G4');
    await registry.agreements.update(systemAccess, old!.id, { validUntil: new Date(closedS * 1_000) });
    const customer = await registry.customers.create(systemAccess, { code: 'C9', name: 'Moved in' });
    const account = await registry.accounts.create(systemAccess, { number: 'A9', customerId: customer.id });
    await registry.agreements.create(systemAccess, {
      ...{ code: 'G9', accountId: account.id, usagePointId: old!.usagePointId },
      validFrom: new Date(closedS * 1_000),
    });
    await post('/agreement-tariffs', { agreement: 'G9', tariff: 'tou', validFrom: '2026-03-20' });
    await run('2026-03-01', { accounts: ['A4', 'A9'] });
    const [left, came] = (await Promise.all(['A4', 'A9'].map((number) => billsOf(`account=${number}`)))).map(
      (bills) => bills.find(({ cycleFrom }) => cycleFrom === '2026-03-01')!,
    );
    // the hour in which it closes belongs to whom it began with
    expect(Number(left!.usage) * 1_000).toBeCloseTo(wattHours(4, marchS, closedS), 6);
    expect(Number(came!.usage) * 1_000).toBeCloseTo(wattHours(4, closedS + 1_800, aprilS), 6);
    expect([left!.to, came!.from]).toEqual([formatInstant(closedS), formatInstant(closedS)]);
    const days = async (id: number) =>
      (await test.call<BillDetail>('GET', `/bills/${id}`)).body.determinants.map((one) => one.days);
    // the day of the change is billed once
    expect((await days(left!.id))[0]! + (await days(came!.id))[0]!).toBe(31);
  });

  it('bills a meter swap, a change of tariff and a change of the clock in one month', async () => {
    const { context } = test.vee.server.running;
    const { registry, store, directory } = context;
    const swapS = zone.dayStart(today - 18) + 10 * 3_600;
    const meter = await registry.meters.create(systemAccess, { serial: 'V900', commodity: 'electricity' });
    const channel = await registry.channels.create(systemAccess, {
      ...{ meterId: meter.id, alias: 'import', readingType: '0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0' },
      ...{ unit: 'kWh', intervalS: 3_600, resolution: 1_000, quantityKeys: ['import'] },
    });
    const agreement = await registry.agreements.find(systemAccess, 'G5');
    await registry.installations.exchange(systemAccess, {
      ...{ usagePointId: agreement!.usagePointId, newMeterId: meter.id, at: new Date(swapS * 1_000) },
    });
    await directory.refresh();
    const readings = new ReadingBatch();
    // the new meter counts ten times as much
    for (let startS = swapS; startS < aprilS; startS += 3_600)
      readings.push(
        channel.id,
        startS + 3_600,
        10 * wattHours(5, startS, startS + 3_600),
        1_000,
        Quality.valid,
        0,
      );
    await store.writer.commit({ readings });
    test.vee.clock.advanceMs(10_000);
    await post('/agreement-tariffs', { agreement: 'G5', tariff: 'ratchet', validFrom: '2026-03-10' });
    await run('2026-03-01', { accounts: ['A5'] });
    const [found] = await billsOf('account=A5&state=issued');
    const bill = (await test.call<BillDetail>('GET', `/bills/${found!.id}`)).body;
    const expected = wattHours(5, marchS, swapS) + 10 * wattHours(5, swapS, aprilS);
    expect(Number(bill.usage) * 1_000).toBeCloseTo(expected, 6);
    expect(
      bill.determinants.map(({ tariff, days, expected: of, present }) => [tariff, days, of, present]),
    ).toEqual([
      ['tou', 9, 216, 216],
      ['ratchet', 22, 527, 527],
    ]);
    const cents = (text: string) => Math.round(Number(text) * 100);
    expect(bill.lines.reduce((sum, { amount }) => sum + cents(amount), 0)).toBe(cents(bill.total!));
    const changeS = zone.dayStart(today - 23);
    expect(new Set(bill.lines.map(({ from }) => from))).toEqual(
      new Set([marchS, changeS].map((atS) => formatInstant(atS))),
    );
  });

  it('bills no day twice where the cycle of an account was changed', async () => {
    const [march] = await billsOf('account=A3&state=issued');
    expect(march).toMatchObject({ cycleFrom: '2026-03-01', to: '2026-03-31T22:00:00Z' });
    const cycle = { dayOfMonth: 15, accounts: ['A3'] };
    expect((await test.call('PUT', '/bill-cycles/middle', cycle)).status).toBe(200);
    const middle = { cycle: 'middle', from: '2026-03-15', accounts: ['A3'] };
    const { body } = await post<BillRunItem>('/bill-runs', middle);
    await test.settled();
    expect(await billsOf(`run=${body.id}`)).toMatchObject([
      { cycleFrom: '2026-03-15', from: '2026-03-31T22:00:00Z', to: '2026-04-14T22:00:00Z' },
    ]);
  });

  it('refuses versions of a tariff that overlap, and a tier without width', async () => {
    const versions = [ratchet.versions[0]!, { ...ratchet.versions[0]!, effectiveFrom: '2026-01-01' }];
    const twice = await post('/tariffs', { document: { ...ratchet, id: 'twice', versions } });
    expect(twice).toMatchObject({ status: 422, body: { code: 'TARIFF_INVALID' } });
    const charge = { id: 'energy', kind: 'energy', price: ['0.2', '0.3'], tiers: [{ upTo: 0 }, {}] };
    const flat = { ...ratchet, id: 'flat', versions: [{ effectiveFrom: '2026-01-01', charges: [charge] }] };
    expect((await post('/tariffs', { document: flat })).body).toMatchObject({ code: 'TARIFF_INVALID' });
    const over = { agreement: 'G5', tariff: 'tou', validFrom: '2026-03-05' };
    expect((await post('/agreement-tariffs', over)).body).toMatchObject({ code: 'TARIFF_OVERLAP' });
  });

  it('takes no deposit that does not fit the account, and splits none below the limit', async () => {
    const asked = { account: 'A5', amount: '30', currency: 'EUR', takenOn: '2026-04-01', reason: 'moved in' };
    const take = (more: object) => post<DepositItem>('/deposits', { ...asked, ...more });
    for (const wrong of [{ currency: 'XXX' }, { currency: 'USD' }, { interestPercent: '99.9999' }])
      expect((await take(wrong)).body).toMatchObject({ code: 'DEPOSIT_TERMS' });
    expect((await take({ takenOn: '2026-12-01' })).status).toBe(400);
    expect((await take({ account: 'A4', takenOn: '1970-01-02' })).body).toMatchObject({ state: 'approved' });
    expect((await take({})).body.state).toBe('approved');
    expect((await take({})).body.state).toBe('pending');
  });

  it('puts on a bill what was there when its run was approved, and shows it before', async () => {
    const { body } = await post<BillRunItem>('/bill-runs', { from: '2026-04-01', accounts: ['A5'] });
    await test.settled();
    for (const bill of await billsOf(`run=${body.id}&state=held`))
      await post(`/bills/${bill.id}/release`, { reason: 'checked' });
    const [made] = await billsOf(`run=${body.id}`);
    const [look, shown] = await Promise.all([
      test.call<BillRunItem>('GET', `/bill-runs/${body.id}`),
      test.call<BillDetail>('GET', `/bills/${made!.id}`),
    ]);
    expect([look.body.entries, shown.body.entries]).toMatchObject([{ EUR: '30' }, [{ amount: '30' }]]);
    expect(Number(shown.body.due)).toBeCloseTo(Number(made!.total) + 30, 6);
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${body.id}/approve`)).status).toBe(200);
    test.vee.clock.advanceMs(1_000);
    // what is asked for afterwards waits for the next bill
    const more = { account: 'A5', amount: '5', currency: 'EUR', takenOn: '2026-04-01', reason: 'more' };
    const late = (await post<DepositItem>('/deposits', more)).body;
    expect(late.state).toBe('pending');
    const waiting = await test.call<{ items: AccountEntryItem[] }>('GET', '/account-entries?account=A5');
    for (const { id } of waiting.body.items.filter(({ state }) => state === 'pending'))
      expect((await ben('POST', `/account-entries/${id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${body.id}/issue`)).status).toBe(200);
    await test.settled();
    const bill = (await test.call<BillDetail>('GET', `/bills/${made!.id}`)).body;
    expect([bill.entries.map(({ amount }) => amount), bill.due]).toEqual([['30'], shown.body.due]);
  });
});
