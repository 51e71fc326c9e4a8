/** Work that waits in the registry, taken up one by one: at once when somebody says so, else now and then. */
import { faultOf } from '../http/problem.ts';
import type { Logger } from '../log.ts';

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

const lookEveryMs = 5_000;

export class WorkLoop<T extends { readonly id: number }> {
  readonly #options: WorkLoopOptions<T>;
  #work: Promise<void> | undefined;
  #again = false;
  #stopped = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WorkLoopOptions<T>) {
    this.#options = options;
  }

  /** True once it was told to stop: who works in pages asks before each. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Takes up what was left and looks for more; the returned function waits for what is at hand. */
  start(): () => Promise<void> {
    this.#stopped = false;
    this.kick();
    this.#timer = setInterval(() => this.kick(), lookEveryMs).unref();
    return async () => {
      this.#stopped = true;
      clearInterval(this.#timer);
      await this.#work;
    };
  }

  /** Something may be to be done. */
  kick(): void {
    if (this.#stopped) return;
    if (this.#work) {
      this.#again = true;
      return;
    }
    this.#work = this.#loop().finally(() => {
      this.#work = undefined;
      if (this.#again) {
        this.#again = false;
        this.kick();
      }
    });
  }

  /** Once nothing is at work. */
  async settled(): Promise<void> {
    while (this.#work) await this.#work;
  }

  async #loop(): Promise<void> {
    const { next, what, log } = this.#options;
    try {
      while (!this.#stopped) {
        const job = await next();
        if (job === undefined) return;
        await this.#attempt(job);
      }
    } catch (error) {
      // the registry does not answer: the next look tries again
      log.warn({ err: error }, `The next ${what} could not be looked for`);
    }
  }

  async #attempt(job: T): Promise<void> {
    const { take, fail, ended, what, log } = this.#options;
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
}
