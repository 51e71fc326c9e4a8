/**
 * The lease to write readings: one process at a time writes, whatever the number of servers. It is renewed
 * every ten seconds and ends by itself thirty seconds after its holder died.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import { serverErrors } from './errors.ts';
import type { Logger } from './log.ts';

const name = 'readings-writer';
const ttlMs = 30_000;
const renewMs = 10_000;

export interface WriterLease {
  /** False once the lease was lost. */
  held(): boolean;
  release(): Promise<void>;
}

/**
 * Takes the lease, waiting for a dead holder's to end. Throws NOT_WRITER when somebody else keeps renewing
 * it. An embedded registry has one process a data folder, so a lease left by a kill is ours at once.
 */
export async function takeLease(
  registry: RegistryStore,
  log: Logger,
  onLost: () => void,
): Promise<WriterLease> {
  const { leases, engine } = registry;
  const holder = engine.kind === 'embedded' ? 'embedded' : `${hostname()}:${process.pid}:${randomUUID()}`;
  const deadline = performance.now() + ttlMs + 5_000;
  while (!(await leases.acquire(systemAccess, name, holder, ttlMs))) {
    if (performance.now() > deadline) {
      throw serverErrors.NOT_WRITER(
        `${(await leases.holder(systemAccess, name)) ?? 'another server'} holds it`,
      );
    }
    log.info({}, 'Another server holds the lease to write readings; waiting for it to end');
    await sleep(1_000);
  }
  let lastMs = performance.now();
  let held = true;
  const renew = async () => {
    const asked = performance.now();
    const kept = await leases.acquire(systemAccess, name, holder, ttlMs).catch(() => undefined);
    if (kept) lastMs = asked;
    // an answer of no, or no answer for nearly as long as the lease lasts
    if (held && (kept === false || performance.now() - lastMs > ttlMs - 5_000)) {
      held = false;
      clearInterval(timer);
      onLost();
    }
  };
  const timer = setInterval(() => void renew(), renewMs);
  timer.unref();
  return {
    held: () => held,
    async release() {
      clearInterval(timer);
      if (held) await leases.release(systemAccess, name, holder).catch(() => undefined);
      held = false;
    },
  };
}
