/**
 * The message layer of CoAP (RFC 7252 clause 4) over datagrams that somebody else sends and receives:
 *
 *   request ─ rate ─ decode ─ repeat? ─▶ blocks ─▶ serve ─▶ answer with the confirmation, or by itself later
 *   answer ──────────────────────────▶ client (by token)  ─▶ confirmed once it was taken
 *
 * Why not the package `coap`: its block cache has no bounds, a body whose blocks do not fit throws in the
 * socket's handler and ends the process, and it answers what it cannot read at the loopback address.
 */

import type { OpenAmiError } from '@openami/model';
import {
  blockCoapOption,
  blockOption,
  type CoapBlock,
  type CoapMessage,
  type CoapOption,
  coapClass,
  coapCodes,
  coapOptions,
  decodeCoap,
  encodeCoap,
  optionOf,
  textOptions,
  uintCoapOption,
  unknownCritical,
} from '@openami/wire/coap';
import { AddressRate } from '../address-rate.ts';
import { Counts } from '../counts.ts';
import { UnderWay } from '../under-way.ts';
import { Bodies } from './bodies.ts';
import { CoapClient } from './client.ts';
import { messageKey } from './peer.ts';
import { type Remembered, RememberedMessages } from './remembered.ts';
import { Retransmitter } from './retransmitter.ts';
import type { CoapCounters, CoapLimits, CoapPeer } from './types.ts';

/** A request with its whole body. */
export interface CoapRequest {
  readonly peer: CoapPeer;
  readonly code: number;
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly message: CoapMessage;
  readonly payload: Uint8Array;
  readonly receivedMs: number;
}

export interface CoapReply {
  readonly code: number;
  readonly options?: readonly CoapOption[];
  readonly payload?: Uint8Array;
  /** Run once it was sent. */
  readonly after?: () => void;
}

export interface CoapEndpointOptions {
  readonly send: (bytes: Uint8Array, peer: CoapPeer) => void;
  /** Must not reject. */
  readonly serve: (request: CoapRequest) => Promise<CoapReply>;
  /** Told of every datagram that was read. */
  readonly heard: (peer: CoapPeer) => void;
  readonly limits: CoapLimits;
  readonly counters: CoapCounters;
  readonly clock: { nowMs(): number };
  readonly random: () => number;
  readonly newToken: () => Uint8Array;
}

const EMPTY = new Uint8Array(0);
const MAX_BLOCK = 1_024;

export class CoapEndpoint {
  readonly client: CoapClient;
  readonly #options: CoapEndpointOptions;
  readonly #rate: AddressRate;
  readonly #remembered: RememberedMessages;
  readonly #bodies: Bodies;
  readonly #reliable: Retransmitter;
  readonly #perAddress = new Counts();
  readonly #underWay = new UnderWay();
  #nextId: number;
  #closing = false;

  constructor(options: CoapEndpointOptions) {
    const { send, limits, counters, random } = options;
    this.#options = options;
    this.#rate = new AddressRate(limits.datagramsPerS, limits.datagramBurst);
    this.#remembered = new RememberedMessages(limits.remembered, limits.rememberedMs);
    this.#bodies = new Bodies(limits);
    this.#reliable = new Retransmitter({ send, limits, counters, random });
    this.#nextId = Math.floor(random() * 0x1_0000);
    const nextId = () => this.#id();
    this.client = new CoapClient({
      reliable: this.#reliable,
      limits,
      counters,
      nextId,
      newToken: options.newToken,
    });
  }

