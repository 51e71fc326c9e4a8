/**
 * An LwM2M 1.1 water meter (object 3424): it registers, is observed and notifies of what its register showed
 * at each hour. Where nobody observes it, it sends by itself (/dp).
 */
import { utf8Bytes } from '@openami/wire';
import {
  type CoapMessage,
  coapCodes,
  coapOptions,
  optionOf,
  textOptions,
  uintCoapOption,
  uintOption,
} from '@openami/wire/coap';
import {
  contentFormats,
  encodeLwm2mSenml,
  type Lwm2mResource,
  parseLwm2mPath,
  standardLwm2mModels,
} from '@openami/wire/lwm2m';
import type { HourlyRegister } from '../day-books.ts';
import { type CoapAnswer, CoapSocket, type CoapTarget } from './coap-socket.ts';

export interface Lwm2mMeterOptions {
  readonly endpoint: string;
  readonly target: CoapTarget;
  /** For reads: the newest. */
  readonly newest: () => HourlyRegister | undefined;
  /** Where message ids begin. */
  readonly seed: number;
  readonly ackTimeoutMs?: number;
}

const WATER_METER = 3424;
const CUMULATED_VOLUME = 1;
const LIFETIME_S = 86_400;
const EMPTY = new Uint8Array(0);

interface Observer {
  readonly token: Uint8Array;
  sequence: number;
}

export class Lwm2mMeter {
  readonly #options: Lwm2mMeterOptions;
  readonly #socket: CoapSocket;
  #location: readonly string[] | undefined;
  #observer: Observer | undefined;

  constructor(options: Lwm2mMeterOptions) {
    const { target, seed, ackTimeoutMs } = options;
    this.#options = options;
    const timing = ackTimeoutMs === undefined ? {} : { ackTimeoutMs };
    this.#socket = new CoapSocket({ target, onRequest: (one) => this.#answer(one), ...timing }, seed);
  }

  get isRegistered(): boolean {
    return this.#location !== undefined;
  }

  get isObserved(): boolean {
    return this.#observer !== undefined;
  }

  /** Registers, or says that it is still there; whether the server has it. Raises SIM_NO_ANSWER. */
  async register(): Promise<boolean> {
    if (this.#location !== undefined) {
      const updated = await this.#socket.request(coapCodes.post, this.#location);
      if (updated.code === coapCodes.changed) return true;
      this.#location = undefined;
    }
    const { endpoint } = this.#options;
    const answer = await this.#socket.request(coapCodes.post, ['rd'], {
      query: [`ep=${endpoint}`, `lt=${LIFETIME_S}`, 'lwm2m=1.1', 'b=U'],
      format: contentFormats.links,
      payload: utf8Bytes(`</>;rt="oma.lwm2m";ct=112,</1/0>,</3/0>,</${WATER_METER}/0>`),
    });
    if (answer.code !== coapCodes.created) return false;
    this.#location = textOptions(answer, coapOptions.locationPath);
    this.#observer = undefined;
    return true;
  }

  /** Tells what the register showed; whether it was confirmed. Raises SIM_NO_ANSWER. */
  async report(rows: readonly HourlyRegister[]): Promise<boolean> {
    const payload = encodeLwm2mSenml('cbor', rows.map(resourceOf));
    const observer = this.#observer;
    if (observer === undefined) {
      const answer = await this.#socket.request(coapCodes.post, ['dp'], {
        ...{ format: contentFormats.senmlCbor, payload },
      });
      // it is not registered any more
      if (answer.code === coapCodes.notFound) this.#location = undefined;
      return answer.code === coapCodes.changed;
    }
    observer.sequence += 1;
    const { token, sequence } = observer;
    const options = [
      uintCoapOption(coapOptions.observe, sequence),
      uintCoapOption(coapOptions.contentFormat, contentFormats.senmlCbor),
    ];
    const { type } = await this.#socket.confirmed({ code: coapCodes.content, token, options, payload });
    if (type === 'rst') this.#observer = undefined;
    return type === 'ack';
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  #answer(request: CoapMessage): CoapAnswer {
    const refusal = { options: [], payload: EMPTY };
    if (request.code !== coapCodes.get) return { ...refusal, code: coapCodes.methodNotAllowed };
    const path = pathOf(request);
    const newest = path?.[0] === WATER_METER ? this.#options.newest() : undefined;
    if (newest === undefined) return { ...refusal, code: coapCodes.notFound };
    const accept = uintOption(request, coapOptions.accept);
    if (accept !== undefined && accept !== contentFormats.senmlCbor) {
      return { ...refusal, code: coapCodes.notAcceptable };
    }
    const options = [uintCoapOption(coapOptions.contentFormat, contentFormats.senmlCbor)];
    if (optionOf(request, coapOptions.observe) !== undefined) {
      const isWanted = uintOption(request, coapOptions.observe) === 0;
      this.#observer = isWanted ? { token: request.token, sequence: 2 } : undefined;
      if (isWanted) options.push(uintCoapOption(coapOptions.observe, 2));
    }
    return { code: coapCodes.content, options, payload: encodeLwm2mSenml('cbor', [resourceOf(newest)]) };
  }
}

const model = standardLwm2mModels.get(WATER_METER)!.resources.get(CUMULATED_VOLUME)!;

function resourceOf({ endS, counts }: HourlyRegister): Lwm2mResource {
  return {
    ...{ path: [WATER_METER, 0, CUMULATED_VOLUME], model, time: { raw: endS, power: 0 } },
    value: { type: 'number', number: { raw: counts, power: -3 } },
  };
}

/** Undefined for what is no path of LwM2M. */
function pathOf(request: CoapMessage) {
  try {
    return parseLwm2mPath((textOptions(request, coapOptions.uriPath) ?? []).join('/'));
  } catch {
    return undefined;
  }
}
