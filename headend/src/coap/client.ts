/**
 * Requests of the server to devices: one at a time a device (NSTART of RFC 7252 clause 4.7), answers by
 * token, bodies in blocks (RFC 7959), observations (RFC 7641).
 */
import { hexOf } from '@openami/wire';
import {
  blockCoapOption,
  blockOption,
  type CoapMessage,
  type CoapOption,
  coapClass,
  coapCodes,
  coapCodeText,
  coapOptions,
  encodeCoap,
  optionOf,
  textCoapOptions,
  uintCoapOption,
  uintOption,
} from '@openami/wire/coap';
import { coapErrors } from './errors.ts';
import { peerKey } from './peer.ts';
import type { Retransmitter } from './retransmitter.ts';
import type { CoapCounters, CoapLimits, CoapPeer } from './types.ts';

/** A representation that a device gave. */
export interface CoapBody {
  /** Number of its content format; undefined where it did not say. */
  readonly format: number | undefined;
  readonly bytes: Uint8Array;
}

export interface Notification extends CoapBody {
  /** It was overtaken by a later one on the way (RFC 7641 clause 3.4). */
  readonly isStale: boolean;
}

export interface ObserveOptions {
  readonly accept?: number;
  /** A rejection leaves the notification unconfirmed, so that it comes again. */
  readonly onNotification: (notification: Notification) => Promise<void>;
  /** It ended: the device refused it or said that it is over. */
  readonly onEnd: () => void;
}

export interface CoapClientOptions {
  readonly reliable: Retransmitter;
  readonly limits: CoapLimits;
  readonly counters: CoapCounters;
  readonly nextId: () => number;
  readonly newToken: () => Uint8Array;
}

/** What an answer came to. */
export type Answer = 'taken' | 'unknown' | Promise<void>;

interface Waiting {
  readonly id: number;
  readonly settle: (message: CoapMessage) => void;
}

interface Observation extends ObserveOptions {
  readonly peer: CoapPeer;
  readonly path: readonly string[];
  readonly token: Uint8Array;
  sequence: number;
  atMs: number;
}

const EMPTY = new Uint8Array(0);

export class CoapClient {
  readonly #options: CoapClientOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** By peer, whose address may be forgotten, and token. */
  readonly #observations = new Map<string, Map<string, Observation>>();
  #observing = 0;
  /** The request under way to a peer, for the next to wait for. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Requests that have no answer yet. */
  #asked = 0;

  constructor(options: CoapClientOptions) {
    this.#options = options;
  }

  get observations(): number {
    return this.#observing;
  }

  /** A representation in full. Raises COAP_REFUSED, COAP_TIMEOUT, COAP_RESET, COAP_BODY, COAP_BUSY. */
  async read(peer: CoapPeer, path: readonly string[], accept?: number): Promise<CoapBody> {
    const first = await this.#get(peer, path, acceptOptions(accept));
    return this.#whole(peer, path, first, accept);
  }

  /**
   * Changes what is at a path: PUT writes it, POST executes it. Raises as `read`; once it rejects with
   * COAP_TIMEOUT, the device may have it.
   */
  async tell(
    peer: CoapPeer,
    path: readonly string[],
    { code, body }: { readonly code: 'put' | 'post'; readonly body?: CoapBody },
  ): Promise<void> {
    const format = body?.format;
    const options = format === undefined ? [] : [uintCoapOption(coapOptions.contentFormat, format)];
    await this.#ask(peer, path, { code: coapCodes[code], options, payload: body?.bytes ?? EMPTY });
  }