  /** A datagram that came; its bytes are the endpoint's from now on. Never throws. */
  receive(bytes: Uint8Array, peer: CoapPeer): void {
    const { counters, limits, clock, heard } = this.#options;
    counters.datagrams += 1;
    if (!this.#rate.take(peer.address, performance.now())) {
      counters.datagramsDropped += 1;
      return;
    }
    let message: CoapMessage;
    try {
      message = decodeCoap(bytes, limits.datagramBytes);
    } catch (error) {
      this.#refuseMalformed(error as OpenAmiError, peer);
      return;
    }
    heard(peer);
    const { type, code } = message;
    if (type === 'rst' || type === 'ack') this.#reliable.confirm(peer, message);
    else if (code === coapCodes.empty) {
      // an empty confirmable message asks whether anybody is there (clause 4.3)
      if (type === 'con') this.#send(emptyBytes('rst', message.id), peer);
    } else if (coapClass(code) === 0) this.#request(bytes, message, peer, clock.nowMs());
    else this.#response(bytes, message, peer);
  }

  /** Answers what is under way; no more is taken. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#underWay.none();
    this.#reliable.close();
  }

  #refuseMalformed({ data }: OpenAmiError, peer: CoapPeer): void {
    this.#options.counters.malformed += 1;
    if (data.isConfirmable === true && typeof data.id === 'number')
      this.#send(emptyBytes('rst', data.id), peer);
  }

  #request(bytes: Uint8Array, message: CoapMessage, peer: CoapPeer, receivedMs: number): void {
    const { counters } = this.#options;
    const key = messageKey(peer, message.id);
    const nowMs = performance.now();
    const before = this.#remembered.find(key, bytes, nowMs);
    if (before !== undefined) {
      counters.duplicates += 1;
      if (before.reply !== undefined && message.type === 'con') this.#send(before.reply, peer);
      return;
    }
    counters.requests += 1;
    if (this.#closing || this.#isFull(peer.address)) {
      counters.busy += 1;
      this.#send(this.#replyBytes(message, busyReply, message.type === 'con'), peer);
      return;
    }
    const entry = this.#remembered.add(key, bytes, nowMs);
    this.#begin(peer.address);
    this.#serve(entry, message, peer, receivedMs).finally(() => this.#end(peer.address));
  }

  async #serve(entry: Remembered, message: CoapMessage, peer: CoapPeer, receivedMs: number): Promise<void> {
    const isConfirmable = message.type === 'con';
    const confirm = () => {
      entry.reply = emptyBytes('ack', message.id);
      this.#send(entry.reply, peer);
    };
    const timer = isConfirmable ? setTimeout(confirm, this.#options.limits.piggybackMs) : undefined;
    const reply = await this.#replyTo(message, peer, receivedMs);
    clearTimeout(timer);
    if (!isConfirmable || entry.reply === undefined) {
      entry.reply = this.#replyBytes(message, reply, isConfirmable);
      this.#send(entry.reply, peer);
      reply.after?.();
      return;
    }
    // the confirmation is out already: the answer goes by itself, until it is confirmed in turn
    const id = this.#id();
    const bytes = encodeCoap({ ...sliced(message, reply), type: 'con', id, token: message.token });
    this.#reliable.send(peer, id, bytes).catch(() => undefined);
    reply.after?.();
  }

  async #replyTo(message: CoapMessage, peer: CoapPeer, receivedMs: number): Promise<CoapReply> {
    const path = textOptions(message, coapOptions.uriPath);
    const query = textOptions(message, coapOptions.uriQuery);
    const block = blockOption(message, coapOptions.block1);
    if (optionOf(message, coapOptions.proxyUri) || optionOf(message, coapOptions.proxyScheme)) {
      return { code: coapCodes.proxyingNotSupported };
    }
    if (unknownCritical(message) !== undefined) return { code: coapCodes.badOption };
    if (path === undefined || query === undefined || block === 'bad') return { code: coapCodes.badRequest };
    const request = { peer, code: message.code, path, query, message, receivedMs };
    if (block === undefined) return this.#options.serve({ ...request, payload: message.payload });
    const name = JSON.stringify([peer.address, peer.port, message.code, path, query]);
    const outcome = this.#bodies.take(name, peer.address, block, message.payload, performance.now());
    const echo = blockCoapOption(coapOptions.block1, block);
    if (outcome.body !== undefined) {
      const reply = await this.#options.serve({ ...request, payload: outcome.body });
      return { ...reply, options: [...(reply.options ?? []), echo] };
    }
    if (outcome.error === undefined) return { code: coapCodes.continue, options: [echo] };
    if (outcome.error === 'busy') return busyReply;
    if (outcome.error === 'incomplete') return { code: coapCodes.incomplete };
    return {
      code: coapCodes.tooLarge,
      options: [uintCoapOption(coapOptions.size1, this.#options.limits.bodyBytes)],
    };
  }

  #replyBytes(message: CoapMessage, reply: CoapReply, isConfirmable: boolean): Uint8Array {
    const [type, id] = isConfirmable ? (['ack', message.id] as const) : (['non', this.#id()] as const);
    return encodeCoap({ ...sliced(message, reply), type, id, token: message.token });
  }

  /** An answer, or a notification: confirmed when it was taken, so that it comes again when it was not. */
  #response(bytes: Uint8Array, message: CoapMessage, peer: CoapPeer): void {
    const key = `${messageKey(peer, message.id)} answer`;
    const nowMs = performance.now();
    const before = this.#remembered.find(key, bytes, nowMs);
    if (before !== undefined) {
      this.#options.counters.duplicates += 1;
      if (before.reply !== undefined) this.#send(before.reply, peer);
      return;
    }
    // not taken and not confirmed: it comes again
    if (this.#closing || (message.type === 'con' && this.#isFull(peer.address))) return;
    const entry = this.#remembered.add(key, bytes, nowMs);
    const settle = (type: 'ack' | 'rst') => {
      if (message.type !== 'con' && type === 'ack') return;
      entry.reply = emptyBytes(type, message.id);
      this.#send(entry.reply, peer);
    };
    const answer = this.client.answer(peer, message);
    if (answer === 'taken') settle('ack');
    else if (answer === 'unknown') settle('rst');
    else {
      this.#begin(peer.address);
      answer
        .then(
          () => settle('ack'),
          () => this.#remembered.forget(key, entry),
        )
        .finally(() => this.#end(peer.address));
    }
  }

  #isFull(address: string): boolean {
    const { underWay, underWayPerAddress } = this.#options.limits;
    return this.#underWay.size >= underWay || this.#perAddress.of(address) >= underWayPerAddress;
  }

