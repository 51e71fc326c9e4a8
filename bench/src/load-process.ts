/** Starts the load of MQTT benchmarks in a process of its own. */
import { fork } from 'node:child_process';
import { childModule } from '@openami/model';
import type { LoadJob, LoadResult } from './mqtt-load.ts';

/** Runs a load to its end. */
export function runLoadProcess(job: LoadJob): Promise<LoadResult> {
  const { url, execArgv } = childModule(import.meta.url, 'mqtt-load');
  const child = fork(new URL(url), ['mqtt-load'], { execArgv: [...execArgv] });
  child.send(job);
  return new Promise((done, fail) => {
    child.once('message', (result) => done(result as LoadResult));
    child.once('exit', (code) => fail(new Error(`the load process ended with ${code}`)));
  });
}
