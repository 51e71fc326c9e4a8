/** A simulated LwM2M device on a UDP socket: registers, is read and observed, notifies and sends. */
import { createSocket, type Socket } from 'node:dgram';
import { utf8Bytes } from '@openami/wire';
import {
  type CoapMessage,
  type CoapOption,
  coapClass,
  coapCodes,
  coapOptions,
  decodeCoap,
  encodeCoap,
  textCoapOptions,
  textOptions,
  uintCoapOption,
  uintOption,
} from '@openami/wire/coap';
import {
  contentFormats,
  decodeLwm2m,
  encodeLwm2mSenml,
  encodeLwm2mTlv,
  type Lwm2mResource,
  parseLwm2mPath,
} from '@openami/wire/lwm2m';

const EMPTY = new Uint8Array(0);
const WAITS_MS = [60, 120, 240, 480, 960, 1_920];

export interface DeviceOptions {
  readonly endpoint: string;
  readonly port: number;
  readonly isQueued?: boolean;
  /** A device of 1.0 answers in TLV, which tells no times. Default 1.1. */
  readonly version?: '1.0' | '1.1';
  /** It has JSON alone, and says so where something else is asked for. */
  readonly hasOnlyJson?: boolean;
  /** Energy in kWh and when it was, for reads, notifications and sends. */
  readonly energy: () => { readonly value: number; readonly atS: number };
}

interface Observer {
  readonly token: Uint8Array;
  sequence: number;
}

