/**
 * `server.json` in the data folder tells a command on the same machine how to reach the running server:
 * its address and a token of the command line, readable by the owner only. It goes when the server stops;
 * after a kill it is stale, which a look at its process shows.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from './identity/secrets.ts';

export interface ServerFile {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly startedAt: string;
}

const pathIn = (dataDir: string) => join(dataDir, 'server.json');

/** Writes the file. */
export function writeServerFile(dataDir: string, content: ServerFile): void {
  rmSync(pathIn(dataDir), { force: true });
  writePrivate(pathIn(dataDir), `${JSON.stringify(content)}\n`);
}

/** Removes the file if it is ours. */
export function removeServerFile(dataDir: string): void {
  if (readFile(dataDir)?.pid === process.pid) rmSync(pathIn(dataDir), { force: true });
}

function readFile(dataDir: string): ServerFile | undefined {
  try {
    const found = JSON.parse(readFileSync(pathIn(dataDir), 'utf8')) as Partial<ServerFile> | null;
    const { pid, url, token } = found ?? {};
    const whole = Number.isSafeInteger(pid) && Number(pid) > 0 && typeof token === 'string' && token !== '';
    return whole && typeof url === 'string' && URL.canParse(url) ? (found as ServerFile) : undefined;
  } catch {
    return undefined;
  }
}

/** The server that runs on this data folder now, if any. */
export function findServer(dataDir: string): ServerFile | undefined {
  const known = readFile(dataDir);
  if (!known) return undefined;
  try {
    process.kill(known.pid, 0);
    return known;
  } catch (error) {
    // EPERM: the process is there and belongs to somebody else
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? known : undefined;
  }
}
