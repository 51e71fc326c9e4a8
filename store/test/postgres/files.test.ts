import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { systemAccess } from '@openami/model';
import fc from 'fast-check';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guard, joinList, splitList, unguard } from '../../src/postgres/csv/cells.ts';
import { type RegistryStore, registryKinds } from '../../src/postgres/index.ts';
import { migrations } from '../../src/postgres/migrations/index.ts';
import { migrate } from '../../src/postgres/migrations/run.ts';
import { present, type TestEngine } from './engines.ts';

const ctx = systemAccess;
const code = (wanted: string) => expect.objectContaining({ code: wanted });

async function* chunks(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

/** Rows of every kind, with texts that files get wrong. */
async function fill(store: RegistryStore): Promise<void> {
  const odd = [
    '=1+1',
    "'=x",
    '+49 30',
    '@SUM',
    'comma, "quote"',
    'line\nbreak',
    ' blank ',
    'ümlaut \u2028',
    '|a\\b',
  ];
  await store.premises.upsertMany(
    ctx,
    odd.map((text, at) => ({ code: `P${at}`, addressLines: [text, ''], locality: text, lon: at, lat: -at })),
  );
  await store.nodes.upsertMany(ctx, [
    { code: 'T', kind: 'transformer', parentCode: 'S', name: '-1' },
    { code: 'S', kind: 'station' },
  ]);
  const commodity = 'electricity';
  await store.usagePoints.upsertMany(ctx, [{ code: 'U1', premiseCode: 'P1', nodeCode: 'T', commodity }]);
  await store.meters.upsertMany(ctx, [
    { serial: '-M1', commodity, addresses: ['a|b', '=c'], attributes: { note: '=x', n: 0.1 } },
    { serial: 'M2', commodity },
  ]);
  await store.channels.upsertMany(ctx, [
    { serial: '-M1', alias: 'import', obis: '1-0:1.8.0*255', intervalS: 900, resolution: 1, unit: 'kWh' },
    {
      serial: '-M1',
      alias: 'r',
      intervalS: 0,
      resolution: 1,
      unit: 'kWh',
      digits: 6,
      multiplier: '0.333333333333',
    },
  ]);
  const validFrom = '2026-03-29T01:30:00.123Z';
  await store.installations.upsertMany(ctx, [{ serial: '-M1', usagePointCode: 'U1', validFrom }]);
  await store.customers.upsertMany(ctx, [{ code: 'C1', name: '=HYPERLINK("x")', kind: 'private' }]);
  await store.accounts.upsertMany(ctx, [{ number: '0007', customerCode: 'C1' }]);
  await store.agreements.upsertMany(ctx, [
    { code: 'G', accountNumber: '0007', usagePointCode: 'U1', validFrom },
  ]);
}

describe.each(present)('files and migrations on $name', ({ start }) => {
  let engine: TestEngine;
  let full: RegistryStore;
  let empty: RegistryStore;
  const dir = mkdtempSync(join(tmpdir(), 'openami-files-'));
  beforeAll(async () => {
    engine = await start();
    full = await engine.open();
    empty = await engine.open();
    await fill(full);
    // A library's own table, in the spelling libraries use.
    for (const store of [full, empty]) {
      await sql`CREATE TABLE "authUser" (id text PRIMARY KEY, "emailVerified" boolean, big numeric,
        twin numeric GENERATED ALWAYS AS (big * 2) STORED, raw bytea)`.execute(store.db);
    }
    await sql`INSERT INTO "authUser"
      VALUES ('u', true, 12345678901234567890.123456789, DEFAULT, '\\x00ff')`.execute(full.db);
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('backs up while it runs and restores into an empty store, ids and sequences included', async () => {
    await full.settings.set(ctx, 'nothing', null);
    const ordered = await full.meters.create(ctx, { serial: 'ordered', commodity: 'gas' });
    await full.commands.create(ctx, {
      ...{ key: 'k', kind: 'disconnect', params: {}, reason: '', needsApproval: false, requestedPerson: 'p' },
      ...{ notBefore: new Date(0), expiresAt: new Date(1), state: 'queued', interrupts: true, progress: {} },
      meters: [{ meterId: ordered.id, usagePointId: null }],
    });
    await full.commands.setGate(ctx, { killSwitch: true });
    const removed = await full.meters.create(ctx, { serial: 'gone', commodity: 'gas' });
    await sql`DELETE FROM meter WHERE id = ${removed.id}`.execute(full.db);
    const target = join(dir, 'backup');
    const manifest = await full.backup(ctx, target);
    expect(manifest.tables.find(({ name }) => name === 'premise')?.rows).toBe(9);
    await expect(full.backup(ctx, target)).rejects.toEqual(code('STORE_NOT_EMPTY'));
    await expect(full.restore(ctx, target)).rejects.toEqual(code('STORE_NOT_EMPTY'));
    const file = join(target, 'premise.jsonl.gz');
    const whole = readFileSync(file);
    const altered = gunzipSync(whole).toString().replace('P0', 'P!');
    for (const broken of [gzipSync(altered), whole.subarray(0, whole.length - 12), Buffer.from('x')]) {
      writeFileSync(file, broken);
      await expect(empty.restore(ctx, target)).rejects.toEqual(code('BACKUP_BROKEN'));
      expect((await empty.premises.list(ctx)).total).toBe(0);
    }
    rmSync(file);
    await expect(empty.restore(ctx, target)).rejects.toEqual(code('BACKUP_BROKEN'));
    writeFileSync(file, whole);
    await empty.restore(ctx, target);
    for (const kind of registryKinds) {
      expect(await textOf(empty.csv.write(ctx, kind))).toBe(await textOf(full.csv.write(ctx, kind)));
    }
    const auth = sql`SELECT "emailVerified", big::text, twin::text, encode(raw, 'hex') AS raw
      FROM "authUser"`;
    expect((await auth.execute(empty.db)).rows).toEqual((await auth.execute(full.db)).rows);
    expect(await empty.directory.version(ctx)).toBe(await full.directory.version(ctx));
    expect(await empty.settings.all(ctx)).toEqual({ nothing: null });
    // What was ordered before may be done or paid for by now.
    expect((await empty.commands.list(ctx)).items).toMatchObject([
      { serial: 'ordered', state: 'cancelled', note: 'restored from a backup' },
    ]);
    expect((await empty.commands.gate(ctx)).killSwitch).toBe(true);
    expect((await empty.audit.verify(ctx)).brokenAt).toBeNull();
    const next = await empty.meters.create(ctx, { serial: 'next', commodity: 'gas' });
    expect(next.id).toBeGreaterThan(removed.id);
    expect(existsSync(join(dir, 'backup', 'lease.jsonl.gz'))).toBe(false);
    expect(readdirSync(target)).toContain('registry.json');
  });

  it('exports every kind as CSV and imports it unchanged', async () => {
    const other = await engine.open();
    for (const kind of registryKinds) {
      const text = await textOf(full.csv.write(ctx, kind));
      const rows = await other.csv.read(ctx, kind, chunks(text));
      expect([kind, rows.errors]).toEqual([kind, []]);
      expect(rows.created).toBeGreaterThan(0);
      expect(await textOf(other.csv.write(ctx, kind))).toBe(text);
      expect(await other.csv.read(ctx, kind, chunks(text))).toMatchObject({
        created: 0,
        updated: 0,
        rejected: 0,
      });
    }
    expect((await other.customers.find(ctx, 'C1'))?.name).toBe('=HYPERLINK("x")');
    const cells = (await textOf(full.csv.write(ctx, 'customers'))).split('\r\n')[1]!;
    expect(cells).toBe(`C1,"'=HYPERLINK(""x"")",private`);
  });

  it('reports bad lines with line and reason, and files that are no tables', async () => {
    const lines = [
      'serial,commodity,attributes',
      'N1,gas,',
      'N2,steam,',
      'N3',
      '"N4",gas,{oops',
      '',
      'N5,gas,',
      'N1,gas,',
    ];
    const result = await full.csv.read(ctx, 'meters', chunks(`\ufeff${lines.join('\n')}`), { dryRun: true });
    expect(result).toMatchObject({ rows: 6, created: 2, rejected: 4, dryRun: true });
    expect(result.errors.map(({ line }) => line).sort()).toEqual([3, 4, 5, 8]);
    expect(await full.meters.find(ctx, 'N1')).toBeUndefined();
    const local = 'serial,usagePointCode,validFrom\nM2,U1,2026-03-29 02:30\n';
    expect((await full.csv.read(ctx, 'installations', chunks(local))).errors[0]).toMatchObject({ line: 2 });
    for (const broken of [
      '',
      'serial,colour\nx,y',
      'serial\nx',
      'serial,serial,commodity\na,b,c',
      'serial,commodity\n"x,gas',
    ]) {
      await expect(full.csv.read(ctx, 'meters', chunks(broken))).rejects.toEqual(code('CSV_BROKEN'));
    }
    const latin = Buffer.from('serial,commodity\nZähler,gas\n', 'latin1');
    await expect(full.csv.read(ctx, 'meters', chunks(latin))).rejects.toEqual(code('CSV_BROKEN'));
  });

  it('keeps nobody waiting while a file comes in slowly, and gives channels their usual names', async () => {
    async function* slow(): AsyncGenerator<string> {
      yield 'serial,alias,obis,intervalS,resolution,unit,quantityKeys\n';
      // A transaction that is open already would keep this from its answer.
      expect((await full.meters.counts(ctx)).total).toBeGreaterThan(0);
      yield 'M2,slow,1-0:2.8.0*255,900,1,kWh,\n';
    }
    expect(await full.csv.read(ctx, 'channels', slow())).toMatchObject({ created: 1, rejected: 0 });
    const { id } = (await full.meters.find(ctx, 'M2'))!;
    const [made] = await full.channels.ofMeters(ctx, [id]);
    expect(made!.quantityKeys).toEqual(['slow', '1-0:2.8.0*255']);
  });

  it('refuses changed and unknown migrations, rolls a failing one back, runs once in parallel', async () => {
    const pool = new Pool({ connectionString: full.engine.url, max: 4 });
    pool.on('error', () => undefined);
    const [first, ...rest] = migrations;
    await expect(migrate(pool, [{ ...first!, sql: `${first!.sql} ` }, ...rest])).rejects.toEqual(
      code('MIGRATION_CHANGED'),
    );
    await expect(migrate(pool, [first!])).rejects.toEqual(code('MIGRATION_UNKNOWN'));
    const failing = [...migrations, { name: '9998-fails', sql: 'CREATE TABLE half (a int); SELECT 1/0' }];
    await expect(migrate(pool, failing)).rejects.toEqual(code('MIGRATION_FAILED'));
    await expect(pool.query('SELECT FROM half')).rejects.toThrow(/half/);
    const next = [...migrations, { name: '9999-next', sql: 'CREATE TABLE once (a int)' }];
    const runs = await Promise.all([migrate(pool, next), migrate(pool, next), migrate(pool, next)]);
    expect(runs.flat()).toEqual(['9999-next']);
    await pool.end();
  });
});

describe('CSV cells', () => {
  it('guards formulas so that every text comes back', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', 'a', '|', '\\') }),
        (text) => {
          expect(unguard(guard(text))).toBe(text);
          expect(/^[=+\-@\t\r]/.test(guard(text))).toBe(false);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('|', '\\', 'a') }), { minLength: 1 }),
        (items) => {
          expect(splitList(joinList(items))).toEqual(items);
        },
      ),
    );
  });
});
