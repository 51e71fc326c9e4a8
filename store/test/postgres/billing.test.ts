import { type AccessContext, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BillInput, BillRun, BillRunInput, RegistryStore } from '../../src/postgres/index.ts';
import { present, type TestEngine } from './engines.ts';

const person = (id: string): AccessContext => ({
  actor: { kind: 'user', id, name: id },
  purpose: 'operate',
  scope: 'all',
});
const [anna, ben] = [person('anna'), person('ben')];

describe.each(present)('billing in the registry, $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  const points: number[] = [];
  const agreements: number[] = [];
  const accounts: number[] = [];
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
    for (let i = 0; i < 3; i++) {
      const customer = await store.customers.create(anna, { code: `C${i}`, name: `Customer ${i}` });
      const account = await store.accounts.create(anna, { number: `A${i}`, customerId: customer.id });
      const point = await store.usagePoints.create(anna, {
        ...{ code: `P${i}`, commodity: 'electricity' as const, zone: 'Europe/Berlin' },
      });
      const agreement = await store.agreements.create(anna, {
        ...{ code: `G${i}`, accountId: account.id, usagePointId: point.id },
        validFrom: new Date('2025-12-31T23:00:00Z'),
      });
      points.push(point.id);
      agreements.push(agreement.id);
      accounts.push(account.id);
    }
  }, 60_000);
  afterAll(() => engine?.stop());

  const head = { commodity: 'electricity', unit: 'kWh', currency: 'EUR', zone: null, name: 'Day' } as const;
  const version = (effectiveFrom: string | null, effectiveTo: string | null, price = '0.1') => ({
    ...{ label: 'v', effectiveFrom, effectiveTo, note: '', document: { charges: [{ price }] } },
  });
  let runs = 0;
  const runInput = (more: Partial<BillRunInput> = {}): BillRunInput => ({
    ...{ key: `k${runs++}`, kind: 'cycle', cycle: '', fromDay: '2026-01-01', toDay: '2026-02-01' },
    ...{ settings: {}, accounts: null, replaces: null, reason: '', requestedPerson: 'anna', ...more },
  });
  const bill = (i: number, more: Partial<BillInput> = {}): BillInput => ({
    ...{ kind: 'bill', state: 'calculated', accountId: accounts[i]!, agreementId: agreements[i]! },
    ...{ usagePointId: points[i]!, tariff: 'day', fromS: 1_767_222_000, toS: 1_769_900_400 },
    ...{ cycleFrom: '2026-01-01', cycleTo: '2026-02-01', total: '12.340', currency: 'EUR', before: null },
    ...{ usage: '0.000001', unit: 'kWh', estimatedShare: 0.5, holds: [], content: '{"lines":[1]}' },
    ...{ carry: '{"credit":"5"}', replaces: null, reason: '', ...more },
  });
  const paged = (bills: readonly BillInput[]) => ({ bills, heads: '[["é"]]', position: 9, done: 3 });
  const begun = async (more: Partial<BillRunInput> = {}): Promise<BillRun> => {
    const { run } = await store.billRuns.create(anna, runInput(more));
    return store.billRuns.transition(systemAccess, run.id, ['draft'], 'calculating', { revision: 77 });
  };

  it('keeps versions of a tariff, none over another, and ends the one before', async () => {
    await store.tariffs.create(anna, { code: 'day', ...head }, [
      version(null, '2026-01-01'),
      version('2026-01-01', null),
    ]);
    await expect(
      store.tariffs.create(anna, { code: 'two', ...head }, [
        version(null, null),
        version('2026-01-01', null),
      ]),
    ).rejects.toMatchObject({ code: 'TARIFF_OVERLAP' });
    await expect(store.tariffs.get(anna, 'two')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.tariffs.addVersion(anna, 'day', version('2026-06-01', null), 9)).rejects.toMatchObject(
      {
        code: 'VERSION_CONFLICT',
      },
    );
    await store.tariffs.addVersion(anna, 'day', version('2026-06-01', null, '0.2'), 1);
    const listed = await store.tariffs.list(anna, '2026-07-01');
    expect(listed.map(({ code, versions }) => [code, versions])).toEqual([['day', 3]]);
    expect(await store.tariffs.list(anna, '2026-07-01', 'day')).toEqual(listed);
    expect(await store.tariffs.list(anna, '2026-07-01', 'two')).toEqual([]);
    await expect(
      store.tariffs.addVersion(anna, 'day', version('2026-03-01', '2026-04-01')),
    ).rejects.toMatchObject({ code: 'TARIFF_OVERLAP' });
    const { tariff, versions } = await store.tariffs.get(anna, 'day');
    expect(tariff.version).toBe(2);
    expect(
      versions.map(({ number, effectiveFrom, effectiveTo }) => [number, effectiveFrom, effectiveTo]),
    ).toEqual([
      [1, null, '2026-01-01'],
      [2, '2026-01-01', '2026-06-01'],
      [3, '2026-06-01', null],
    ]);
    expect(versions[2]!.document).toEqual({ charges: [{ price: '0.2' }] });
    await expect(store.db.updateTable('tariff_version').set({ document: '{}' }).execute()).rejects.toThrow(
      /never edited/,
    );
  });

  it('gives an agreement one tariff at a time', async () => {
    await store.tariffs.create(anna, { code: 'water', ...head, commodity: 'water' }, [version(null, null)]);
    const assign = (agreement: string, tariff: string, validFrom: string) =>
      store.agreementTariffs.assign(anna, { agreement, tariff, validFrom, persons: 3 });
    await assign('G0', 'day', '2026-01-01');
    await expect(assign('G0', 'water', '2026-02-01')).rejects.toMatchObject({ code: 'BAD_VALUE' });
    await expect(assign('none', 'day', '2026-02-01')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await assign('G0', 'day', '2026-02-01');
    await expect(assign('G0', 'day', '2026-01-15')).rejects.toMatchObject({ code: 'TARIFF_OVERLAP' });
    const many = ['G0', 'G1', 'G2'].map((agreement) => ({
      agreement,
      tariff: 'day',
      validFrom: '2026-01-01',
    }));
    expect(await store.agreementTariffs.assignMissing(anna, many)).toBe(2);
    const { items } = await store.agreementTariffs.list(anna, { agreement: 'G0' });
    expect(items.map(({ validFrom, validUntil, persons }) => [validFrom, validUntil, persons])).toEqual([
      ['2026-02-01', null, 3],
      ['2026-01-01', '2026-02-01', 3],
    ]);
    const mine = { ...anna, scope: { usagePoints: new Set([points[1]!]) } };
    expect((await store.agreementTariffs.list(mine)).items.map(({ agreement }) => agreement)).toEqual(['G1']);
  });

  it('tells what bills need, by local dates and cycles, in pages', async () => {
    const meter = await store.meters.create(anna, { serial: 'M0', commodity: 'electricity' });
    await store.channels.create(anna, {
      ...{ meterId: meter.id, alias: 'import', unit: 'kWh', intervalS: 900, resolution: 1_000 },
    });
    const at = new Date('2026-01-10T10:00:00Z');
    await store.installations.install(anna, { meterId: meter.id, usagePointId: points[0]!, at });
    await store.billCycles.put(anna, { name: 'tenth', dayOfMonth: 10 });
    await store.billCycles.assign(anna, 'tenth', ['A2']);
    await expect(store.billCycles.assign(anna, 'tenth', ['none'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await store.billCycles.list(anna)).toEqual([{ name: 'tenth', dayOfMonth: 10, accounts: 1 }]);
    const january = { from: '2026-01-01', to: '2026-02-01' };
    const calendar = await store.billingFacts.ids(anna, { ...january, cycle: '' });
    expect(calendar).toEqual(agreements.slice(0, 2));
    expect(await store.billingFacts.ids(anna, january)).toEqual(agreements);
    expect(await store.billingFacts.ids(anna, january, agreements[0])).toEqual(agreements.slice(1));
    // the agreement begins with the local new year, an hour before that of UTC
    expect(await store.billingFacts.ids(anna, { from: '2025-12-01', to: '2026-01-01' })).toEqual([]);
    const [first, second, ...others] = await store.billingFacts.of(anna, calendar);
    expect([first]).toMatchObject([
      {
        ...{ code: 'G0', account: 'A0', usagePoint: 'P0', zone: 'Europe/Berlin', untilS: null },
        fromS: Date.parse('2025-12-31T23:00:00Z') / 1_000,
        tariffs: [
          { tariff: 'day', validFrom: '2026-01-01', validUntil: '2026-02-01' },
          { tariff: 'day', validFrom: '2026-02-01', validUntil: null, persons: 3 },
        ],
        channels: [
          { serial: 'M0', intervalS: 900, fromS: at.getTime() / 1_000, untilS: null, virtual: false },
        ],
      },
    ]);
    expect([second!.code, second!.channels, others]).toEqual(['G1', [], []]);
    const mine = { ...anna, scope: { usagePoints: new Set([points[1]!]) } };
    expect((await store.billingFacts.of(mine, agreements)).map(({ code }) => code)).toEqual(['G1']);
    await expect(store.billingFacts.of(anna, Array(1_001).fill(1))).rejects.toMatchObject({
      code: 'BAD_VALUE',
    });
  });

  it('stores bills once, lets a second person approve, and never changes what is issued', async () => {
    const same = runInput();
    const { run, created } = await store.billRuns.create(anna, same);
    expect([created, (await store.billRuns.create(anna, same)).run.id]).toEqual([true, run.id]);
    const put = (bills: readonly BillInput[]) => store.bills.put(systemAccess, going, paged(bills));
    let going = run;
    await expect(put([bill(0)])).rejects.toMatchObject({ code: 'BILL_RUN_STATE' });
    going = await store.billRuns.transition(systemAccess, run.id, ['draft'], 'calculating', { revision: 77 });
    const holds = [{ code: 'OUTLIER', message: 'far more' }];
    const bills = [
      bill(0),
      bill(1, { state: 'held', holds }),
      bill(2, { state: 'held', holds, total: null, content: null }),
    ];
    expect([await put(bills), await put(bills)]).toEqual([3, 0]);
    expect((await store.billRuns.next(systemAccess))?.id).toBe(run.id);
    await expect(store.billRuns.approve(ben, run.id)).rejects.toMatchObject({ code: 'BILL_RUN_DECIDED' });
    await store.billRuns.transition(systemAccess, run.id, ['calculating'], 'calculated');
    expect(await store.billRuns.figures(anna, run.id)).toEqual({
      ...{ counts: { held: 2, calculated: 1 }, holds: { OUTLIER: 2 }, totals: { EUR: '12.340' } },
      // the other has no total
      releasable: { OUTLIER: 1 },
      entries: {},
    });
    const listed = await store.bills.list(anna, { run: run.id, hold: 'OUTLIER', limit: 1 });
    expect([listed.total, listed.items[0]!.agreement]).toEqual([2, 'G2']);
    await expect(store.bills.release(ben, listed.items[0]!.id, 'fine')).rejects.toMatchObject({
      code: 'BILL_STATE',
    });
    const [one, two] = await store.bills.scan(anna, { run: run.id }, 0, 10);
    expect(one).toMatchObject({
      usage: '0.000001',
      content: { lines: [1] },
      revision: 77,
      fromS: 1_767_222_000,
    });
    const none = { holds: ['ESTIMATED'], limit: 9 };
    expect(await store.billRuns.release(ben, run.id, none, 'fine')).toEqual({ released: 0, left: 0 });
    expect(await store.bills.release(ben, two!.id, 'moved in')).toMatchObject({
      ...{ state: 'calculated', reason: '', releaseReason: 'moved in', releasedBy: 'ben' },
    });
    await expect(store.billRuns.approve(anna, run.id)).rejects.toMatchObject({ code: 'BILL_RUN_DECIDED' });
    await expect(store.billRuns.approve(systemAccess, run.id)).rejects.toMatchObject({
      code: 'BILL_RUN_DECIDED',
    });
    await store.billRuns.approve(ben, run.id);
    expect([
      await store.bills.issue(systemAccess, run.id, 1),
      await store.bills.issue(systemAccess, run.id, 10),
    ]).toEqual([1, 1]);
    const issued = store.db.updateTable('bill').set({ total: '1' }).where('id', '=', one!.id);
    await expect(issued.execute()).rejects.toThrow(/never changes/);
    await expect(store.db.deleteFrom('bill').execute()).rejects.toThrow(/never changes/);
    expect(await store.bills.before(anna, agreements, '2026-02-01')).toMatchObject([
      { agreementId: agreements[0], total: '12.340', toS: 1_769_900_400, carry: { credit: '5' } },
      { agreementId: agreements[1] },
    ]);
    // of a cycle that lies over the next one, too
    expect(await store.bills.before(anna, agreements, '2026-01-31')).toHaveLength(2);
    expect(await store.bills.before(anna, agreements, '2026-01-01')).toEqual([]);
    // another run bills nobody a second time, but who was still held when the run was approved
    const again = await begun();
    expect(await store.bills.put(systemAccess, again, paged(bills))).toBe(1);
    await store.billRuns.cancel(anna, again.id, 'not needed');
    const mine = { ...anna, scope: { usagePoints: new Set([points[2]!]) } };
    await expect(store.bills.get(mine, one!.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('follows changes of readings again from the revision of bills that are stored later', async () => {
    const { changedBills } = store;
    const reachS = 1_769_900_400;
    expect(await changedBills.watch(systemAccess)).toEqual({ position: 77, reachS });
    expect(await changedBills.followed(systemAccess, 77, 500)).toBe(true);
    const run = await begun();
    await store.bills.put(systemAccess, run, paged([bill(0)]));
    expect(await changedBills.watch(systemAccess)).toEqual({ position: 77, reachS });
    // what was looked at meanwhile is looked at again
    expect(await changedBills.followed(systemAccess, 500, 600)).toBe(false);
    await store.billRuns.cancel(ben, run.id, 'of a test');
  });

  it('replaces a bill by a new one with a reversal between them, and takes one back', async () => {
    const [one, two] = await store.bills.scan(anna, {}, 0, 2);
    const run = await begun({ kind: 'rebill', replaces: one!.id, reason: 'late reading' });
    const rebill = bill(0, { kind: 'rebill', replaces: one!.id, total: '11.5', reason: 'late reading' });
    expect(await store.bills.put(systemAccess, run, paged([rebill, rebill]))).toBe(1);
    await store.billRuns.transition(systemAccess, run.id, ['calculating'], 'calculated');
    await store.billRuns.approve(ben, run.id);
    await store.bills.issue(systemAccess, run.id, 100);
    const rows = await store.bills.scan(anna, { account: 'A0' }, 0, 100);
    expect(
      rows.map(({ kind, state, total, replaces, reason }) => [kind, state, total, replaces, reason]),
    ).toEqual([
      ['bill', 'replaced', '12.340', null, ''],
      ['rebill', 'issued', '11.5', one!.id, 'late reading'],
      ['reversal', 'issued', '-12.340', one!.id, 'late reading'],
    ]);
    expect(rows[0]!.replacedBy).toBe(rows[1]!.id);
    expect(rows[0]!.content).toEqual({ lines: [1] });
    await store.bills.cancel(ben, two!.id, 'wrong account');
    await expect(store.bills.cancel(ben, two!.id, 'again')).rejects.toMatchObject({ code: 'BILL_STATE' });
    const back = await store.bills.scan(anna, { account: 'A1' }, 0, 100);
    expect(back.map(({ state, total }) => [state, total])).toEqual([
      ['cancelled', '12.340'],
      ['issued', '-12.340'],
    ]);
    // what would have taken the place of a bill that is taken back is not owed
    const [first, reason] = [rows[1]!.id, 'later still'];
    const rebilled = async () => {
      const rerun = await begun({ kind: 'rebill', replaces: first, reason });
      const late = bill(0, { kind: 'rebill', replaces: first, total: '9', reason });
      expect(await store.bills.put(systemAccess, rerun, paged([late]))).toBe(1);
      await store.billRuns.transition(systemAccess, rerun.id, ['calculating'], 'calculated');
      await store.billRuns.approve(ben, rerun.id);
      return rerun.id;
    };
    const before = await rebilled();
    await store.bills.cancel(ben, first, 'moved out');
    expect(await store.bills.issue(systemAccess, before, 100)).toBe(0);
    // one that was being made meanwhile
    const meanwhile = await rebilled();
    expect(await store.bills.issue(systemAccess, meanwhile, 100)).toBe(1);
    expect(await store.bills.issue(systemAccess, meanwhile, 100)).toBe(0);
    const owed = await store.bills.scan(anna, { account: 'A0' }, rows.at(-1)!.id, 100);
    expect(owed.map(({ kind, state, total }) => [kind, state, total])).toEqual([
      ['rebill', 'dropped', '9'],
      ['reversal', 'issued', '-11.5'],
      ['rebill', 'dropped', '9'],
    ]);
    // what was taken back may be billed again
    const again = await begun();
    expect(await store.bills.put(systemAccess, again, paged([bill(1)]))).toBe(1);
    const cancelled = await store.billRuns.cancel(anna, again.id, 'only a trial');
    expect(cancelled.state).toBe('cancelled');
    expect((await store.bills.list(anna, { run: again.id })).items[0]!.state).toBe('dropped');
  });
});
