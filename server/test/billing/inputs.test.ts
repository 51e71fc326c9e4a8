/** Prices, events and facts of usage points: uploaded, declared and stated over HTTP, and what bills make of them. */
import { billView } from '@openami/billing';
import { formatInstant, Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BillDetail,
  BillItem,
  BillingSeriesDetail,
  BillLineExplanation,
  BillRunItem,
  BillToDate,
  SeriesUploadItem,
  SeriesValueItem,
  TariffComparison,
  TariffEventItem,
  TariffEvents,
  TestBill,
} from '../../src/contract/index.ts';
import { contentOf, ratedAgain } from '../../src/services/billing/content.ts';
import { firstDay, today, use, zone } from '../vee/support.ts';
import { type BillingTest, startBilling } from './support.ts';

/** Number of 1 March 2026, and the instants its bill is of. */
const march = today - 32;
const [fromS, toS] = [zone.dayStart(march), zone.dayStart(march + 31)];
const monthly = { from: '2026-03-01', to: '2026-04-01' };
const at = (day: number, hour: number) => zone.dayStart(march + day) + hour * 3_600;

/** EUR/MWh of an hour: some are below zero. */
const spot = (hour: number) => ((hour * 37) % 211) - 40;

function hourly(from: number, to: number): string {
  const rows = ['From;To;Price'];
  for (let s = from; s < to; s += 3_600)
    rows.push(`${formatInstant(s)};${formatInstant(s + 3_600)};${spot((s - fromS) / 3_600)}`);
  return rows.join('\n');
}

const priced = {
  id: 'market',
  commodity: 'electricity',
  currency: 'EUR',
  zone: 'Europe/Berlin',
  versions: [
    {
      calendar: {
        seasons: [{ id: 'cold', ranges: [{ from: '11-01', to: '04-30' }] }],
        schedules: [
          {
            id: 'day',
            rows: [{ days: ['all'], period: 'usual' }],
            events: [{ event: 'critical', period: 'critical' }],
          },
        ],
        events: [{ id: 'critical', name: 'Critical peak', mostPerSeason: 2, longestMinutes: 240 }],
      },
      charges: [
        { id: 'grid', kind: 'energy', schedule: 'day', prices: { usual: '0.1', critical: '1' } },
        { id: 'spot', kind: 'dynamic', series: 'spot' },
        { id: 'saved', kind: 'rebate', event: 'saving', price: '0.5' },
      ],
    },
  ],
};

