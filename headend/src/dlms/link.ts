/**
 * One dialogue's way to a meter: APDUs over a channel, one request at a time, with time-outs.
 *
 *   exchange ──▶ transmit ──▶ … deliver ──▶ answer
 *                               └ not awaited: kept for `receive` until the event loop turns, then it was
 *                                 sent by the meter itself and goes to `onUnsolicited`
 */
import type { OpenAmiError } from '@openami/model';
import { associationErrors, type DlmsTransport } from '@openami/wire/dlms';
import { dlmsFieldErrors } from './errors.ts';
import type { LinkLimits } from './limits.ts';

/** What a session talks through. */
export interface DlmsLink extends DlmsTransport {
  readonly remote: string;
  readonly isOpen: boolean;
  /** APDUs that no request waits for; the bytes may be kept. */
  onUnsolicited: ((apdu: Uint8Array) => void) | undefined;
  /** Called once, when the link has ended in whatever way. */
  onEnd: (() => void) | undefined;
  /** The longest wait for an answer from now on, where less than the limits of the link. */
  patienceMs: number;
  /** Ends the link in the way of its protocol; never rejects. */
  close(): Promise<void>;
  /** Ends it at once. */
  abandon(error?: OpenAmiError): void;
}

interface Waiter {
  readonly resolve: (apdu: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/** What all links share; a subclass frames and unframes. */
export abstract class LinkBase implements DlmsLink {
  abstract readonly remote: string;
  onUnsolicited: ((apdu: Uint8Array) => void) | undefined;
  onEnd: (() => void) | undefined;
  patienceMs = Number.POSITIVE_INFINITY;
  protected readonly limits: LinkLimits;
  /** The last bytes that were no frame: why an answer did not come. */
  protected noise: OpenAmiError | undefined;
  #waiter: Waiter | undefined;
  #waiting: Uint8Array[] = [];
  #draining = false;
  #isEnded = false;
  /** Why it ended; none when we closed it. */
  #error: OpenAmiError | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #answerBy = 0;
  #total: NodeJS.Timeout | undefined;

  constructor(limits: LinkLimits) {
    this.limits = limits;
    if (Number.isFinite(limits.totalMs)) {
      const late = (): void =>
        this.abandon(dlmsFieldErrors.DLMS_SESSION_TIMEOUT(`${this.remote}: ${limits.totalMs} ms`));
      this.#total = setTimeout(late, limits.totalMs);
    }
  }

  /** Frames and writes one APDU; may throw. */
  protected abstract transmit(apdu: Uint8Array): void;
  /** Lets go of the channel, at once. */
  protected abstract drop(error: OpenAmiError): void;
  protected abstract shut(): Promise<void>;

  get isOpen(): boolean {
    return !this.#isEnded;
  }

  protected get isAwaiting(): boolean {
    return this.#waiter !== undefined;
  }

  exchange(request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    // what came before the request cannot be its answer
    this.#drain();
    return this.#await(signal, () => this.transmit(request));
  }

  protected awaitNext(signal?: AbortSignal): Promise<Uint8Array> {
    const next = this.#waiting.shift();
    return next === undefined ? this.#await(signal) : Promise.resolve(next);
  }

  protected deliver(apdu: Uint8Array): void {
    this.noise = undefined;
    if (this.#waiter !== undefined) this.#settle().resolve(apdu);
    else if (this.#waiting.length >= this.limits.maxWaiting) {
      this.abandon(associationErrors.DLMS_LIMIT(`${this.#waiting.length} APDUs that were not asked for`));
    } else {
      this.#waiting.push(apdu);
      if (this.#draining) return;
      this.#draining = true;
      setImmediate(() => this.#drain());
    }
  }

  /** Bytes came, of whatever kind: the peer lives. */
  protected alive(): void {
    if (this.#waiter === undefined) return;
    if (performance.now() >= this.#answerBy) this.#late();
    else this.#quiet?.refresh();
  }

  abandon(error: OpenAmiError = associationErrors.DLMS_CLOSED('given up')): void {
    if (this.#isEnded) return;
    this.drop(error);
    this.#end(error);
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    try {
      await this.shut();
    } finally {
      this.#end();
    }
  }

  #end(error?: OpenAmiError): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    clearTimeout(this.#total);
    this.#drain();
    if (this.#waiter !== undefined) this.#settle().reject(this.#reason());
    const { onEnd } = this;
    this.onEnd = undefined;
    onEnd?.();
  }

  #reason(): OpenAmiError {
    return this.#error ?? associationErrors.DLMS_CLOSED('the link was closed by us');
  }

  #drain(): void {
    this.#draining = false;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const apdu of waiting) this.onUnsolicited?.(apdu);
  }

  #await(signal: AbortSignal | undefined, start?: () => void): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(this.#reason());
      if (signal?.aborted) return reject(signal.reason);
      if (this.#waiter !== undefined) {
        return reject(associationErrors.DLMS_NOT_ASSOCIATED('an answer is already awaited on this link'));
      }
      const onAbort = (): void => this.#aborted();
      this.#waiter = { resolve, reject, signal, onAbort };
      signal?.addEventListener('abort', onAbort, { once: true });
      const answerMs = Math.min(this.limits.answerMs, this.patienceMs);
      this.#answerBy = performance.now() + answerMs;
      this.#quiet = setTimeout(() => this.#late(), Math.min(this.limits.quietMs, answerMs));
      try {
        start?.();
      } catch (error) {
        if (this.#waiter !== undefined) this.#settle().reject(error);
      }
    });
  }

  #settle(): Waiter {
    const waiter = this.#waiter!;
    this.#waiter = undefined;
    clearTimeout(this.#quiet);
    waiter.signal?.removeEventListener('abort', waiter.onAbort);
    return waiter;
  }

  #aborted(): void {
    const waiter = this.#settle();
    waiter.reject(waiter.signal!.reason);
    // the answer may still come, and nothing can be told from it
    this.abandon(associationErrors.DLMS_CLOSED('given up by the caller'));
  }

  #late(): void {
    const detail = `${this.remote}: no whole answer in time`;
    const seen = this.noise === undefined ? '' : `; what came was ${this.noise.code}: ${this.noise.message}`;
    this.#settle().reject(associationErrors.DLMS_TIMEOUT(detail + seen, {}, this.noise));
  }
}
