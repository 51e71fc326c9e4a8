/** What floods of useless bytes on the ports for meters cost: a few lines of log and rejections. */
import { createConnection } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { freePort } from '../helpers/free-port.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

const ports = { push: await freePort(), inbound: await freePort() };
const lines: { readonly code?: string; readonly suppressed?: number }[] = [];
let server: TestServer;

beforeAll(async () => {
  const log = createLog('silent');
  log.warn = (line: object) => void lines.push(line);
  server = await startServer({
    log,
    meters: 0,
    env: {
      OPENAMI_DLMS_HOST: '127.0.0.1',
      OPENAMI_DLMS_PUSH_PORT: String(ports.push),
      OPENAMI_DLMS_INBOUND_PORT: String(ports.inbound),
    },
  });
}, 120_000);
afterAll(() => server.close());

it.each(['push', 'inbound'] as const)('is a few lines for many connections, %s', async (kind) => {
  lines.length = 0;
  const flood = Buffer.alloc(2 ** 20, Buffer.from('0001000100100000', 'hex'));
  for (let i = 0; i < 12; i++) {
    const socket = createConnection({ port: ports[kind], host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(flood);
    await new Promise((resolve) => socket.once('close', resolve));
  }
  await expect.poll(() => lines.length).toBeGreaterThan(0);
  // one for each reason
  const codes = lines.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  const kept = (await (await server.fetch('/api/v1/rejections')).json()) as { code: string }[];
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(100);
});
