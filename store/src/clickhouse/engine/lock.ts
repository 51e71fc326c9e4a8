/**
 * One engine a data directory. The lock file names its owner (process id and start time, so that a reused id
 * is not taken for it). A start right after a kill finds the orphan ending, waits for it and takes over.
 */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Start time of a process in clock ticks since boot where the system tells; empty otherwise. */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function alive(owner: string): boolean {
  const [pidText, started] = owner.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EPERM') return false;
  }
  const state = processState(pid);
  if (state === 'Z' || state === 'X') return false;
  return !started || startedAt(pid) === started;
}

function processState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return '';
  }
}

/** Takes the lock of `dataDir`; waits up to `waitMs` for an owner that is ending. Returns the release. */
export async function lockDirectory(dataDir: string, waitMs: number): Promise<() => void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'engine.lock');
  const deadline = performance.now() + waitMs;
  const mine = `${process.pid} ${startedAt(process.pid)}\n`;
  for (;;) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, mine);
      closeSync(file);
      return () => {
        try {
          if (readFileSync(path, 'utf8') === mine) unlinkSync(path);
        } catch {
          // Gone already: nothing to release.
        }
      };
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
    let owner = '';
    try {
      owner = readFileSync(path, 'utf8');
    } catch {
      continue;
    }
    if (owner.trim() !== '' && !alive(owner)) {
      // Renaming first lets only one of two newcomers remove the stale lock.
      try {
        renameSync(path, `${path}.stale-${process.pid}`);
        unlinkSync(`${path}.stale-${process.pid}`);
      } catch {
        // Another newcomer was faster.
      }
      continue;
    }
    if (performance.now() > deadline) {
      throw new Error(`${dataDir} is in use by process ${owner.trim().split(' ')[0] || 'unknown'}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
