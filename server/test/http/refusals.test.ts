/** What hostile and broken clients get: always a problem document, never a fault of the server. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 2 });
}, 120_000);
afterAll(() => server?.close());

/** Bytes as they are; the whole answer. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(text));
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', (error) => (answer ? resolve(answer) : reject(error)));
  });
}

describe('refusals', () => {
  it.each([
    ['/api/v1/meters/%ff%fe', 400],
    ['/api/v1/meters/%', 400],
    [`/api/v1/meters/${'a'.repeat(300)}`, 414],
    ['/api/v1/meters/-1', 400],
    ['/api/v1/meters/2147483648', 400],
    ['/api/v1/nothing', 404],
    ['/api/v1/unregistered?cursor=x', 400],
    ['/api/v1/unregistered?limit=1001', 400],
  ])('are problems: %s', async (path, status) => {
    const answer = await server.fetch(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code: expect.any(String), hint: expect.any(String) });
  });

  it.each([
    ['no HTTP at all\r\n\r\n', '400'],
    [`GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'a'.repeat(1 << 20)}\r\n\r\n`, '431'],
    ['POST /api/auth/sign-in/email HTTP/1.1\r\nhost: a b%%\r\ncontent-length: 0\r\n\r\n', '4'],
  ])('are problems where the request is none', async (text, status) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
    expect(answer).toContain('application/problem+json');
    expect((await server.fetch('/health/live')).status).toBe(200);
  });

  it('are problems where the identity library refuses', async () => {
    for (const body of [{}, { email: 5, password: [] }, { email: 'x', password: 'y' }]) {
      const answer = await fetch(new URL('/api/auth/sign-in/email', server.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: server.url },
        body: JSON.stringify(body),
      });
      expect([400, 401]).toContain(answer.status);
      expect((await answer.json()).hint).toEqual(expect.any(String));
    }
  });

  it('are problems where a body is nested deeper than any that is asked for', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const send = (path: string, headers: Record<string, string>) =>
      server.fetch(path, {
        ...{ method: 'POST', body: deep },
        headers: { 'content-type': 'application/json', origin: server.url, ...headers },
      });
    for (const answer of [
      await send('/api/v1/tariffs/check', { 'idempotency-key': 'deep' }),
      await send('/api/auth/sign-in/email', {}),
    ])
      expect(await answer.json()).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  it('hold no stream open for a HEAD', async () => {
    const { hub } = server.running.context;
    expect((await server.fetch('/api/v1/stream', { method: 'HEAD' })).status).toBe(404);
    expect(hub.size).toBe(0);
  });

  it('list unregistered devices with how many there are, page by page', async () => {
    const { store } = server.running.context;
    const one = { source: 'mqtt', quantity: 'q', unit: 'kWh', intervalS: 900, value: 1, quality: 1 } as const;
    const unregistered = Array.from({ length: 1_200 }, (_, i) => ({
      ...one,
      ...{ device: `D${i}`, receivedMs: Date.UTC(2026, 2, 29), end: 1_774_000_000 },
    }));
    await store.writer.commit({ unregistered });
    const devices = new Set<string>();
    for (let cursor = ''; ; ) {
      const answer = await server.fetch(`/api/v1/unregistered?limit=1000${cursor}`);
      const page = (await answer.json()) as {
        items: { device: string }[];
        next: string | null;
        total: number;
      };
      expect(page.total).toBe(1_201);
      for (const { device } of page.items) devices.add(device);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(devices.size).toBe(1_201);
  });

  it('refuse an exchange that has not been, before anything is changed', async () => {
    const send = async (change: object) => {
      const answer = await server.fetch('/api/v1/usage-points/1/exchange', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...{ newMeterId: 2, at: '2026-03-31T09:00:00Z', finalReads: [], initialReads: [] },
          ...change,
        }),
      });
      return [answer.status, (await answer.json()).code];
    };
    expect(await send({ at: '2026-04-01T00:00:00Z' })).toEqual([422, 'EXCHANGE_IN_FUTURE']);
    expect(await send({ at: '2025-01-01T00:00:00Z' })).toEqual([409, 'NOT_INSTALLED']);
    expect(await send({ newMeterId: 1 })).toEqual([409, 'EXCHANGE_SAME_METER']);
    expect(await send({})).toEqual([409, 'METER_BUSY']);
  });
});
