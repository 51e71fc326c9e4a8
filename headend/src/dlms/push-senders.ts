/**
 * Who pushes: meters by system title, with the keys they may use, opened and ready. Keys are in the vault and
 * behind a wait; pushes come by the thousand. So senders are held for a time, those that are wanted together
 * are loaded together, and what may wait for that is bounded.
 */
import type { Commodity } from '@openami/model';
import type { CipherKey, ProtectionName } from '@openami/wire/dlms';
import type { ReceiveGuard, ReceiveMark } from '../keys/counters.ts';
import { remember } from '../remember.ts';
import { dlmsFieldErrors } from './errors.ts';

export interface PushKey {
  readonly cipher: CipherKey;
  /** The highest counter received under it. */
  readonly mark: ReceiveMark;
}

/** A meter that pushes. */
export interface PushSender {
  /** Its serial. */
  readonly device: string;
  readonly meterId: number;
  readonly commodity: Commodity;
  /** The least protection that is taken: anybody could send the same with less. */
  readonly protection: ProtectionName;
  /** In the order to try: more than one while it is not certain which the meter uses. */
  readonly unicast: readonly PushKey[];
  readonly broadcast: readonly PushKey[];
}

export interface PushSenderLimits {
  readonly senders: number;
  /** How long a sender is held with its keys; one that is not known, for a flood of it to cost little. */
  readonly heldMs: number;
  readonly unknownMs: number;
  /** Not loaded anew before, when no key fits: keys may have changed. */
  readonly againMs: number;
  /** Names that may wait to be loaded, and how many are loaded at once. */
  readonly waiting: number;
  readonly atOnce: number;
}

const standardLimits: PushSenderLimits = {
  ...{ senders: 200_000, heldMs: 300_000, unknownMs: 10_000, againMs: 2_000 },
  ...{ waiting: 10_000, atOnce: 500 },
};

export interface PushSendersOptions {
  /** Senders by name: see `titleName` and `serialName`. Names that are not known are left out. */
  load(names: readonly string[]): Promise<ReadonlyMap<string, PushSender>>;
  /** Keeps received counters; left out, they are known as long as the sender is held. */
  readonly guard?: ReceiveGuard;
  /** A clock of the machine, not of the meters; default: since start. */
  readonly nowMs?: () => number;
  readonly limits?: Partial<PushSenderLimits>;
}

interface Held {
  readonly sender: PushSender | undefined;
  readonly loadedMs: number;
}

interface Asked {
  readonly promise: Promise<PushSender | undefined>;
  readonly resolve: (sender: PushSender | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A sender by its system title, hex. */
export function titleName(systemTitle: string): string {
  return systemTitle.toLowerCase();
}

/** A sender by what it calls itself in a push in plain. */
export function serialName(serial: string): string {
  return `=${serial}`;
}

/** What a name says; exactly one of them. */
export function nameParts(name: string): { readonly systemTitle?: string; readonly serial?: string } {
  return name.startsWith('=') ? { serial: name.slice(1) } : { systemTitle: name };
}

export class PushSenders {
  readonly #options: PushSendersOptions;
  readonly #limits: PushSenderLimits;
  readonly #nowMs: () => number;
  readonly #held = new Map<string, Held>();
  readonly #asked = new Map<string, Asked>();
  readonly #wanted: string[] = [];
  #isLoading = false;

  constructor(options: PushSendersOptions) {
    this.#options = options;
    this.#limits = { ...standardLimits, ...options.limits };
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Senders that are held, and names that wait. */
  get counts(): { readonly held: number; readonly waiting: number } {
    return { held: this.#held.size, waiting: this.#asked.size };
  }

  /** Null for one that is not known; undefined when it must be loaded. */
  held(name: string): PushSender | null | undefined {
    const held = this.#held.get(name);
    if (held === undefined) return undefined;
    const { heldMs, unknownMs } = this.#limits;
    if (this.#nowMs() - held.loadedMs < (held.sender === undefined ? unknownMs : heldMs)) {
      return held.sender ?? null;
    }
    this.#held.delete(name);
    return undefined;
  }

  /** Whether loading it anew may help where no key fits; then it is no longer held. */
  isOutdated(name: string): boolean {
    const held = this.#held.get(name);
    if (held === undefined || this.#nowMs() - held.loadedMs < this.#limits.againMs) return false;
    return this.#held.delete(name);
  }

  /** Loads a sender. Raises DLMS_PUSH_BUSY, and what `load` raises. */
  find(name: string): Promise<PushSender | undefined> {
    const asked = this.#asked.get(name);
    if (asked !== undefined) return asked.promise;
    if (this.#asked.size >= this.#limits.waiting) {
      return Promise.reject(dlmsFieldErrors.DLMS_PUSH_BUSY(`${this.#asked.size} senders wait`));
    }
    const fresh = withResolvers();
    this.#asked.set(name, fresh);
    this.#wanted.push(name);
    if (!this.#isLoading) void this.#loadAll();
    return fresh.promise;
  }

  /** Its keys or its endpoint may have changed. */
  forget(...meterIds: readonly number[]): void {
    const gone = new Set(meterIds);
    for (const [name, { sender }] of this.#held) {
      if (sender !== undefined && gone.has(sender.meterId)) this.#held.delete(name);
    }
  }

  /** What came with these counters is stored. */
  stored(received: Iterable<readonly [ReceiveMark, number]>): void {
    for (const [mark, counter] of received) this.#options.guard?.keep(mark, counter);
  }

  /** What came under these keys was not stored, and may come again. */
  lost(received: readonly (readonly [ReceiveMark, number])[]): void {
    for (const [mark] of received) this.#options.guard?.forget(mark);
    this.forget(...received.map(([{ key }]) => key.meterId));
  }

  /** One load at a time: what is wanted meanwhile is in the next. */
  async #loadAll(): Promise<void> {
    this.#isLoading = true;
    // what comes in the same turn comes along
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#wanted.length > 0) {
      const names = this.#wanted.splice(0, this.#limits.atOnce);
      try {
        const found = await this.#options.load(names);
        for (const name of names)
          this.#settle(name, (asked) => asked.resolve(this.#hold(name, found.get(name))));
      } catch (error) {
        for (const name of names) this.#settle(name, (asked) => asked.reject(error));
      }
    }
    this.#isLoading = false;
  }

  #settle(name: string, settle: (asked: Asked) => void): void {
    const asked = this.#asked.get(name)!;
    this.#asked.delete(name);
    settle(asked);
  }

  #hold(name: string, sender: PushSender | undefined): PushSender | undefined {
    remember(this.#held, name, { sender, loadedMs: this.#nowMs() }, this.#limits.senders);
    return sender;
  }
}

function withResolvers(): Asked {
  let resolve!: Asked['resolve'];
  let reject!: Asked['reject'];
  const promise = new Promise<PushSender | undefined>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
}
