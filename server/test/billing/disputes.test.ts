/** A disputed bill from the complaint to the new bill: one server, one story. */
import { type AccessContext, Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AccountEntryItem,
  BillDetail,
  BillItem,
  BillRunItem,
  DisputeDetail,
  DisputeItem,
  DisputeList,
  DisputeOpen,
  DisputeSettings,
} from '../../src/contract/index.ts';
import { firstDay, today, zone } from '../vee/support.ts';
import { type BillingTest, startBilling } from './support.ts';

/** Number of 1 March 2026. */
const march = today - 32;
const words = 'Twice as much as in winter';

describe('disputes over HTTP', () => {
  let test: BillingTest;
  let bills: readonly BillItem[];
  const billOf = (account: string) => bills.find((bill) => bill.account === account)!.id;
  const open = (body: object) => test.call<DisputeDetail>('POST', '/disputes', { words, ...body });
  const post = <T = DisputeItem>(path: string, body: object = {}) => test.call<T>('POST', path, body);
  const finding = ({ evidence }: DisputeDetail, rule: string) =>
    evidence.findings.find((one) => one.rule === rule);

  const issued = async (run: number) => {
    await test.settled();
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${run}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${run}/issue`)).status).toBe(200);
    await test.settled();
  };

  beforeAll(async () => {
    test = await startBilling(3);
    const { context } = test.vee.server.running;
    for (const home of test.vee.homes) await test.vee.send(home, firstDay, today);
    // the register of the first home agrees with its intervals, that of the second moved less
    for (const [i, share] of [1, 0.5].entries()) {
      const { channel, register } = test.vee.homes[i]!;
      const span = { fromS: zone.dayStart(march), toS: zone.dayStart(march + 31) };
      const rows = await context.store.readings.profile(systemAccess, channel, span);
      const sum = rows.value.reduce((all, value) => all + value, 0);
      const readings = new ReadingBatch();
      readings.push(register, span.fromS, 1_000, 1_000, Quality.valid, 0);
      readings.push(register, span.toS, 1_000 + Math.round(sum * share), 1_000, Quality.valid, 0);
      await context.store.writer.commit({ readings });
    }
    // of the period is what happened in it, whenever it was received
    const { meterId } = test.vee.homes[0]!;
    const event = (day: number, receivedDay: number, detail: string) => ({
      ...{ at: zone.dayStart(day) + 60, receivedMs: zone.dayStart(receivedDay) * 1_000, meter: meterId },
      ...{ device: 'V100', code: '3.26.0.85', severity: 'info' as const, detail },
    });
    await context.store.writer.commit({
      events: [
        event(march - 1, march + 1, 'before'),
        event(march, march + 1, 'first'),
        event(march + 30, march + 32, 'late'),
        event(march + 31, march + 32, 'after'),
      ],
    });
    await test.vee.open();
    const run = await post<BillRunItem>('/bill-runs', { from: '2026-03-01' });
    await test.settled();
    const held = await test.call<{ items: BillItem[] }>('GET', `/bills?run=${run.body.id}&state=held`);
    for (const { id } of held.body.items) await post(`/bills/${id}/release`, { reason: 'checked' });
    await issued(run.body.id);
    bills = (await test.call<{ items: BillItem[] }>('GET', `/bills?run=${run.body.id}`)).body.items;
  }, 240_000);
  afterAll(() => test?.vee.server.close());

  it('gathers evidence when it is opened: registers, days, messages, findings with weights', async () => {
    const right = await open({ bill: billOf('A0'), reason: 'high-bill' });
    expect(right.status).toBe(201);
    const { evidence } = right.body;
    expect(evidence.days).toHaveLength(31);
    expect(evidence.days.find(({ day }) => day === '2026-03-29')!.intervals).toBe(23);
    const { usage } = bills.find(({ account }) => account === 'A0')!;
    expect(evidence.registers).toMatchObject([{ register: usage, intervals: usage, serial: 'V100' }]);
    expect(finding(right.body, 'register')).toMatchObject({ verdict: 'supports', weight: 3 });
    expect(finding(right.body, 'repeats')!.verdict).toBe('supports');
    expect(finding(right.body, 'installation')!.words).toContain('V100 was installed there');
    expect(finding(right.body, 'tariff')!.words).toContain('tou');
    expect(evidence.bill!.lines.length).toBeGreaterThan(3);
    expect(evidence.frames.length).toBeGreaterThan(0);
    expect(evidence.events.map(({ words: told }) => told.split(': ').at(-1))).toEqual(['late', 'first']);
    expect(right.body).toMatchObject({ suggests: 'stands', dunningHeld: true, state: 'open', late: false });
    const wrong = (await open({ bill: billOf('A1'), reason: 'high-bill', amount: '1' })).body;
    expect(finding(wrong, 'register')).toMatchObject({ verdict: 'against', weight: 3 });
    expect([wrong.suggests, wrong.amount]).toEqual(['look', '1']);
  });

  it('refuses a second case of a bill, more than was billed, and what is no bill', async () => {
    expect(await open({ bill: billOf('A0'), reason: 'other' })).toMatchObject({
      ...{ status: 409, body: { code: 'DISPUTE_OPEN' } },
    });
    expect(await open({ bill: billOf('A2'), reason: 'other', amount: '100000' })).toMatchObject({
      ...{ status: 422, body: { code: 'DISPUTE_AMOUNT' } },
    });
    expect((await open({ bill: 9_999, reason: 'other' })).status).toBe(404);
    expect((await open({ reason: 'other' })).status).toBe(400);
    expect((await open({ bill: billOf('A2'), reason: 'other', words: ' ' })).status).toBe(400);
  });

  it('takes usage that is not billed yet', async () => {
    const asked = { agreement: 'G2', from: '2026-03-27', to: '2026-04-01', reason: 'wrong-period' };
    const { body, status } = await open(asked);
    expect((await open({ ...asked, to: '2026-04-03' })).status).toBe(400);
    expect((await open({ ...asked, from: '9999-01-01', to: '9999-01-05' })).status).toBe(400);
    expect((await open({ ...asked, words: '\u200b\u200b\u200b' })).status).toBe(400);
    expect([status, body.bill, body.evidence.bill]).toEqual([201, null, null]);
    expect(body.evidence.days).toHaveLength(5);
    expect(Number(body.evidence.total)).toBeGreaterThan(0);
    expect((await post(`/disputes/${body.id}/rebill`, { reason: 'anew' })).body).toMatchObject({
      code: 'DISPUTE_REBILL',
    });
    // its customer may bring it as well, and sees no other usage point
    const { disputes } = test.vee.server.running.context;
    const customer = (usagePoint: number): AccessContext => ({
      ...{ actor: { kind: 'user', id: 'carla', name: 'Carla' }, purpose: 'operate' },
      scope: { usagePoints: new Set([usagePoint]) },
    });
    const own = (usagePoint: number) =>
      disputes.open(customer(usagePoint), { key: 'own' }, { ...asked, words } as DisputeOpen, 'customer');
    const { registry } = test.vee.server.running.context;
    const point = await registry.usagePoints.find(systemAccess, 'UP-V102');
    await expect(own(point!.id + 1_000)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const brought = await own(point!.id);
    expect([brought.via, brought.openedBy]).toEqual(['customer', 'carla']);
    await post(`/disputes/${brought.id}/close`, { words: 'Only a trial' });
    const closed = await post(`/disputes/${body.id}/close`, { words: 'The customer took it back' });
    expect(closed.body).toMatchObject({ state: 'closed', outcome: 'withdrawn', dunningHeld: false });
  });

  it('tells of deadlines once, and counts what is late', async () => {
    const { disputes } = test.vee.server.running.context;
    const settings: DisputeSettings = { answerDays: 10, remindDays: 2, creditLimit: '30' };
    expect((await test.call('PUT', '/dispute-settings', settings)).body).toEqual(settings);
    expect((await (await test.as('anna'))('PUT', '/dispute-settings', settings)).status).toBe(403);
    expect(await disputes.remind()).toEqual([]);
    test.vee.clock.advanceMs(21 * 86_400_000);
    expect(await disputes.remind()).toHaveLength(2);
    expect(await disputes.remind()).toEqual([]);
    expect((await test.call('GET', '/disputes/summary')).body).toMatchObject({ open: 2, late: 2, closed: 2 });
    const { items } = (await test.call<DisputeList>('GET', '/disputes?unanswered=true')).body;
    expect(items.map(({ late }) => late)).toEqual([true, true]);
  });

  it('is corrected by a new bill, with a credit that a second person agreed to', async () => {
    const bill = billOf('A2');
    const { body: before } = await open({ bill, reason: 'estimated' });
    test.vee.clock.advanceMs(10_000);
    await test.vee.send(test.vee.homes[2]!, march + 4, march + 5, (value) => Math.floor(value / 2));
    await test.vee.settled();
    test.vee.clock.advanceMs(10_000);
    // the evidence is as it was; another case would see the change
    const path = `/disputes/${before.id}`;
    expect((await test.call<DisputeDetail>('GET', path)).body.evidence).toEqual(before.evidence);
    expect(finding(before, 'changed-since')!.verdict).toBe('supports');
    expect((await post(`${path}/take`)).body).toMatchObject({ state: 'looking' });
    expect((await post(`${path}/take`)).body).toMatchObject({ code: 'DISPUTE_STATE' });
    const answer = { outcome: 'corrected', answer: 'A day was read twice.' };
    expect((await post(`${path}/answer`, answer)).body).toMatchObject({ code: 'DISPUTE_REBILL' });
    const linked = (await post(`${path}/rebill`, { reason: 'The day was read again' })).body;
    const run = linked.rebillRun!;
    await test.settled();
    const [made] = (await test.call<{ items: BillItem[] }>('GET', `/bills?run=${run}`)).body.items;
    if (made!.state === 'held') await post(`/bills/${made!.id}/release`, { reason: 'checked' });
    await issued(run);
    const small = await post<AccountEntryItem>(`${path}/credits`, { amount: '10', words: 'For the trouble' });
    expect(small.body).toMatchObject({ state: 'approved', amount: '-10', kind: 'goodwill' });
    // parts of a large credit are weighed together
    const large = await post<AccountEntryItem>(`${path}/credits`, { amount: '25', words: 'And for more' });
    expect(large.body.state).toBe('pending');
    const ben = await test.as('ben');
    const decided = await ben<AccountEntryItem>('POST', `/account-entries/${large.body.id}/approve`);
    expect(decided.body.state).toBe('approved');
    const answered = (await post(`${path}/answer`, answer)).body;
    expect(answered).toMatchObject({ state: 'answered', outcome: 'corrected', late: false });
    // said at length, looked at again: the answer no longer counts
    const again = await post(`${path}/reopen`, { words: 'x'.repeat(4_000) });
    expect(again).toMatchObject({ status: 200, body: { state: 'looking', outcome: null } });
    expect((await post(`${path}/answer`, answer)).body.outcome).toBe('corrected');
    expect((await post(`${path}/close`, { words: 'The customer agrees' })).body.state).toBe('closed');
    // a closed case starts no run
    const runs = async () => (await test.call<{ total: number }>('GET', '/bill-runs')).body.total;
    const started = await runs();
    expect((await post(`${path}/rebill`, { reason: 'once more' })).body).toMatchObject({
      code: 'DISPUTE_STATE',
    });
    expect(await runs()).toBe(started);
    const old = (await test.call<BillDetail>('GET', `/bills/${bill}`)).body;
    expect(old.state).toBe('replaced');
  }, 120_000);

  it('weighs what one person credits by account and bill, however often a case is opened', async () => {
    const bill = billOf('A1');
    const [first] = (await test.call<DisputeList>('GET', `/disputes?bill=${bill}`)).body.items;
    const credit = (id: number, amount: string) =>
      post<AccountEntryItem>(`/disputes/${id}/credits`, { amount, words: 'For the trouble' });
    const given = (await credit(first!.id, '20')).body;
    expect(given.state).toBe('approved');
    // taken back, what nobody else saw waits for another person
    expect((await post(`/disputes/${first!.id}/close`, { words: 'Withdrawn' })).body.state).toBe('closed');
    const stateOf = async (id: number) =>
      (await test.call<{ items: AccountEntryItem[] }>('GET', '/account-entries?account=A1')).body.items.find(
        (entry) => entry.id === id,
      )!.state;
    expect(await stateOf(given.id)).toBe('pending');
    const second = (await open({ bill, reason: 'high-bill' })).body;
    expect((await credit(second.id, '20')).body.state).toBe('pending');
    const { total } = bills.find(({ id }) => id === bill)!;
    expect((await credit(second.id, String(Math.floor(Number(total)) - 41))).status).toBe(201);
    expect((await credit(second.id, '2')).body).toMatchObject({ code: 'CREDIT_ABOVE_BILL' });
  });

  it('hands a case out as one file, with what people wrote kept from being markup', async () => {
    const { items } = (await test.call<DisputeList>('GET', '/disputes?account=A0')).body;
    const { id } = items[0]!;
    await post(`/disputes/${id}/notes`, { words: '<script>alert(1)</script>' });
    const file = (format: string) =>
      test.vee.server.fetch(`/api/v1/disputes/${id}/export?format=${format}`).then((one) => one.text());
    const html = await file('html');
    expect(html).toContain('The register against the sum of intervals');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<script>');
    const json = JSON.parse(await file('json')) as DisputeDetail;
    expect(json.entries.at(-1)!.words).toBe('<script>alert(1)</script>');
    expect(json.evidence.bill!.id).toBe(billOf('A0'));
  });
});
