import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Commit, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, describe, expect, it } from 'vitest';
import type { EmbeddedEngine, ReadingStore } from '../../src/clickhouse/index.ts';
import { openTestStore, Scratch, TestClock } from './support.ts';

const scratch = new Scratch();
const start = 1_700_000_000;

afterAll(() => scratch.clean());

function messageOf(n: number): Commit {
  const batch = new ReadingBatch(40);
  for (let i = 0; i < 40; i++)
    batch.push(1 + (n % 50), start + (Math.floor(n / 50) * 40 + i + 1) * 900, n, 10, 1, 0);
  const frame = {
    source: 'mqtt',
    device: `m${n}`,
    meter: n,
    payload: Buffer.from(`p${n}`),
    accepted: 40,
  } as const;
  return { readings: batch, frames: [{ ...frame, receivedMs: Date.now(), outcome: 'OK' }] };
}

async function checkAcknowledged(store: ReadingStore, acknowledged: ReadonlySet<number>): Promise<void> {
  const table = await store.client.select(
    `SELECT value, toUInt32(count()) AS n, toUInt32(uniqExact(channel, end)) AS u
     FROM openami.reading FINAL GROUP BY value`,
  );
  const found = new Map(Array.from(table.f64('value'), (value, i) => [value, table.u32('n')[i]!]));
  const distinct = table.u32('u');
  for (const n of acknowledged) expect(found.get(n)).toBe(40);
  expect(Array.from(distinct)).toEqual(Array.from(table.u32('n')));
  const frames = await store.client.select(
    'SELECT meter, toUInt32(count()) AS n FROM openami.frame GROUP BY meter',
  );
  const kept = new Map(Array.from(frames.u32('meter'), (meter, i) => [meter, frames.u32('n')[i]!]));
  for (const n of acknowledged) expect(kept.get(n)).toBe(1);
}

describe('when the engine is killed', () => {
  it('stores every acknowledged commit exactly once, through five kills, without a hand', async () => {
    const store = await openTestStore(scratch.dir(), new TestClock());
    const engine = store.engine as EmbeddedEngine;
    const acknowledged = new Set<number>();
    let stop = false;
    let next = 0;
    const sender = async () => {
      while (!stop) {
        const n = next++;
        await store.writer.commit(messageOf(n));
        acknowledged.add(n);
      }
    };
    const senders = Array.from({ length: 20 }, sender);
    for (let kill = 0; kill < 5; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 150 + kill * 60));
      const before = acknowledged.size;
      process.kill(engine.status().pid, 'SIGKILL');
      while (acknowledged.size < before + 40) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    stop = true;
    await Promise.all(senders);
    expect(engine.status().restarts).toBe(5);
    expect(acknowledged.size).toBe(next);
    await checkAcknowledged(store, acknowledged);
    expect(store.writer.stats().failedCommits).toBe(0);
    await store.close();
  }, 60_000);

  it('gives up with a typed error when it stays away, and acknowledges nothing', async () => {
    const store = await openTestStore(scratch.dir(), new TestClock(), { limits: { giveUpMs: 300 } });
    await store.engine.close();
    await expect(store.writer.commit(messageOf(1))).rejects.toMatchObject({ code: 'STORE_TIMEOUT' });
    expect(store.writer.stats()).toMatchObject({ stored: 0, failedCommits: 1, queuedRows: 0 });
    await store.close();
  });
});

describe('when the whole program is killed', () => {
  it('starts again by itself and has what was acknowledged', async () => {
    const dataDir = scratch.dir();
    const acknowledged = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const child = startProgram(dataDir, round * 100_000);
      const engine = await new Promise<number>((resolve, reject) => {
        child.once('exit', () => reject(new Error('the program ended early')));
        child.on('message', (message: { pid?: number; stored?: number }) => {
          if (message.pid) resolve(message.pid);
          if (message.stored !== undefined) acknowledged.add(message.stored);
        });
      });
      const before = acknowledged.size;
      while (acknowledged.size < before + 30) await new Promise((resolve) => setTimeout(resolve, 10));
      child.removeAllListeners('exit');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      expect(engine).toBeGreaterThan(0);
    }
    const store = await openTestStore(dataDir, new TestClock());
    await checkAcknowledged(store, acknowledged);
    await store.close();
    expect(existsSync(join(dataDir, 'engine.lock'))).toBe(false);
  }, 60_000);

  it('refuses a second engine on the same directory, naming its owner', async () => {
    const dataDir = scratch.dir();
    const store = await openTestStore(dataDir, new TestClock());
    const owner = readFileSync(join(dataDir, 'engine.lock'), 'utf8').split(' ')[0];
    const second = openTestStore(dataDir, new TestClock(), { engine: { lockWaitMs: 200 } });
    await expect(second).rejects.toMatchObject({
      code: 'ENGINE_START_FAILED',
      message: expect.stringContaining(`process ${owner}`),
    });
    await store.close();
  });
});

describe('when the disk is full', () => {
  it('says so, acknowledges nothing, and goes on when there is room', async () => {
    const store = await openTestStore(scratch.dir(), new TestClock());
    await store.writer.commit(messageOf(0));
    store.engine.setLimits({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(store.writer.commit(messageOf(1))).rejects.toMatchObject({
      code: 'STORE_FULL',
      status: 507,
    });
    const asked = store.readings.latest(systemAccess, [1]);
    await expect(asked).resolves.toMatchObject({ length: 1 });
    store.engine.setLimits({ minFreeBytes: 0 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await store.writer.commit(messageOf(1));
    await checkAcknowledged(store, new Set([0, 1]));
    await store.close();
  });
});

describe('when one commit is refused by the engine', () => {
  it('stores the others of its group', async () => {
    const store = await openTestStore(scratch.dir(), new TestClock(), { limits: { gatherMs: 200 } });
    await store.client.command("ALTER TABLE openami.frame ADD CONSTRAINT small CHECK device != 'poison'");
    await store.writer.commit(messageOf(0));
    const poison = messageOf(2);
    const bad = { ...poison, frames: poison.frames!.map((frame) => ({ ...frame, device: 'poison' })) };
    const results = await Promise.allSettled([
      store.writer.commit(messageOf(1)),
      store.writer.commit(bad),
      store.writer.commit(messageOf(3)),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'ENGINE_QUERY_FAILED' } });
    const table = await store.client.select(
      'SELECT DISTINCT value FROM openami.reading FINAL ORDER BY value',
    );
    expect(Array.from(table.f64('value'))).toEqual(expect.arrayContaining([0, 1, 3]));
    await store.close();
  });

  it('stores the evidence of the others once, also what landed with the whole group', async () => {
    const store = await openTestStore(scratch.dir(), new TestClock(), { limits: { gatherMs: 200 } });
    await store.client.command("ALTER TABLE openami.rejection ADD CONSTRAINT small CHECK device != 'poison'");
    await store.writer.commit(messageOf(0));
    const refused = { source: 'mqtt', receivedMs: Date.now(), quantity: '', end: 0, value: '' } as const;
    const bad: Commit = {
      ...messageOf(2),
      rejections: [{ ...refused, device: 'poison', code: 'X', detail: '' }],
    };
    const results = await Promise.allSettled(
      [messageOf(1), bad, messageOf(3)].map((work) => store.writer.commit(work)),
    );
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await checkAcknowledged(store, new Set([0, 1, 3]));
    await store.close();
  });
});

function startProgram(dataDir: string, from: number): ChildProcess {
  const program = fileURLToPath(new URL('./program.ts', import.meta.url));
  return fork(program, [dataDir, String(from)], {
    execArgv: ['--import', 'tsx', '--conditions=@openami/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
