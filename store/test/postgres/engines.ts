/**
 * The engines every registry test runs against: embedded, and a real PostgreSQL that the test starts
 * itself where a server is installed. One engine a test file; each store in a database of its own.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openRegistryStore, type RegistryStore } from '../../src/postgres/index.ts';

export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** A clock that stands still at a round time. */
export const testClock = { nowMs: () => Date.UTC(2026, 2, 29, 12) };

export interface TestEngine {
  /** A store on an empty database; call again for another. */
  open(): Promise<RegistryStore>;
  stop(): Promise<void>;
}

export interface EngineCase {
  readonly name: string;
  readonly start: () => Promise<TestEngine>;
  /** Why it cannot run here; undefined when it can. */
  readonly missing: string | undefined;
}

async function startEmbedded(): Promise<TestEngine> {
  const folders: string[] = [];
  const stores: RegistryStore[] = [];
  return {
    async open() {
      const dataDir = mkdtempSync(join(tmpdir(), 'openami-registry-'));
      folders.push(dataDir);
      const store = await openRegistryStore({ dataDir, clock: testClock, log: quiet });
      stores.push(store);
      return store;
    },
    async stop() {
      for (const store of stores) await store.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Folder with initdb and postgres: newest Debian layout, else PATH. */
function serverFolder(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin'))];
  folders.push(...(process.env.PATH ?? '').split(delimiter));
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** The server refuses to run as root: then it runs as `postgres` or `nobody`. */
function plainUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Try the next one.
    }
  }
  return {};
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function startServer(folder: string): Promise<TestEngine> {
  const user = plainUser();
  const dir = mkdtempSync(join(tmpdir(), 'openami-pg-'));
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid!);
  const data = join(dir, 'data');
  const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(folder, 'initdb'), options, { ...user, cwd: dir, stdio: 'ignore' });
  const port = await freePort();
  const settings = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${dir}`,
    '-c',
    'fsync=off',
  ];
  const server: ChildProcess = spawn(
    join(folder, 'postgres'),
    ['-D', data, '-p', String(port), ...settings],
    {
      ...user,
      cwd: dir,
      stdio: 'ignore',
    },
  );
  const admin = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilAnswers(admin);
  const stores: RegistryStore[] = [];
  return {
    async open() {
      const name = `store_${stores.length}`;
      await once(admin, `CREATE DATABASE ${name}`);
      const url = `postgres://postgres@127.0.0.1:${port}/${name}`;
      const store = await openRegistryStore({ url, clock: testClock, log: quiet });
      stores.push(store);
      return store;
    },
    async stop() {
      for (const store of stores) await store.close();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function once(url: string, query: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(query).finally(() => client.end());
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(url, 'SELECT 1');
    } catch (error) {
      if (attempt > 200) throw error;
      await sleep(50);
    }
  }
}

const folder = serverFolder();
const missing =
  folder === undefined ? 'no PostgreSQL server (initdb, postgres) is installed here' : undefined;
if (missing !== undefined) console.warn(`skipped: ${missing}`);

export const engines: readonly EngineCase[] = [
  { name: 'embedded', start: startEmbedded, missing: undefined },
  { name: 'server', start: () => startServer(folder!), missing },
];
/** For `describe.each`: the engines that can run here. */
export const present = engines.filter((engine) => engine.missing === undefined);
