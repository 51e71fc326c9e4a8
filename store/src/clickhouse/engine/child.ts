/**
 * The engine process: chDB over one data directory behind ClickHouse's HTTP interface on the loopback. It
 * belongs to the process that started it and ends with it, however that one ends.
 */
import { mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { takeLock } from '../../engine-lock.ts';
import { createFront, type FrontLimits } from './http.ts';
import type { ChildMessage, ParentMessage, StartMessage } from './messages.ts';
import { EngineSession, SessionPool } from './sessions.ts';

function tell(message: ChildMessage): void {
  process.send?.(message);
}

/** Everything acknowledged is fsynced, so ending at once loses nothing. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

process.on('disconnect', endNow);
process.on('SIGINT', () => {
  // Ctrl-C reaches the whole group; the parent decides when we end.
});
process.on('SIGTERM', () => {});

let limits: FrontLimits | undefined;
let closing = false;
let close: () => Promise<void> = async () => {};

process.on('message', (message: ParentMessage) => {
  if (message.kind === 'start') {
    start(message).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      tell({ kind: 'failed', detail });
      setTimeout(endNow, 200);
    });
  } else if (message.kind === 'limits') {
    if (limits) Object.assign(limits, message.limits);
  } else if (!closing) {
    closing = true;
    close().finally(() => process.exit(0));
  }
});

async function start(options: StartMessage): Promise<void> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const release = await takeLock(join(options.dataDir, 'engine.lock'), options.lockWaitMs);
  if (typeof release === 'number') throw new Error(`${options.dataDir} is in use by process ${release}`);
  limits = { ...options.limits };
  const spoolDir = join(options.dataDir, 'spool');
  rmSync(spoolDir, { recursive: true, force: true });
  mkdirSync(spoolDir, { recursive: true, mode: 0o700 });
  const dataDir = join(options.dataDir, 'data');
  const open = () => new EngineSession(dataDir, options.connectionArgs);
  const inserts = new SessionPool(options.insertSessions, options.maxWaiting, open);
  const queries = new SessionPool(options.querySessions, options.maxWaiting, open);
  const version = await engineVersion(queries);
  const { user, password } = options;
  const server = createFront({ user, password, version, spoolDir, limits, inserts, queries });
  const port = await listen(server, options.port);
  close = async () => {
    server.close();
    server.closeIdleConnections();
    await Promise.all([inserts.close(), queries.close()]);
    server.closeAllConnections();
    release();
  };
  tell({ kind: 'ready', port, version });
}

async function engineVersion(pool: SessionPool): Promise<string> {
  const session = await pool.acquire();
  try {
    const none = new Map<string, string>();
    const request = { sql: 'SELECT version()', format: 'TabSeparated', database: 'default' };
    const result = await session.run({ ...request, settings: none, params: none });
    return Buffer.from(result.bytes).toString().trim();
  } finally {
    pool.release(session);
  }
}

/** The port of the last run if it is free, so that tools stay connected; else any. */
async function listen(server: Server, port: number): Promise<number> {
  const attempt = (wanted: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  try {
    return await attempt(port);
  } catch (error) {
    if (port === 0) throw error;
    return await attempt(0);
  }
}
