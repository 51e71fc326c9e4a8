/** Imports of a test server: send a file, wait until it is in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ImportJob } from '../../src/contract/imports.ts';
import type { TestServer } from './start-server.ts';

type Query = Readonly<Record<string, string>>;

export function upload(server: TestServer, body: string | Uint8Array, query: Query = {}): Promise<Response> {
  const search = new URLSearchParams({ name: 'file.csv', ...query });
  return server.fetch(`/api/v1/imports?${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: body as BodyInit,
  });
}

/** The import when it has ended, well or not. */
export async function finished(server: TestServer, id: number): Promise<ImportJob> {
  for (let tries = 0; tries < 500; tries++) {
    const job = (await (await server.fetch(`/api/v1/imports/${id}`)).json()) as ImportJob;
    if (job.state !== 'queued' && job.state !== 'running') return job;
    await sleep(50);
  }
  throw new Error('the import did not end');
}

export async function importFile(
  server: TestServer,
  body: string | Uint8Array,
  query: Query = {},
): Promise<ImportJob> {
  const answer = await upload(server, body, query);
  expect(answer.status, await answer.clone().text()).toBe(202);
  return finished(server, ((await answer.json()) as ImportJob).id);
}

/** Lines of the reject file, without its header. */
export async function rejectsOf(server: TestServer, job: ImportJob): Promise<string[]> {
  const text = await (await server.fetch(`/api/v1/imports/${job.id}/rejects`)).text();
  return text.trim().split('\n').slice(1);
}
