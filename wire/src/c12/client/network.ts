/** Services over a C12.22 network: a message for each request, sent again when nothing comes back. */
import { OpenAmiError } from '@openami/model';
import type { C1222Message } from '../c1222/acse.ts';
import type { EaxPrimeKey } from '../c1222/eax-prime.ts';
import { plainControl, type SecurityMode } from '../c1222/epsem.ts';
import { C1222Stream } from '../c1222/message-stream.ts';
import {
  ivOf,
  type Opened,
  openMessage,
  type SessionSecurity,
  sealMessage,
  securityElements,
  securityOf,
} from '../c1222/secure.ts';
import { c12Errors } from '../errors.ts';
import { decodeResponse, type ServiceResponse } from '../psem/response.ts';
import { encodeRequest, type ServiceRequest } from '../psem/service.ts';
import { AP_TITLE_ROOT, type Uid, uid } from '../psem/uid.ts';
import type { C12Exchange, C12Transport } from './exchange.ts';

export interface NetworkOptions {
  /** `1.3.6…`, or `.1.2` relative to the root. */
  readonly callingApTitle: string;
  readonly calledApTitle: string;
  readonly root?: string;
  /** Invocation id of the first message; must never be used twice with a key. */
  readonly firstInvocationId: number;
  readonly security?: {
    readonly mode: Exclude<SecurityMode, 'cleartext' | 'reserved'>;
    readonly key: EaxPrimeKey;
    readonly keyId: number;
    /** Four bytes; the invocation id where it is not given. */
    readonly iv?: () => Uint8Array;
  };
  readonly responseMs?: number;
  /** Times a message is sent again. */
  readonly retries?: number;
  /** Most bytes of table data asked for at once. */
  readonly dataCapacity?: number;
}

const RESPONSE_MS = 10_000;
/** Messages of no use, between two that are sent, after which waiting ends. */
const MAX_STRAY = 256;

export class NetworkExchange implements C12Exchange {
  readonly #transport: C12Transport;
  readonly #options: NetworkOptions;
  readonly #calling: Uid;
  readonly #called: Uid;
  readonly dataCapacity: number;
  #stream = new C1222Stream();
  #invocationId: number;
  /** Why an answer to the request under way was not taken. */
  #refused: OpenAmiError | undefined;
  /** What the node said of its security last. */
  #session: SessionSecurity | undefined;

  constructor(transport: C12Transport, options: NetworkOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#calling = uid(options.callingApTitle);
    this.#called = uid(options.calledApTitle);
    this.dataCapacity = options.dataCapacity ?? 4_096;
    this.#invocationId = options.firstInvocationId;
  }

  /** Invocation id of the next message, to be kept for the next session. */
  get nextInvocationId(): number {
    return this.#invocationId;
  }

  /** Raises C12_NO_ANSWER, C12_WRONG_KEY, C12_NOT_SECURED, and what the response is refused for. */
  async request(request: ServiceRequest): Promise<ServiceResponse> {
    const [response] = await this.requests([request]);
    if (response === undefined) throw c12Errors.C12_UNEXPECTED('an answer without services');
    return response;
  }

  /** Several services in one message. A refused one ends the answers. */
  async requests(requests: readonly ServiceRequest[]): Promise<ServiceResponse[]> {
    const id = this.#invocationId;
    if (id > 0xffff_ffff) throw c12Errors.C12_OVER_LIMIT('invocation ids are used up: a new key is needed');
    this.#invocationId = id + 1;
    const bytes = this.#sealed(id, requests.map(encodeRequest));
    const { epsem } = await this.#exchange(bytes, id);
    return epsem.services.map((service, i) => decodeResponse(service, requests[i]?.service));
  }

  #sealed(id: number, services: readonly Uint8Array[]): Uint8Array {
    const { security, root = AP_TITLE_ROOT } = this.#options;
    const iv = security?.iv?.() ?? ivOf(id);
    return sealMessage(
      {
        calledApTitle: this.#called,
        callingApTitle: this.#calling,
        callingApInvocationId: id,
        ...(security === undefined ? {} : securityElements(security.keyId, iv)),
      },
      { control: { ...plainControl, securityMode: security?.mode ?? 'cleartext' }, services },
      security === undefined ? { root } : { key: security.key, root },
    );
  }

  async #exchange(bytes: Uint8Array, id: number): Promise<Opened> {
    const { retries = 3, responseMs = RESPONSE_MS } = this.#options;
    this.#refused = undefined;
    for (let attempt = 0; attempt <= retries; attempt++) {
      await this.#transport.send(bytes);
      for (let stray = 0; stray < MAX_STRAY; stray++) {
        const chunk = await this.#transport.receive(responseMs);
        if (chunk === undefined) break;
        const answer = this.#answer(chunk, id);
        if (answer !== undefined) return answer;
      }
      // half a message that goes no further is not to swallow the next
      this.#stream = new C1222Stream();
    }
    throw this.#refused ?? c12Errors.C12_NO_ANSWER(`a message was sent ${retries + 1} times`);
  }

  #answer(chunk: Uint8Array, id: number): Opened | undefined {
    for (const { frame } of this.#stream.push(chunk)) {
      if (frame === undefined) continue;
      const { message } = frame;
      // some nodes send back the id of the request as their own
      const answered = message.calledApInvocationId ?? message.callingApInvocationId;
      if (answered?.value !== id) continue;
      try {
        return this.#opened(message);
      } catch (error) {
        if (!(error instanceof OpenAmiError)) throw error;
        // damaged on its way, or of somebody else: what is right may still come
        this.#refused = error;
      }
    }
    return undefined;
  }

  #opened(message: C1222Message): Opened {
    const { security, root = AP_TITLE_ROOT } = this.#options;
    const opened = openMessage(message, { root, keyFor: () => security?.key, session: this.#session });
    this.#session = securityOf(message) ?? this.#session;
    if (security !== undefined && opened.epsem.control.securityMode !== security.mode) {
      throw c12Errors.C12_NOT_SECURED(`${opened.epsem.control.securityMode}, not ${security.mode}`);
    }
    return opened;
  }
}
