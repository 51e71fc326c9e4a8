import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { encode } from 'cborg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorsText } from '../../src/tools/reference.ts';
import { fixtureStart, startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 6 });
}, 90_000);
afterAll(() => server?.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
async function get(path: string): Promise<any> {
  const response = await server.fetch(path);
  expect(response.status, path).toBe(200);
  return response.json();
}

function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return server.fetch(path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const first = Date.parse(fixtureStart) / 1000;

describe('overview', () => {
  it('counts what the fixture holds', async () => {
    const overview = await get('/api/v1/overview');
    // 5 × 192 intervals and meter 3 with 173, and a register reading each
    expect(overview).toMatchObject({
      metersRegistered: 6,
      usagePoints: 6,
      readingsStored: 5 * 192 + 173 + 6,
    });
    expect(overview.metersByCommodity).toEqual({ electricity: 6 });
    expect(overview.unregisteredDevices).toBe(1);
    expect(overview.clock).toMatchObject({ now: '2026-03-31T10:00:00.000Z', zone: 'Europe/Berlin' });
  });

  it('expects 96 and 92 readings around the change to summer time', async () => {
    const { days } = await get('/api/v1/read-success?days=4');
    expect(days.map((day: { day: string; expected: number }) => [day.day, day.expected])).toEqual([
      ['2026-03-27', 6 * 96],
      ['2026-03-28', 6 * 96],
      ['2026-03-29', 6 * 92],
      ['2026-03-30', 6 * 96],
    ]);
    // Eight readings a day of the fourth meter are estimates: those were not read.
    expect(days.map((day: { present: number }) => day.present)).toEqual([
      0,
      5 * 96 + 87 - 8,
      5 * 92 + 83 - 8,
      24 - 1,
    ]);
  });

  it('is ready, and says what it looked at', async () => {
    const ready = await (await fetch(`${server.url}/health/ready`)).json();
    expect(ready.ready).toBe(true);
    expect(ready.checks.map((check: { name: string }) => check.name)).toEqual([
      'registry',
      'readings',
      'disk',
      'lease',
      'mqtt',
    ]);
  });

  it('measures itself', async () => {
    const text = await (await server.fetch('/metrics')).text();
    expect(text).toContain('openami_http_request_seconds_bucket');
    expect(text).toMatch(/openami_value\{name="writer_stored"\} \d+/);
    expect(text).toMatch(/openami_ingest\{name="accepted"\} \d+/);
  });
});

describe('meters', () => {
  it('pages through the table by cursor', async () => {
    const seen: string[] = [];
    let path = '/api/v1/meters?limit=4&sort=-serial';
    for (let pages = 0; pages < 3; pages++) {
      const page = await get(path);
      expect(page.total).toBe(6);
      seen.push(...page.items.map((item: { serial: string }) => item.serial));
      if (!page.next) break;
      path = `/api/v1/meters?limit=4&sort=-serial&cursor=${encodeURIComponent(page.next)}`;
    }
    expect(seen).toEqual(['T1005', 'T1004', 'T1003', 'T1002', 'T1001', 'T1000']);
  });

  it('filters by read status', async () => {
    expect((await get('/api/v1/meters?readStatus=current')).total).toBe(6);
    expect((await get('/api/v1/meters?readStatus=never')).total).toBe(0);
    expect((await get('/api/v1/meters?readStatus=late')).total).toBe(0);
  });

  it('shows one with everything around it', async () => {
    const { items } = await get('/api/v1/meters?q=T1003');
    const meter = await get(`/api/v1/meters/${items[0].id}`);
    expect(meter).toMatchObject({
      serial: 'T1003',
      address: '4 Test Street, 00100 Exampleton',
      zone: 'Europe/Berlin',
      account: { number: 'A3' },
      customer: { name: 'Customer 3' },
      usagePoint: { code: 'UP3' },
    });
    expect(meter.channels.map((one: { alias: string }) => one.alias).sort()).toEqual([
      'import',
      'import register',
    ]);
    expect(meter.channels[0].latest.value).toBeGreaterThan(0);
    expect(meter.lastReadingAt).toBe('2026-03-29T23:00:00.000Z');
  });

  it('gives a profile as columns, with gaps left out', async () => {
    const { items } = await get('/api/v1/meters?q=T1003');
    const meter = await get(`/api/v1/meters/${items[0].id}`);
    const { id } = meter.channels.find((one: { intervalS: number }) => one.intervalS === 900);
    const from = fixtureStart;
    const profile = await get(`/api/v1/channels/${id}/profile?from=${from}&to=2026-03-30T00:00:00Z`);
    expect(profile.end).toHaveLength(173);
    expect(profile.end[0]).toBe(first + 900);
    expect(profile.value[0]).toBe(0.005);
    expect(profile.quality.filter((code: number) => code === 4)).toHaveLength(16);
    const { days } = await get(`/api/v1/channels/${id}/daily?from=2026-03-28&to=2026-03-30`);
    expect(days.map((day: { expected: number }) => day.expected)).toEqual([96, 92, 96]);
    expect(days[0].count + days[1].count + days[2].count).toBe(173);
    const sum = profile.value.reduce((a: number, b: number) => a + Math.round(b * 1000), 0);
    const daily = days.reduce((a: number, b: { total: number }) => a + Math.round(b.total * 1000), 0);
    expect(daily).toBe(sum);
    const whole = await get(`/api/v1/channels/${id}/daily?to=2026-03-30`);
    expect(whole.days).toEqual(days);
    const before = await get(`/api/v1/channels/${id}/daily?to=2026-03-20`);
    expect(before.days.map((day: { count: number }) => day.count)).toEqual([0]);
  });

  it('changes a meter only on the version that was read', async () => {
    const { items } = await get('/api/v1/meters?q=T1001');
    const path = `/api/v1/meters/${items[0].id}`;
    const etag = (await server.fetch(path)).headers.get('etag')!;
    const one = await send('PATCH', path, { firmware: '2.0' }, { 'if-match': etag });
    expect(one.status).toBe(200);
    expect((await one.json()).firmware).toBe('2.0');
    const two = await send('PATCH', path, { firmware: '3.0' }, { 'if-match': etag });
    expect([409, 412]).toContain(two.status);
    expect((await get(path)).firmware).toBe('2.0');
  });

  it('creates, installs, exchanges and removes', async () => {
    const body = {
      serial: 'NEW1',
      commodity: 'electricity',
      channels: [{ quantity: '1.8.0', intervalS: 0, unit: 'kWh', decimals: 1 }],
    };
    const made = await (await send('POST', '/api/v1/meters', body)).json();
    expect(made.channels[0]).toMatchObject({ obis: '1-0:1.8.0*255', resolution: 100_000, unit: 'kWh' });
    const old = await get('/api/v1/meters?q=T1005');
    const before = await get(`/api/v1/meters/${old.items[0].id}`);
    const register = before.channels.find((one: { intervalS: number }) => one.intervalS === 0);
    const at = '2026-03-31T08:00:00Z';
    const exchange = await send('POST', `/api/v1/usage-points/${before.usagePoint.id}/exchange`, {
      newMeterId: made.id,
      at,
      finalReads: [{ channelId: register.id, value: 123.456 }],
      initialReads: [{ channelId: made.channels[0].id, value: 0.1 }],
    });
    expect(exchange.status).toBe(200);
    const after = await get(`/api/v1/meters/${before.id}`);
    expect(after.installations[0].until).toBe('2026-03-31T08:00:00.000Z');
    expect(after.channels.find((one: { id: number }) => one.id === register.id).latest).toMatchObject({
      value: 123.456,
      end: '2026-03-31T08:00:00.000Z',
    });
    const fresh = await get(`/api/v1/meters/${made.id}`);
    expect(fresh.usagePointCode).toBe('UP5');
    expect(fresh.channels[0].latest.value).toBe(0.1);
    const removed = await send('POST', `/api/v1/meters/${made.id}/remove`, { at: '2026-03-31T09:00:00Z' });
    expect(removed.status).toBe(200);
  });
});

describe('readings pushed', () => {
  const series = (values: unknown[], start = '2026-03-31T00:15:00Z') => ({
    meter: 'T1000',
    series: [{ quantity: 'import', unit: 'kWh', interval: 900, first: start, values }],
  });

  async function stored(from: string, to: string): Promise<number[]> {
    const { items } = await get('/api/v1/meters?q=T1000');
    const meter = await get(`/api/v1/meters/${items[0].id}`);
    const { id } = meter.channels.find((one: { intervalS: number }) => one.intervalS === 900);
    return (await get(`/api/v1/channels/${id}/profile?from=${from}&to=${to}`)).value;
  }

  it('takes JSON, NDJSON, CBOR and gzip', async () => {
    const push = (body: string | Uint8Array, headers: Record<string, string>) =>
      server.fetch('/api/v1/readings', { method: 'POST', headers, body: body as BodyInit });
    const json = { 'content-type': 'application/json' };
    expect((await (await push(JSON.stringify(series([0.1])), json)).json()).accepted).toBe(1);
    const lines = [series([0.2], '2026-03-31T00:30:00Z'), series([0.3], '2026-03-31T00:45:00Z')];
    const ndjson = lines.map((one) => JSON.stringify(one)).join('\n');
    expect((await (await push(ndjson, { 'content-type': 'application/x-ndjson' })).json()).accepted).toBe(2);
    const cbor = encode(series([0.4], '2026-03-31T01:00:00Z'));
    expect((await (await push(cbor, { 'content-type': 'application/cbor' })).json()).accepted).toBe(1);
    const packed = gzipSync(JSON.stringify(series([0.5], '2026-03-31T01:15:00Z')));
    expect((await (await push(packed, { ...json, 'content-encoding': 'gzip' })).json()).accepted).toBe(1);
    expect(await stored('2026-03-31T00:00:00Z', '2026-03-31T01:15:00Z')).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  });

  it.each([
    ['not JSON', '{"meter":', 'application/json'],
    ['truncated gzip', gzipSync(JSON.stringify(series([0.1]))).subarray(0, 30), 'gzip'],
    ['broken UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 'application/json'],
    ['deep nesting', '['.repeat(200_000), 'application/json'],
  ])('answers %s with a code and a next step, and goes on', async (_name, body, type) => {
    const gzip = type === 'gzip';
    const headers = { 'content-type': 'application/json', ...(gzip ? { 'content-encoding': 'gzip' } : {}) };
    const answer = await server.fetch('/api/v1/readings', {
      method: 'POST',
      headers,
      body: body as BodyInit,
    });
    const result = await answer.json();
    if (answer.status === 200) expect(result.rejectedCount).toBeGreaterThan(0);
    else expect(result).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), hint: expect.any(String) });
    expect(answer.status).toBeLessThan(500);
    expect((await (await send('POST', '/api/v1/readings', series([0.1]))).json()).accepted).toBe(1);
  });

  it('refuses more than 10 MB with a problem', async () => {
    // mostly blanks: what comes before the end of the body is stored
    const many = JSON.stringify(series(new Array(2500).fill(0.1), '2026-03-01T00:15:00Z'), undefined, 10);
    const body = `[${`${many},`.repeat(100)}`;
    expect(body.length).toBeGreaterThan(10 * 1024 * 1024);
    const answer = await server.fetch('/api/v1/readings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(413);
    expect((await answer.json()).code).toBe('BODY_TOO_LARGE');
  }, 60_000);

  it('adopts a stranger with the readings kept for it', async () => {
    const { items: seen } = await get('/api/v1/unregistered');
    expect(seen[0]).toMatchObject({ device: 'STRANGER1', count: 1 });
    const answer = await send('POST', '/api/v1/unregistered/adopt', {
      device: 'STRANGER1',
      commodity: 'electricity',
      channels: [{ quantity: 'import' }],
    });
    expect(await answer.json()).toMatchObject({ moved: 1 });
    expect(await get('/api/v1/unregistered')).toEqual({ items: [], next: null, total: 0, devices: 0 });
    expect((await get('/api/v1/meters?q=STRANGER1')).items[0].lastReadingAt).toBe('2026-03-27T23:15:00.000Z');
  });
});

describe('a new meter', () => {
  it('is not left behind half when two of its channels have one name', async () => {
    const channel = { quantity: 'import', unit: 'kWh', intervalS: 900 };
    const body = {
      serial: 'HALF1',
      commodity: 'electricity',
      channels: [channel, { ...channel, intervalS: 3_600 }],
    };
    const refused = await send('POST', '/api/v1/meters', body);
    expect([refused.status, (await refused.json()).code]).toEqual([400, 'VALIDATION_FAILED']);
    expect((await get('/api/v1/meters?q=HALF1')).items).toEqual([]);
    body.channels[1] = { ...body.channels[1]!, alias: 'hourly' } as typeof channel;
    expect((await send('POST', '/api/v1/meters', body)).status).toBe(201);
  });
});

describe('addresses of a meter', () => {
  it('are its own only as long as the registry says so', async () => {
    const { items } = await get('/api/v1/meters?q=T1003');
    const heard = async () => {
      const push = await send('POST', '/api/v1/readings', {
        meter: 'RADIO-7',
        series: [
          { quantity: 'import', unit: 'kWh', interval: 900, first: '2026-03-30T10:00:00Z', values: [1] },
        ],
      });
      const { accepted, unregistered } = await push.json();
      return { accepted, unregistered };
    };
    const address = (addresses: string[]) => send('PATCH', `/api/v1/meters/${items[0].id}`, { addresses });
    expect((await address(['RADIO-7'])).status).toBe(200);
    expect(await heard()).toEqual({ accepted: 1, unregistered: 0 });
    expect((await address([])).status).toBe(200);
    expect(await heard()).toEqual({ accepted: 0, unregistered: 1 });
    await send('POST', '/api/v1/unregistered/adopt', {
      ...{ device: 'RADIO-7', commodity: 'electricity', channels: [{ quantity: 'import' }] },
    });
  });
});

describe('adoption', () => {
  const pushed = (values: number[]) => ({
    meter: 'STRANGER2',
    series: [{ quantity: 'import', unit: 'kWh', interval: 900, first: '2026-03-27T23:15:00Z', values }],
  });
  const channels = [{ quantity: 'import' }];
  const body = { device: 'STRANGER2', commodity: 'electricity', channels };

  it('is not held up by a value that no channel holds exactly: that one is refused', async () => {
    expect((await send('POST', '/api/v1/readings', pushed([0.1, 1e30, 0.3]))).status).toBe(200);
    const answer = await send('POST', '/api/v1/unregistered/adopt', body);
    expect(await answer.json()).toMatchObject({ moved: 2 });
    const [refused] = await get('/api/v1/rejections?device=STRANGER2');
    expect(refused).toMatchObject({ code: 'READING_TOO_LARGE', value: '1e+30', quantity: 'import' });
    expect((await get('/api/v1/unregistered?q=STRANGER2')).items).toEqual([]);
  });
});

describe('HTTP', () => {
  it('answers errors as problem details with a hint', async () => {
    const answer = await server.fetch('/api/v1/meters?limit=5000');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const problem = await answer.json();
    expect(problem).toMatchObject({ type: 'urn:openami:error:VALIDATION_FAILED', status: 400 });
    expect(problem.errors[0].path).toBe('querystring/limit');
    expect((await server.fetch('/api/v1/meters/999999')).status).toBe(404);
    expect((await (await server.fetch('/api/v1/nothing')).json()).code).toBe('ADDRESS_UNKNOWN');
  });

  it('repeats the answer to a repeated Idempotency-Key and does the work once', async () => {
    const password = 'a long password';
    const body = { name: 'once', email: 'once@example.org', password, role: 'viewer' };
    const one = await send('POST', '/api/v1/users', body, { 'idempotency-key': 'k1' });
    const two = await send('POST', '/api/v1/users', body, { 'idempotency-key': 'k1' });
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.headers.get('idempotency-replayed')).toBe('true');
    expect(await two.json()).toEqual(await one.json());
    const other = await send('POST', '/api/v1/users', { ...body, name: 'two' }, { 'idempotency-key': 'k1' });
    expect((await other.json()).code).toBe('IDEMPOTENCY_REUSED');
  });

  it('keeps no answer with a secret, and does the work once all the same', async () => {
    const body = { name: 'once', role: 'viewer' };
    const one = await send('POST', '/api/v1/tokens', body, { 'idempotency-key': 'k2' });
    const two = await send('POST', '/api/v1/tokens', body, { 'idempotency-key': 'k2' });
    expect([one.status, two.status]).toEqual([201, 409]);
    expect((await two.json()).code).toBe('IDEMPOTENCY_SECRET');
    const { items } = await get('/api/v1/tokens');
    expect(items.filter((token: { name: string }) => token.name === 'once')).toHaveLength(1);
  });

  it('packs long answers and sets strict headers', async () => {
    const answer = await server.running.app.inject({
      url: '/api/v1/openapi.json',
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(answer.headers['content-encoding']).toBe('gzip');
    const document = JSON.parse(gunzipSync(answer.rawPayload).toString());
    expect(document.openapi).toBe('3.1.0');
    expect(answer.headers['content-security-policy']).toContain("script-src 'self'");
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('has the committed document up to date', async () => {
    const committed = readFileSync(new URL('../../../docs/reference/openapi.json', import.meta.url), 'utf8');
    const hint = 'run `npm run reference`';
    expect(await get('/api/v1/openapi.json'), hint).toEqual(JSON.parse(committed));
  });

  it('has the committed error reference up to date', () => {
    const committed = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');
    expect(errorsText(), 'run `npm run reference`').toBe(committed);
  });

  it('describes every route of the API', async () => {
    const { paths, tags } = await get('/api/v1/openapi.json');
    const operations = Object.values<Record<string, { tags?: string[] }>>(paths).flatMap(Object.values);
    const used = operations.flatMap((one) => one.tags ?? []);
    expect(new Set(tags.map(({ name }: { name: string }) => name))).toEqual(new Set(used));
    const described = Object.keys(paths).length;
    const urls = new Set(server.running.context.routeTable.map((route) => route.url));
    const api = [...urls].filter(
      (url) => /^\/(api|health|metrics)/.test(url) && url !== '/api/v1/openapi.json',
    );
    expect(described).toBeGreaterThanOrEqual(api.length);
  });
});

describe('views and credentials', () => {
  it('keeps views by owner and name', async () => {
    const body = { name: 'silent', query: '?readStatus=silent' };
    const one = await (await send('PUT', '/api/v1/views', body)).json();
    const two = await (await send('PUT', '/api/v1/views', { ...body, shared: true })).json();
    expect(two).toEqual({ ...body, id: one.id, shared: true });
    expect((await server.fetch(`/api/v1/views/${one.id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await get('/api/v1/views')).items).toEqual([]);
  });

  it('issues a credential that the broker takes', async () => {
    const answer = await send('POST', '/api/v1/devices/T1000/credential', null);
    expect(answer.status).toBe(201);
    const { username, password } = await answer.json();
    expect(username).toBe('T1000');
    expect(password.length).toBeGreaterThan(20);
  });
});
