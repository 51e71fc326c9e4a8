import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedEngine, startEmbeddedEngine } from '../../src/clickhouse/index.ts';
import { Scratch, silent } from './support.ts';

const scratch = new Scratch();
let engine: EmbeddedEngine;
let client: ClickHouseClient;

function connect(more: object = {}): ClickHouseClient {
  return createClient({
    url: engine.url,
    username: engine.username,
    password: engine.password,
    log: { level: ClickHouseLogLevel.OFF },
    ...more,
  });
}

beforeAll(async () => {
  engine = await startEmbeddedEngine({
    dataDir: scratch.dir(),
    log: silent,
    querySessions: 2,
    insertSessions: 1,
    maxWaiting: 8,
    limits: { minFreeBytes: 0, stallMs: 3_000, bodyBytes: 4_000_000, statementBytes: 1_000_000 },
  });
  client = connect();
  await client.command({ query: 'CREATE DATABASE t' });
  await client.command({ query: 'CREATE TABLE t.x (id UInt32, name String) ENGINE = MergeTree ORDER BY id' });
});

afterAll(async () => {
  await client?.close();
  await engine?.close();
  scratch.clean();
});

function auth(): string {
  return `Basic ${Buffer.from(`${engine.username}:${engine.password}`).toString('base64')}`;
}