describe('what bills need besides readings', () => {
  let test: BillingTest;
  const tried = async (document: object, account = 'A0') => {
    test.vee.clock.advanceMs(2_000);
    const body = { account, document, ...monthly };
    return (await test.call<TestBill>('POST', '/test-bills', body)).body;
  };
  const upload = (code: string, body: object, key = `${Math.random()}`) =>
    test.call<SeriesUploadItem & { code: string; errors: { path: string; message: string }[] }>(
      ...(['POST', `/billing-series/${code}/uploads`, body, { 'idempotency-key': key }] as const),
    );
  const declare = (event: string, from: number, to: number, key = `${Math.random()}`) =>
    test.call<TariffEventItem & { code: string; detail: string }>(
      ...(['POST', '/tariffs/market/events'] as const),
      { event, from: formatInstant(from), to: formatInstant(to), reason: 'Cold and still' },
      { 'idempotency-key': key },
    );
  beforeAll(async () => {
    test = await startBilling(2);
    for (const home of test.vee.homes) await test.vee.send(home, firstDay, today);
    await test.call('POST', '/tariffs', { document: priced });
    await test.call('POST', '/billing-series', { code: 'spot', quantity: 'price', unit: 'EUR/MWh' });
    await addVolumes();
  }, 120_000);
  afterAll(() => test?.vee.server.close());

  /** A gas and a water meter of account A1: 1 m³ a day and 12 m³ a day, by hours. */
  async function addVolumes(): Promise<void> {
    const { registry, store, directory } = test.vee.server.running.context;
    for (const [commodity, litres] of [
      ['gas', 1_000],
      ['water', 500],
    ] as const) {
      const point = { code: `UP-${commodity}`, commodity, zone: 'Europe/Berlin' };
      const { id: usagePointId } = await registry.usagePoints.create(systemAccess, point);
      const meter = await registry.meters.create(systemAccess, { serial: commodity, commodity });
      const channel = await registry.channels.create(systemAccess, {
        ...{ meterId: meter.id, alias: 'volume', unit: 'm3', intervalS: 3_600, resolution: 1_000 },
        ...{ readingType: '0.0.7.4.1.1.58.0.0.0.0.0.0.0.0.0.42.0', quantityKeys: ['volume'] },
      });
      await registry.installations.install(systemAccess, {
        meterId: meter.id,
        usagePointId,
        at: new Date(0),
      });
      const account = await registry.accounts.find(systemAccess, 'A1');
      await registry.agreements.create(systemAccess, {
        ...{ code: `G-${commodity}`, accountId: account!.id, usagePointId, validFrom: new Date(0) },
      });
      const readings = new ReadingBatch();
      for (let s = fromS; s < toS; s += 3_600) {
        const used = commodity === 'gas' && (s - fromS) % 86_400 !== 0 ? 0 : litres;
        readings.push(channel.id, s + 3_600, used, 1_000, Quality.valid, 0);
      }
      await store.writer.commit({ readings, receivedMs: test.vee.clock.nowMs() });
    }
    await directory.refresh();
  }

  it('takes values whole or not at all, says every fault by its row, and takes a repeat once', async () => {
    const missing = await upload('none', { values: [] });
    expect(missing).toMatchObject({ status: 404 });
    const csv = ['from,to,value', '2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,1', 'then,,2', '2026-03-02,,x'];
    const faulty = await upload('spot', { csv: csv.join('\n') });
    expect(faulty).toMatchObject({ status: 422, body: { code: 'SERIES_INVALID' } });
    expect(faulty.body.errors.map(({ path }) => path)).toEqual(['line 3', 'line 4']);
    expect(await upload('spot', {})).toMatchObject({ status: 422 });
    const none = await test.call<BillingSeriesDetail>('GET', '/billing-series/spot');
    expect(none.body).toMatchObject({ values: 0, revision: 0, uploads: [], from: null });
    expect(
      await test.call('POST', '/billing-series', { code: 'cv', quantity: 'calorific-value', unit: 'mm' }),
    ).toMatchObject({ status: 400 });

    const first = await upload('spot', { csv: hourly(fromS, at(9, 13)), note: 'first days' }, 'one');
    expect(first).toMatchObject({ status: 201, body: { number: 1, given: 229, changed: 229 } });
    expect(await upload('spot', { csv: hourly(fromS, at(9, 13)), note: 'first days' }, 'one')).toMatchObject({
      body: { number: 1 },
    });
    // an hour of which half is given anew
    const half = [{ from: formatInstant(fromS), to: formatInstant(fromS + 1_800), value: 1 }];
    expect(await upload('spot', { values: half })).toMatchObject({
      ...{ status: 409, body: { code: 'SERIES_OVERLAP' } },
    });
  });

  /** Wh of a home in the hour that begins then. */
  function used(home: number, s: number): number {
    return use(home, zone.localDayOf(s), Math.floor((zone.localAt(s) / 3_600) % 24));
  }

  it('declares events within the limits of the tariff, once, and withdraws before they begin', async () => {
    const first = await declare('critical', at(2, 17), at(2, 20), 'first');
    expect(first).toMatchObject({ status: 201, body: { state: 'coming', tariff: 'market' } });
    const refused = async (event: string, from: number, to: number, why: string) => {
      const answer = await declare(event, from, to);
      expect(answer).toMatchObject({ status: 422, body: { code: 'EVENT_REFUSED' } });
      expect(answer.body.detail).toContain(why);
    };
    await refused('other', at(3, 17), at(3, 18), 'the tariff knows critical, saving');
    await refused('critical', at(2, 19), at(2, 21), 'lies over the one');
    await refused('critical', at(3, 17), at(3, 22), '240 are the most');
    await refused('critical', at(3, 23), at(4, 1), 'end on the day it begins');
    await refused('critical', at(-20, 17), at(-20, 18), 'it has begun');
    const second = await declare('critical', at(5, 17), at(5, 18));
    await refused('critical', at(6, 17), at(6, 18), '2 were declared in this season');
    const withdraw = (id: number) =>
      test.call<TariffEventItem>('POST', `/tariff-events/${id}/withdraw`, { reason: 'Wind came up' });
    expect(await withdraw(second.body.id)).toMatchObject({ status: 200, body: { state: 'withdrawn' } });
    expect(await withdraw(second.body.id)).toMatchObject({ status: 409, body: { code: 'EVENT_BEGAN' } });
    expect((await declare('saving', at(18, 18), at(18, 20))).status).toBe(201);
    const { body } = await test.call<TariffEvents>('GET', '/tariffs/market/events');
    expect(body.events.map(({ state }) => state)).toEqual(['coming', 'withdrawn', 'coming']);
    const counts = [{ of: 'season', from: '2025-11-01', to: '2026-05-01', declared: 1, most: 2 }];
    expect(body.known).toMatchObject([
      { event: 'critical', name: 'Critical peak', kinds: ['price'], counts },
      { event: 'saving', kinds: ['rebate'], counts: [] },
    ]);
  });

  it('holds a bill back that has no price, names the first hour, and bills it once there is one', async () => {
    // the month is over, and its readings are there
    test.vee.clock.setMs((zone.dayStart(today) + 3 * 3_600 + 1) * 1_000);
    const flat = { ...priced, versions: [{ charges: [{ id: 'spot', kind: 'dynamic', series: 'spot' }] }] };
    const held = await tried(flat);
    expect(held.ok).toBe(false);
    expect(held.faults[0]!.message).toContain(`the price of 'spot' at ${formatInstant(at(9, 13))}`);
    await upload('spot', { csv: hourly(at(9, 13), toS) });
    const { bills } = await tried(flat);
    let sum = 0;
    for (let s = fromS; s < toS; s += 3_600) sum += used(0, s) * spot((s - fromS) / 3_600);
    // Wh × EUR/MWh
    expect(bills[0]!.total).toBe((Math.round(sum / 1e4) / 100).toFixed(2));
    const other = { ...flat, currency: 'CHF' };
    expect((await tried(other)).faults[0]!.message).toContain(
      "'spot' is in EUR/MWh, the tariff bills CHF/kWh",
    );
    const unknown = [{ charges: [{ id: 'spot', kind: 'dynamic', series: 'nobody' }] }];
    expect((await tried({ ...flat, versions: unknown })).faults[0]!.message).toContain("series 'nobody'");
  });

  it('bills critical hours at their price and pays what was saved, and the lines name the events', async () => {
    const home = test.vee.homes[0]!;
    // half of what is usual in the two hours
    await test.vee.send(home, march + 18, march + 19, (value, slot) =>
      slot === 18 || slot === 19 ? Math.floor(value / 2) : value,
    );
    const { bills } = await tried(priced);
    const lines = new Map(bills[0]!.lines.map((line) => [line.id, line]));
    const critical = [17, 18, 19].reduce((sum, hour) => sum + use(0, march + 2, hour), 0);
    expect(lines.get('grid/critical')).toMatchObject({ quantity: String(critical / 1_000), price: '1' });
    expect(lines.get('grid/critical')!.formula).toContain(
      "event 'critical' 2026-03-03T16:00:00Z to 2026-03-03T19:00:00Z",
    );
    const saved = lines.get('saved/1')!;
    const now = Math.floor(use(0, march + 18, 18) / 2) + Math.floor(use(0, march + 18, 19) / 2);
    // homes use nearly the same each day: the baseline is near to what the day would have been
    const would = use(0, march + 18, 18) + use(0, march + 18, 19);
    expect(Math.abs(Number(saved.quantity) * 1_000 + now - would)).toBeLessThan(would * 0.05);
    expect(saved.formula).toContain("saved in event 'saving'");
    expect(Number(saved.amount)).toBeLessThan(0);
  });

  it('keeps which prices a bill knew, and is the same when it is made again', async () => {
    await test.call('POST', '/agreement-tariffs', {
      ...{ agreement: 'G0', tariff: 'market', validFrom: '2026-03-01' },
    });
    const billed = async (id: number) => {
      await test.settled();
      const { items } = (await test.call<{ items: BillItem[] }>('GET', `/bills?run=${id}`)).body;
      return (await test.call<BillDetail>('GET', `/bills/${items[0]!.id}`)).body;
    };
    const run = await test.call<BillRunItem>('POST', '/bill-runs', {
      ...monthly,
      to: undefined,
      accounts: ['A0'],
    });
    const bill = await billed(run.body.id);
    const { context } = test.vee.server.running;
    const kept = contentOf(await context.registry.bills.get(systemAccess, bill.id))!;
    expect(kept.parts[0]!.determinants.dynamic[0]).toMatchObject({ revision: 2 });
    const [shown] = bill.determinants;
    expect(shown).toMatchObject({ prices: [{ series: 'spot', revision: 2, block: null }], gas: null });
    expect(shown!.events.map(({ event }) => event)).toEqual(['critical', 'saving']);
    test.vee.clock.advanceMs(5_000);
    await upload('spot', { values: [{ from: formatInstant(fromS), value: 2_000 }], intervalMinutes: 60 });
    const again = billView(ratedAgain(kept, await context.billing.book.many(['market'])));
    expect(again).toMatchObject({ total: bill.total, lines: kept.lines });
    const now = await test.call<SeriesValueItem[]>('GET', `/billing-series/spot/values?${hourOf('')}`);
    const then = await test.call<SeriesValueItem[]>(
      'GET',
      `/billing-series/spot/values?${hourOf('&revision=2')}`,
    );
    expect([now.body[0]!.value, then.body[0]!.value]).toEqual(['2000', '-40']);

    const critical = bill.lines.find(({ id }) => id === 'grid/critical')!;
    const path = `/bills/${bill.id}/lines/${critical.number}/explain`;
    const { body } = await test.call<BillLineExplanation>('GET', path);
    expect(body.readings.map(({ start }) => start)).toEqual([17, 18, 19].map((h) => formatInstant(at(2, h))));
    expect(body.words.join(' ')).toContain('Cold and still');
  });

  const hourOf = (more: string) => `from=${formatInstant(fromS)}&to=${formatInstant(fromS + 3_600)}${more}`;

  it('bills energy of gas by the calorific value of each day', async () => {
    const document = {
      ...{ id: 'gas', commodity: 'gas', currency: 'GBP', unit: 'kWh' },
      versions: [{ charges: [{ id: 'use', kind: 'energy', price: '0.0591' }] }],
    };
    const state = (name: string, value: string, usagePoint = 'UP-gas') => ({
      ...{ usagePoint, name, validFrom: '2026-01-01', value },
    });
    const stated = (...statements: object[]) => test.call('POST', '/billing-attributes', { statements });
    expect((await tried(document, 'A1')).faults[0]!.message).toContain('factor of volume correction');
    expect(await stated(state('volumeCorrection', '0'))).toMatchObject({ status: 400 });
    expect(await stated(state('volumeCorrection', '1', 'nowhere'))).toMatchObject({ status: 404 });
    await stated(state('volumeCorrection', '1.02264'), state('calorificSeries', 'north'));
    const series = { code: 'north', quantity: 'calorific-value', unit: 'MJ/m3' };
    expect((await test.call('POST', '/billing-series', series)).status).toBe(201);
    const days = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({
        ...{ from: formatInstant(at(from + i, 0)), to: formatInstant(at(from + i + 1, 0)) },
        value: (from + i) % 2 === 0 ? '39.5' : '39.1',
      }));
    await upload('north', { values: days(0, 30) });
    const held = await tried(document, 'A1');
    expect(held.faults[0]!.message).toContain(`calorific value of 'north' at ${formatInstant(at(30, 1))}`);
    await upload('north', { values: days(30, 31) });
    const { bills } = await tried(document, 'A1');
    const [line] = bills.find(({ agreement }) => agreement === 'G-gas')!.lines;
    // 31 m³, one every 24 hours, 16 of them at 39.5 MJ
    const kWh = ((16 * 39.5 + 15 * 39.1) * 1.02264) / 3.6;
    expect(Number(line!.quantity)).toBeCloseTo(kWh, 5);
    expect(bills.find(({ agreement }) => agreement === 'G-gas')!.determinants[0]!.gas).toEqual({
      ...{ volume: '31', correction: '1.02264', calorific: '39.306452', revision: 2 },
    });
    expect(line!.formula).toContain('31 m3 × 1.02264 × 39.306452 MJ/m3 ÷ 3.6');
    const list = await test.call<{ name: string; value: string }[]>('GET', '/usage-points/UP-gas/attributes');
    expect(list.body.map(({ name, value }) => [name, value])).toEqual([
      ['calorificSeries', 'north'],
      ['volumeCorrection', '1.02264'],
    ]);
  });

  it('bills gas by volume where its tariff does, also beside one that bills energy', async () => {
    const priced = (id: string, unit: string) => ({
      ...{ id, commodity: 'gas', currency: 'GBP', unit },
      versions: [{ charges: [{ id: 'use', kind: 'energy', price: '1' }] }],
    });
    for (const document of [priced('by-energy', 'kWh'), priced('by-volume', 'm3')])
      expect((await test.call('POST', '/tariffs', { document })).status).toBe(201);
    const path = '/agreements/G-gas/tariff-comparison';
    const asked = { ...monthly, tariffs: ['by-energy', 'by-volume'] };
    const { body } = await test.call<TariffComparison>('POST', path, asked);
    expect(body.tariffs.map(({ tariff, total, needs }) => [tariff, Number(total), needs])).toEqual([
      ['by-volume', 31, []],
      // (16 × 39.5 + 15 × 39.1) MJ × 1.02264 ÷ 3.6
      ['by-energy', 346.14, []],
    ]);
    // one cycle under both adds up nothing
    const change = (tariff: string, validFrom: string) =>
      test.call('POST', '/agreement-tariffs', { agreement: 'G-gas', tariff, validFrom });
    expect((await change('by-volume', '2026-01-01')).status).toBe(201);
    expect((await change('by-energy', '2026-03-15')).status).toBe(201);
    const mixed = await test.call<TestBill>('POST', '/test-bills', {
      ...{ account: 'A1', agreement: 'G-gas', ...monthly },
    });
    expect(mixed.body.faults[0]!.message).toContain('m3 and kWh within one cycle');
  });

  it('bills water by what people and their land need', async () => {
    const document = {
      ...{ id: 'water', commodity: 'water', currency: 'USD' },
      versions: [
        {
          waterBudget: { litresPerPersonDay: 200, cropFactor: '0.5' },
          charges: [
            {
              ...{ id: 'use', kind: 'energy', price: ['1', '2', '5'] },
              tiers: [{ upTo: 1, unit: 'indoor-budget' }, { upTo: 1, unit: 'budget' }, {}],
            },
            { id: 'sewer', kind: 'sewer', price: '3', winterMonths: [12, 1, 2], share: '0.9' },
          ],
        },
      ],
    };
    const statements = [
      { name: 'persons', value: '4', validFrom: '2026-01-01' },
      { name: 'irrigatedAreaM2', value: '1000', validFrom: '2026-03-11' },
      { name: 'weatherSeries', value: 'valley', validFrom: '2026-01-01' },
      { name: 'winterAverageLPerDay', value: '1000', validFrom: '2026-01-01' },
    ].map((one) => ({ usagePoint: 'UP-water', ...one }));
    expect((await test.call('POST', '/billing-attributes', { statements })).status).toBe(201);
    const held = await tried(document, 'A1');
    expect(held.faults[0]!.message).toContain("evapotranspiration of 'valley' on 2026-03-11");
    await test.call('POST', '/billing-series', {
      code: 'valley',
      quantity: 'evapotranspiration',
      unit: 'mm',
    });
    const values = [{ from: formatInstant(fromS), to: formatInstant(toS), value: '62' }];
    await upload('valley', { values });
    const { bills } = await tried(document, 'A1');
    const found = bills.find(({ agreement }) => agreement === 'G-water')!;
    // 371.5 m³ in 743 hours; 4 × 0.2 × 31 indoors; 21 days of the month's 62 mm for 1000 m², but for the lost hour
    const outdoor = (1_000 * 62 * 0.5 * (21 * 24 - 1)) / 743 / 1_000;
    const [a, b, c, sewer] = found.lines.map(({ quantity }) => Number(quantity));
    expect(a).toBe(24.8);
    expect(b).toBeCloseTo(outdoor, 5);
    expect(c).toBeCloseTo(371.5 - 24.8 - outdoor, 5);
    expect(sewer).toBe(27.9);
  });

  it('says what the cycle has cost so far where prices of days to come are not known, and why no more', async () => {
    const change = { agreement: 'G0', tariff: 'market', validFrom: '2026-04-01' };
    expect((await test.call('POST', '/agreement-tariffs', change)).status).toBe(201);
    expect((await upload('spot', { csv: hourly(toS, toS + 86_400) })).status).toBe(201);
    test.vee.clock.advanceMs(2_000);
    const { body } = await test.call<BillToDate>('GET', '/agreements/G0/bill-to-date');
    expect(body).toMatchObject({ holds: [], toDate: { intervals: 24 }, projection: null });
    expect(body.assumptions[1]).toMatch(
      `No projection: the price of 'spot' at ${formatInstant(toS + 86_400)}`,
    );
  });
});
