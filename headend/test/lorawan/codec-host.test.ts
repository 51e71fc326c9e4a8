/** The process that runs codecs: UTC, no environment, killed when the sandbox alone cannot stop a codec. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { ManualClock } from '@openami/model';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CodecHost } from '../../src/lorawan/codec-host.ts';

const clock = new ManualClock(1_000_000);
let host: CodecHost;
const limits = { killMs: 400, suspendMs: 1_000, sandbox: { callMs: 50, loadMs: 100 } };

beforeAll(async () => {
  process.env.OPENAMI_TEST_SECRET = 'x';
  host = new CodecHost(limits, clock);
  await host.run(codecOf('good', uplink('return { data: {} }')), 'decodeUplink', {});
});
afterAll(() => {
  delete process.env.OPENAMI_TEST_SECRET;
  host.close();
});

const uplink = (body: string) => `function decodeUplink(input) { ${body} }`;
const codecOf = (key: string, script: string) => ({ key, script, recvTime: 'date' as const });
const code = (expected: string) => expect.objectContaining({ code: expected });
const good = codecOf('good2', uplink('return { data: { n: input.n } }'));
/** Loops in a built-in function that never asks whether it may go on. */
const hanging = uplink('return { data: { i: Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) } }');

test('answers in order, many at once', async () => {
  const numbers = Array.from({ length: 500 }, (_, n) => n);
  const answers = await Promise.all(numbers.map((n) => host.run(good, 'decodeUplink', { n })));
  expect(answers.map(({ result }) => (result.data as { n: number }).n)).toEqual(numbers);
});

test('local time is UTC, wherever the server is', async () => {
  const script = uplink(`const d = new Date(2026, 6, 1, 12); return { data: {
    iso: d.toISOString(), parsed: new Date('2026-07-01T12:00:00').toISOString(), offset: d.getTimezoneOffset(), hours: new Date(0).getHours() } }`);
  const { result } = await host.run(codecOf('utc', script), 'decodeUplink', {});
  const noon = '2026-07-01T12:00:00.000Z';
  expect(result.data).toEqual({ iso: noon, parsed: noon, offset: 0, hours: 0 });
});

test('long scripts load: a thousand branches, half a million characters', async () => {
  const branches = Array.from({ length: 1_000 }, (_, k) => `if (x === ${k + 1_000}) x = ${k};`).join(
    ' else ',
  );
  const table = `var t = {${Array.from({ length: 10_000 }, (_, k) => `k${k}: function (a) { return a + ${k} }`)}};`;
  const script = `${table} function decodeUplink(i) { var x = i.n; ${branches} return { data: { n: t.k7(x) } } }`;
  expect((await host.run(codecOf('long', script), 'decodeUplink', { n: 1_999 })).result).toEqual({
    data: { n: 1_006 },
  });
});

test('errors come with their code and what was printed', async () => {
  const script = uplink('console.log("before"); throw new Error("no such port")');
  await expect(host.run(codecOf('throws', script), 'decodeUplink', {})).rejects.toMatchObject({
    code: 'CODEC_THREW',
    message: 'Error: no such port',
    data: { logs: ['before'] },
  });
});

test('a codec that hangs is killed and suspended; others do not notice', async () => {
  const first = host.pid;
  const bad = codecOf('hangs', hanging);
  const jobs = [
    host.run(good, 'decodeUplink', { n: 1 }),
    host.run(bad, 'decodeUplink', {}),
    host.run(good, 'decodeUplink', { n: 2 }),
    host.run(bad, 'decodeUplink', {}),
    host.run(good, 'decodeUplink', { n: 3 }),
  ];
  const [a, hung, b, behind, c] = await Promise.allSettled(jobs);
  for (const [job, n] of [
    [a, 1],
    [b, 2],
    [c, 3],
  ] as const) {
    expect(job).toMatchObject({ status: 'fulfilled', value: { result: { data: { n } } } });
  }
  expect(hung).toMatchObject({ status: 'rejected', reason: code('CODEC_TIMEOUT') });
  expect(behind).toMatchObject({ status: 'rejected', reason: code('CODEC_SUSPENDED') });
  expect(host.pid).not.toBe(first);
  await expect(host.run(bad, 'decodeUplink', {})).rejects.toThrow(code('CODEC_SUSPENDED'));
  // tried again when the time is over, and suspended for longer
  clock.advanceMs(1_001);
  await expect(host.run(bad, 'decodeUplink', {})).rejects.toThrow(code('CODEC_TIMEOUT'));
  clock.advanceMs(1_500);
  await expect(host.run(bad, 'decodeUplink', {})).rejects.toThrow(code('CODEC_SUSPENDED'));
  clock.advanceMs(501);
  host.forget('hangs');
  expect((await host.run(codecOf('hangs', good.script), 'decodeUplink', { n: 9 })).result).toEqual({
    data: { n: 9 },
  });
});

