/** `openami sim …` as a process of its own that prints a line of JSON for each meter. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cliMain } from './cli-main.ts';

const running: ChildProcess[] = [];

/** Starts meters; resolves with what was printed of each. */
export async function simulate<T>(meters: number, ...args: string[]): Promise<T[]> {
  const child = spawn(process.execPath, [...cliMain, 'sim', ...args, '--meters', String(meters)]);
  running.push(child);
  let errors = '';
  child.stderr!.on('data', (text) => {
    errors += text;
  });
  const found: T[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    found.push(JSON.parse(line) as T);
    if (found.length === meters) return found;
  }
  throw new Error(errors);
}

/** Ends all that were started, as Ctrl-C does; the exit code of each. */
export function endSimulated(): Promise<(number | null)[]> {
  return Promise.all(
    running.splice(0).map((child) => {
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      return ended;
    }),
  );
}