describe('with the official client', () => {
  it('pings', async () => {
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
  });

  it('inserts rows as JSON, as a stream, and compressed', async () => {
    const rows = [
      { id: 1, name: "it's \\ a\nline" },
      { id: 2, name: 'ö€😀' },
    ];
    await client.insert({ table: 't.x', values: rows, format: 'JSONEachRow' });
    const packed = connect({ compression: { request: true, response: true } });
    await packed.insert({
      table: 't.x',
      values: Readable.from([{ id: 3, name: 'c' }]),
      format: 'JSONEachRow',
    });
    const found = await packed.query({ query: 'SELECT * FROM t.x ORDER BY id', format: 'JSONEachRow' });
    expect(await found.json()).toEqual([...rows, { id: 3, name: 'c' }]);
    await packed.close();
  });

  it('answers in the formats people use', async () => {
    const query = 'SELECT number AS n, toString(number) AS s FROM numbers(3)';
    const json = await (await client.query({ query, format: 'JSON' })).json<{ n: string; s: string }>();
    expect(json.rows).toBe(3);
    expect(json.data[2]).toMatchObject({ s: '2' });
    expect(await (await client.query({ query, format: 'CSVWithNames' })).text()).toBe(
      '"n","s"\n0,"0"\n1,"1"\n2,"2"\n',
    );
    expect(await (await client.query({ query, format: 'TabSeparated' })).text()).toBe('0\t0\n1\t1\n2\t2\n');
  });

  it('keeps headers right in large results that come in many blocks', async () => {
    const query = 'SELECT number AS n FROM numbers(300000)';
    const csv = await (await client.query({ query, format: 'CSVWithNames' })).text();
    expect(csv.split('\n').filter((line) => line === '"n"')).toHaveLength(1);
    const lines = await (await client.query({ query, format: 'JSONEachRow' })).text();
    expect(lines.trimEnd().split('\n')).toHaveLength(300_000);
  });

  it('takes parameters, short and long, and never mixes them up', async () => {
    const query = 'SELECT {a:String} AS a, {n:UInt32} AS n, length({l:Array(UInt32)}) AS l';
    const odd = 'q\'\\"\t\n\0x{b:String}';
    const ask = async (n: number, length: number) => {
      const l = Array.from({ length }, (_, i) => i);
      const params = { query, query_params: { a: odd, n, l }, use_multipart_params_auto: true };
      return await (await client.query({ ...params, format: 'JSONEachRow' })).json();
    };
    const asked = Array.from({ length: 20 }, (_, n) => n);
    const answers = await Promise.all(asked.slice(0, 8).map((n) => ask(n, n % 2 ? 3 : 30_000)));
    answers.forEach((rows, n) => {
      expect(rows).toMatchObject([{ a: odd, n }]);
    });
    await expect(client.query({ query: 'SELECT {n:UInt32}', format: 'CSV' })).rejects.toMatchObject({
      code: '456',
    });
  });

  it('applies settings and database to one request only', async () => {
    const setting = "SELECT getSetting('max_threads') AS v, currentDatabase() AS d";
    const db = connect({ database: 't' });
    const settings = { max_threads: 3 };
    const set = await db.query({ query: setting, format: 'JSONEachRow', clickhouse_settings: settings });
    expect(await set.json()).toMatchObject([{ d: 't' }]);
    for (let i = 0; i < 4; i++) {
      const plain = await (await client.query({ query: setting, format: 'TabSeparated' })).text();
      expect(plain).toMatch(/\tdefault\n$/);
      expect(plain).not.toMatch(/^3\t/);
    }
    await db.close();
  });

  it('gives ClickHouse codes and names for errors', async () => {
    await expect(client.query({ query: 'SELEC 1' })).rejects.toMatchObject({
      code: '62',
      type: 'SYNTAX_ERROR',
    });
    await expect(client.command({ query: 'SELECT * FROM t.none' })).rejects.toMatchObject({ code: '60' });
    await expect(
      client.query({ query: 'SELECT 1', clickhouse_settings: { nonsense: 1 } as never }),
    ).rejects.toMatchObject({ code: '115', type: 'UNKNOWN_SETTING' });
    const wrong = connect({ password: 'wrong' });
    await expect(wrong.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
    await wrong.close();
    const bad = client.insert({ table: 't.x', values: [{ id: 'x' }], format: 'JSONEachRow' });
    await expect(bad).rejects.toMatchObject({ code: expect.stringMatching(/^\d+$/) });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
  });

  it('breaks off instead of passing half a result as whole', async () => {
    const query = 'SELECT throwIf(number = 5000000) FROM numbers(10000000)';
    const ask = async () => await (await client.query({ query, format: 'TabSeparated' })).text();
    await expect(ask()).rejects.toThrow();
  });
});

describe('over plain HTTP', () => {
  const headers = () => ({ authorization: auth() });

  it('reads with GET, refuses to write with it', async () => {
    const url = `${engine.url}/?query=${encodeURIComponent('SELECT 1 AS x FORMAT JSONEachRow')}`;
    const response = await fetch(url, { headers: headers() });
    expect(await response.text()).toBe('{"x":1}\n');
    expect(response.headers.get('x-clickhouse-query-id')).toMatch(/./);
    const write = await fetch(`${engine.url}/?query=DROP+TABLE+t.x`, { headers: headers() });
    expect(write.status).toBe(403);
    expect(write.headers.get('x-clickhouse-exception-code')).toBe('164');
    for (const [sql, status] of [
      ['SELECT 1; INSERT INTO t.x VALUES (90, $$a$$)', 400],
      ["WITH 90 AS n INSERT INTO t.x SELECT n, 'a'", 403],
    ] as const) {
      // A format that is not streamed: the engine itself would run these.
      const query = `query=${encodeURIComponent(sql)}&default_format=JSON`;
      expect((await fetch(`${engine.url}/?${query}`, { headers: headers() })).status).toBe(status);
    }
    const posted = await fetch(engine.url, {
      method: 'POST',
      body: 'SELECT 1; SELECT 2',
      headers: headers(),
    });
    expect(posted.headers.get('x-clickhouse-exception-code')).toBe('62');
    const count = await client.query({ query: 'SELECT count() FROM t.x WHERE id = 90', format: 'CSV' });
    expect(await count.text()).toBe('0\n');
  });

  it('takes a database name as a name, whatever is in it', async () => {
    const name = 'a\\`; b';
    await client.command({ query: 'CREATE DATABASE `a\\\\\\`; b`' });
    const odd = connect({ database: name });
    const found = await odd.query({ query: 'SELECT currentDatabase()', format: 'TabSeparatedRaw' });
    expect(await found.text()).toBe(`${name}\n`);
    await odd.close();
  });

  it('takes statement and data in one body, and a default format', async () => {
    const post = (body: Uint8Array | string, more = '', extra = {}) =>
      fetch(`${engine.url}/?${more}`, {
        method: 'POST',
        body: new Uint8Array(Buffer.from(body)),
        headers: { ...headers(), ...extra },
      });
    expect((await post('INSERT INTO t.x FORMAT CSV\n10,"a"\n11,"b"\n')).status).toBe(200);
    const packed = gzipSync("INSERT INTO t.x (id, name) VALUES (12, 'c')");
    expect((await post(packed, '', { 'content-encoding': 'gzip' })).status).toBe(200);
    const asked = await post(
      'SELECT id FROM t.x WHERE id >= 10 ORDER BY id',
      'default_format=JSONCompactEachRow',
    );
    expect(await asked.text()).toBe('[10]\n[11]\n[12]\n');
    const gz = `${engine.url}/?enable_http_compression=1&query=SELECT+7`;
    const raw = await new Promise<Buffer>((resolve, reject) => {
      const request = httpRequest(
        gz,
        { headers: { ...headers(), 'accept-encoding': 'gzip' } },
        (response) => {
          buffer(response).then(resolve, reject);
        },
      );
      request.on('error', reject).end();
    });
    expect(gunzipSync(raw).toString()).toBe('7\n');
  });

  it('refuses broken and oversized bodies and goes on', async () => {
    const url = `${engine.url}/?query=${encodeURIComponent('INSERT INTO t.x FORMAT JSONEachRow')}`;
    const post = (body: Buffer, extra = {}) =>
      fetch(url, { method: 'POST', body: new Uint8Array(body), headers: { ...headers(), ...extra } });
    const whole = gzipSync('{"id":20,"name":"a"}\n');
    const cut = await post(whole.subarray(0, whole.length - 6), { 'content-encoding': 'gzip' });
    expect([cut.status, cut.headers.get('x-clickhouse-exception-code')]).toEqual([400, '354']);
    const bomb = await post(gzipSync(Buffer.alloc(8_000_000, 32)), { 'content-encoding': 'gzip' });
    expect([bomb.status, bomb.headers.get('x-clickhouse-exception-code')]).toEqual([413, '307']);
    const foreign = await post(whole, { 'content-encoding': 'snappy' });
    expect(foreign.status).toBe(501);
    const count = await client.query({ query: 'SELECT count() FROM t.x WHERE id = 20', format: 'CSV' });
    expect(await count.text()).toBe('0\n');
  });
});

describe('under load', () => {
  it('is not held up by clients that never read', async () => {
    const query = encodeURIComponent('SELECT number, toString(number) FROM numbers(3000000) FORMAT CSV');
    const stuck = Array.from({ length: 4 }, () => {
      const request = httpRequest(`${engine.url}/?query=${query}`, { headers: { authorization: auth() } });
      const closed = new Promise<string>((resolve) => {
        request.on('response', (response) => {
          response.pause();
          response.on('close', () => resolve('closed'));
        });
        request.on('error', () => resolve('closed'));
      });
      request.end();
      return { request, closed };
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = await client.query({ query: 'SELECT 42', format: 'CSV' });
    expect(await answer.text()).toBe('42\n');
    // Nobody can hold a connection for ever.
    for (const { request } of stuck) request.destroy();
    await Promise.all(stuck.map(({ closed }) => closed));
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
  });

  it('lets a slow reader have the whole result, in a format that cannot be cut as well', async () => {
    const one = await client.exec({ query: 'SELECT number FROM numbers(1000000) FORMAT JSONCompact' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const parsed = JSON.parse(await text(one.stream)) as { rows: number };
    expect(parsed.rows).toBe(1_000_000);
    const result = await client.exec({ query: 'SELECT number FROM numbers(2000000) FORMAT CSV' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const all = await text(result.stream);
    expect(all.length).toBe(14_888_890);
  });

  it('bounds the queries that wait', async () => {
    const ask = () =>
      client.query({ query: 'SELECT sleep(1)', format: 'CSV' }).then((result) => result.text());
    const many = connect({ max_open_connections: 40 });
    const asks = Array.from({ length: 30 }, () =>
      many.query({ query: 'SELECT sleep(0.5)', format: 'CSV' }).then((result) => result.text()),
    );
    const results = await Promise.allSettled(asks);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ reason: { code: '202' } });
    expect(results.some((result) => result.status === 'fulfilled')).toBe(true);
    await many.close();
    expect(await ask()).toBe('0\n');
  });
});
