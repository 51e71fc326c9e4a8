/** Starts the other side of the benchmark and talks to it. */
import { type ChildProcess, fork } from 'node:child_process';
import { childModule } from '@openami/model';
import type { MetersJob, MetersReport } from './meters-process.ts';

type Kind = MetersReport['kind'];

export class MetersProcess {
  readonly #child: ChildProcess;

  constructor() {
    const { url, execArgv } = childModule(import.meta.url, 'meters-process');
    // a profile of the head-end is one of the meters too
    const profiling = process.execArgv.filter((flag) => flag.startsWith('--cpu-prof'));
    this.#child = fork(new URL(url), ['dlms-meters'], { execArgv: [...execArgv, ...profiling] });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Gives it work and waits for the report of this kind; once more for a report that follows. */
  async ask<K extends Kind>(job: MetersJob | 'go', kind: K): Promise<Extract<MetersReport, { kind: K }>> {
    const answer = new Promise<MetersReport>((resolve, reject) => {
      const onExit = (code: number | null): void =>
        reject(new Error(`the meters' process ended with ${code}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (report) => {
        this.#child.off('exit', onExit);
        resolve(report as MetersReport);
      });
    });
    this.#child.send(job);
    const report = await answer;
    if (report.kind !== kind) throw new Error(`${report.kind} where ${kind} was due`);
    return report as Extract<MetersReport, { kind: K }>;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    // it ends by itself when nobody talks to it any more
    this.#child.disconnect();
    await ended;
  }
}
