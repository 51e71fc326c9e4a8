/**
 * One at a time: the single backend is lent to one connection, first come first served. The queue has a
 * limit in length and in time, so a connection that keeps the backend cannot pile up the others for ever.
 */
export class GateBusy extends Error {}

interface Waiter {
  readonly grant: () => void;
  readonly refuse: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class Gate {
  readonly #waiting: Waiter[] = [];
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  #taken = false;

  constructor(maxWaiting: number, maxWaitMs: number) {
    this.#maxWaiting = maxWaiting;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Resolves when the caller has it; rejects with GateBusy when too many wait or it took too long. */
  acquire(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return Promise.resolve();
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(new GateBusy(`${this.#waiting.length} requests wait already`));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new GateBusy(`no turn within ${this.#maxWaitMs} ms`));
      }, this.#maxWaitMs);
      const waiter: Waiter = { grant: resolve, refuse: reject, timer };
      this.#waiting.push(waiter);
    });
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#taken = false;
      return;
    }
    clearTimeout(next.timer);
    next.grant();
  }
}
