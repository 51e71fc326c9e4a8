/**
 * Messages that came (RFC 7252 clause 4.5): a repeat is answered as before and not taken again. A device that
 * restarted may use an id again for other content, which is a message of its own: acknowledging it as a
 * repeat would lose it.
 */
export interface Remembered {
  /** What tells a repeat from another message of this id. */
  readonly print: number;
  readonly expiresMs: number;
  /** Sent again for a repeat; undefined while the first is under way. */
  reply: Uint8Array | undefined;
}

export class RememberedMessages {
  readonly #limit: number;
  readonly #forMs: number;
  /** In the order of their coming, and so of their expiry. */
  readonly #entries = new Map<string, Remembered>();

  constructor(limit: number, forMs: number) {
    this.#limit = limit;
    this.#forMs = forMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The message of this key and content that came before. */
  find(key: string, bytes: Uint8Array, nowMs: number): Remembered | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresMs <= nowMs || entry.print !== printOf(bytes)) return undefined;
    return entry;
  }

  add(key: string, bytes: Uint8Array, nowMs: number): Remembered {
    this.#entries.delete(key);
    for (const [old, { expiresMs }] of this.#entries) {
      if (expiresMs > nowMs && this.#entries.size < this.#limit) break;
      this.#entries.delete(old);
    }
    const entry: Remembered = { print: printOf(bytes), expiresMs: nowMs + this.#forMs, reply: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  /** It was not taken: a repeat is taken as the first. */
  forget(key: string, entry: Remembered): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}

/** FNV-1a, 32 bits: no secret, it tells restarted devices' messages apart. */
function printOf(bytes: Uint8Array): number {
  let print = 0x811c_9dc5;
  for (const byte of bytes) print = Math.imul(print ^ byte, 0x0100_0193);
  return print >>> 0;
}
