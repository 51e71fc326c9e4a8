import { systemAccess } from '@openami/model';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RegistryStore, translateRegistryError } from '../../src/postgres/index.ts';
import { canonicalJson } from '../../src/postgres/repositories/audit-chain.ts';
import { present, type TestEngine } from './engines.ts';

const ctx = systemAccess;
const as = (id: string) => ({ ...ctx, actor: { kind: 'user' as const, id, name: id } });
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe.each(present)('operations on $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
  });
  afterAll(() => engine.stop());

  it('issues device credentials and verifies them', async () => {
    const issued = await store.credentials.issue(ctx, { username: 'OA1', publish: ['openami/v1/OA1/#'] });
    expect(issued.password.length).toBeGreaterThanOrEqual(22);
    const found = await store.credentials.verify(ctx, 'OA1', issued.password);
    expect(found).toMatchObject({ username: 'OA1', publish: ['openami/v1/OA1/#'], subscribe: [] });
    expect(found).not.toHaveProperty('secretSha256');
    expect(await store.credentials.verify(ctx, 'OA1', `${issued.password}x`)).toBeUndefined();
    expect(await store.credentials.verify(ctx, 'nobody', issued.password)).toBeUndefined();
    await store.credentials.setEnabled(ctx, 'OA1', false);
    expect(await store.credentials.verify(ctx, 'OA1', issued.password)).toBeUndefined();
    expect(await store.credentials.named(ctx, 'OA1')).toMatchObject({ username: 'OA1', enabled: false });
    expect(await store.credentials.named(ctx, 'nobody')).toBeUndefined();
    const again = await store.credentials.issue(ctx, { username: 'OA1' });
    expect(again.password).not.toBe(issued.password);
    expect(await store.credentials.verify(ctx, 'OA1', issued.password)).toBeUndefined();
    expect(await store.credentials.verify(ctx, 'OA1', again.password)).toMatchObject({ enabled: true });
    const many = await store.credentials.issueMany(ctx, [{ username: 'g1' }, { username: 'g2' }]);
    expect(await store.credentials.verify(ctx, 'g2', many[1]!.password)).toMatchObject({ username: 'g2' });
    const page = await store.credentials.list(ctx, { limit: 2 });
    expect(page).toMatchObject({ total: 3 });
    expect((await store.credentials.list(ctx, { limit: 2, cursor: page.next! })).items).toHaveLength(1);
  });

  it('keeps mappings in versions, without gaps whoever writes at the same time', async () => {
    const { mappings } = store;
    const before = await mappings.revision(ctx);
    const put = (id: string, text: string | null, parameters = {}) =>
      mappings.put(ctx, { id, text, parameters });
    expect(await put('a', 'one')).toMatchObject({ id: 'a', version: 1, text: 'one', parameters: {} });
    expect(await put('b', null, { factor: 2, names: ['x'] })).toMatchObject({ version: 1, text: null });
    const versions = await Promise.all(['2', '3', '4', '5'].map((text) => put('a', text)));
    expect(versions.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5]);
    const last = versions.find(({ version }) => version === 5)!;
    expect(await mappings.list(ctx)).toMatchObject([
      { id: 'b', parameters: { factor: 2, names: ['x'] } },
      { id: 'a', version: 5, text: last.text },
    ]);
    await mappings.remove(ctx, 'a');
    await expect(mappings.remove(ctx, 'a')).rejects.toEqual(code('NOT_FOUND'));
    await expect(mappings.remove(ctx, 'never')).rejects.toEqual(code('NOT_FOUND'));
    expect((await mappings.list(ctx)).map(({ id }) => id)).toEqual(['b']);
    expect(await put('a', 'back')).toMatchObject({ version: 7 });
    expect(await mappings.revision(ctx)).toBeGreaterThan(before);
    const some = { ...ctx, scope: { meters: [1] } } as unknown as typeof ctx;
    expect(() => mappings.list(some)).toThrow('outside');
  });

  it('changes one credential at a time, and tells what was changed', async () => {
    const before = await store.credentials.changedSince(ctx);
    const topics = ['openami/v1/OA7*/#'];
    const { password } = await store.credentials.issue(ctx, { username: 'gate', publish: topics });
    const first = (await store.credentials.verify(ctx, 'gate', password))!;
    const again = await store.credentials.reissue(ctx, 'gate');
    expect(await store.credentials.verify(ctx, 'gate', password)).toBeUndefined();
    const second = (await store.credentials.verify(ctx, 'gate', again.password))!;
    expect(second).toMatchObject({ id: first.id, publish: topics });
    expect(second.version).not.toBe(first.version);
    const off = await store.credentials.setEnabled(ctx, 'gate', false);
    expect(off).toMatchObject({ enabled: false, publish: topics });
    expect(off.version).not.toBe(second.version);
    // a disabled one stays so with a new secret
    const third = await store.credentials.reissue(ctx, 'gate');
    expect(await store.credentials.verify(ctx, 'gate', third.password)).toBeUndefined();
    const { changed, cursor } = await store.credentials.changedSince(ctx, before.cursor);
    expect(changed[0]).toMatchObject({ username: 'gate', enabled: false });
    expect(Date.parse(cursor)).toBeGreaterThanOrEqual(Date.parse(before.cursor));
    for (const change of [
      store.credentials.reissue(ctx, 'no'),
      store.credentials.setEnabled(ctx, 'no', true),
    ])
      await expect(change).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('issues API tokens that expire and can be removed', async () => {
    const now = Date.UTC(2026, 2, 29, 12);
    const { token, secret } = await store.tokens.issue(ctx, { name: 'ci', role: 'viewer', scopes: ['a'] });
    expect(await store.tokens.verify(ctx, secret)).toMatchObject({
      id: token.id,
      role: 'viewer',
      scopes: ['a'],
    });
    expect((await store.tokens.list(ctx))[0]!.lastUsedAt).toEqual(new Date(now));
    const old = await store.tokens.issue(ctx, { name: 'old', role: 'admin', expiresAt: new Date(now) });
    expect(await store.tokens.verify(ctx, old.secret)).toBeUndefined();
    expect(await store.tokens.verify(ctx, '')).toBeUndefined();
    await store.tokens.remove(ctx, token.id);
    expect(await store.tokens.verify(ctx, secret)).toBeUndefined();
    await expect(store.tokens.remove(ctx, token.id)).rejects.toEqual(code('NOT_FOUND'));
  });

  it('gives a lease to one holder at a time', async () => {
    const takes = ['a', 'b', 'c', 'd'].map((who) => store.leases.acquire(ctx, 'writer', who, 60_000));
    const got = await Promise.all(takes);
    expect(got.filter(Boolean)).toHaveLength(1);
    const holder = (await store.leases.holder(ctx, 'writer'))!;
    expect(await store.leases.acquire(ctx, 'writer', holder, 60_000)).toBe(true);
    expect(await store.leases.renew(ctx, 'writer', holder, -1)).toBe(true);
    // expired, and nobody took it: it may go on; once another has had it, not any more
    expect(await store.leases.renew(ctx, 'writer', holder, -1)).toBe(true);
    expect(await store.leases.acquire(ctx, 'writer', 'other', 60_000)).toBe(true);
    expect(await store.leases.renew(ctx, 'writer', holder, 60_000)).toBe(false);
    await store.leases.release(ctx, 'writer', 'other');
    expect(await store.leases.renew(ctx, 'writer', holder, 60_000)).toBe(false);
    expect(await store.leases.acquire(ctx, 'writer', holder, 60_000)).toBe(true);
    await store.leases.release(ctx, 'writer', 'somebody else');
    expect(await store.leases.holder(ctx, 'writer')).toBe(holder);
    await store.leases.release(ctx, 'writer', holder);
    expect(await store.leases.acquire(ctx, 'writer', 'next', -1)).toBe(true);
    expect(await store.leases.holder(ctx, 'writer')).toBeUndefined();
    expect(await store.leases.acquire(ctx, 'writer', 'after', 60_000)).toBe(true);
  });

  it('walks an import job through its states', async () => {
    const job = await store.imports.create(ctx, {
      name: 'a.csv',
      format: 'csv',
      mapping: [1, { a: null }],
      bytes: 5e9,
    });
    expect(job).toMatchObject({ state: 'queued', bytes: 5e9, mapping: [1, { a: null }], counts: {} });
    const two = await store.imports.create(ctx, { name: 'b.csv', format: 'csv' });
    const claimed = await Promise.all([
      store.imports.claim(ctx),
      store.imports.claim(ctx),
      store.imports.claim(ctx),
    ]);
    expect(claimed.map((each) => each?.id).sort()).toEqual([job.id, two.id, undefined]);
    const position = { byte: 123, row: 'x_y' };
    await store.imports.update(ctx, job.id, { counts: { rows_read: 3 }, position, progress: 0.5 });
    expect(await store.imports.get(ctx, job.id)).toMatchObject({
      counts: { rows_read: 3 },
      position,
      progress: 0.5,
    });
    expect(await store.imports.requeue(ctx)).toBe(2);
    await store.imports.claim(ctx);
    const done = await store.imports.transition(ctx, job.id, ['running'], 'done', { progress: 1 });
    expect(done).toMatchObject({ state: 'done', progress: 1 });
    expect(done.finishedAt).not.toBeNull();
    await expect(store.imports.transition(ctx, job.id, ['running'], 'done')).rejects.toEqual(
      code('IMPORT_STATE'),
    );
    expect((await store.imports.list(ctx, { state: 'queued' })).items.map(({ id }) => id)).toEqual([two.id]);
  });

  it('keeps views by owner, and settings', async () => {
    const mine = await store.views.save(as('u1'), { name: 'gas', query: 'commodity=gas' });
    await store.views.save(as('u2'), { name: 'all', query: '', shared: true });
    await store.views.save(as('u2'), { name: 'secret', query: '' });
    expect((await store.views.list(as('u1'))).map(({ name }) => name)).toEqual(['all', 'gas']);
    expect(await store.views.save(as('u1'), { name: 'gas', query: 'x' })).toMatchObject({
      id: mine.id,
      query: 'x',
    });
    await expect(store.views.remove(as('u2'), mine.id)).rejects.toEqual(code('NOT_FOUND'));
    await store.views.remove(as('u1'), mine.id);
    await store.settings.set(ctx, 'site_zone', { a_b: [1, 'x'] });
    await store.settings.set(ctx, 'none', null);
    expect(await store.settings.get(ctx, 'site_zone')).toEqual({ a_b: [1, 'x'] });
    expect(await store.settings.all(ctx)).toEqual({ site_zone: { a_b: [1, 'x'] }, none: null });
    expect(await store.settings.get(ctx, 'absent')).toBeUndefined();
  });

  it('chains the audit trail, in order under concurrency, and tells where it was altered', async () => {
    const entry = (n: number) => ({
      action: 'test',
      objectKind: 'meter' as const,
      objectId: String(n),
      data: { n, z: 'ü', a: 1 },
    });
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.audit.append(as(`u${n}`), entry(n))));
    const whole = await store.audit.verify(ctx);
    expect(whole.brokenAt).toBeNull();
    expect(whole.records).toBeGreaterThanOrEqual(20);
    const [last] = await store.audit.list(ctx, { limit: 1 });
    expect(last).toMatchObject({ seq: whole.records, action: 'test', purpose: 'system' });
    const change = sql`UPDATE audit SET record = replace(record, 'meter', 'meteR') WHERE seq = 5`;
    await expect(change.execute(store.db)).rejects.toThrow(/append-only/);
    await expect(sql`DELETE FROM audit`.execute(store.db)).rejects.toThrow(/append-only/);
    await expect(sql`TRUNCATE audit`.execute(store.db)).rejects.toThrow(/append-only/);
    await sql`ALTER TABLE audit DISABLE TRIGGER audit_append_only`.execute(store.db);
    await sql`UPDATE audit SET record = overlay(record placing ' ' from 2 for 1) WHERE seq = 5`.execute(
      store.db,
    );
    await sql`ALTER TABLE audit ENABLE TRIGGER audit_append_only`.execute(store.db);
    expect(await store.audit.verify(ctx)).toEqual({ records: 4, brokenAt: 5 });
  });

  it('reports a caller who asks for nonsense, not a database error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 20, unit: 'binary' }), async (text) => {
        const q = text.replaceAll('\0', '');
        expect(Array.isArray(await store.search.find(ctx, q))).toBe(true);
        expect((await store.meters.list(ctx, { q })).total).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of members and reads back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        const parsed = JSON.parse(text) as unknown;
        expect(canonicalJson(parsed)).toBe(text);
        expect(JSON.stringify(parsed).length).toBe(text.length);
      }),
      { numRuns: 200 },
    );
    expect(canonicalJson({ b: 1, a: [undefined, { d: 1, c: undefined }] })).toBe(
      '{"a":[null,{"d":1}],"b":1}',
    );
  });
});

describe('errors of the database', () => {
  it.each([
    ['53100', 'REGISTRY_FULL'],
    ['53300', 'REGISTRY_UNAVAILABLE'],
    ['57P01', 'REGISTRY_UNAVAILABLE'],
    ['ECONNREFUSED', 'REGISTRY_UNAVAILABLE'],
  ])('%s becomes %s', (given, wanted) => {
    const failure = Object.assign(new Error('could not extend file'), { code: given });
    expect(translateRegistryError(failure)).toMatchObject({ code: wanted });
  });
});
