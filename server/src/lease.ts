/**
 * The lease to write readings: one process at a time writes, whatever the number of servers.
 *
 * It ends thirty seconds after it was last asked for, and is asked for anew every five. Whether it is held is
 * worked out from the time at every question, so a process that slept (SIGSTOP, a suspended machine) finds
 * it expired before it writes. A renewal that is late only closes the tap; when it succeeds, nobody has had
 * the lease in between and writing goes on. An answer of no means that somebody has: the server must stop,
 * because what it knows of the stored readings is out of date.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AccessContext, systemAccess } from '@openami/model';
import { serverErrors } from './errors.ts';
import type { Logger } from './log.ts';

const name = 'readings-writer';
export const leaseTtlMs = 30_000;
const leaseRenewMs = 5_000;
/** A write that was begun may take this long before somebody else can hold the lease. */
const leaseMarginMs = 5_000;

export interface WriterLease {
  /** True while nobody else can hold the lease. */
  held(): boolean;
  /** True once somebody else had it: it does not come back. */
  lost(): boolean;
  release(): Promise<void>;
}

/** The part of the registry that is used here. */
export interface LeaseRegistry {
  readonly leases: {
    acquire(ctx: AccessContext, name: string, holder: string, ttlMs: number): Promise<boolean>;
    renew(ctx: AccessContext, name: string, holder: string, ttlMs: number): Promise<boolean>;
    release(ctx: AccessContext, name: string, holder: string): Promise<void>;
    holder(ctx: AccessContext, name: string): Promise<string | undefined>;
  };
  readonly engine: { readonly kind: 'embedded' | 'server' };
}

/** Time as the lease needs it; tests hand in a virtual one. */
export interface LeaseTime {
  /** A mark of now. */
  mark(): number[];
  /** Milliseconds since a mark, those of a suspended machine included. */
  sinceMs(mark: readonly number[]): number;
  sleep(ms: number): Promise<void>;
  /** Calls `work` again and again until the returned function is called. */
  every(ms: number, work: () => void): () => void;
}

/** The monotonic clock stands still in a suspended machine, the other may be set: the later counts. */
const realTime: LeaseTime = {
  mark: () => [performance.now(), Date.now()],
  sinceMs: ([monotonic = 0, wall = 0]) => Math.max(performance.now() - monotonic, Date.now() - wall),
  sleep: (ms) => sleep(ms),
  every(ms, work) {
    const timer = setInterval(work, ms).unref();
    return () => clearInterval(timer);
  },
};

/**
 * Takes the lease, waiting for a dead holder's to end. Throws NOT_WRITER when somebody else keeps renewing
 * it. An embedded registry has one process a data folder, so a lease left by a kill is ours at once.
 */
export async function takeLease(
  { leases, engine }: LeaseRegistry,
  log: Pick<Logger, 'info' | 'warn'>,
  onLost: () => void,
  time: LeaseTime = realTime,
): Promise<WriterLease> {
  const holder = engine.kind === 'embedded' ? 'embedded' : `${hostname()}:${process.pid}:${randomUUID()}`;
  const began = time.mark();
  let since = began;
  while (!(await leases.acquire(systemAccess, name, holder, leaseTtlMs))) {
    if (time.sinceMs(began) > leaseTtlMs + 5_000) {
      throw serverErrors.NOT_WRITER(
        `${(await leases.holder(systemAccess, name)) ?? 'another server'} holds it`,
      );
    }
    log.info({}, 'Another server holds the lease to write readings; waiting for it to end');
    await time.sleep(1_000);
    since = time.mark();
  }
  let lost = false;
  let over = false;
  const renew = async () => {
    const asked = time.mark();
    let detail = '';
    const kept = await leases.renew(systemAccess, name, holder, leaseTtlMs).catch((error: Error) => {
      detail = error.message;
      return undefined;
    });
    if (over || lost) return;
    if (kept === false) {
      lost = true;
      stop();
      onLost();
    } else if (kept && time.sinceMs(asked) < time.sinceMs(since)) {
      since = asked;
    } else if (!kept) {
      const ageMs = Math.round(time.sinceMs(since));
      log.warn({ detail, ageMs }, 'The lease to write readings could not be renewed; trying again');
    }
  };
  const stop = time.every(leaseRenewMs, () => void renew());
  const held = () => !lost && !over && time.sinceMs(since) < leaseTtlMs - leaseMarginMs;
  return {
    held,
    lost: () => lost,
    async release() {
      stop();
      const mine = !lost && !over;
      over = true;
      if (mine) await leases.release(systemAccess, name, holder).catch(() => undefined);
    },
  };
}
