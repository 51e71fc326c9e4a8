/** Starts the load of MQTT benchmarks in a process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadResult } from './mqtt-load.ts';

/** Runs a load to its end. */
export function runLoadProcess(job: LoadJob): Promise<LoadResult> {
  const source = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(source ? './mqtt-load.ts' : './mqtt-load.js', import.meta.url));
  const execArgv = source ? ['--import', 'tsx', '--conditions=@openami/source'] : [];
  const child = fork(file, ['mqtt-load'], { execArgv });
  child.send(job);
  return new Promise((done, fail) => {
    child.once('message', (result) => done(result as LoadResult));
    child.once('exit', (code) => fail(new Error(`the load process ended with ${code}`)));
  });
}