  /**
   * As `read`; notifications follow until the observation ends. `forget` ends it: the next notification is
   * answered with a reset, which ends it at the device. Undefined: the device does not notify.
   */
  async observe(
    peer: CoapPeer,
    path: readonly string[],
    options: ObserveOptions,
  ): Promise<{ readonly body: CoapBody; readonly forget: (() => void) | undefined }> {
    const token = this.#options.newToken();
    const observation: Observation = { ...options, peer, path, token, sequence: -1, atMs: 0 };
    const asked = [uintCoapOption(coapOptions.observe, 0), ...acceptOptions(options.accept)];
    const first = await this.#get(peer, path, asked, token);
    const sequence = uintOption(first, coapOptions.observe);
    if (sequence === undefined) {
      return { body: await this.#whole(peer, path, first, options.accept), forget: undefined };
    }
    Object.assign(observation, { sequence, atMs: performance.now() });
    // before the rest of the body is asked for: a notification may come meanwhile
    this.#begin(observation);
    const body = await this.#whole(peer, path, first, options.accept).catch((error: unknown) => {
      this.#end(observation);
      throw error;
    });
    return { body, forget: () => this.#end(observation) };
  }

  /** Ends observations of a peer without a word: it is gone, or has another address. */
  forget(peer: CoapPeer): void {
    const key = peerKey(peer);
    this.#observing -= this.#observations.get(key)?.size ?? 0;
    this.#observations.delete(key);
  }

