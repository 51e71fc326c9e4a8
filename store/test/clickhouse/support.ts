/** What the tests of the reading store share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Log,
  openReadingStore,
  type ReadingStore,
  type ReadingStoreOptions,
} from '../../src/clickhouse/index.ts';

export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * A clock that stands still until it is told. It starts today: the engine expires evidence by the real time.
 */
export class TestClock {
  ms = Math.floor(Date.now() / 1_000) * 1_000;

  nowMs(): number {
    return this.ms;
  }
}

/** Directories made by a test file, removed at its end. */
export class Scratch {
  private readonly made: string[] = [];

  dir(): string {
    const path = mkdtempSync(join(tmpdir(), 'openami-store-'));
    this.made.push(path);
    return path;
  }

  clean(): void {
    for (const path of this.made) rmSync(path, { recursive: true, force: true });
  }
}

export async function openTestStore(
  dataDir: string,
  clock: TestClock,
  more: Partial<ReadingStoreOptions> = {},
): Promise<ReadingStore> {
  return await openReadingStore({
    dataDir,
    clock,
    log: silent,
    engine: { limits: { minFreeBytes: 0 } },
    ...more,
  });
}
