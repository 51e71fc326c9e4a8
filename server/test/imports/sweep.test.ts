import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock, systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Problem } from '../../src/contract/common.ts';
import { Spool } from '../../src/imports/spool.ts';
import { rejectsName } from '../../src/imports/sweep.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
const dayMs = 86_400_000;
const limits = { importKeepDays: 30, importKeepBytes: 1_000 };
let server: TestServer;
let spool: Spool;
beforeAll(async () => {
  server = await startServer({ meters: 0, clock });
  spool = new Spool(server.dataDir, 1_000);
  // the worker of the server would take what is queued
  await server.running.context.imports.stop();
}, 90_000);
afterAll(() => server?.close());

async function* body(text = 'time,value\n1,2\n'): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text.slice(0, 4));
  yield Buffer.from(text.slice(4));
}

const names = () => readdirSync(spool.folder).sort();
const sweep = () => server.running.context.imports.sweep(limits);

/** An import in a state, with a file of 15 bytes and a reject file of 5. */
async function job(to: 'queued' | 'running' | 'failed' | 'cancelled' | 'done') {
  const { imports } = server.running.context.registry;
  const { name } = await spool.take(body());
  const rejects = rejectsName(name);
  writeFileSync(spool.path(rejects), 'a,b,c');
  const { id } = await imports.create(systemAccess, { name: to, format: 'csv', spool: name, rejects });
  if (to !== 'queued') await imports.transition(systemAccess, id, ['queued'], to);
  return { id, name, rejects };
}

/** As if nobody had written to it for two days. */
function forget(name: string): void {
  const thenS = Date.now() / 1_000 - 2 * 86_400;
  utimesSync(spool.path(name), thenS, thenS);
}

it('keeps what can still be used, and removes what nobody needs', async () => {
  const { name } = await spool.take(body());
  expect(readFileSync(spool.path(name), 'utf8')).toBe('time,value\n1,2\n');
  const half = ['old.data.part', 'fresh.data.part'];
  for (const part of half) writeFileSync(spool.path(part), 'half');
  for (const one of ['old.data.part', name]) forget(one);
  const [queued, running] = [await job('queued'), await job('running')];
  const [failed, cancelled, done] = [await job('failed'), await job('cancelled'), await job('done')];
  for (const one of [queued, running, failed, cancelled, done]) forget(one.name);
  await sweep();
  const active = [queued, running].flatMap((one) => [one.name, one.rejects]);
  const ended = [failed, cancelled].flatMap((one) => [one.name, one.rejects]);
  const fresh = 'fresh.data.part';
  expect(names()).toEqual([...active, ...ended, done.rejects, fresh].sort());
  clock.advanceMs(30 * dayMs);
  await sweep();
  expect(names()).toEqual([...active, ...ended, done.rejects, fresh].sort());
  clock.advanceMs(1);
  await sweep();
  expect(names()).toEqual([...active, fresh].sort());
  const { registry } = server.running.context;
  const records = await registry.audit.list(systemAccess);
  const told = records.filter(({ objectKind }) => objectKind === 'import_file').map(({ data }) => data);
  expect(told).toEqual([
    { files: 5, bytes: 45 },
    { files: 3, bytes: 34 },
  ]);
});

it('says that a file is gone when it is asked for', async () => {
  const { id, rejects, name } = await job('failed');
  const { imports } = server.running.context.registry;
  await imports.update(systemAccess, id, { counts: { rejected: 3 } });
  const path = `/api/v1/imports/${id}`;
  expect(await (await server.fetch(`${path}/rejects`)).text()).toBe('a,b,c');
  for (const file of [name, rejects]) await spool.remove(file);
  for (const ask of [server.fetch(`${path}/rejects`), server.fetch(`${path}/resume`, { method: 'POST' })]) {
    const answer = await ask;
    expect(answer.status).toBe(409);
    expect(((await answer.json()) as Problem).code).toBe('IMPORT_FILE_GONE');
  }
});

it('keeps no more bytes than allowed: what ended first goes first', async () => {
  const jobs = [];
  for (let i = 0; i < 60; i++) {
    jobs.push(await job('failed'));
    clock.advanceMs(1_000);
  }
  await sweep();
  const left = new Set(readdirSync(join(server.dataDir, 'imports')));
  const whole = jobs.map(({ name, rejects }) => [name, rejects].filter((file) => left.has(file)).length);
  // 50 of 20 bytes each
  expect(whole).toEqual([...Array(10).fill(0), ...Array(50).fill(2)]);
});
