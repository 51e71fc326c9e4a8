/**
 * One engine a data folder. The lock file names its holder: process id and start time, so that a reused id is
 * not taken for it. Who is gone holds nothing, so a start after a SIGKILL or a power cut needs no hand: it
 * waits for an orphaned engine to end and takes over. It holds among processes that see each other (one
 * machine, one container), not across containers that share a volume.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Start of a process in clock ticks since boot; '' where /proc does not tell; undefined when it is gone. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function alive(holder: string): boolean {
  const [pid, started] = holder.trim().split(' ');
  if (!/^[1-9]\d*$/.test(pid ?? '') || Number(pid) === process.pid) return false;
  const now = startOf(Number(pid));
  return now !== undefined && (now === '' || !started || now === started);
}

/** Made whole in one step: nobody ever reads half a lock. False when there is one already. */
function create(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Removes the lock of a holder that is gone, and no other that was taken since it was read. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (contentOf(aside) !== stale) linkSync(aside, path);
  } catch {
    // Another newcomer was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Takes the lock, waiting for its holder to end; gives the releasing function, or the holder's pid. */
export async function takeLock(path: string, waitMs: number): Promise<(() => void) | number> {
  const mine = `${process.pid} ${startOf(process.pid) ?? ''}\n`;
  const deadline = performance.now() + waitMs;
  for (;;) {
    if (create(path, mine)) {
      return () => {
        if (contentOf(path) === mine) rmSync(path, { force: true });
      };
    }
    const holder = contentOf(path);
    if (holder === undefined) continue;
    if (!alive(holder)) removeStale(path, holder);
    else if (performance.now() > deadline) return Number(holder.split(' ')[0]);
    else await sleep(25);
  }
}
