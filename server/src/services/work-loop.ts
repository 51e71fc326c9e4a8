/** Work that waits in the registry, taken up one by one: at once when somebody says so, else now and then. */
import { type RoundOptions, Rounds } from './rounds.ts';

export interface WorkLoopOptions<T> extends RoundOptions {
  /** What is to be done next; undefined for nothing. */
  next(): Promise<T | undefined>;
  /** Does it, or a part of it; what it throws is work of the loop that failed, not of the job. */
  take(job: T): Promise<void>;
}

/** Rounds that take up jobs one by one until there are none. */
export class WorkLoop<T> extends Rounds {
  constructor({ next, take, ...options }: WorkLoopOptions<T>) {
    super(options, async (rounds) => {
      while (!rounds.isStopped) {
        const job = await next();
        if (job === undefined) return;
        await take(job);
      }
    });
  }
}
