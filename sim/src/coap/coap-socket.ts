/**
 * A CoAP endpoint of a device on a UDP socket of its own: confirmable messages are sent again until they are
 * answered (RFC 7252 clause 4.2), and requests that come are answered once, also where they come twice.
 */
import { createSocket, type Socket } from 'node:dgram';
import {
  type CoapMessage,
  type CoapOption,
  coapClass,
  coapCodes,
  coapOptions,
  decodeCoap,
  encodeCoap,
  textCoapOptions,
  uintCoapOption,
} from '@openami/wire/coap';
import { simErrors } from '../errors.ts';

export interface CoapTarget {
  readonly host: string;
  readonly port: number;
}

export interface CoapBody {
  readonly query?: readonly string[];
  /** Content format. */
  readonly format?: number;
  readonly payload?: Uint8Array;
}

/** What a device answers: its own id, token and type are put on. */
export type CoapAnswer = Pick<CoapMessage, 'code' | 'options' | 'payload'>;

export interface CoapSocketOptions {
  readonly target: CoapTarget;
  /** Answers a request; the socket answers 4.04 where there is none. */
  readonly onRequest?: (request: CoapMessage) => CoapAnswer;
  /** First time-out, ms of real time; default 2000. */
  readonly ackTimeoutMs?: number;
}

const EMPTY = new Uint8Array(0);
const RETRANSMITS = 4;
const ACK_TIMEOUT_MS = 2_000;
/** Until an answer comes that was confirmed empty. */
const ANSWER_MS = 60_000;
const REMEMBERED = 64;

export class CoapSocket {
  readonly #options: CoapSocketOptions;
  readonly #socket: Socket = createSocket('udp4');
  readonly #confirmations = new Map<number, (message: CoapMessage) => void>();
  readonly #late = new Map<string, (message: CoapMessage) => void>();
  /** Answers by the id of their requests. */
  readonly #answers = new Map<number, Uint8Array>();
  /** Ends each wait at once. */
  readonly #waits = new Set<() => void>();
  #id: number;
  #isClosed = false;

  /** `seed` is where message ids begin. */
  constructor(options: CoapSocketOptions, seed: number) {
    this.#options = options;
    this.#id = seed & 0xffff;
    this.#socket.on('message', (bytes) => this.#receive(bytes));
    // nobody listens there: the confirmation does not come, which is told to who waits for it
    this.#socket.on('error', () => {});
    // who only listens does not keep the program running; who waits for an answer does
    this.#socket.unref();
  }

  /** A request until it is answered. Raises SIM_NO_ANSWER. */
  async request(code: number, path: readonly string[], body: CoapBody = {}): Promise<CoapMessage> {
    const { query = [], format, payload = EMPTY } = body;
    const token = Uint8Array.of(this.#id >> 8, this.#id & 0xff, 0x53);
    const options: CoapOption[] = [
      ...textCoapOptions(coapOptions.uriPath, path),
      ...textCoapOptions(coapOptions.uriQuery, query),
      ...(format === undefined ? [] : [uintCoapOption(coapOptions.contentFormat, format)]),
    ];
    const key = token.join();
    const late = new Promise<CoapMessage>((done) => this.#late.set(key, done));
    try {
      const first = await Promise.race([late, this.confirmed({ code, token, options, payload })]);
      if (first.code !== coapCodes.empty) return first;
      const answer = await this.#within(ANSWER_MS, late);
      if (answer === undefined) throw this.#silence();
      return answer;
    } finally {
      this.#late.delete(key);
    }
  }

  /** A confirmable message until it is confirmed: the acknowledgement or the reset. Raises SIM_NO_ANSWER. */
  async confirmed(message: Omit<CoapMessage, 'type' | 'id'>): Promise<CoapMessage> {
    const id = this.#nextId();
    const bytes = encodeCoap({ ...message, type: 'con', id });
    const confirmed = new Promise<CoapMessage>((done) => this.#confirmations.set(id, done));
    let waitMs = this.#options.ackTimeoutMs ?? ACK_TIMEOUT_MS;
    try {
      for (let attempt = 0; attempt <= RETRANSMITS && !this.#isClosed; attempt++) {
        this.#send(bytes);
        const answer = await this.#within(waitMs, confirmed);
        if (answer !== undefined) return answer;
        waitMs *= 2;
      }
      throw this.#silence();
    } finally {
      this.#confirmations.delete(id);
    }
  }

  /** Whoever waits is told that no answer came. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    for (const end of this.#waits) end();
    return new Promise((done) => this.#socket.close(() => done()));
  }

  #silence(): Error {
    const { host, port } = this.#options.target;
    return simErrors.SIM_NO_ANSWER(`nothing from ${host}:${port}`);
  }

  #nextId(): number {
    this.#id = (this.#id + 1) & 0xffff;
    return this.#id;
  }

  /** What comes in time, and before the socket is closed; else undefined. */
  #within(ms: number, coming: Promise<CoapMessage>): Promise<CoapMessage | undefined> {
    return new Promise((done) => {
      const end = (message?: CoapMessage): void => {
        clearTimeout(timer);
        this.#waits.delete(end);
        done(message);
      };
      const timer = setTimeout(end, ms);
      this.#waits.add(end);
      void coming.then(end);
    });
  }

  #send(bytes: Uint8Array): void {
    const { host, port } = this.#options.target;
    if (!this.#isClosed) this.#socket.send(bytes, port, host, () => {});
  }

  #receive(bytes: Uint8Array): void {
    let message: CoapMessage;
    try {
      message = decodeCoap(bytes);
    } catch {
      return;
    }
    const { type, id, code, token } = message;
    if (type === 'ack' || type === 'rst') this.#confirmations.get(id)?.(message);
    else if (code !== coapCodes.empty && coapClass(code) === 0) this.#answer(message);
    else {
      const nothing = { code: coapCodes.empty, token: EMPTY, options: [], payload: EMPTY };
      if (type === 'con') this.#send(encodeCoap({ ...nothing, type: 'ack', id }));
      this.#late.get(token.join())?.(message);
    }
  }

  #answer(request: CoapMessage): void {
    const { id, token, type } = request;
    let bytes = this.#answers.get(id);
    if (bytes === undefined) {
      const notFound = { code: coapCodes.notFound, options: [], payload: EMPTY };
      const answer = this.#options.onRequest?.(request) ?? notFound;
      const isConfirmable = type === 'con';
      bytes = encodeCoap({
        ...{ ...answer, token, type: isConfirmable ? 'ack' : 'non', id: isConfirmable ? id : this.#nextId() },
      });
      this.#answers.set(id, bytes);
      if (this.#answers.size > REMEMBERED) this.#answers.delete(this.#answers.keys().next().value!);
    }
    this.#send(bytes);
  }
}