test('who waits with a codec that hangs is answered before it is tried again', async () => {
  const bad = codecOf('hangs before others', hanging);
  const ends: string[] = [];
  const run = (name: string, codec: typeof bad) =>
    host.run(codec, 'decodeUplink', { n: 1 }).then(
      () => ends.push(name),
      (error: { code: string }) => ends.push(`${name} ${error.code}`),
    );
  const hung = [run('bad', bad), run('bad', bad), run('bad', bad)];
  const others = [run('good', good), run('good', good)];
  await Promise.all(others);
  // one process was lost to it, not yet a second one
  expect(ends).toEqual(['good', 'good']);
  const later = run('good', good);
  await Promise.all([...hung, later]);
  expect(ends.filter((end) => end !== 'good')).toEqual([
    ...['bad CODEC_TIMEOUT', 'bad CODEC_SUSPENDED', 'bad CODEC_SUSPENDED'],
  ]);
  expect(ends.filter((end) => end === 'good')).toHaveLength(3);
});

test('of a codec that hangs nothing more is run, however much waits for it', async () => {
  const bad = codecOf('hangs with many', hanging);
  const [first, ...others] = await Promise.allSettled(
    Array.from({ length: 100 }, () => host.run(bad, 'decodeUplink', {})),
  );
  expect(first).toMatchObject({ status: 'rejected', reason: code('CODEC_TIMEOUT') });
  for (const job of others) {
    expect(job).toMatchObject({ status: 'rejected', reason: code('CODEC_SUSPENDED') });
  }
});

test('a process that is killed from outside costs no payload', async () => {
  const jobs = Array.from({ length: 100 }, (_, n) => host.run(good, 'decodeUplink', { n }));
  process.kill(host.pid, 'SIGKILL');
  const answers = await Promise.all(jobs);
  expect(answers.map(({ result }) => (result.data as { n: number }).n)).toEqual(jobs.map((_, n) => n));
});

test('the process ends with the one that started it, even while a codec hangs', {
  timeout: 30_000,
}, async () => {
  const source = `
    import { CodecHost } from ${JSON.stringify(new URL('../../src/lorawan/codec-host.ts', import.meta.url).href)};
    const host = new CodecHost({ killMs: 60_000 });
    const codec = (key, script) => ({ key, script, recvTime: 'date' });
    await host.run(codec('a', 'function decodeUplink() { return { data: {} } }'), 'decodeUplink', {});
    host.run(codec('b', ${JSON.stringify(hanging)}), 'decodeUplink', {});
    setTimeout(() => console.log(host.pid), 300);`;
  const args = ['--import', 'tsx', '--conditions=@openami/source', '--input-type=module', '-e', source];
  const starter = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(starter.stdout, 'data')) as [Buffer];
  const pid = Number(chunk.toString());
  expect(isAlive(pid)).toBe(true);
  starter.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000, interval: 100 });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // ended, but not yet collected by whoever inherited it
    return !(existsSync(`/proc/${pid}/stat`) && readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
  } catch {
    return false;
  }
}

test('jobs are bounded, and a closed host says so', async () => {
  const small = new CodecHost({ ...limits, jobs: 2 }, clock);
  const jobs = [1, 2, 3].map((n) => small.run(good, 'decodeUplink', { n }));
  await expect(jobs[2]).rejects.toThrow(code('CODEC_BUSY'));
  small.close();
  await expect(jobs[0]).rejects.toThrow(code('CODEC_CLOSED'));
  await expect(jobs[1]).rejects.toThrow(code('CODEC_CLOSED'));
  await expect(small.run(good, 'decodeUplink', {})).rejects.toThrow(code('CODEC_CLOSED'));
});
