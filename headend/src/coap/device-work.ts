/**
 * What is to be asked of one device, one after the other, while it listens: a device in queue mode of LwM2M
 * does for a while after it was heard, and sleeps then.
 */
import { coapErrors } from './errors.ts';
import type { CoapLimits } from './types.ts';

export interface DeviceWorkOptions {
  readonly limits: CoapLimits;
  readonly isQueued: () => boolean;
  /** Told of a piece of work that failed and that nobody waits for. */
  readonly onFailure: (name: string, error: unknown) => void;
}

interface Piece {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Of one that somebody waits for. */
  readonly give?: (error: unknown) => void;
  tries: number;
}

/** A sleeping device is asked again this often when it is heard. */
const MAX_TRIES = 3;

export class DeviceWork {
  readonly #options: DeviceWorkOptions;
  #pieces: Piece[] = [];
  #isRunning = false;
  #awakeUntilMs = 0;
  #hasEnded = false;

  constructor(options: DeviceWorkOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#pieces.length;
  }

  /** The device was heard: it listens for a while, and what waits is asked. */
  wake(): void {
    this.#awakeUntilMs = performance.now() + this.#options.limits.awakeMs;
    this.#start();
  }

  /** Does `run` when its turn comes; a piece of the same name that waits already stands for it. */
  add(name: string, run: () => Promise<void>): void {
    if (this.#hasEnded || this.#pieces.some((piece) => piece.name === name && piece.give === undefined))
      return;
    if (this.#isFull()) this.#options.onFailure(name, coapErrors.COAP_BUSY());
    else this.#pieces.push({ name, run, tries: 0 });
    this.#start();
  }

  /** As `add`, for somebody who waits. Raises COAP_BUSY, COAP_NOT_REGISTERED and what `run` raises. */
  ask<T>(name: string, run: () => Promise<T>): Promise<T> {
    if (this.#hasEnded) return Promise.reject(coapErrors.COAP_NOT_REGISTERED());
    if (this.#isFull()) return Promise.reject(coapErrors.COAP_BUSY(`${this.waiting} wait`));
    return new Promise((done, fail) => {
      this.#pieces.push({ name, run: async () => done(await run()), give: fail, tries: 0 });
      this.#start();
    });
  }

  /** Nothing is asked any more. */
  end(): void {
    this.#hasEnded = true;
    for (const { give } of this.#pieces) give?.(coapErrors.COAP_NOT_REGISTERED('its registration ended'));
    this.#pieces = [];
  }

  /** What nobody waits for is not asked any more: it is asked anew. */
  clearOwn(): void {
    this.#pieces = this.#pieces.filter(({ give }) => give !== undefined);
  }

  #isFull(): boolean {
    return this.waiting >= this.#options.limits.waitingPerDevice;
  }

  #listens(): boolean {
    return !this.#options.isQueued() || performance.now() < this.#awakeUntilMs;
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run().finally(() => {
      this.#isRunning = false;
      // what came while the last piece ended
      if (this.#pieces.length > 0 && this.#listens()) this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#pieces.length > 0 && this.#listens()) {
      const piece = this.#pieces.shift()!;
      try {
        await piece.run();
      } catch (error) {
        if (this.#mayRetry(piece, error)) {
          this.#pieces.unshift(piece);
          // it sleeps already: wait until it is heard again
          this.#awakeUntilMs = 0;
        } else if (piece.give !== undefined) piece.give(error);
        else this.#options.onFailure(piece.name, error);
      }
    }
  }

  #mayRetry(piece: Piece, error: unknown): boolean {
    piece.tries += 1;
    const isTimeout = (error as { code?: string }).code === 'COAP_TIMEOUT';
    return isTimeout && this.#options.isQueued() && piece.tries < MAX_TRIES && !this.#hasEnded;
  }
}
