/**
 * The embedded engine's process: PGlite behind the front. Started by `embedded.ts` with an IPC channel;
 * ends when that closes, so it never outlives the program.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../../engine-lock.ts';
import { type OpenBackend, openBackend } from './backend.ts';
import type { FromChild, ToChild } from './embedded.ts';
import { type Front, startFront } from './front.ts';
import { ensureDataDir } from './template.ts';

const lockWaitMs = 15_000;
/** There is no autovacuum in a single process. */
const vacuumEveryMs = 6 * 3_600_000;
let front: Front | undefined;
let backend: OpenBackend | undefined;
let unlock: (() => void) | undefined;
let ending = false;

function tell(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

async function start(order: Extract<ToChild, { type: 'start' }>): Promise<void> {
  mkdirSync(order.dataDir, { recursive: true, mode: 0o700 });
  const lock = await takeLock(join(order.dataDir, 'postgres.lock'), lockWaitMs);
  if (typeof lock === 'number') {
    tell({ type: 'failed', code: 'ENGINE_LOCKED', detail: `Process ${lock} uses ${order.dataDir}.` });
    process.exit(1);
  }
  unlock = lock;
  const dir = join(order.dataDir, 'postgres');
  await ensureDataDir(dir);
  backend = await openBackend(dir);
  front = await startFront({
    backend,
    user: order.user,
    password: order.password,
    limits: order.limits,
    onBackendFailure: (error) => {
      tell({ type: 'failed', code: 'ENGINE_CRASH', detail: String(error) });
      process.exit(1);
    },
  });
  tell({ type: 'ready', port: front.port });
  const vacuum = () => void front?.maintain('VACUUM (ANALYZE)').catch(() => undefined);
  setInterval(vacuum, vacuumEveryMs).unref();
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  try {
    await front?.close();
    await backend?.close();
  } finally {
    unlock?.();
    process.exit(0);
  }
}

process.on('message', (message: ToChild) => {
  if (message.type === 'stop') void end();
  else {
    start(message).catch((error: unknown) => {
      tell({ type: 'failed', code: 'ENGINE_START', detail: String(error) });
      unlock?.();
      process.exit(1);
    });
  }
});
process.on('disconnect', () => void end());
// Ctrl-C reaches the whole group: the parent decides when the engine ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
