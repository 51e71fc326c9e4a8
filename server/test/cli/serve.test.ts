/** `openami serve` as a process of its own: what a person sees when something is wrong. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { cliMain } from '../helpers/cli-main.ts';
import { prepare } from '../helpers/start-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-serve-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

interface Running {
  readonly child: ChildProcess;
  /** What it said so far. */
  said(): string;
  readonly ended: Promise<number | null>;
}

function serve(env: Record<string, string>, preload = ''): Running {
  const first = preload ? ['--import', `data:text/javascript,${encodeURIComponent(preload)}`] : [];
  const child = spawn(process.execPath, [...first, ...cliMain, 'serve'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OPENAMI_MQTT_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  const note = (chunk: Buffer) => {
    text += String(chunk);
  };
  child.stdout!.on('data', note);
  child.stderr!.on('data', note);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said: () => text, ended };
}

async function until(running: Running, words: string): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (running.said().includes(words)) return;
    if (running.child.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error(`It never said "${words}": ${running.said()}`);
}

function occupy(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      resolve({ server, port: (server.address() as { port: number }).port });
    });
  });
}

describe('serve', () => {
  describe('one folder, start after start', () => {
    const env = { OPENAMI_PORT: '0', OPENAMI_DATA_DIR: join(dir, 'one') };
    let running: Running;

    it.each([
      ['OPENAMI_PORT', 'PORT_IN_USE'],
      ['OPENAMI_MQTT_PORT', 'MQTT_LISTEN_FAILED'],
    ])(
      'shows no password where it does not serve: %s is taken',
      async (name, code) => {
        const { server, port } = await occupy();
        const failed = serve({ ...env, [name]: String(port) });
        expect(await failed.ended).toBe(1);
        expect(failed.said()).toContain(code);
        expect(failed.said()).not.toContain('Password');
        await new Promise((done) => server.close(done));
      },
      120_000,
    );

    it('shows the first password at the first start that serves', async () => {
      running = serve(env);
      await until(running, 'Password:');
      const password = /Password: +(\S+)/.exec(running.said())![1];
      const { url } = JSON.parse(readFileSync(join(env.OPENAMI_DATA_DIR, 'server.json'), 'utf8'));
      const answer = await fetch(new URL('/api/auth/sign-in/email', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url },
        body: JSON.stringify({ email: 'admin@openami.local', password }),
      });
      expect(answer.status).toBe(200);
    }, 120_000);

    it('names the server that has the folder, at once', async () => {
      await until(running, 'OpenAMI serves on');
      const second = serve(env);
      expect(await second.ended).toBe(1);
      expect(second.said()).toContain('ALREADY_RUNNING');
      expect(second.said()).toContain(`Process ${running.child.pid} serves`);
      running.child.kill('SIGTERM');
      expect(await running.ended).toBe(0);
    }, 120_000);
  });

  it('does not show a password that was given', async () => {
    const password = 'given by whoever starts it';
    const env = { OPENAMI_PORT: '0', OPENAMI_DATA_DIR: join(dir, 'given'), OPENAMI_ADMIN_PASSWORD: password };
    const running = serve(env);
    await until(running, 'as OPENAMI_ADMIN_PASSWORD says');
    expect(running.said()).not.toContain(password);
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  }, 120_000);

  it.each([
    ['unhandledRejection', `Promise.reject(new Error('nobody caught me'))`],
    ['uncaughtException', `setImmediate(() => { throw new Error('nobody caught me') })`],
  ])(
    'says what happened, stops cleanly and ends with 1: %s',
    async (kind, fault) => {
      const dataDir = join(dir, kind);
      await prepare(dataDir);
      const running = serve(
        { OPENAMI_PORT: '0', OPENAMI_DATA_DIR: dataDir },
        `process.on('SIGUSR2', () => { ${fault} })`,
      );
      await until(running, 'OpenAMI serves on');
      running.child.kill('SIGUSR2');
      expect(await running.ended).toBe(1);
      const line = running
        .said()
        .split('\n')
        .find((one) => one.includes('"level":60'));
      expect(JSON.parse(line!)).toMatchObject({ kind, err: { message: 'nobody caught me' } });
      expect(JSON.parse(line!).hint).toContain('Start it again');
      // stopped, not dropped: the engines are gone and the next start is a usual one
      expect(() => readFileSync(join(dataDir, 'server.json'))).toThrow();
      expect(() => readFileSync(join(dataDir, 'clickhouse', 'engine.lock'))).toThrow();
    },
    120_000,
  );
});
