/** Processor time of processes: what a figure costs, whatever else the machine does meanwhile. */
import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second. */
const TICKS_A_SECOND = 100;

/** User and system time so far, in ms; NaN where the system does not tell. */
function cpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // the name of the command may hold spaces
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
  } catch {
    return Number.NaN;
  }
}

/** Processor time of this process so far, seconds: other work on the machine is not in it. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Measures what several processes use between two moments, by name. */
export class CpuMeter {
  readonly #pids: Readonly<Record<string, number>>;
  readonly #before: Readonly<Record<string, number>>;

  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = pids;
    this.#before = this.#now();
  }

  /** Milliseconds for each of `count` pieces of work, three digits. */
  per(count: number): Record<string, number> {
    const now = this.#now();
    const used = Object.keys(now).map((name) => [name, now[name]! - this.#before[name]!] as const);
    return Object.fromEntries(used.map(([name, ms]) => [name, Number((ms / count).toFixed(4))]));
  }

  #now(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.#pids).map(([name, pid]) => [name, cpuMs(pid)]));
  }
}
