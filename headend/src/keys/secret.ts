import { inspect } from 'node:util';

/** Key material in memory: shows itself to nobody who does not ask for its bytes, no log and no JSON. */
export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    // never a Buffer: its `slice` would be no copy, and be wiped with the secret
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The bytes themselves, not a copy: so that `wipe` reaches them. */
  bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Overwrites the bytes; as far as a garbage-collected language can promise it. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return '(secret)';
  }

  toJSON(): string {
    return '(secret)';
  }

  [inspect.custom](): string {
    return '(secret)';
  }
}
