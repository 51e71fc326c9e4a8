/** Where meters stand, as it is kept, and lists of meters as jobs whose rows are sealed. */
import { type CommissioningRecord, systemAccess } from '@openami/model';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommissioningChange, RegistryStore } from '../../src/postgres/index.ts';
import { commissioningSql } from '../../src/postgres/migrations/commissioning.ts';
import { present, type TestEngine, testClock } from './engines.ts';

const ctx = systemAccess;
const keys = { ...systemAccess, purpose: 'keys' } as const;
const nowS = Math.floor(testClock.nowMs() / 1_000);

function record(
  state: CommissioningRecord['state'],
  more: Partial<CommissioningRecord> = {},
): CommissioningRecord {
  return {
    ...{ state, sinceS: nowS, waitS: nowS, marks: { delivered: nowS }, fault: '', decision: null },
    ...{ isRemoved: false, ...more },
  };
}

describe.each(present)('commissioning on $name', ({ start }) => {
  let engine: TestEngine;
  let registry: RegistryStore;
  const meter = async (serial: string, state: 'in_stock' | 'active' | 'retired' = 'in_stock') =>
    (await registry.meters.create(ctx, { serial, commodity: 'water', state })).id;
  const change = (
    meterId: number,
    version: number,
    of: CommissioningRecord,
    late = false,
  ): CommissioningChange => ({
    ...{ meterId, version, record: of },
    findings: late ? [{ code: 'COMMISSION_NEVER_HEARD', detail: 'waits', isLate: true }] : [],
  });
  beforeAll(async () => {
    engine = await start();
    registry = await engine.open();
  });
  afterAll(() => engine.stop());

  it('takes meters that were in use before for commissioned, and others for not looked at', async () => {
    const store = await engine.open();
    await sql`DROP TABLE commissioning`.execute(store.db);
    for (const [serial, state] of [
      ['A', 'active'],
      ['B', 'retired'],
      ['C', 'in_stock'],
    ] as const)
      await store.meters.create(ctx, { serial, commodity: 'gas', state });
    await sql.raw(commissioningSql).execute(store.db);
    const { items } = await store.commissioning.list(ctx);
    expect(items).toMatchObject([
      { serial: 'A', state: 'commissioned', record: { decision: { reason: 'in use before' } } },
      { serial: 'B', state: 'decommissioned', record: { isRemoved: true, decision: null } },
    ]);
    expect(await store.commissioning.open(ctx, 0, 10)).toMatchObject([
      { serial: 'C', record: null, version: 0 },
    ]);
  });

  it('keeps what it was made of, and no change made of an older one', async () => {
    const { commissioning } = registry;
    const [a, b] = [await meter('W1'), await meter('W2')];
    expect(
      await commissioning.save(ctx, [change(a, 0, record('delivered')), change(b, 0, record('keyed'), true)]),
    ).toBe(2);
    expect(await commissioning.save(ctx, [change(a, 1, record('keyed'))])).toBe(1);
    // made of what another has changed since, and of nothing though there is something
    expect(
      await commissioning.save(ctx, [change(a, 1, record('failed')), change(b, 0, record('failed'))]),
    ).toBe(0);
    expect(await commissioning.save(ctx, [change(9_999, 0, record('keyed'))])).toBe(0);
    expect(
      (await commissioning.ofMeters(ctx, [a, b])).map(({ version, record }) => [version, record?.state]),
    ).toEqual([
      [2, 'keyed'],
      [1, 'keyed'],
    ]);
    expect(await commissioning.counts(ctx)).toEqual([{ state: 'keyed', count: 2, late: 1 }]);
    const late = await commissioning.list(ctx, { late: true });
    expect(late).toMatchObject({ total: 1, items: [{ serial: 'W2', findings: [{ isLate: true }] }] });
    expect(await commissioning.list(ctx, { finding: 'COMMISSION_NEVER_HEARD' })).toMatchObject({ total: 1 });
    const first = await commissioning.list(ctx, { state: 'keyed', limit: 1 });
    expect(await commissioning.list(ctx, { limit: 1, cursor: first.next! })).toMatchObject({
      items: [{ serial: 'W2' }],
    });
  });

  it('takes a decision for all or none, with one record in the audit trail', async () => {
    const { commissioning } = registry;
    const [a, b] = [await meter('D1'), await meter('D2')];
    await commissioning.save(ctx, [change(a, 0, record('keyed')), change(b, 0, record('keyed'))]);
    const decided = (versions: readonly number[]) =>
      commissioning.decide(
        ctx,
        [a, b].map((id, i) => change(id, versions[i]!, record('failed'))),
        { kind: 'give-up', reason: 'cellar under water' },
      );
    await expect(decided([1, 7])).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect((await commissioning.ofMeters(ctx, [a]))[0]!.record!.state).toBe('keyed');
    await decided([1, 1]);
    expect((await commissioning.ofMeters(ctx, [a]))[0]!.record!.state).toBe('failed');
    const [noted] = await registry.audit.list(ctx, { objectKind: 'commissioning' });
    expect(noted).toMatchObject({
      action: 'give-up',
      data: { reason: 'cellar under water', meters: [a, b] },
    });
  });

  it('looks at what is on its way, and at an end that the registered state has overtaken', async () => {
    const { commissioning, meters } = registry;
    const [done, gone] = [await meter('O1', 'active'), await meter('O2', 'retired')];
    await commissioning.save(ctx, [
      change(done, 0, record('commissioned')),
      change(gone, 0, record('decommissioned', { isRemoved: true })),
    ]);
    const open = async () => (await commissioning.open(ctx, 0, 100)).map(({ meterId }) => meterId);
    expect(await open()).not.toEqual(expect.arrayContaining([done]));
    expect(await open()).not.toEqual(expect.arrayContaining([gone]));
    await meters.update(ctx, done, { state: 'retired' });
    await meters.update(ctx, gone, { state: 'in_stock' });
    expect(await open()).toEqual(expect.arrayContaining([done, gone]));
  });

  it('gives rows out for keys alone, destroys those that are done, and counts what is settled twice once', async () => {
    const { bulkJobs, dataKeys } = registry;
    await dataKeys.add(keys, { id: 'dk', wrapped: Uint8Array.of(1), kekId: 'k' }, undefined);
    const { id } = await bulkJobs.create(ctx, { name: 'list.csv', options: { commodity: 'water' } });
    const sealed = { wrapped: Uint8Array.of(1, 2), wrappingKey: 'dk' };
    await bulkJobs.addRows(ctx, id, [
      { line: 2, sealed, code: '', detail: '' },
      { line: 3, sealed, code: '', detail: '' },
      { line: 4, sealed: null, code: 'ROW', detail: 'no name' },
    ]);
    expect(await bulkJobs.claim(ctx)).toBeUndefined();
    expect(await bulkJobs.transition(ctx, id, ['loading'], 'queued')).toMatchObject({
      total: 3,
      done: 0,
      failed: 1,
    });
    expect(await bulkJobs.claim(ctx)).toMatchObject({ id, state: 'running' });
    await expect((async () => bulkJobs.waiting(ctx, id, 10))()).rejects.toMatchObject({
      code: 'KEY_PURPOSE',
    });
    const rows = await bulkJobs.waiting(keys, id, 10);
    expect(rows.map(({ line, wrapped }) => [line, [...wrapped]])).toEqual([
      [2, [1, 2]],
      [3, [1, 2]],
    ]);
    const outcomes = [
      { line: 2, name: 'W1', code: '', detail: '' },
      { line: 3, name: 'W2', code: 'RADIO_KEY_WRONG', detail: 'of 3 telegrams' },
    ];
    await bulkJobs.settle(ctx, id, outcomes);
    expect(await bulkJobs.settle(ctx, id, outcomes)).toMatchObject({ total: 3, done: 1, failed: 2 });
    expect(await bulkJobs.failedRows(ctx, id, 0, 10)).toEqual([
      outcomes[1],
      { line: 4, name: '', code: 'ROW', detail: 'no name' },
    ]);
    const kept = async () =>
      (
        await sql<{ n: number }>`SELECT count(*) AS n FROM bulk_row WHERE wrapped IS NOT NULL`.execute(
          registry.db,
        )
      ).rows[0]!.n;
    expect(await kept()).toBe(1);
    await bulkJobs.transition(ctx, id, ['running'], 'done');
    expect(await bulkJobs.transition(ctx, id, ['done'], 'queued')).toMatchObject({ done: 1, failed: 1 });
    await bulkJobs.transition(ctx, id, ['queued'], 'cancelled');
    await expect(bulkJobs.transition(ctx, id, ['running'], 'done')).rejects.toMatchObject({
      code: 'IMPORT_STATE',
    });
    expect(await bulkJobs.forget(ctx, new Date(nowS * 1_000))).toBe(0);
    expect(await bulkJobs.forget(ctx, new Date(nowS * 1_000 + 1))).toBe(1);
    expect(await kept()).toBe(0);
    expect(await bulkJobs.list(ctx)).toMatchObject({
      total: 1,
      items: [{ name: 'list.csv', state: 'cancelled' }],
    });
  });

  it('tells what a process that died left: begun again, or failed where its rows never came', async () => {
    const { bulkJobs } = await engine.open();
    const [a, b] = [
      await bulkJobs.create(ctx, { name: 'a', options: {} }),
      await bulkJobs.create(ctx, { name: 'b', options: {} }),
    ];
    await bulkJobs.transition(ctx, a.id, ['loading'], 'queued');
    await bulkJobs.claim(ctx);
    await bulkJobs.addRows(ctx, b.id, [{ line: 1, sealed: null, code: 'X', detail: '' }]);
    await bulkJobs.requeue(ctx, { code: 'X', detail: 'd', hint: 'h' });
    expect(await bulkJobs.get(ctx, a.id)).toMatchObject({ state: 'queued' });
    expect(await bulkJobs.get(ctx, b.id)).toMatchObject({ state: 'failed', error: { code: 'X' } });
    expect(await bulkJobs.failedRows(ctx, b.id, 0, 10)).toEqual([]);
  });
});
