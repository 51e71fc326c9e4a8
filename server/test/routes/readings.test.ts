/** Pushes of a hostile or broken sender over real sockets. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundAnswers } from '../../src/http/answer-time.ts';
import { fixtureStart, startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 2 });
}, 90_000);
afterAll(() => server?.close());

const first = Date.parse(fixtureStart) / 1000 + 86_400 * 2;
const series = (values: unknown, more: object = {}) => ({
  series: [{ quantity: 'import', unit: 'kWh', interval: 900, first: first + 900, values }],
  ...more,
});
const good = JSON.stringify({ meter: 'T1000', ...series([0.5]) });

function push(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/x-ndjson' };
  return server.fetch('/api/v1/readings', {
    method: 'POST',
    headers: { ...type, ...headers },
    body: body as BodyInit,
  });
}

async function metric(name: string): Promise<number> {
  const text = await (await server.fetch('/metrics')).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.split(' ')[1]);
}

describe('a body that cannot be taken whole', () => {
  it.each([
    ['truncated gzip', () => gzipSync(`${good}\n`.repeat(2_000)).subarray(0, -10), 'BODY_BROKEN', 400],
    ['gzip that is none', () => `${good}\n`, 'BODY_BROKEN', 400],
    ['a gzip bomb', () => gzipSync(Buffer.alloc(200_000_000, 0x20)), 'BODY_TOO_LARGE', 413],
    ['deep nesting', () => gzipSync(`[${good},${'[1,'.repeat(3_000_000)}`), 'PUSH_TOO_DEEP', 400],
    ['an open array', () => gzipSync(`[${good},${good}`), 'PUSH_TRUNCATED', 400],
  ])('%s: typed, counted, and visible', async (_name, make, code, status) => {
    const before = await metric(`openami_ingest_rejected{code="${code}"}`);
    const answer = await push(make(), { 'content-encoding': 'gzip' });
    const problem = await answer.json();
    expect([answer.status, problem.code], JSON.stringify(problem)).toEqual([status, code]);
    expect(problem.hint).not.toBe('');
    expect(problem.receipt).toMatchObject({ rejectedCount: 1, rejected: [{ code, device: 'test' }] });
    expect(await metric(`openami_ingest_rejected{code="${code}"}`)).toBe(before + 1);
    const kept = await (await server.fetch(`/api/v1/rejections?code=${code}`)).json();
    expect(kept.length ?? kept.items.length).toBeGreaterThan(0);
  });

  it('tells what was stored all the same', async () => {
    const answer = await push(`[${good},${good},{"meter":`, { 'content-type': 'application/json' });
    expect(answer.status).toBe(400);
    expect((await answer.json()).receipt).toMatchObject({ accepted: 2, rejectedCount: 1 });
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'nonsense'])('encoding %s is refused by name', async (encoding) => {
    const answer = await push(good, { 'content-encoding': encoding });
    expect([answer.status, (await answer.json()).code]).toEqual([415, 'BODY_ENCODING']);
  });
});

it('half a million bad rows leave a thousand rejections, a count of the rest, and all good rows', async () => {
  const bad = JSON.stringify({ meter: 'T1001', ...series(new Array(500_000).fill(-1)) });
  const rows = async () =>
    (await (await server.fetch('/api/v1/overview')).json()).rejections24h as Promise<number>;
  const before = await rows();
  const answer = await push(`${good}\n${bad}\n${'7\n'.repeat(100_000)}${good}`);
  expect(answer.status).toBe(200);
  const receipt = await answer.json();
  expect(receipt).toMatchObject({ accepted: 2, rejectedCount: 600_000, rejectedCut: 599_000 });
  expect(receipt.rejected).toHaveLength(100);
  const summaries = await (await server.fetch('/api/v1/rejections?code=REJECTIONS_CUT')).json();
  expect(summaries.items ?? summaries).toMatchObject([{ value: '599000', device: '' }]);
  await expect.poll(rows, { timeout: 20_000, interval: 1_000 }).toBe(before + 1_001);
}, 60_000);

it('thousands of unregistered devices are all kept, counted and found', async () => {
  const lines = Array.from({ length: 5_000 }, (_, i) =>
    JSON.stringify({ meter: `U${String(i).padStart(5, '0')}`, ...series([1]) }),
  );
  const receipt = await (await push(lines.join('\n'))).json();
  expect(receipt.unregistered).toBe(5_000);
  const seen = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const after = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: { items: { device: string }[]; next: string | null; total: number } = await (
      await server.fetch(`/api/v1/unregistered?limit=1000${after}`)
    ).json();
    for (const { device } of page.items) seen.add(device);
    cursor = page.next;
    expect(page.total).toBe(5_001);
  }
  expect(seen.size).toBe(5_001);
  const found = await (await server.fetch('/api/v1/unregistered?q=u04321')).json();
  expect(found).toMatchObject({ devices: 1, items: [{ device: 'U04321', count: 1 }] });
  const count = async () => (await (await server.fetch('/api/v1/overview')).json()).unregisteredDevices;
  await expect.poll(count, { timeout: 20_000, interval: 1_000 }).toBe(5_001);
}, 60_000);

describe('a caller that does not read its answers', () => {
  it('is dropped, and one that reads slowly is not', async () => {
    const app = Fastify();
    boundAnswers(app, 1_500);
    app.get('/large', async () => 'x'.repeat(30_000_000));
    const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const open = async () => {
      const socket = connect(Number(url.port), '127.0.0.1');
      await new Promise((done) => socket.once('connect', done));
      socket.pause();
      socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
      return socket;
    };
    const [deaf, slow] = await Promise.all([open(), open()]);
    let read = 0;
    const sip = setInterval(() => {
      const chunk = slow.read();
      read += chunk === null ? 0 : (chunk as Buffer).length;
    }, 5);
    const connections = () =>
      new Promise<number>((done) => app.server.getConnections((_, count) => done(count)));
    await expect.poll(() => read, { timeout: 30_000 }).toBeGreaterThan(30_000_000);
    clearInterval(sip);
    expect(await connections()).toBe(1);
    deaf.destroy();
    slow.destroy();
    await app.close();
  }, 60_000);
});
