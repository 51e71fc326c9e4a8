/** Processor time of a run: what others do on the machine does not count. */
import { expect } from 'vitest';

const MAX_CPU_MS = 50;

/** Runs it within the time that any input may take; again where a collector may have come between. */
export function inTime<T>(run: () => T): T {
  const first = timed(run);
  if (first.cpuMs > MAX_CPU_MS) expect(timed(run).cpuMs).toBeLessThan(MAX_CPU_MS);
  return first.result;
}

function timed<T>(run: () => T): { readonly result: T; readonly cpuMs: number } {
  const start = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(start);
  return { result, cpuMs: (user + system) / 1_000 };
}
