/** Bodies that come in blocks (RFC 7959 clause 2.5), in order. Bounded in number, bytes and time. */
import type { CoapBlock } from '@openami/wire/coap';
import { Counts } from '../counts.ts';
import type { CoapLimits } from './types.ts';

interface Body {
  readonly address: string;
  readonly parts: Uint8Array[];
  bytes: number;
  expiresMs: number;
}

/** What a block came to: the whole body, more to come, or why it cannot be. */
export type BlockOutcome =
  | { readonly body: Uint8Array; readonly error?: undefined }
  | { readonly error?: undefined; readonly body?: undefined }
  | { readonly error: 'incomplete' | 'too large' | 'busy'; readonly body?: undefined };

export class Bodies {
  readonly #limits: CoapLimits;
  readonly #bodies = new Map<string, Body>();
  readonly #perAddress = new Counts();

  constructor(limits: CoapLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#bodies.size;
  }

  /** Takes a block of the body that `key` names: its sender, method and resource. */
  take(key: string, address: string, block: CoapBlock, payload: Uint8Array, nowMs: number): BlockOutcome {
    if (block.number === 0) this.#end(key);
    let body = this.#bodies.get(key);
    if (body !== undefined && body.expiresMs <= nowMs) {
      this.#end(key);
      body = undefined;
    }
    const at = block.number * block.size;
    if ((body?.bytes ?? 0) !== at || (block.more && payload.length !== block.size)) {
      this.#end(key);
      return { error: 'incomplete' };
    }
    if (at + payload.length > this.#limits.bodyBytes) {
      this.#end(key);
      return { error: 'too large' };
    }
    if (!block.more) {
      this.#end(key);
      return { body: Buffer.concat([...(body?.parts ?? []), payload]) };
    }
    if (body === undefined) {
      if (!this.#hasRoom(address, nowMs)) return { error: 'busy' };
      body = { address, parts: [], bytes: 0, expiresMs: 0 };
      this.#bodies.set(key, body);
      this.#perAddress.add(address, 1);
    }
    body.parts.push(payload);
    body.bytes += payload.length;
    body.expiresMs = nowMs + this.#limits.bodyIdleMs;
    return {};
  }

  #hasRoom(address: string, nowMs: number): boolean {
    const { bodies, bodiesPerAddress } = this.#limits;
    const isFull = () => this.#bodies.size >= bodies || this.#perAddress.of(address) >= bodiesPerAddress;
    if (isFull()) for (const [key, { expiresMs }] of this.#bodies) if (expiresMs <= nowMs) this.#end(key);
    return !isFull();
  }

  #end(key: string): void {
    const body = this.#bodies.get(key);
    if (body === undefined) return;
    this.#bodies.delete(key);
    this.#perAddress.add(body.address, -1);
  }
}