export class LwM2mDevice {
  readonly #options: DeviceOptions;
  readonly #socket: Socket = createSocket('udp4');
  readonly #confirmations = new Map<number, (message: CoapMessage) => void>();
  /** Answers by the id of their requests, for repeats. */
  readonly #answers = new Map<number, Uint8Array>();
  /** Late answers by their token. */
  readonly #late = new Map<string, (message: CoapMessage) => void>();
  #id = 1;
  #location: string[] = [];
  observer: Observer | undefined;
  isAsleep = false;
  reads = 0;
  /** Power Control (3312), On/Off: what is written. */
  isOn = true;
  /** Restarts, and what they were given. */
  readonly executed: string[] = [];
  /** Content formats of what was written. */
  readonly written: (number | undefined)[] = [];
  /** Content formats that were asked for. */
  readonly accepts: (number | undefined)[] = [];

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#socket.on('message', (bytes) => {
      if (!this.isAsleep) this.#receive(decodeCoap(bytes));
    });
  }

  async register(lifetimeS = 300): Promise<CoapMessage> {
    const { endpoint, isQueued, version = '1.1' } = this.#options;
    const query = [
      `ep=${endpoint}`,
      `lt=${lifetimeS}`,
      `lwm2m=${version}`,
      'b=U',
      ...(isQueued ? ['Q'] : []),
    ];
    const links = utf8Bytes('</>;rt="oma.lwm2m";ct=112,</1/0>,</3/0>,</10243/0>');
    const answer = await this.request(coapCodes.post, ['rd'], {
      query,
      format: contentFormats.links,
      payload: links,
    });
    if (answer.code === coapCodes.created) this.#location = textOptions(answer, coapOptions.locationPath)!;
    return answer;
  }

  update(query: readonly string[] = []): Promise<CoapMessage> {
    return this.request(coapCodes.post, this.#location, { query });
  }

  deregister(): Promise<CoapMessage> {
    return this.request(coapCodes.delete, this.#location, {});
  }

  send(): Promise<CoapMessage> {
    const payload = encodeLwm2mSenml('cbor', this.#meter());
    return this.request(coapCodes.post, ['dp'], { format: contentFormats.senmlCbor, payload });
  }

  /** A confirmable notification; false when it was refused, which ends the observation. */
  async notify(): Promise<boolean> {
    const { observer } = this;
    if (observer === undefined) throw new Error('nobody observes');
    observer.sequence += 1;
    const payload = encodeLwm2mSenml('cbor', this.#meter());
    const options = [
      uintCoapOption(coapOptions.observe, observer.sequence),
      uintCoapOption(coapOptions.contentFormat, contentFormats.senmlCbor),
    ];
    const answer = await this.#confirmed({
      code: coapCodes.content,
      token: observer.token,
      options,
      payload,
    });
    if (answer.type === 'rst') this.observer = undefined;
    return answer.type === 'ack';
  }

  /** A request until it is answered. Throws when it never is. */
  async request(
    code: number,
    path: readonly string[],
    {
      query = [],
      format,
      payload = EMPTY,
    }: { query?: readonly string[]; format?: number; payload?: Uint8Array },
  ): Promise<CoapMessage> {
    const token = Uint8Array.of(this.#id >> 8, this.#id & 0xff, 0x55);
    const options: CoapOption[] = [
      ...textCoapOptions(coapOptions.uriPath, path),
      ...textCoapOptions(coapOptions.uriQuery, query),
      ...(format === undefined ? [] : [uintCoapOption(coapOptions.contentFormat, format)]),
    ];
    const late = new Promise<CoapMessage>((done) => this.#late.set(token.join(), done));
    const first = await Promise.race([late, this.#confirmed({ code, token, options, payload })]);
    return first.code === coapCodes.empty ? late : first;
  }

  close(): Promise<void> {
    return new Promise((done) => this.#socket.close(() => done()));
  }

  async #confirmed(message: Omit<CoapMessage, 'type' | 'id'>): Promise<CoapMessage> {
    const id = this.#id++;
    const bytes = encodeCoap({ ...message, type: 'con', id });
    const confirmed = new Promise<CoapMessage>((done) => this.#confirmations.set(id, done));
    for (const waitMs of WAITS_MS) {
      this.#socket.send(bytes, this.#options.port, '127.0.0.1');
      const answer = await Promise.race([confirmed, after(waitMs)]);
      if (answer !== undefined) return answer;
    }
    throw new Error(`message ${id} of ${this.#options.endpoint} was never confirmed`);
  }

  #receive(message: CoapMessage): void {
    const { type, id, code } = message;
    if (type === 'ack' || type === 'rst') {
      this.#confirmations.get(id)?.(message);
      this.#confirmations.delete(id);
    } else if (coapClass(code) === 0) this.#answer(message);
    else {
      if (type === 'con')
        this.#reply(
          encodeCoap({ ...message, type: 'ack', code: 0, token: EMPTY, options: [], payload: EMPTY }),
        );
      this.#late.get(message.token.join())?.(message);
    }
  }

  #answer(message: CoapMessage): void {
    let answer = this.#answers.get(message.id);
    if (answer === undefined) {
      answer = encodeCoap(this.#read(message));
      this.#answers.set(message.id, answer);
    }
    this.#reply(answer);
  }

  #read({ id, token, ...request }: CoapMessage): CoapMessage {
    const path = parseLwm2mPath(textOptions(request, coapOptions.uriPath)!.join('/'));
    const refusal = { type: 'ack' as const, id, token, options: [], payload: EMPTY };
    if (request.code !== coapCodes.get) return { ...refusal, code: this.#change(path.join('/'), request) };
    if (path.join('/') === '3312/0/5850') {
      const payload = utf8Bytes(this.isOn ? '1' : '0');
      const options = [uintCoapOption(coapOptions.contentFormat, contentFormats.text)];
      return { ...refusal, code: coapCodes.content, options, payload };
    }
    if (path[0] !== 10_243) return { ...refusal, code: coapCodes.notFound };
    const accept = uintOption(request, coapOptions.accept);
    const format = this.#format();
    this.accepts.push(accept);
    if (accept !== undefined && accept !== format) return { ...refusal, code: coapCodes.notAcceptable };
    this.reads += 1;
    const options: CoapOption[] = [uintCoapOption(coapOptions.contentFormat, format)];
    if (uintOption(request, coapOptions.observe) === 0) {
      this.observer = { token, sequence: 2 };
      options.push(uintCoapOption(coapOptions.observe, 2));
    }
    const payload =
      format === contentFormats.tlv
        ? encodeLwm2mTlv(this.#meter(), path)
        : encodeLwm2mSenml(format === contentFormats.senmlJson ? 'json' : 'cbor', this.#meter());
    return { type: 'ack', code: coapCodes.content, id, token, options, payload };
  }

  /** The code of the answer to a write or an execution. */
  #change(path: string, { code, payload, options }: Omit<CoapMessage, 'id' | 'token'>): number {
    const format = uintOption({ options }, coapOptions.contentFormat);
    if (path === '3/0/4' && code === coapCodes.post) {
      this.executed.push(new TextDecoder().decode(payload));
      this.isOn = true;
      return coapCodes.changed;
    }
    if (path !== '3312/0/5850' || code !== coapCodes.put) return coapCodes.methodNotAllowed;
    this.written.push(format);
    const [{ value } = { value: undefined }] = decodeLwm2m(payload, {
      ...{ format: format ?? -1, path: parseLwm2mPath(path) },
    });
    // of an object that is in no model here, TLV has bytes alone
    this.isOn = value?.type === 'flag' ? value.flag : value?.type === 'data' && value.data[0] === 1;
    return coapCodes.changed;
  }

  #format(): number {
    if (this.#options.version === '1.0') return contentFormats.tlv;
    return this.#options.hasOnlyJson ? contentFormats.senmlJson : contentFormats.senmlCbor;
  }

  #meter(): Lwm2mResource[] {
    const { value, atS } = this.#options.energy();
    const number = { raw: Math.round(value * 1_000), power: -3 };
    const model = { name: 'Active Energy', type: 'float' as const };
    return [
      { path: [10_243, 0, 14], model, value: { type: 'number', number }, time: { raw: atS, power: 0 } },
    ];
  }

  #reply(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#options.port, '127.0.0.1');
  }
}

function after(waitMs: number): Promise<undefined> {
  return new Promise((done) => setTimeout(done, waitMs));
}
