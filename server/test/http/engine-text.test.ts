import { Writable } from 'node:stream';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Problem } from '../../src/contract/common.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
const lines: string[] = [];
const kept = new Writable({
  write(line: Buffer, _encoding, done) {
    lines.push(line.toString());
    done();
  },
});
beforeAll(async () => {
  server = await startServer({ meters: 1, log: pino({ level: 'warn' }, kept) });
}, 90_000);
afterAll(() => server?.close());

it('what the engine says of a failed statement goes to the log, not to the caller', async () => {
  const { url, username, password } = server.running.context.store.engine;
  const headers = { 'x-clickhouse-user': username, 'x-clickhouse-key': password };
  const dropped = await fetch(url, { method: 'POST', headers, body: 'DROP TABLE openami.event SYNC' });
  expect(dropped.status).toBe(200);
  const answer = await server.fetch('/api/v1/events');
  const problem = (await answer.json()) as Problem;
  expect(answer.status).toBe(500);
  expect(problem).toEqual({
    type: 'urn:openami:error:ENGINE_QUERY_FAILED',
    title: 'The reading store refused a statement.',
    detail: 'The reading store refused a statement.',
    status: 500,
    code: 'ENGINE_QUERY_FAILED',
    hint: expect.stringContaining('request id'),
    requestId: answer.headers.get('x-request-id'),
  });
  const told = lines.filter((line) => line.includes(problem.requestId!));
  expect(told.join('')).toMatch(/openami\.event/);
});
