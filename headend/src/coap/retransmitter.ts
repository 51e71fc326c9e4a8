/** Confirmable messages (RFC 7252 clause 4.2): sent again, later each time, until they are confirmed. */
import type { CoapMessage } from '@openami/wire/coap';
import { coapErrors } from './errors.ts';
import { messageKey } from './peer.ts';
import type { CoapCounters, CoapLimits, CoapPeer } from './types.ts';

interface Outgoing {
  timer: NodeJS.Timeout;
  settle(message: CoapMessage | undefined, error?: Error): void;
}

export interface RetransmitterOptions {
  readonly send: (bytes: Uint8Array, peer: CoapPeer) => void;
  readonly random: () => number;
  readonly limits: CoapLimits;
  readonly counters: CoapCounters;
}

export class Retransmitter {
  readonly #options: RetransmitterOptions;
  readonly #outgoing = new Map<string, Outgoing>();
  #closed = false;

  constructor(options: RetransmitterOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the confirmation, or with nothing where `stop` was called. Raises COAP_TIMEOUT, COAP_RESET,
   * COAP_CLOSED.
   */
  send(peer: CoapPeer, id: number, bytes: Uint8Array): Promise<CoapMessage | undefined> {
    if (this.#closed) return Promise.reject(coapErrors.COAP_CLOSED());
    const { send, random, limits, counters } = this.#options;
    const key = messageKey(peer, id);
    return new Promise((done, fail) => {
      let waitMs = limits.ackTimeoutMs * (1 + random() / 2);
      let left = limits.retransmits;
      const outgoing: Outgoing = {
        timer: setTimeout(() => again(), waitMs),
        settle: (message, error) => {
          clearTimeout(outgoing.timer);
          if (this.#outgoing.get(key) === outgoing) this.#outgoing.delete(key);
          if (error === undefined) done(message);
          else fail(error);
        },
      };
      const again = () => {
        if (left === 0) {
          counters.timeouts += 1;
          outgoing.settle(undefined, coapErrors.COAP_TIMEOUT(`${peer.address}, port ${peer.port}`));
          return;
        }
        left -= 1;
        waitMs *= 2;
        counters.retransmits += 1;
        outgoing.timer = setTimeout(again, waitMs);
        send(bytes, peer);
      };
      this.#outgoing.set(key, outgoing);
      send(bytes, peer);
    });
  }

  /** A confirmation or reset came. */
  confirm(peer: CoapPeer, message: CoapMessage): void {
    const outgoing = this.#outgoing.get(messageKey(peer, message.id));
    if (message.type === 'ack') outgoing?.settle(message);
    else outgoing?.settle(undefined, coapErrors.COAP_RESET(`${peer.address}, port ${peer.port}`));
  }

  /** It need not be confirmed any more: its answer has come. */
  stop(peer: CoapPeer, id: number): void {
    this.#outgoing.get(messageKey(peer, id))?.settle(undefined);
  }

  close(): void {
    this.#closed = true;
    for (const outgoing of [...this.#outgoing.values()]) outgoing.settle(undefined, coapErrors.COAP_CLOSED());
  }
}
