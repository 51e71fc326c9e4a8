import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AccessContext,
  type KeyKind,
  type KeyMove,
  maxInvocationCounter,
  type NewKey,
  systemAccess,
} from '@openami/model';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistryStore, type RegistryStore } from '../../src/postgres/index.ts';
import { present, quiet, type TestEngine, testClock } from './engines.ts';

const ctx = systemAccess;
const forKeys: AccessContext = { ...ctx, purpose: 'keys' };
const scoped: AccessContext = { ...forKeys, scope: { usagePoints: new Set([1]) } };
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const material = Uint8Array.from({ length: 45 }, (_, index) => (index * 37 + 201) % 256);
const materialHex = Buffer.from(material).toString('hex');

describe.each(present)('meter keys on $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  let serial = 0;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
    const first = { id: 'dk1', wrapped: material, kekId: 'kek-a' };
    expect(await store.dataKeys.add(forKeys, first, undefined)).toBe(true);
  });
  afterAll(() => engine.stop());

  const meter = async () =>
    (await store.meters.create(ctx, { serial: `K${serial++}`, commodity: 'electricity' })).id;
  const key = (meterId: number, over: Partial<NewKey> = {}): NewKey => ({
    meterId,
    kind: 'guek',
    version: 1,
    state: 'active',
    suite: 0,
    wrapped: material,
    wrappingKey: 'dk1',
    origin: 'imported',
    ...over,
  });
  const states = async (meterId: number) => {
    const all = await store.meterKeys.list(ctx, {
      meterIds: [meterId],
      states: ['staged', 'active', 'previous', 'retired'],
    });
    return all.map(({ kind, version, state }) => `${kind} ${version} ${state}`);
  };

  it('lists keys without material and unwraps them for the purpose `keys` only, audited', async () => {
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id), key(id, { kind: 'gak' })]);
    const listed = await store.meterKeys.list(ctx, { meterIds: [id] });
    expect(listed).toMatchObject([{ kind: 'gak' }, { kind: 'guek', state: 'active', createdBy: 'system' }]);
    expect(listed[0]).not.toHaveProperty('wrapped');
    for (const purpose of ['operate', 'bill', 'analyse', 'customer', 'system'] as const) {
      const asked = store.meterKeys.unwrap({ ...ctx, purpose }, { meterIds: [id] });
      await expect(asked).rejects.toEqual(code('KEY_PURPOSE'));
      await expect(store.dataKeys.list({ ...ctx, purpose })).rejects.toEqual(code('KEY_PURPOSE'));
    }
    const [before] = await store.audit.list(ctx, { limit: 1 });
    const rows = await store.meterKeys.unwrap(forKeys, { meterIds: [id], kinds: ['guek'] });
    expect(rows).toHaveLength(1);
    expect(Uint8Array.from(rows[0]!.wrapped)).toEqual(material);
    const [record] = await store.audit.list(ctx, { limit: 1 });
    expect(record).toMatchObject({
      seq: before!.seq + 1,
      action: 'unwrap',
      purpose: 'keys',
      objectId: String(id),
      data: { count: 1, keys: [`${id}/guek/1`] },
    });
    const trail = JSON.stringify(await store.audit.list(ctx, { limit: 1000 }));
    expect(trail).not.toContain(materialHex);
    expect(trail).not.toContain(Buffer.from(material).toString('base64'));
  });

  it('refuses every caller whose scope is narrower than all', async () => {
    const id = await meter();
    const one = key(id);
    const move: KeyMove = { ...one, from: 'active', to: 'previous' };
    const calls: (() => Promise<unknown>)[] = [
      () => store.meterKeys.list(scoped, { meterIds: [id] }),
      () => store.meterKeys.summary(scoped),
      () => store.meterKeys.newest(scoped, [id]),
      () => store.meterKeys.unwrap(scoped, { meterIds: [id] }),
      () => store.meterKeys.add(scoped, [one]),
      () => store.meterKeys.move(scoped, [move]),
      () => store.meterKeys.reseal(scoped, 'dk1', []),
      () => store.meterKeys.wrappedUnder(scoped, 'dk1', 1),
      () => store.dataKeys.list(scoped),
      () => store.dataKeys.add(scoped, { id: 'x', wrapped: material, kekId: 'k' }, undefined),
      () => store.dataKeys.rewrap(scoped, [], { from: 'a', to: 'b' }),
      () => store.counters.reserve(scoped, one),
      () => store.counters.received(scoped, []),
      () => store.counters.state(scoped, one),
      () => store.rotations.begin(scoped, { meterId: id, what: 'guek', step: 's', progress: {} }),
      () => store.rotations.advance(scoped, 1, 1, { state: 'done', step: 's', progress: {} }),
      () => store.rotations.get(scoped, 1),
      () => store.rotations.list(scoped),
      () => store.rotations.due(scoped, { nowS: 0, afterId: 0, limit: 1 }),
      () => store.rotations.progress(scoped),
      () => store.meterKeys.ages(scoped, {}),
      () => store.meterKeys.proven(scoped, []),
      () => store.keyImports.list(scoped),
      () => store.endpoints.titles(scoped, { meterIds: [id], titles: [] }),
      () => store.endpoints.noteTitles(scoped, []),
    ];
    for (const call of calls) {
      await expect((async () => call())()).rejects.toEqual(code('OUT_OF_SCOPE'));
    }
    expect(await states(id)).toEqual([]);
  });

  it('moves keys along their ways only, and destroys what is retired', async () => {
    const id = await meter();
    const staged = key(id, { version: 2, state: 'staged' });
    await expect(store.meterKeys.add(ctx, [staged])).rejects.toEqual(code('KEY_STATE'));
    await store.meterKeys.add(ctx, [key(id)]);
    await expect(store.meterKeys.add(ctx, [key(id)])).rejects.toEqual(code('ALREADY_EXISTS'));
    await store.meterKeys.add(ctx, [staged]);
    const third = key(id, { version: 3, state: 'staged' });
    await expect(store.meterKeys.add(ctx, [third])).rejects.toEqual(code('ALREADY_EXISTS'));
    const move = (version: number, from: KeyMove['from'], to: KeyMove['to']): KeyMove => ({
      ...{ meterId: id, kind: 'guek', version },
      ...{ from, to },
    });
    // One of them does not fit: none is done.
    const half = [move(1, 'active', 'previous'), move(2, 'active', 'previous')];
    await expect(store.meterKeys.move(ctx, half)).rejects.toEqual(code('KEY_STATE'));
    await expect(store.meterKeys.move(ctx, [move(1, 'active', 'retired')])).rejects.toEqual(
      code('KEY_STATE'),
    );
    expect(await states(id)).toEqual(['guek 1 active', 'guek 2 staged']);
    await store.meterKeys.move(ctx, [move(2, 'staged', 'active'), move(1, 'active', 'previous')]);
    expect(await states(id)).toEqual(['guek 1 previous', 'guek 2 active']);
    // The meter fell back to the old key.
    await store.meterKeys.move(ctx, [move(1, 'previous', 'active'), move(2, 'active', 'staged')]);
    expect(await states(id)).toEqual(['guek 1 active', 'guek 2 staged']);
    await store.meterKeys.move(ctx, [move(2, 'staged', 'active'), move(1, 'active', 'previous')]);
    await store.meterKeys.move(ctx, [move(1, 'previous', 'retired')]);
    expect(await states(id)).toEqual(['guek 1 retired', 'guek 2 active']);
    const { rows } = await sql`SELECT wrapped, wrapping_key FROM meter_key
      WHERE meter_id = ${id} AND version = 1`.execute(store.db);
    expect(rows).toEqual([{ wrapped: null, wrapping_key: null }]);
    await expect(store.meterKeys.move(ctx, [move(1, 'retired', 'active')])).rejects.toEqual(
      code('KEY_STATE'),
    );
    await expect(store.counters.reserve(ctx, key(id))).rejects.toEqual(code('KEY_DESTROYED'));
    expect(await store.meterKeys.newest(ctx, [id])).toEqual([{ meterId: id, kind: 'guek', version: 2 }]);
    const records = await store.audit.list(ctx, { limit: 1 });
    expect(records[0]!.data).toMatchObject({ moves: ['guek 1: previous → retired'] });
  });

  it('tells how old keys are, and when they were proven', async () => {
    const ids = [await meter(), await meter(), await meter()];
    const serialOf = async (id: number) => (await store.meters.get(ctx, id)).serial;
    const [old, young, used] = ids as [number, number, number];
    const serials = await Promise.all(ids.map(serialOf));
    for (const id of ids)
      await store.meterKeys.add(ctx, [key(id), key(id, { kind: 'gak' }), key(id, { kind: 'kek' })]);
    const year = sql`now() - interval '2 years'`;
    await sql`UPDATE meter_key SET activated_at = ${year} WHERE meter_id = ${old} AND kind = 'gak'`.execute(
      store.db,
    );
    await sql`UPDATE meter_key SET activated_at = ${year} WHERE meter_id = ${young} AND kind = 'kek'`.execute(
      store.db,
    );
    await store.counters.reserve(ctx, key(used), 1, 2 ** 31);
    const before = new Date(testClock.nowMs() - 365 * 86_400_000);
    const due = await store.meterKeys.ages(ctx, { before, serials });
    // The master key has no age policy; half the counters used is as good as old.
    expect(due).toMatchObject({ total: 2, items: [{ meterId: old }, { meterId: used, suite: 0 }] });
    expect(due.items[1]!.counter).toBeGreaterThan(2 ** 31);
    expect(await store.meterKeys.ages(ctx, { serials, limit: 1, afterMeterId: old })).toMatchObject({
      ...{ total: 3, items: [{ meterId: young, isRotating: false }] },
    });
    const rotation = { meterId: young, batch: 'b1', what: 'guek', step: 'stage', progress: {} };
    await store.rotations.begin(ctx, rotation);
    expect((await store.meterKeys.ages(ctx, { serials, belowSuite: 1 })).items[1]).toMatchObject({
      isRotating: true,
    });
    expect((await store.meterKeys.ages(ctx, { serials, belowSuite: 0 })).total).toBe(0);
    // None has an endpoint to be rotated over.
    expect((await store.meterKeys.ages(ctx, { serials, free: true })).total).toBe(0);
    const place = { meterId: old, kind: 'guek', version: 1 } as const;
    await store.meterKeys.proven(ctx, [{ ...place, atMs: 5_000 }]);
    await store.meterKeys.proven(ctx, [{ ...place, atMs: 3_000 }]);
    const [guek] = await store.meterKeys.list(ctx, { meterIds: [old], kinds: ['guek'] });
    expect(guek!.provenAt).toEqual(new Date(5_000));
  });

  it('gives rotations that have something to do, and counts them', async () => {
    const ids = [await meter(), await meter(), await meter()];
    const begun: { readonly id: number }[] = [];
    for (const meterId of ids) {
      const rotation = { meterId, batch: 'count', what: 'guek', step: 'stage', progress: {} };
      begun.push(await store.rotations.begin(ctx, rotation));
    }
    const [first, second, third] = begun as [{ id: number }, { id: number }, { id: number }];
    const grace = { state: 'running', step: 'grace', progress: { graceUntilS: 1_000.5 } } as const;
    await store.rotations.advance(ctx, first.id, 1, grace);
    await store.rotations.advance(ctx, third.id, 1, { state: 'done', step: 'done', progress: {} });
    const due = async (nowS: number, afterId: number) =>
      (await store.rotations.due(ctx, { nowS, afterId, limit: 10 })).map(({ id }) => id);
    expect(await due(1_000, first.id - 1)).toEqual([second.id]);
    expect(await due(1_001, first.id - 1)).toEqual([first.id, second.id]);
    expect(await due(1_001, first.id)).toEqual([second.id]);
    const counts = (await store.rotations.progress(ctx)).filter(({ batch }) => batch === 'count');
    expect(counts.map(({ state, step, count }) => `${count} ${state} ${step}`)).toEqual([
      ...['1 done done', '1 running grace', '1 running stage'],
    ]);
    expect(await store.rotations.list(ctx, { batch: 'count', state: 'done' })).toMatchObject([
      { id: third.id, serial: expect.stringMatching(/^K/) },
    ]);
  });

  it('keeps titles of key files: a meter has one, a title has one meter', async () => {
    const [a, b, c] = [await meter(), await meter(), await meter()];
    const title = (n: number) => `4f414d00000000${n.toString(16).padStart(2, '0')}`;
    await store.endpoints.noteTitles(ctx, [
      { meterId: a, title: title(1).toUpperCase() },
      { meterId: b, title: title(1) },
      { meterId: c, title: title(3) },
    ]);
    await store.endpoints.noteTitles(ctx, [{ meterId: a, title: title(9) }]);
    const known = await store.endpoints.titles(ctx, { meterIds: [a, b], titles: [title(3).toUpperCase()] });
    expect(known.map((one) => [one.meterId, one.title])).toEqual([
      [a, title(1)],
      [c, title(3)],
    ]);
    expect(await store.endpoints.findByTitle(ctx, title(9))).toBeUndefined();
    expect(await store.endpoints.findByTitle(ctx, '')).toBeUndefined();
    const trail = await store.audit.list(ctx, { limit: 2 });
    expect(trail[0]).toMatchObject({ action: 'note_title', objectKind: 'meter', objectId: String(a) });
  });

  it('keeps what imports came to', async () => {
    const counts = { rows: 2, added: 1, staged: 0, unchanged: 0, titles: 0, rejected: 1 };
    const rejects = [{ line: 3, code: 'KEY_LENGTH', detail: 'guek' }];
    const error = { code: 'XML_MALFORMED', detail: 'line 9' };
    await store.keyImports.add(ctx, { name: 'a.csv', counts, rejects, error: null });
    const kept = await store.keyImports.add(ctx, { name: 'b.xml', counts, rejects, error });
    expect(kept).toMatchObject({ name: 'b.xml', counts, rejects, error, importedBy: 'system' });
    expect((await store.keyImports.list(ctx, 2)).map(({ name }) => name)).toEqual(['b.xml', 'a.csv']);
  });

  it('rewraps data keys and reseals meter keys, exactly once', async () => {
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id)]);
    const fresh = Uint8Array.of(9, 9, 9);
    expect(await store.dataKeys.add(forKeys, { id: 'dk2', wrapped: fresh, kekId: 'kek-a' }, undefined)).toBe(
      false,
    );
    expect(await store.dataKeys.add(forKeys, { id: 'dk2', wrapped: fresh, kekId: 'kek-a' }, 'dk0')).toBe(
      false,
    );
    const adds = ['dk2', 'dk3', 'dk4'].map((name) =>
      store.dataKeys.add(forKeys, { id: name, wrapped: fresh, kekId: 'kek-a' }, 'dk1'),
    );
    expect((await Promise.all(adds)).filter(Boolean)).toHaveLength(1);
    const all = await store.dataKeys.list(forKeys);
    expect(all.filter(({ current }) => current)).toHaveLength(1);
    const to = all.find(({ current }) => current)!.id;
    expect((await store.meterKeys.wrappedUnder(forKeys, 'dk1', 10_000)).some((k) => k.meterId === id)).toBe(
      true,
    );
    const resealed = { meterId: id, kind: 'guek' as KeyKind, version: 1, wrapped: fresh, wrappingKey: to };
    expect(await store.meterKeys.reseal(forKeys, 'dk1', [resealed])).toBe(1);
    expect(await store.meterKeys.reseal(forKeys, 'dk1', [resealed])).toBe(0);
    const both = all.map((each) => ({ id: each.id, wrapped: Uint8Array.of(7) }));
    const stray = [...both, { id: 'none', wrapped: fresh }];
    await expect(store.dataKeys.rewrap(forKeys, stray, { from: 'kek-a', to: 'kek-b' })).rejects.toEqual(
      code('KEY_STATE'),
    );
    await store.dataKeys.rewrap(forKeys, both, { from: 'kek-a', to: 'kek-b' });
    expect((await store.dataKeys.list(forKeys)).map(({ kekId }) => kekId)).toEqual(['kek-b', 'kek-b']);
  });

  it('never gives a counter twice, whatever is asked for at once', async () => {
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id)]);
    const ask = fc.record({
      block: fc.integer({ min: 1, max: 5000 }),
      above: fc.constantFrom(0, 0, 0, 1, 20_000),
    });
    let top = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(ask, { minLength: 1, maxLength: 12 }), async (asks) => {
        const got = await Promise.all(
          asks.map(({ block, above }) => store.counters.reserve(ctx, key(id), block, above)),
        );
        got.sort((a, b) => a.from - b.from);
        for (const { from, to } of got) {
          expect(from).toBeGreaterThan(top);
          expect(to).toBeGreaterThanOrEqual(from);
          top = to;
        }
        asks.forEach(({ above }) => void expect(top).toBeGreaterThan(above));
        expect((await store.counters.state(ctx, key(id))).reservedTo).toBe(top);
      }),
      { numRuns: 25 },
    );
    const [record] = await store.audit.list(ctx, { limit: 1 });
    expect(record).toMatchObject({ action: 'resynchronise', objectId: String(id) });
  });

  it('never gives a counter twice to processes that are killed at any moment', async () => {
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id)]);
    const script = fileURLToPath(new URL('./counter-taker.ts', import.meta.url));
    const execArgv = ['--import', 'tsx', '--conditions=@openami/source'];
    const got: { from: number; to: number }[] = [];
    const round = () =>
      new Promise<void>((resolve) => {
        const taker: ChildProcess = fork(script, [store.engine.url, String(id)], { execArgv });
        const wanted = 40 + Math.floor(Math.random() * 60);
        let seen = 0;
        taker.on('message', (range) => {
          got.push(range as { from: number; to: number });
          if (++seen === wanted) taker.kill('SIGKILL');
        });
        taker.once('exit', () => resolve());
      });
    await Promise.all([round(), round().then(round)]);
    got.sort((a, b) => a.from - b.from);
    expect(got.length).toBeGreaterThanOrEqual(120);
    for (let i = 1; i < got.length; i++) expect(got[i]!.from).toBeGreaterThan(got[i - 1]!.to);
    const next = await store.counters.reserve(ctx, key(id));
    expect(next.from).toBeGreaterThan(got.at(-1)!.to);
  }, 120_000);

  it('stops at the last counter, and goes on with a new version', async () => {
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id), key(id, { kind: 'gak' })]);
    await expect(store.counters.reserve(ctx, key(id, { kind: 'gak' }))).rejects.toEqual(
      code('KEY_DESTROYED'),
    );
    const late = await store.counters.reserve(ctx, key(id), 1000, maxInvocationCounter - 1000);
    expect(late.to).toBe(maxInvocationCounter);
    await expect(store.counters.reserve(ctx, key(id), 1)).rejects.toEqual(code('COUNTER_EXHAUSTED'));
    await store.meterKeys.add(ctx, [key(id, { version: 2, state: 'staged' })]);
    expect(await store.counters.reserve(ctx, key(id, { version: 2 }), 10)).toEqual({ from: 1, to: 10 });
    const other = await meter();
    await store.meterKeys.add(ctx, [key(other)]);
    await store.counters.reserve(ctx, key(other), 500);
    await store.meterKeys.add(ctx, [key(other, { version: 2, state: 'staged' })]);
    // A meter that keeps its counter over the change is not asked to go back.
    expect(await store.counters.reserve(ctx, key(other, { version: 2 }), 10)).toEqual({ from: 501, to: 510 });
    for (const block of [0, -1, 1.5, Number.NaN]) {
      await expect(store.counters.reserve(ctx, key(other), block)).rejects.toEqual(code('BAD_VALUE'));
    }
    const back = sql`UPDATE invocation_counter SET reserved_to = reserved_to - 1 WHERE meter_id = ${other}`;
    await expect(back.execute(store.db)).rejects.toThrow(/never goes back/);
  });

  it('notes what was received, forward only, and says what was seen before', async () => {
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id)]);
    const place = { meterId: id, kind: 'guek' as const, version: 1 };
    expect(await store.counters.state(ctx, place)).toMatchObject({ lastReceived: -1, reservedTo: 0 });
    expect(await store.counters.received(ctx, [{ ...place, counter: 0 }])).toEqual([]);
    expect(await store.counters.received(ctx, [{ ...place, counter: 7 }])).toEqual([]);
    for (const counter of [7, 6, 0]) {
      expect(await store.counters.received(ctx, [{ ...place, counter }])).toEqual([place]);
    }
    const many = [9, 8, 12].map((counter) => ({ ...place, counter }));
    expect(await store.counters.received(ctx, many)).toEqual([]);
    expect((await store.counters.state(ctx, place)).lastReceived).toBe(12);
  });

  it('drives one rotation of a meter at a time, keys and step in one', async () => {
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id)]);
    const wanted = { meterId: id, what: 'guek', step: 'stage', progress: { at: 0 } };
    const begun = await Promise.allSettled([1, 2, 3].map(() => store.rotations.begin(ctx, wanted)));
    const made = begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(made).toHaveLength(1);
    const refused = begun.filter((each) => each.status === 'rejected');
    for (const { reason } of refused) expect(reason).toEqual(code('ROTATION_BUSY'));
    const rotation = made[0]!;
    const add = [key(id, { version: 2, state: 'staged', origin: 'generated' })];
    const change = { state: 'running' as const, step: 'send', progress: { at: 1 }, add };
    const next = await store.rotations.advance(ctx, rotation.id, rotation.version, change);
    expect(next).toMatchObject({ step: 'send', progress: { at: 1 }, version: 2, finishedAt: null });
    await expect(store.rotations.advance(ctx, rotation.id, rotation.version, change)).rejects.toEqual(
      code('ROTATION_BUSY'),
    );
    // A change of keys that does not fit leaves the step as it was.
    const moves = [{ meterId: id, kind: 'guek', version: 1, from: 'staged', to: 'active' } as const];
    const bad = { state: 'running' as const, step: 'grace', progress: {}, moves };
    await expect(store.rotations.advance(ctx, rotation.id, 2, bad)).rejects.toEqual(code('KEY_STATE'));
    const stray = [{ ...moves[0]!, meterId: await meter() }];
    await expect(store.rotations.advance(ctx, rotation.id, 2, { ...bad, moves: stray })).rejects.toEqual(
      code('KEY_STATE'),
    );
    expect(await store.rotations.get(ctx, rotation.id)).toEqual(next);
    const error = { code: 'PEER_GONE', detail: 'x' };
    const done = await store.rotations.advance(ctx, rotation.id, 2, {
      ...{ state: 'failed', step: 'send', progress: null, error },
    });
    expect(done).toMatchObject({ state: 'failed', error });
    expect(done.finishedAt).toEqual(new Date(testClock.nowMs()));
    expect((await store.rotations.begin(ctx, wanted)).id).toBeGreaterThan(rotation.id);
    const listed = await store.rotations.list(ctx, { meterId: id, state: 'failed' });
    expect(listed.map((each) => each.id)).toEqual([rotation.id]);
  });

  it('carries keys through backup and restore, and skips counters that may have been used since', async () => {
    const from = await engine.open();
    const to = await engine.open();
    const id = (await from.meters.create(ctx, { serial: 'B1', commodity: 'gas' })).id;
    await from.dataKeys.add(forKeys, { id: 'dk1', wrapped: material, kekId: 'k' }, undefined);
    await from.meterKeys.add(ctx, [key(id)]);
    const used = await from.counters.reserve(ctx, key(id));
    const dir = mkdtempSync(join(tmpdir(), 'openami-keys-'));
    try {
      await from.backup(ctx, join(dir, 'b'));
      await to.restore(ctx, join(dir, 'b'));
    } finally {
      rmSync(dir, { recursive: true });
    }
    const [kept] = await to.meterKeys.unwrap(forKeys, { meterIds: [id] });
    expect(Uint8Array.from(kept!.wrapped)).toEqual(material);
    expect((await to.counters.reserve(ctx, key(id))).from).toBe(used.to + 1_000_001);
  }, 120_000);

  it('is reached by a second program over the same database', async () => {
    const second = await openRegistryStore({ url: store.engine.url, clock: testClock, log: quiet });
    const id = await meter();
    await store.meterKeys.add(ctx, [key(id)]);
    const asked = Array.from({ length: 40 }, (_, n) =>
      (n % 2 ? store : second).counters.reserve(ctx, key(id), 3),
    );
    const starts = (await Promise.all(asked)).map(({ from }) => from).sort((a, b) => a - b);
    expect(starts).toEqual(Array.from({ length: 40 }, (_, n) => 3 * n + 1));
    await second.close();
  });
});