  #begin(address: string): void {
    this.#underWay.begin();
    this.#perAddress.add(address, 1);
  }

  #end(address: string): void {
    this.#perAddress.add(address, -1);
    this.#underWay.end();
  }

  #send(bytes: Uint8Array, peer: CoapPeer): void {
    this.#options.send(bytes, peer);
  }

  #id(): number {
    this.#nextId = (this.#nextId + 1) & 0xffff;
    return this.#nextId;
  }
}

function emptyBytes(type: 'ack' | 'rst', id: number): Uint8Array {
  return encodeCoap({ type, code: coapCodes.empty, id, token: EMPTY, options: [], payload: EMPTY });
}

/** 5.03, and when to try again. */
export function unavailable(forS: number): CoapReply {
  return { code: coapCodes.unavailable, options: [uintCoapOption(coapOptions.maxAge, forS)] };
}

export const busyReply = unavailable(30);

/** The answer, or the block of it that was asked for (RFC 7959 clause 2.4). */
function sliced(message: CoapMessage, { code, options = [], payload = EMPTY }: CoapReply) {
  const asked = blockOption(message, coapOptions.block2);
  if (asked === 'bad') return { code: coapCodes.badRequest, options: [], payload: EMPTY };
  if (asked === undefined && payload.length <= MAX_BLOCK) return { code, options, payload };
  const { number, size }: Pick<CoapBlock, 'number' | 'size'> = asked ?? { number: 0, size: MAX_BLOCK };
  const from = number * size;
  if (from > 0 && from >= payload.length) return { code: coapCodes.badOption, options: [], payload: EMPTY };
  const block = { number, size, more: from + size < payload.length };
  return {
    code,
    options: [...options, blockCoapOption(coapOptions.block2, block)],
    payload: payload.subarray(from, from + size),
  };
}
