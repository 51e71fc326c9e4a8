/** Work that waits in the registry, taken up one by one: at once when somebody says so, else now and then. */
import { faultOf } from '../http/problem.ts';
import type { Logger } from '../log.ts';
import { Rounds } from './rounds.ts';

export interface WorkLoopOptions<T> {
  /** What is to be done next; undefined for nothing. */
  next(): Promise<T | undefined>;
  /** Does it, or a part of it. */
  take(job: T): Promise<void>;
  /** Notes on the job why it failed. */
  fail(job: T, error: ReturnType<typeof faultOf>): Promise<unknown>;
  /** Code of the error that says that somebody ended the job meanwhile: nothing is left to do or to tell. */
  readonly ended: string;
  /** What a job is, in words. */
  readonly what: string;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/** Rounds that take up jobs one by one until there are none. */
export class WorkLoop<T extends { readonly id: number }> extends Rounds {
  constructor(options: WorkLoopOptions<T>) {
    super({ what: `The next ${options.what}`, log: options.log }, async (rounds) => {
      while (!rounds.isStopped) {
        const job = await options.next();
        if (job === undefined) return;
        await attempt(job, options);
      }
    });
  }
}

async function attempt<T extends { readonly id: number }>(
  job: T,
  { take, fail, ended, what, log }: WorkLoopOptions<T>,
): Promise<void> {
  const unlessEnded = (cause: unknown) => {
    if (faultOf(cause).code !== ended) throw cause;
  };
  try {
    await take(job).catch(unlessEnded);
  } catch (cause) {
    log.error({ err: cause, id: job.id }, `A ${what} failed`);
    await fail(job, faultOf(cause)).catch(unlessEnded);
  }
}
