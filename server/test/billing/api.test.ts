import { formatDay, formatInstant, Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BillDetail,
  BillItem,
  BillLineExplanation,
  BillReleaseResult,
  BillRunItem,
  TariffCheck,
  TariffDetail,
  TestBill,
} from '../../src/contract/index.ts';
import { firstDay, today, use, zone } from '../vee/support.ts';
import { importScenes } from './import-scenes.ts';
import { type BillingTest, startBilling, tou } from './support.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** Number of 1 March 2026: the month has the change to summer time. */
const march = today - 32;

/** Wh of a home in March, and of it between 8 and 20 on weekdays; the largest hour. */
function marchOf(home: number): { all: number; peak: number; most: number } {
  let [all, peak, most] = [0, 0, 0];
  for (let day = march; day < march + 31; day++) {
    const weekday = (((day + 3) % 7) + 7) % 7 < 5;
    for (let hour = 0; hour < 24; hour++) {
      if (formatDay(day) === '2026-03-29' && hour === 2) continue;
      const value = use(home, day, hour);
      all += value;
      if (weekday && hour >= 8 && hour < 20) peak += value;
      most = Math.max(most, value);
    }
  }
  return { all, peak, most };
}

describe('billing over HTTP', () => {
  let test: BillingTest;
  let run: BillRunItem;
  const bills = async (query = '') => (await test.call<Page<BillItem>>('GET', `/bills?${query}`)).body.items;
  const billOf = async (account: string, query = '') => {
    const [bill] = await bills(`account=${account}${query}`);
    return (await test.call<BillDetail>('GET', `/bills/${bill!.id}`)).body;
  };
  const calculated = async (more: object = {}) => {
    const made = await test.call<BillRunItem>('POST', '/bill-runs', { from: '2026-03-01', ...more });
    expect(made.status).toBe(201);
    await test.settled();
    return (await test.call<BillRunItem>('GET', `/bill-runs/${made.body.id}`)).body;
  };
  const issue = async (id: number) => {
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${id}/issue`)).status).toBe(200);
    await test.settled();
  };
  /** Gives a reading a newer revision with the same value, as validation does; the revision it had. */
  const judgedAgain = async (home: number, end: number) => {
    const { store } = test.vee.server.running.context;
    const { channel } = test.vee.homes[home]!;
    const rows = await store.readings.revisions(systemAccess, channel, end);
    const readings = new ReadingBatch();
    readings.push(channel, end, rows.value.at(-1)!, 1_000, Quality.verified, rows.flags.at(-1)!);
    await store.writer.commit({ readings, basis: rows.revision.slice(-1) });
    return rows.revision.at(-1)!;
  };
  beforeAll(async () => {
    test = await startBilling(6);
    // home 4 has a day of which nothing came and which nobody estimated yet
    for (const [i, home] of test.vee.homes.entries())
      await test.vee.send(home, firstDay, today, (value, _, day) =>
        i === 4 && day === march + 3 ? null : i === 5 && day >= march ? 0 : value,
      );
    await test.vee.open();
  }, 240_000);
  afterAll(() => test?.vee.server.close());

  it('says everything that is wrong with a tariff, each with its place', async () => {
    const broken = structuredClone(tou) as unknown as { versions: { charges: Record<string, unknown>[] }[] };
    broken.versions[0]!.charges[1]!.schedule = 'none';
    broken.versions[0]!.charges[3]!.percent = 'much';
    const check = (document: unknown) => test.call<TariffCheck>('POST', '/tariffs/check', { document });
    const { body } = await check(broken);
    expect(body.ok).toBe(false);
    expect(body.faults.map(({ path }) => path)).toContain('versions[0].charges[3].percent');
    const right = (await check(tou)).body;
    expect(right).toMatchObject({ ok: true, faults: [] });
    const rows = right.schedules[0]!.rows;
    expect(rows).toHaveLength(48);
    const name = (days: string, slot: number) =>
      right.schedules[0]!.periods[rows.find((row) => row.days === days)!.halfHours[slot]!];
    expect([name('weekday', 15), name('weekday', 16), name('weekday', 39), name('saturday', 20)]).toEqual([
      ...['night', 'peak', 'peak', 'night'],
    ]);
    expect(await test.call('POST', '/tariffs', { document: broken })).toMatchObject({
      ...{ status: 422, body: { code: 'TARIFF_INVALID' } },
    });
    expect(await test.call('POST', '/tariffs', { document: tou })).toMatchObject({ status: 409 });
  });

  importScenes(() => test);

  it('tries a bill on a tariff that is stored nowhere', async () => {
    const flat = {
      ...tou,
      id: 'flat',
      versions: [{ charges: [{ id: 'e', kind: 'energy', price: '0.25' }] }],
    };
    const asked = { account: 'A0', document: flat, from: '2026-03-01', to: '2026-04-01' };
    const { body } = await test.call<TestBill>('POST', '/test-bills', asked);
    const { all } = marchOf(0);
    expect(body.bills).toMatchObject([
      { agreement: 'G0', tariff: 'flat', total: ((all / 1_000) * 0.25).toFixed(2) },
    ]);
    expect(body.bills[0]!.determinants[0]).toMatchObject({ expected: 743, present: 743, days: 31 });
    const stored = await test.call<TestBill>('POST', '/test-bills', { ...asked, document: undefined });
    expect(stored.body.bills[0]!.lines.map(({ id }) => id)).toContain('base');
    expect(await bills()).toEqual([]);
    const wrong = { ...asked, document: { ...flat, currency: 'XX' } };
    expect((await test.call<TestBill>('POST', '/test-bills', wrong)).body).toMatchObject({
      ok: false,
      bills: [],
    });
    expect((await test.call('POST', '/test-bills', { ...asked, account: 'none' })).status).toBe(404);
  });

  it('bills a month with a change of the clock, and holds back what is not ready', async () => {
    expect(await test.call('POST', '/bill-runs', { from: '2026-03-02' })).toMatchObject({
      ...{ status: 422, body: { code: 'BILL_CYCLE' } },
    });
    // of a cycle that runs only named accounts have a bill, and of one to come nobody
    for (const more of [{ from: '2026-04-01' }, { from: '2026-05-01', accounts: ['A0'] }])
      expect(await test.call('POST', '/bill-runs', more)).toMatchObject({
        ...{ status: 422, body: { code: 'BILL_CYCLE_TIME' } },
      });
    // days of which nothing is known nor planned are refused wherever billing takes them
    const far = ['9999-12-01', '1969-12-01'].flatMap((from) => [
      ['/bill-runs', { from }] as const,
      ['/test-bills', { account: 'A0', from, to: '9999-12-31' }] as const,
      ['/agreement-tariffs', { agreement: 'G0', tariff: 'tou', validFrom: from }] as const,
      ['/tariff-impacts', { tariff: 'tou', from, to: '2026-04-01' }] as const,
      ['/tariff-impacts', { tariff: 'tou', from: '2026-03-01', to: from }] as const,
      ['/budget-plans', { agreement: 'G0', from }] as const,
    ]);
    for (const [path, body] of far)
      expect([path, await test.call('POST', path, body)]).toMatchObject([
        path,
        { status: 400, body: { code: 'VALIDATION_FAILED', detail: expect.stringContaining('2200-01-01') } },
      ]);
    run = await calculated();
    expect(run).toMatchObject({ state: 'calculated', agreements: 6, done: 6, progress: 1 });
    const bill = await billOf('A1');
    const { all, peak, most } = marchOf(1);
    expect(bill).toMatchObject({ state: 'calculated', usage: String(all / 1_000), estimatedShare: 0 });
    const [d] = bill.determinants;
    expect(d).toMatchObject({ expected: 743, present: 743, source: 'intervals', days: 31 });
    const energy = Object.fromEntries(d!.energy.map((one) => [one.period, one.import]));
    expect(energy).toEqual({
      '': String(all / 1_000),
      peak: String(peak / 1_000),
      night: String((all - peak) / 1_000),
    });
    expect(d!.demand[0]).toMatchObject({ value: String(most / 1_000), windowMinutes: 60 });
    const cents = bill.lines.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0);
    expect(cents).toBe(Math.round(Number(bill.total) * 100));
    expect(bill.lines.map(({ id }) => id)).toEqual(expect.arrayContaining(['base', 'demand', 'vat']));
  });

  it('lets a held bill through, a second person approve, and issues', async () => {
    const held = await bills(`run=${run.id}&state=held`);
    expect(held.map(({ account, holds }) => [account, holds[0]!.code]).sort()).toEqual([
      ['A4', 'NOT_READY'],
      ['A5', 'NOT_READY'],
    ]);
    expect(run.counts.held ?? 0).toBe(held.length);
    expect(run.releasable).toEqual({ NOT_READY: 2 });
    const release = (holds: string[], limit = 1) =>
      test.call<BillReleaseResult>('POST', `/bill-runs/${run.id}/release`, {
        holds,
        limit,
        reason: 'an hour',
      });
    expect(await release(['OUTLIER', 'NO_TARIFF'])).toMatchObject({
      ...{ status: 422, body: { code: 'BILL_HOLD', detail: expect.stringContaining('NO_TARIFF') } },
    });
    expect((await release(['OUTLIER', 'ESTIMATED'], 9)).body).toMatchObject({ released: 0, left: 0 });
    const some = (await release(['NOT_READY'])).body;
    expect(some).toMatchObject({ released: 1, left: 1, run: { counts: { held: 1, calculated: 5 } } });
    const [one, ...others] = held.toSorted((a, b) => a.id - b.id);
    expect((await test.call<BillDetail>('GET', `/bills/${one!.id}`)).body).toMatchObject({
      ...{
        state: 'calculated',
        reason: '',
        released: { reason: 'an hour', byName: expect.stringMatching(/./) },
      },
    });
    for (const { id, total } of others) {
      const released = await test.call('POST', `/bills/${id}/release`, { reason: 'looked at it' });
      expect(released.status).toBe(total === null ? 409 : 200);
    }
    const made = await (await test.as('anna'))<BillRunItem>('POST', '/bill-runs', { from: '2026-03-01' });
    await test.settled();
    // everybody has a bill of this month
    const again = (await test.call<BillRunItem>('GET', `/bill-runs/${made.body.id}`)).body;
    expect(again).toMatchObject({ state: 'calculated', counts: {} });
    const anna = await test.as('anna');
    expect(await anna('POST', `/bill-runs/${again.id}/approve`)).toMatchObject({
      ...{ status: 409, body: { code: 'BILL_RUN_DECIDED' } },
    });
    await issue(run.id);
    const issued = (await test.call<BillRunItem>('GET', `/bill-runs/${run.id}`)).body;
    expect(issued.state).toBe('issued');
    expect(await release(['NOT_READY'])).toMatchObject({ status: 409, body: { code: 'BILL_RUN_STATE' } });
    expect(await test.call('POST', `/bill-runs/${run.id}/cancel`, { reason: 'too late' })).toMatchObject({
      ...{ status: 409, body: { code: 'BILL_RUN_STATE' } },
    });
  });

  it('explains a line down to intervals, page by page, which add up to it', async () => {
    const bill = await billOf('A2');
    const line = bill.lines.find(({ id, period }) => id.startsWith('energy') && period === 'peak')!;
    const explain = async (after = 0) =>
      (
        await test.call<BillLineExplanation>(
          'GET',
          `/bills/${bill.id}/lines/${line.number}/explain?limit=100&after=${after}`,
        )
      ).body;
    const pages = [await explain()];
    while (pages.at(-1)!.next !== null) pages.push(await explain(pages.at(-1)!.next!));
    const readings = pages.flatMap((page) => page.readings);
    const { peak } = marchOf(2);
    expect(readings).toHaveLength(22 * 12);
    expect(Math.round(readings.reduce((sum, { value }) => sum + Number(value) * 1_000, 0))).toBe(peak);
    expect(pages[0]!.sum).toBe(String(peak / 1_000));
    expect(readings.every(({ quality, changedSince }) => quality === 'valid' && !changedSince)).toBe(true);
    // the message that came in the second of their revision is found beside them
    const { revision, meterId } = readings[0]!;
    const frame = { source: 'mqtt' as const, device: 'V102', meter: meterId, accepted: 1, outcome: 'OK' };
    const receivedMs = revision * 1_000 + 500;
    await test.vee.server.running.context.store.writer.commit({
      receivedMs,
      frames: [{ ...frame, receivedMs, payload: Uint8Array.of(1) }],
    });
    const heard = (await explain()).readings.map(({ frames }) => frames);
    expect(heard[0]).toEqual([
      { receivedAt: new Date(receivedMs).toISOString(), source: 'mqtt', device: 'V102' },
    ]);
    const vat = bill.lines.find(({ id }) => id === 'vat')!;
    const of = await test.call<BillLineExplanation>('GET', `/bills/${bill.id}/lines/${vat.number}/explain`);
    expect(of.body.of.map(({ id }) => id)).toEqual(
      bill.lines.filter(({ id }) => id !== 'vat').map(({ id }) => id),
    );
    expect(of.body.readings).toEqual([]);
    expect(await test.call('GET', `/bills/${bill.id}/lines/99/explain`)).toMatchObject({
      ...{ status: 409, body: { code: 'BILL_EXPLAIN' } },
    });
  });

  it('bills again after a late reading, says exactly what changed, and keeps both', async () => {
    const before = await billOf('A3');
    test.vee.clock.advanceMs(10_000);
    const late = zone.dayStart(march + 4) + 11 * 3_600;
    const reading = { first: late, values: [(use(3, march + 4, 10) + 300) / 1_000] };
    const series = [{ quantity: 'import', unit: 'kWh', interval: 3_600, ...reading }];
    expect((await test.call('POST', '/readings', { meter: 'V103', series })).status).toBe(200);
    await test.vee.settled();
    test.vee.clock.advanceMs(10_000);
    const cameS = await judgedAgain(3, late);
    test.vee.clock.advanceMs(10_000);
    const asked = await test.call<BillRunItem>('POST', `/bills/${before.id}/rebill`, {
      reason: 'corrected reading',
    });
    expect(asked.status).toBe(201);
    await test.settled();
    const [made] = await bills(`run=${asked.body.id}`);
    if (made!.state === 'held')
      await test.call('POST', `/bills/${made!.id}/release`, { reason: 'that is why' });
    await issue(asked.body.id);
    const after = await billOf('A3', `&state=issued&run=${asked.body.id}`);
    const all = await bills('account=A3');
    expect(all.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      ...['bill replaced', 'rebill issued', 'reversal issued'],
    ]);
    const rebill = (await test.call<BillDetail>('GET', `/bills/${made!.id}`)).body;
    // why it was made anew, and beside it why it was let through
    expect(rebill.reason).toBe('corrected reading');
    expect(rebill.released?.reason).toBe(made!.state === 'held' ? 'that is why' : undefined);
    const reversal = all.find(({ kind }) => kind === 'reversal')!;
    expect((await test.call<BillDetail>('GET', `/bills/${reversal.id}`)).body.reason).toBe(rebill.reason);
    const delta = rebill.replaced!;
    expect(delta).toMatchObject({ before: before.total, after: rebill.total });
    const cents = (text: string) => Math.round(Number(text) * 100);
    expect(cents(delta.difference)).toBe(cents(rebill.total!) - cents(before.total!));
    expect(delta.lines.reduce((sum, { difference }) => sum + cents(difference), 0)).toBe(
      cents(delta.difference),
    );
    expect(Object.values(delta.causes).reduce((sum, one) => sum + cents(one), 0)).toBe(
      cents(delta.difference),
    );
    expect(delta.data.map(({ what }) => what)).toEqual(expect.arrayContaining(['energy']));
    // the old bill still says what it said, and that readings changed since
    const old = (await test.call<BillDetail>('GET', `/bills/${before.id}`)).body;
    expect([old.total, old.lines]).toEqual([before.total, before.lines]);
    const changed = async (id: string, period?: string) => {
      const line = old.lines.find((one) => one.id.startsWith(id) && one.period === period)!;
      const path = `/bills/${old.id}/lines/${line.number}/explain?limit=3000`;
      const { readings } = (await test.call<BillLineExplanation>('GET', path)).body;
      return [readings.length, readings.filter(({ changedSince }) => changedSince).length];
    };
    expect(await changed('energy', 'peak')).toEqual([264, 1]);
    expect((await changed('demand'))[0]).toBe(1);
    // the message of an early reading is found behind a thousand of later ones
    const peak = rebill.lines.find((one) => one.id.startsWith('energy') && one.period === 'peak')!;
    const path = `/bills/${rebill.id}/lines/${peak.number}/explain?limit=3000`;
    const explained = async () => (await test.call<BillLineExplanation>('GET', path)).body.readings;
    const readings = await explained();
    // the late one leads to the message it came in, behind its newer revision; the others to none
    const one = readings.find(({ end }) => end === formatInstant(late))!;
    expect(one.revision).toBeGreaterThan(cameS);
    expect(one).toMatchObject({ quality: 'verified', came: { revision: cameS, value: one.value } });
    expect(one.frames.map(({ source, device }) => [source, device])).toEqual([['http', 'V103']]);
    const others = readings.filter((other) => other !== one);
    expect(others.every(({ came, frames }) => came === null && frames.length === 0)).toBe(true);
    const revisions = readings.map(({ revision }) => revision);
    const [first, last] = [Math.min(...revisions), Math.max(...revisions)];
    expect(last).toBeGreaterThan(first);
    const message = { source: 'mqtt' as const, device: 'late', meter: readings[0]!.meterId, accepted: 1 };
    const at = (receivedMs: number) => ({ ...message, receivedMs, outcome: 'OK', payload: Uint8Array.of(2) });
    const frames = [
      at(first * 1_000 + 1),
      ...Array.from({ length: 1_200 }, (_, i) => at(last * 1_000 + (i % 900))),
    ];
    await test.vee.server.running.context.store.writer.commit({ receivedMs: last * 1_000, frames });
    const early = (await explained()).find(({ revision }) => revision === first)!;
    expect(early.frames.map(({ device }) => device)).toContain('late');
    expect(after.id).toBeGreaterThan(before.id);
  });

  it('streams bills and determinants as files', async () => {
    const text = async (format: string) =>
      (await test.vee.server.fetch(`/api/v1/bills?format=${format}`)).text();
    const csv = (await text('csv')).trimEnd().split('\r\n');
    const lines = (
      await Promise.all((await bills()).map(({ id }) => test.call<BillDetail>('GET', `/bills/${id}`)))
    ).map(({ body }) => Math.max(1, body.lines.length));
    expect(csv).toHaveLength(1 + lines.reduce((a, b) => a + b, 0));
    expect(csv[0]!.split(',')).toHaveLength(csv[1]!.split(',').length);
    const json = (await text('jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as BillItem);
    expect(json.map(({ id }) => id).sort()).toEqual((await bills()).map(({ id }) => id).sort());
    expect((await text('determinants.csv')).split('\r\n')[1]).toContain('tou@2026-01-01,import');
  });

  it('adds versions that follow one another, by the tag of what was read', async () => {
    const version = { ...tou.versions[0], effectiveFrom: '2026-07-01' };
    const add = (body: unknown, tag?: string) =>
      test.call('POST', '/tariffs/tou/versions', body, tag === undefined ? {} : { 'if-match': tag });
    expect(await add({ version }, '"v9"')).toMatchObject({ status: 412 });
    expect((await add({ version, note: 'new prices' }, '"v1"')).status).toBe(201);
    expect(await add({ version: { ...version, effectiveFrom: '2026-05-01' } })).toMatchObject({
      ...{ status: 422, body: { code: 'TARIFF_INVALID' } },
    });
    expect(
      await add({ version: { ...version, effectiveFrom: '2027-01-01', currency: 'USD' } }),
    ).toMatchObject({
      ...{ status: 422, body: { code: 'TARIFF_HEAD' } },
    });
    const { body } = await test.call<TariffDetail>('GET', '/tariffs/tou');
    expect(body.versionList.map(({ effectiveFrom, effectiveTo }) => [effectiveFrom, effectiveTo])).toEqual([
      ['2026-01-01', '2026-07-01'],
      ['2026-07-01', null],
    ]);
    expect(body).toMatchObject({ agreements: 6, versions: 2, version: 2 });
    const records = await test.vee.server.running.context.registry.audit.list(systemAccess, {
      objectKind: 'tariff',
    });
    expect(records.map(({ action }) => action)).toEqual(['add_version', 'create']);
  });

  it('takes back what has not begun, and what was before it goes on', async () => {
    const assign = (validFrom: string) =>
      test.call<{ id: number }>('POST', '/agreement-tariffs', { agreement: 'G0', tariff: 'tou', validFrom });
    const takeBack = (id: number) => test.call<{ code: string }>('DELETE', `/agreement-tariffs/${id}`);
    const had = async () =>
      (
        await test.call<Page<{ id: number; validFrom: string; validUntil: string | null }>>(
          ...(['GET', '/agreement-tariffs?agreement=G0'] as const),
        )
      ).body.items;
    expect((await assign('9999-12-31')).status).toBe(400);
    const before = await had();
    const made = await assign('2062-01-01');
    expect((await had())[1]!.validUntil).toBe('2062-01-01');
    expect((await takeBack(before[0]!.id)).body.code).toBe('TAKE_BACK');
    expect((await takeBack(made.body.id)).status).toBe(204);
    expect((await takeBack(made.body.id)).status).toBe(404);
    expect(await had()).toEqual(before);
    const right = await assign('2026-12-01');
    expect(right.status).toBe(201);
    expect((await takeBack(right.body.id)).status).toBe(204);
    const version = (effectiveFrom: string) =>
      test.call<{ number: number }>('POST', '/tariffs/tou/versions', {
        version: { ...tou.versions[0], effectiveFrom },
      });
    const remove = (number: number) =>
      test.call<{ code: string }>('DELETE', `/tariffs/tou/versions/${number}`);
    expect((await version('9999-12-31')).status).toBe(400);
    const { body: tariff } = await test.call<TariffDetail>('GET', '/tariffs/tou');
    const { number } = (await version('2062-01-01')).body;
    const next = (await version('2063-01-01')).body.number;
    expect((await remove(number)).body.code).toBe('TAKE_BACK');
    expect((await remove(next)).status).toBe(204);
    expect((await remove(number)).status).toBe(204);
    expect((await remove(tariff.versionList[0]!.number)).body.code).toBe('TAKE_BACK');
    const { body: after } = await test.call<TariffDetail>('GET', '/tariffs/tou');
    expect(after.versionList).toEqual(tariff.versionList);
    // its number is not given to another
    const other = (await version('2028-01-01')).body.number;
    expect(other).toBe(next + 1);
    expect((await remove(other)).status).toBe(204);
  });

  it('knows local days', () => {
    expect([formatDay(march), zone.zone]).toEqual(['2026-03-01', 'Europe/Berlin']);
  });
});
