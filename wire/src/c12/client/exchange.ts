/** What a reader needs of a line: bytes out, bytes in; and services over C12.18 or C12.21. */
import { c12Errors } from '../errors.ts';
import {
  c1218Times,
  type LinkOptions,
  type LinkOutput,
  type LinkTimes,
  PsemLink,
} from '../link/psem-link.ts';
import { decodeResponse, type ServiceResponse } from '../psem/response.ts';
import { encodeRequest, type ServiceRequest } from '../psem/service.ts';

/** A serial line, an optical head, a socket: handed in. */
export interface C12Transport {
  send(bytes: Uint8Array): Promise<void>;
  /** The next bytes; undefined when none came in this time. Rejects when the line is closed. */
  receive(timeoutMs: number): Promise<Uint8Array | undefined>;
}

/** One request, one response. */
export interface C12Exchange {
  request(request: ServiceRequest): Promise<ServiceResponse>;
  /** Most bytes of table data that an answer can hold. */
  readonly dataCapacity: number;
}

/** Bytes of a response besides the data of a table: code, count, checksum. */
const RESPONSE_OVERHEAD_BYTES = 4;
/** Useless bytes and packets in a row after which a line is given up. */
const MAX_NOISE = 256;

export interface LineOptions extends LinkOptions {
  readonly times?: LinkTimes;
}

/** Services over a point-to-point or telephone line (C12.18, C12.21). */
export class LineExchange implements C12Exchange {
  readonly #transport: C12Transport;
  readonly #link: PsemLink;
  readonly #times: LinkTimes;

  constructor(transport: C12Transport, { times = c1218Times, ...options }: LineOptions = {}) {
    this.#transport = transport;
    this.#times = times;
    this.#link = new PsemLink(options);
  }

  get dataCapacity(): number {
    return Math.max(1, this.#link.capacity - RESPONSE_OVERHEAD_BYTES);
  }

  /** Raises C12_NO_ANSWER, C12_OVER_LIMIT, and what the response is refused for. */
  async request(request: ServiceRequest): Promise<ServiceResponse> {
    const message = await this.#talk(this.#link.send(encodeRequest(request)));
    const response = decodeResponse(message, request.service);
    if (response.body.of === 'negotiate') {
      const { packetBytes, packets } = response.body;
      this.#link.negotiated(packetBytes, packets);
    }
    return response;
  }

  async #talk(first: LinkOutput[]): Promise<Uint8Array> {
    let outputs = first;
    let noise = 0;
    for (;;) {
      let message: Uint8Array | undefined;
      for (const output of outputs) {
        if (output.kind === 'write') await this.#transport.send(output.bytes);
        else if (output.kind === 'message') message ??= output.bytes;
        else if (output.kind === 'failed') throw output.error;
        else if (output.kind === 'noise' && ++noise > MAX_NOISE) throw output.error;
      }
      if (message !== undefined) return message;
      const chunk = await this.#transport.receive(this.#times[this.#link.timer]);
      outputs = chunk === undefined ? this.#link.timeout() : this.#link.receive(chunk);
    }
  }
}

/**
 * The body of an answer that is OK. Raises C12_REFUSED with the code, C12_BAD_CHECK for damaged table data.
 */
export function accepted(request: ServiceRequest, response: ServiceResponse): ServiceResponse['body'] {
  if (response.code !== 0) {
    throw c12Errors.C12_REFUSED(`${request.service}: ${response.name}`, {
      service: request.service,
      response: response.name,
    });
  }
  if (response.body.of === 'table' && !response.body.checksumMatches) {
    throw c12Errors.C12_BAD_CHECK(`checksum of ${request.service}`, { clause: 'C12.18 clause 4.3.2.3' });
  }
  return response.body;
}
