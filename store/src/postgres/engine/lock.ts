/**
 * One engine a data folder. The lock file names the process that holds it; a process that is gone holds
 * nothing, so a start after a SIGKILL needs no hand: it waits for the orphaned engine to end and goes on.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface Holder {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, so that a reused pid is told apart; '' unknown. */
  readonly started: string;
}

/** Start ticks of a process from /proc; '' where there is no /proc; undefined when it is gone. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function alive(holder: Holder | undefined): boolean {
  if (holder === undefined || holder.pid === process.pid) return false;
  const started = startOf(holder.pid);
  return started !== undefined && (started === '' || started === holder.started);
}

/** Takes the lock, waiting for its holder to end; gives the releasing function or the holder's pid. */
export async function takeLock(path: string, waitMs: number): Promise<(() => void) | number> {
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '' };
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(path);
    if (!alive(holder)) {
      rmSync(path, { force: true });
    } else if (performance.now() > deadline) {
      return holder!.pid;
    } else {
      await sleep(25);
    }
  }
}
