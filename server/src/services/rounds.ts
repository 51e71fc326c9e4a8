/** Work that is looked at at once when somebody says so, else now and then. */
import type { Logger } from '../log.ts';

export interface RoundOptions {
  /** What is looked at, for the log. */
  readonly what: string;
  readonly log: Pick<Logger, 'warn'>;
  readonly everyMs?: number;
}

const usualEveryMs = 5_000;

/** One round at a time; a round that fails is told, and the next look tries again. */
export class Rounds {
  readonly #options: RoundOptions;
  readonly #round: (rounds: Rounds) => Promise<unknown>;
  #work: Promise<void> | undefined;
  #again = false;
  #stopped = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RoundOptions, round: (rounds: Rounds) => Promise<unknown>) {
    this.#options = options;
    this.#round = round;
  }

  /** True once it was told to stop: who works in pages asks before each. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Takes up what was left and looks for more; the returned function waits for what is at hand. */
  start(): () => Promise<void> {
    const { everyMs = usualEveryMs } = this.#options;
    this.#stopped = false;
    this.kick();
    this.#timer = setInterval(() => this.kick(), everyMs).unref();
    return async () => {
      this.#stopped = true;
      clearInterval(this.#timer);
      await this.#work;
    };
  }

  /** Something may be to be done; said within a round, another follows. */
  kick(): void {
    if (this.#stopped) return;
    if (this.#work) {
      this.#again = true;
      return;
    }
    this.#work = this.#try().finally(() => {
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

  async #try(): Promise<void> {
    try {
      await this.#round(this);
    } catch (error) {
      const { log, what } = this.#options;
      log.warn({ err: error }, `${what} could not be looked at`);
    }
  }
}
