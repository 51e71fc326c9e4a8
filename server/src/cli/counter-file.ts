/**
 * Invocation counters of the command, one file for each key and sender in the data folder. The counter
 * belongs to key and sender and not to the meter: two meters that share a key must not see the same one
 * twice either. A run takes a block of them and writes its end before it uses the first, so that a crash or
 * a second command at the same time never uses one again.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SendCounters } from '@openami/headend';
import { serverErrors } from '../errors.ts';

const blockSize = 256;
const lockWaitMs = 5_000;

export class FileCounters implements SendCounters {
  readonly #path: string;
  #next = 0;
  #end = 0;

  /** Raises DLMS_COUNTERS_UNWRITABLE. */
  constructor(dataDir: string, systemTitle: Uint8Array, encryptionKey: Uint8Array, startAt?: number) {
    const folder = join(dataDir, 'dlms-counters');
    // the name tells nothing of the key
    const hash = createHash('sha256').update('openami counter').update(systemTitle).update(encryptionKey);
    this.#path = join(folder, hash.digest('hex').slice(0, 32));
    guarded(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
    if (startAt !== undefined) this.continueAbove(startAt - 1);
  }

  reserve(): number {
    if (this.#next >= this.#end) this.#take(0);
    return this.#next++;
  }

  continueAbove(used: number): void {
    if (used >= this.#next) this.#take(used + 1);
  }

  #take(atLeast: number): void {
    guarded(this.#path, () =>
      locked(`${this.#path}.lock`, () => {
        this.#next = Math.max(1, atLeast, read(this.#path, atLeast > 0));
        this.#end = this.#next + blockSize;
        writeFileSync(`${this.#path}.new`, String(this.#end), { mode: 0o600, flush: true });
        renameSync(`${this.#path}.new`, this.#path);
      }),
    );
  }
}

/** What was reserved so far; 0 for a key that was never used, or when somebody says where to go on. */
function read(path: string, isKnown: boolean): number {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  if (/^\d{1,10}$/.test(text)) return Number(text);
  // From 1 again would use counters twice under the key.
  if (!isKnown) throw new Error('it holds no counter; give one above the last with --counter');
  return 0;
}

/** Runs work while no other process does; a lock that a crash left is taken over. */
function locked(path: string, work: () => void): void {
  const waiter = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      closeSync(openSync(path, 'wx'));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (ageMs(path) > lockWaitMs) rmSync(path, { force: true });
      else Atomics.wait(waiter, 0, 0, 10);
    }
  }
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function guarded(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw serverErrors.DLMS_COUNTERS_UNWRITABLE(`${path}: ${(error as Error).message}`, { path }, error);
  }
}
