import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLock } from '../src/engine-lock.ts';

let dir: string;
let path: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'openami-lock-'));
  path = join(dir, 'engine.lock');
});

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** A process that is there until it is killed. */
function sleeper(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  started.push(child);
  return child;
}

describe('takeLock', () => {
  it('takes a lock that is free, torn, or of a process that is gone', async () => {
    const gone = sleeper();
    const ended = new Promise((resolve) => gone.once('exit', resolve));
    gone.kill('SIGKILL');
    await ended;
    for (const content of [undefined, '', 'x y', '{"pid":', `${gone.pid} 1\n`, '0 \n', '-1 \n']) {
      if (content !== undefined) writeFileSync(path, content);
      const release = await takeLock(path, 0);
      expect(release).toBeTypeOf('function');
      expect(readFileSync(path, 'utf8').split(' ')[0]).toBe(String(process.pid));
      (release as () => void)();
      expect(existsSync(path)).toBe(false);
    }
    expect(readdirSync(dir)).toEqual([]);
  });

  it('names a holder that lives, waits for it to end, and is not fooled by a reused process id', async () => {
    const holder = sleeper();
    writeFileSync(path, `${holder.pid} \n`);
    expect(await takeLock(path, 60)).toBe(holder.pid);
    setTimeout(() => holder.kill('SIGKILL'), 50);
    const release = await takeLock(path, 10_000);
    expect(release).toBeTypeOf('function');
    (release as () => void)();
    if (!existsSync('/proc/self/stat')) return;
    writeFileSync(path, `${sleeper().pid} 1\n`);
    const taken = await takeLock(path, 0);
    expect(taken).toBeTypeOf('function');
    // What is somebody else's by now stays.
    writeFileSync(path, '1 1\n');
    (taken as () => void)();
    expect(readFileSync(path, 'utf8')).toBe('1 1\n');
    rmSync(path);
  });

  it('goes to one of several that find a stale lock at once', async () => {
    const script = fileURLToPath(new URL('./lock-taker.ts', import.meta.url));
    const takers = Array.from({ length: 4 }, () =>
      fork(script, [path], { execArgv: ['--import', 'tsx', '--conditions=@openami/source'] }),
    );
    started.push(...takers);
    const next = (taker: ChildProcess) =>
      new Promise<boolean>((resolve) => taker.once('message', (taken) => resolve(taken as boolean)));
    await Promise.all(takers.map(next));
    for (let round = 0; round < 20; round++) {
      writeFileSync(path, `${0x3fffff} 1\n`);
      const answers = takers.map(next);
      for (const taker of takers) taker.send('take');
      expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(1);
      const dropped = takers.map(next);
      for (const taker of takers) taker.send('drop');
      await Promise.all(dropped);
    }
    for (const taker of takers) taker.disconnect();
  }, 30_000);
});
