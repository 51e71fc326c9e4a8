import { createServer, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SseHub } from '../../src/http/sse.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 2 });
}, 90_000);
afterAll(() => server?.close());

function open(path: string, token = server.token): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get(new URL(path, server.url), { headers }, resolve).once('error', reject);
  });
}

/** Events of a stream until one of the given name comes. */
async function until(stream: IncomingMessage, name: string): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    const found = new RegExp(`event: ${name}\ndata: (.*)\n\n`).exec(text);
    if (found) return JSON.parse(found[1]!) as Record<string, unknown>;
  }
  throw new Error('the stream ended');
}

describe('live stream', () => {
  it('sends the figures each second', async () => {
    const stream = await open('/api/v1/stream');
    expect(stream.headers['content-type']).toContain('text/event-stream');
    expect(await until(stream, 'overview')).toMatchObject({ queuedRows: 0, now: '2026-03-31T10:00:00.000Z' });
    stream.destroy();
  });

  it('sends readings of the watched meter, in its unit, and of no other', async () => {
    const { items } = await (await server.fetch('/api/v1/meters?q=T1001')).json();
    const stream = await open(`/api/v1/stream?meter=${items[0].id}`);
    await until(stream, 'overview');
    const push = (meter: string, value: number) =>
      server.fetch('/api/v1/readings', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          meter,
          series: [
            { quantity: 'import', unit: 'Wh', interval: 900, first: '2026-03-31T01:00:00Z', values: [value] },
          ],
        }),
      });
    await push('T1000', 999);
    await push('T1001', 1234);
    expect(await until(stream, 'reading')).toMatchObject({ value: 1.234, end: 1774918800 });
    stream.destroy();
  });

  it('drops a client that never reads, and serves the others', async () => {
    const { hub } = server.running.context;
    const stuck = await open('/api/v1/stream');
    stuck.pause();
    const alive = await open('/api/v1/stream');
    const before = hub.size;
    const filler = 'x'.repeat(100_000);
    alive.on('data', () => undefined);
    for (let i = 0; i < 400 && hub.dropped === 0; i++) {
      hub.publish('filler', filler);
      await sleep(5);
    }
    expect(hub.dropped).toBe(1);
    expect(hub.size).toBe(before - 1);
    alive.destroy();
    stuck.destroy();
  });

  it('ends a stream after its time, so that who may no longer listen is asked again', async () => {
    const hub = new SseHub({ lifeMs: 50 });
    const listener = createServer((_request, response) => hub.add(response, 'me', new Set()));
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    const { port } = listener.address() as { port: number };
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('retry: 3000\n\n');
    expect(hub.size).toBe(0);
    hub.close();
    listener.close();
  });

  it('refuses more streams than it can serve, of one caller and in all', async () => {
    const { hub, registry } = server.running.context;
    const streams: IncomingMessage[] = [];
    const refused = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(new URL('/api/v1/stream', server.url), { headers });
      expect(answer.status).toBe(503);
      expect((await answer.json()).code).toBe('STREAM_LIMIT');
    };
    for (let caller = 0; hub.size < 200; caller++) {
      const { secret } = await registry.tokens.issue(systemAccess, { name: `c${caller}`, role: 'viewer' });
      for (let i = 0; i < 20; i++) streams.push(await open('/api/v1/stream', secret));
      if (caller < 2) await refused(secret);
    }
    await refused(server.token);
    for (const stream of streams) stream.destroy();
    for (let i = 0; i < 100 && hub.size > 5; i++) await sleep(20);
    expect(hub.size).toBeLessThan(5);
  });
});
