/** Lists of meters on a test server: sent, and waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { BulkJob } from '../../src/contract/index.ts';
import type { TestServer } from '../helpers/start-server.ts';

type Query = Readonly<Record<string, string>>;

export async function sendList(server: TestServer, body: string, query: Query = {}): Promise<BulkJob> {
  const search = new URLSearchParams({ name: 'list.csv', ...query });
  const answer = await server.fetch(`/api/v1/commissioning/jobs?${search}`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body },
  });
  expect(answer.status, await answer.clone().text()).toBe(202);
  return (await answer.json()) as BulkJob;
}

/** The job when it has ended, well or not. */
export async function finishedJob(server: TestServer, { id }: Pick<BulkJob, 'id'>): Promise<BulkJob> {
  for (let tries = 0; tries < 4_000; tries++) {
    const job = (await (await server.fetch(`/api/v1/commissioning/jobs/${id}`)).json()) as BulkJob;
    if (job.state !== 'queued' && job.state !== 'running') return job;
    await sleep(25);
  }
  throw new Error('the job did not end');
}

/** Lines of the rows that failed, without the header. */
export async function failedRows(server: TestServer, id: number): Promise<string[]> {
  const text = await (await server.fetch(`/api/v1/commissioning/jobs/${id}/failed`)).text();
  return text.trim().split('\n').slice(1);
}
