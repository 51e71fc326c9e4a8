/** Peak memory of processes, as the system counts it. */
import { readFileSync } from 'node:fs';

/** Sum of the peaks (VmHWM) of the processes, in MB; for other systems the current size of this one. */
export function peakRssMb(...pids: number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      kilobytes += Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
    } catch {
      // The process has ended, or this system has no /proc.
    }
  }
  return Math.round(kilobytes > 0 ? kilobytes / 1_024 : process.memoryUsage.rss() / 2 ** 20);
}