  #begin(observation: Observation): void {
    const key = peerKey(observation.peer);
    const ofPeer = this.#observations.get(key) ?? new Map<string, Observation>();
    this.#observations.set(key, ofPeer.set(hexOf(observation.token), observation));
    this.#observing += 1;
  }

  #end({ peer, token }: Observation): void {
    const key = peerKey(peer);
    const ofPeer = this.#observations.get(key);
    if (ofPeer?.delete(hexOf(token)) !== true) return;
    this.#observing -= 1;
    if (ofPeer.size === 0) this.#observations.delete(key);
  }

  /** A response that came, by itself or with a confirmation. */
  answer(peer: CoapPeer, message: CoapMessage): Answer {
    const waiting = this.#waiting.get(tokenKey(peer, message.token));
    if (waiting !== undefined) {
      this.#options.reliable.stop(peer, waiting.id);
      waiting.settle(message);
      return 'taken';
    }
    const observation = this.#observations.get(peerKey(peer))?.get(hexOf(message.token));
    return observation === undefined ? 'unknown' : this.#notified(observation, message);
  }

  async #notified(observation: Observation, message: CoapMessage): Promise<void> {
    this.#options.counters.notifications += 1;
    const sequence = uintOption(message, coapOptions.observe);
    if (coapClass(message.code) !== 2 || sequence === undefined) {
      this.#end(observation);
      observation.onEnd();
      if (coapClass(message.code) !== 2) return;
    }
    const { peer, path, accept } = observation;
    const nowMs = performance.now();
    const isStale = sequence !== undefined && !isFresh(observation, sequence, nowMs);
    const body = await this.#whole(peer, path, message, accept);
    await observation.onNotification({ ...body, isStale });
    if (!isStale && sequence !== undefined) Object.assign(observation, { sequence, atMs: nowMs });
  }

  #get(
    peer: CoapPeer,
    path: readonly string[],
    options: readonly CoapOption[],
    token?: Uint8Array,
  ): Promise<CoapMessage> {
    return this.#ask(peer, path, { code: coapCodes.get, options, payload: EMPTY }, token);
  }

  async #ask(
    peer: CoapPeer,
    path: readonly string[],
    { code: method, options, payload }: Pick<CoapMessage, 'code' | 'options' | 'payload'>,
    token = this.#options.newToken(),
  ): Promise<CoapMessage> {
    const { length } = path;
    if (length > 16) throw coapErrors.COAP_REFUSED(`a path of ${length} parts`);
    const uri = textCoapOptions(coapOptions.uriPath, path);
    const request = { code: method, options: [...uri, ...options], payload };
    const answer = await this.#inTurn(peer, () => this.#exchange(peer, request, token));
    if (coapClass(answer.code) === 2) return answer;
    const code = coapCodeText(answer.code);
    throw coapErrors.COAP_REFUSED(`${code} for /${path.join('/')}`, { code: answer.code });
  }

  async #inTurn<T>(peer: CoapPeer, run: () => Promise<T>): Promise<T> {
    if (this.#asked >= this.#options.limits.requests) throw coapErrors.COAP_BUSY();
    const key = peerKey(peer);
    const before = this.#turns.get(key) ?? Promise.resolve();
    const turn = before.then(run, run);
    this.#turns.set(key, turn);
    this.#asked += 1;
    try {
      return await turn;
    } finally {
      this.#asked -= 1;
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  async #exchange(
    peer: CoapPeer,
    request: Pick<CoapMessage, 'code' | 'options' | 'payload'>,
    token: Uint8Array,
  ): Promise<CoapMessage> {
    const { reliable, limits, nextId } = this.#options;
    const id = nextId();
    const key = tokenKey(peer, token);
    const bytes = encodeCoap({ ...request, type: 'con', id, token });
    let settle: (message: CoapMessage) => void = () => {};
    const answered = new Promise<CoapMessage>((done) => {
      settle = done;
    });
    this.#waiting.set(key, { id, settle });
    let timer: NodeJS.Timeout | undefined;
    try {
      const confirmation = await reliable.send(peer, id, bytes);
      if (confirmation !== undefined && confirmation.code !== coapCodes.empty) {
        if (tokenKey(peer, confirmation.token) !== key)
          throw coapErrors.COAP_RESET('an answer to another request');
        return confirmation;
      }
      const late = new Promise<never>((_, fail) => {
        timer = setTimeout(
          () => fail(coapErrors.COAP_TIMEOUT('confirmed and not answered')),
          limits.responseMs,
        );
      });
      return await Promise.race([answered, late]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(key);
    }
  }

  /** The first block and those after it. */
  async #whole(
    peer: CoapPeer,
    path: readonly string[],
    first: CoapMessage,
    accept?: number,
  ): Promise<CoapBody> {
    const format = uintOption(first, coapOptions.contentFormat);
    let block = blockOption(first, coapOptions.block2);
    if (block === 'bad') throw coapErrors.COAP_BODY('a block option that cannot be');
    if (block === undefined || (block.number === 0 && !block.more)) return { format, bytes: first.payload };
    const etag = etagOf(first);
    const parts = [first.payload];
    let bytes = first.payload.length;
    while (block.more) {
      if (bytes % block.size !== 0 || bytes === 0) throw coapErrors.COAP_BODY('blocks of uneven size');
      if (bytes > this.#options.limits.bodyBytes) throw coapErrors.COAP_BODY(`more than ${bytes} bytes`);
      const wanted = { number: bytes / block.size, more: false, size: block.size };
      const asked = [blockCoapOption(coapOptions.block2, wanted), ...acceptOptions(accept)];
      const next = await this.#get(peer, path, asked);
      const found = blockOption(next, coapOptions.block2);
      if (
        found === undefined ||
        found === 'bad' ||
        found.number * found.size !== bytes ||
        etagOf(next) !== etag
      ) {
        throw coapErrors.COAP_BODY(`block ${wanted.number} is not of the body`);
      }
      parts.push(next.payload);
      bytes += next.payload.length;
      block = found;
    }
    return { format, bytes: Buffer.concat(parts) };
  }
}

function acceptOptions(accept: number | undefined): CoapOption[] {
  return accept === undefined ? [] : [uintCoapOption(coapOptions.accept, accept)];
}

function etagOf(message: CoapMessage): string {
  return hexOf(optionOf(message, coapOptions.etag) ?? EMPTY);
}

function tokenKey(peer: CoapPeer, token: Uint8Array): string {
  return `${peerKey(peer)} ${hexOf(token)}`;
}

/** RFC 7641 clause 3.4: sequence numbers of 24 bits that go round, compared for 128 seconds. */
function isFresh({ sequence: before, atMs }: Observation, sequence: number, nowMs: number): boolean {
  const half = 2 ** 23;
  return (
    nowMs > atMs + 128_000 ||
    (before < sequence && sequence - before < half) ||
    (before > sequence && before - sequence > half)
  );
}
