/** Work that waits in the registry, taken up one by one: at once when somebody says so, else now and then. */
import type { Logger } from '../log.ts';

export interface WorkLoopOptions<T> {
  /** What is to be done next; undefined for nothing. */
  next(): Promise<T | undefined>;
  /** Does it, or a part of it; what it throws is work of the loop that failed, not of the job. */
  take(job: T): Promise<void>;
  readonly what: string;
  readonly log: Pick<Logger, 'warn'>;
}

const lookEveryMs = 5_000;

export class WorkLoop<T> {
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
    const { next, take, what, log } = this.#options;
    try {
      while (!this.#stopped) {
        const job = await next();
        if (job === undefined) return;
        await take(job);
      }
    } catch (error) {
      // the registry does not answer: the next look tries again
      log.warn({ err: error }, `${what} could not be looked at`);
    }
  }
}
