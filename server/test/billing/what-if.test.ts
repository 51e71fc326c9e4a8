import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BillDetail,
  BillItem,
  BillRunItem,
  BillToDate,
  ImpactAgreementList,
  ImpactHistogramItem,
  TariffComparison,
  TariffImpactDetail,
  TariffImpactItem,
  TestBill,
} from '../../src/contract/index.ts';
import { billToDate } from '../../src/services/billing/what-if/bill-to-date.ts';
import { firstDay, today } from '../vee/support.ts';
import { type BillingTest, startBilling, tou } from './support.ts';

const flat = {
  ...{ id: 'flat', name: 'Flat', commodity: 'electricity', currency: 'EUR' },
  versions: [{ charges: [{ id: 'energy', kind: 'energy', price: '0.25' }] }],
};
/** At prices that nobody gave. */
const spot = {
  ...{ ...flat, id: 'spot' },
  versions: [{ charges: [{ id: 'energy', kind: 'dynamic', series: 'nowhere' }] }],
};
const march = { from: '2026-03-01', to: '2026-04-01' };

describe('what if', () => {
  let test: BillingTest;
  const compare = (body: object, code = 'G0') =>
    test.call<TariffComparison>('POST', `/agreements/${code}/tariff-comparison`, body);
  beforeAll(async () => {
    test = await startBilling(3);
    // of home 1 the last day of readings is not there yet, of home 2 nothing at all
    await test.vee.send(test.vee.homes[0]!, firstDay, today);
    await test.vee.send(test.vee.homes[1]!, firstDay, today - 1);
    await test.vee.open();
    for (const document of [flat, spot])
      expect(await test.call('POST', '/tariffs', { document })).toMatchObject({ status: 201 });
  }, 120_000);
  afterAll(() => test?.vee.server.close());

  it('says what the cycle has cost so far, as a bill of that time would', async () => {
    const { body, status } = await test.call<BillToDate>('GET', '/agreements/G0/bill-to-date');
    expect(status).toBe(200);
    const asked = { account: 'A0', from: '2026-04-01', to: '2026-04-02' };
    const { body: tried } = await test.call<TestBill>('POST', '/test-bills', asked);
    expect(body).toMatchObject({
      ...{ cycleFrom: '2026-04-01', cycleTo: '2026-05-01', tariff: 'tou', currency: 'EUR' },
      ...{ lastReadingAt: '2026-04-01T22:00:00Z', holds: [], before: null },
      toDate: { total: tried.bills[0]!.total, intervals: 24, missingShare: 0, estimatedShare: 0 },
    });
    expect(body.toDate!.lines).toEqual(tried.bills[0]!.lines);
    const { total, low, high, usage, method, forecastShare } = body.projection!;
    expect(method).toBe('like-days');
    expect(forecastShare).toBeCloseTo(29 / 30, 5);
    expect(Number(low)).toBeLessThan(Number(total));
    expect(Number(total)).toBeLessThan(Number(high));
    // the homes of the test use nearly the same every day
    expect(Number(usage)).toBeGreaterThan(30 * 7.5);
    expect(Number(usage)).toBeLessThan(30 * 10);
  });

  it('projects where nothing of the cycle is there yet, and says so where nothing ever came', async () => {
    const { body: early } = await test.call<BillToDate>('GET', '/agreements/G1/bill-to-date');
    expect(early).toMatchObject({ lastReadingAt: null, toDate: null, projection: { forecastShare: 1 } });
    const { body: none } = await test.call<BillToDate>('GET', '/agreements/G2/bill-to-date');
    expect(none).toMatchObject({ toDate: null, projection: null, holds: [{ code: 'NOT_READY' }] });
    expect(await test.call('GET', '/agreements/none/bill-to-date')).toMatchObject({
      ...{ status: 404, body: { code: 'NOT_FOUND' } },
    });
  });

  it('compares tariffs, the best first, and says of each what it needs', async () => {
    const { body } = await compare(march);
    const [best, next, last] = body.tariffs;
    expect(body).toMatchObject({ ok: true, ...march, monthsWithoutReadings: 0, unit: 'kWh' });
    expect(body.tariffs.map(({ tariff }) => tariff)).toEqual(['flat', 'tou', 'spot']);
    expect(next).toMatchObject({ isCurrent: true, saving: '0.00', savingPercent: 0 });
    expect(Number(best!.saving)).toBeCloseTo(Number(next!.total) - Number(best!.total), 6);
    expect(last).toMatchObject({ total: null, saving: null, months: [], needs: [{}] });
    const asked = { account: 'A0', tariff: 'flat', ...march };
    const { body: tried } = await test.call<TestBill>('POST', '/test-bills', asked);
    expect(best!.months).toMatchObject([{ ...march, total: tried.bills[0]!.total, missingShare: 0 }]);
  });

  it('rates a draft, also one that has the code of what the agreement has', async () => {
    const dearer = structuredClone(tou) as unknown as { versions: { charges: { price?: string }[] }[] };
    dearer.versions[0]!.charges[0]!.price = '19.90';
    const { body } = await compare({ ...march, document: dearer });
    expect(body.tariffs.map(({ isStored, saving }) => [isStored, saving])).toEqual([
      [true, '0.00'],
      // ten more a month, and the tax on it
      [false, '-11.90'],
    ]);
    const { body: broken } = await compare({ ...march, document: { ...flat, currency: 'XX' } });
    expect(broken).toMatchObject({ ok: false, tariffs: [] });
    expect(broken.faults[0]!.path).toContain('currency');
    expect(await compare({ from: '2026-03-02', to: '2026-03-30' })).toMatchObject({
      ...{ status: 400, body: { code: 'VALIDATION_FAILED' } },
    });
  });

  it('leaves out the months before readings began', async () => {
    const { body } = await compare({});
    // of February there are the last days, and they count
    expect(body).toMatchObject({ from: '2025-04-01', to: '2026-04-01', monthsWithoutReadings: 10 });
    expect(body.tariffs[0]!.months).toHaveLength(2);
    expect(body.tariffs[0]!.months[0]!.missingShare).toBeGreaterThan(0.5);
  });

  it('comes to what was billed, on the tariff an agreement has', async () => {
    const run = (await test.call<BillRunItem>('POST', '/bill-runs', { from: march.from, accounts: ['A0'] }))
      .body;
    await test.settled();
    const { body: bills } = await test.call<{ items: BillItem[] }>('GET', `/bills?run=${run.id}`);
    const { body: bill } = await test.call<BillDetail>('GET', `/bills/${bills.items[0]!.id}`);
    for (const versions of ['history', 'current']) {
      const { body } = await compare({ ...march, versions, tariffs: [] });
      expect(body.tariffs).toMatchObject([{ tariff: 'tou', total: bill.total, saving: '0.00' }]);
    }
    const { body } = await test.call<BillToDate>('GET', '/agreements/G0/bill-to-date');
    // customers read it, too: there is no bill before it is issued
    expect(body.before).toBeNull();
    await (await test.as('ben'))('POST', `/bill-runs/${run.id}/approve`);
    await test.call('POST', `/bill-runs/${run.id}/issue`);
    await test.settled();
    const { body: issued } = await test.call<BillToDate>('GET', '/agreements/G0/bill-to-date');
    expect(issued.before).toMatchObject({ id: bill.id, total: bill.total });
  });

  describe('for many', () => {
    const settled = () => test.vee.server.running.context.billing.impacts.loop.settled();
    const impactOf = async (body: object) => {
      const made = await test.call<TariffImpactItem>('POST', '/tariff-impacts', { ...march, ...body });
      expect(made.status).toBe(201);
      await settled();
      return (await test.call<TariffImpactDetail>('GET', `/tariff-impacts/${made.body.id}`)).body;
    };
    const agreementsOf = async (id: number, query = '') =>
      (await test.call<ImpactAgreementList>('GET', `/tariff-impacts/${id}/agreements?${query}`)).body;

    it('comes to what each agreement would pay by itself, and says whom it cannot rate', async () => {
      const impact = await impactOf({ tariff: 'flat' });
      expect(impact).toMatchObject({
        ...{ state: 'done', agreements: 3, done: 3, progress: 1, unratedBecause: { NO_READINGS: 1 } },
        sums: { rated: 2, unrated: 1, winners: 2, losers: 0, unchanged: 0 },
      });
      let sum = 0;
      for (const row of (await agreementsOf(impact.id, 'order=winners')).items) {
        const { body } = await compare({ ...march, tariffs: ['flat'] }, row.agreement);
        const [flatTariff, own] = body.tariffs;
        expect(row).toMatchObject({ before: own!.total, after: flatTariff!.total, tariff: 'tou', cycles: 1 });
        expect(Number(row.difference)).toBeCloseTo(-Number(flatTariff!.saving), 6);
        expect(row.percent).toBeCloseTo(-flatTariff!.savingPercent!, 1);
        sum += Number(row.difference);
      }
      expect(Number(impact.sums.difference)).toBeCloseTo(sum, 6);
      for (const by of ['amount', 'percent']) {
        const path = `/tariff-impacts/${impact.id}/histogram?by=${by}`;
        const { body } = await test.call<ImpactHistogramItem>('GET', path);
        expect(body.bins.reduce((all, bin) => all + Number(bin.difference), 0)).toBeCloseTo(sum, 6);
      }
      expect((await agreementsOf(impact.id, 'order=unrated')).items).toMatchObject([{ agreement: 'G2' }]);
      const csv = await test.vee.server.running.app.inject({
        ...{ method: 'GET', url: `/api/v1/tariff-impacts/${impact.id}/agreements?format=csv` },
        headers: { authorization: `Bearer ${test.vee.server.token}` },
      });
      const lines = csv.body.trim().split('\r\n');
      expect(lines).toHaveLength(4);
      expect(lines[0]).toBe(
        'agreement,account,customer,usage_point,service_class,tariff,cycles,before,after,difference,' +
          'percent,reason,message',
      );
    });

    it('is nothing for the tariff that everybody has', async () => {
      for (const versions of ['current', 'history']) {
        const impact = await impactOf({ document: tou, versions });
        expect(impact).toMatchObject({ isStored: false, tariff: 'tou', document: tou });
        expect(impact.sums).toMatchObject({ rated: 2, unchanged: 2, difference: '0.00' });
        const path = `/tariff-impacts/${impact.id}/histogram`;
        expect((await test.call('GET', path)).body).toEqual({ by: 'amount', unchanged: 2, bins: [] });
      }
    });

    it('is about those that are asked about, and can be stopped and go on', async () => {
      const none = await impactOf({ tariff: 'flat', filter: { serviceClass: 'shop' } });
      expect(none).toMatchObject({ state: 'done', agreements: 0, progress: 1, sums: { rated: 0 } });
      expect((await impactOf({ tariff: 'flat', filter: { tariff: 'tou', cycle: '' } })).agreements).toBe(3);
      expect((await impactOf({ tariff: 'flat', filter: { tariff: 'flat' } })).agreements).toBe(0);
      const path = `/tariff-impacts/${none.id}`;
      expect(await test.call('POST', `${path}/cancel`)).toMatchObject({
        ...{ status: 409, body: { code: 'IMPACT_STATE' } },
      });
      for (const body of [{}, { tariff: 'flat', document: flat }, { tariff: 'flat', from: '2020-01-01' }])
        expect(await test.call('POST', '/tariff-impacts', body)).toMatchObject({
          ...{ status: 400, body: { code: 'VALIDATION_FAILED' } },
        });
      const failed = await impactOf({ document: spot });
      expect(failed.sums).toMatchObject({ rated: 0, unrated: 3 });
      const key = { 'idempotency-key': 'once' };
      const ask = () => test.call<TariffImpactItem>('POST', '/tariff-impacts', { tariff: 'flat' }, key);
      const [first, again] = [await ask(), await ask()];
      expect(again.body.id).toBe(first.body.id);
      await settled();
      // a year, of which March and the last days of February were read
      const { body } = await test.call<TariffImpactDetail>('GET', `/tariff-impacts/${first.body.id}`);
      expect(body).toMatchObject({ from: '2025-04-01', to: '2026-04-01', state: 'done' });
      expect((await agreementsOf(first.body.id)).items[0]).toMatchObject({ cycles: 2 });
    });

    it('goes on behind the last page that was stored by a process that died', async () => {
      const { registry, billing } = test.vee.server.running.context;
      const { items } = await agreementsOf((await impactOf({ tariff: 'flat' })).id, 'order=unrated');
      expect(items).toHaveLength(1);
      const { impact } = await registry.tariffImpacts.create(systemAccess, {
        ...{ key: 'died', tariff: 'flat', document: null, commodity: 'electricity', currency: 'EUR' },
        ...{ versions: 'current', fromDay: march.from, toDay: march.to, filter: {}, note: '' },
      });
      const begun = { revision: test.vee.server.running.context.store.writer.horizon(), agreements: 3 };
      await registry.tariffImpacts.transition(systemAccess, impact.id, ['draft'], 'calculating', begun);
      const [first] = await registry.billingFacts.ids(systemAccess, { ...march, codes: ['G0'] });
      const stored = { before: '1.00', after: '2.00', percent: 100, reason: '', message: '' };
      const row = { agreementId: first!, serviceClass: '', tariff: 'tou', cycles: 1, ...stored };
      await registry.tariffImpacts.put(systemAccess, impact.id, [row], { position: first!, done: 1 });
      billing.impacts.loop.kick();
      await settled();
      const { body } = await test.call<TariffImpactDetail>('GET', `/tariff-impacts/${impact.id}`);
      expect(body).toMatchObject({ state: 'done', done: 3, sums: { rated: 2, unrated: 1, losers: 1 } });
      expect((await agreementsOf(impact.id)).items[0]).toMatchObject({ agreement: 'G0', difference: '1.00' });
    });
  });

  it('goes by the day where the agreement is, when in UTC it is another', async () => {
    const { context } = test.vee.server.running;
    const { registry } = context;
    const monthEnd = new Date('2026-03-31T22:00:00Z');
    const account = await registry.accounts.find(systemAccess, 'A2');
    const point = { code: 'UP-edge', commodity: 'electricity' as const, zone: 'Europe/Berlin' };
    const { id: usagePointId } = await registry.usagePoints.create(systemAccess, point);
    const common = { accountId: account!.id, usagePointId };
    await registry.agreements.create(systemAccess, {
      ...{ ...common, code: 'G-old', validFrom: new Date(0), validUntil: monthEnd },
    });
    await registry.agreements.create(systemAccess, { ...common, code: 'G-new', validFrom: monthEnd });
    const clock = { nowMs: () => monthEnd.getTime() + 1_800_000 };
    const parts = { ...context, book: context.billing.book, clock };
    expect(await billToDate(parts, systemAccess, 'G-new')).toMatchObject({ cycleFrom: '2026-04-01' });
    await expect(billToDate(parts, systemAccess, 'G-old')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
