import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BillDetail,
  BillItem,
  BillRunItem,
  BillToDate,
  TariffComparison,
  TestBill,
} from '../../src/contract/index.ts';
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
    expect(body.before).toMatchObject({ id: bill.id, total: bill.total });
  });
});
