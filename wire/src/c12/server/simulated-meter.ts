/** A simulated device: tables, users, procedures and the states of a session (C12.18 clause 4.3.3). */
import { OpenAmiError } from '@openami/model';
import { copyOf, sameBytes } from '../../bytes.ts';
import type { ResponseName } from '../psem/codes.ts';
import { encodeResponse, type Identification, plainResponse, type ResponseBody } from '../psem/response.ts';
import { decodeRequest, type Negotiation, type ServiceRequest, tableContent } from '../psem/service.ts';
import type { TableData } from '../psem/table-data.ts';
import { encodeTable } from '../tables/codec.ts';
import { formatsOf, plainFormats } from '../tables/formats.ts';
import { standardTables } from '../tables/standard-tables.ts';
import { fieldOf, type TableRecord, type Tables } from '../tables/value.ts';

export interface MeterSpec {
  /** By number; table 0 among them. A function is asked at each read: clocks, registers. */
  readonly tables: ReadonlyMap<number, TableRecord | (() => TableRecord)>;
  readonly identification: Identification;
  /** Twenty bytes; without it everybody may read and write. */
  readonly password?: Uint8Array;
  /** Tables that may be read without the password. */
  readonly openTables?: ReadonlySet<number>;
  /** Sizes the device agrees to. */
  readonly limits?: Negotiation;
  /** Standard procedures by number: parameters in, result code and data out (tables 7 and 8). */
  readonly procedures?: ReadonlyMap<number, (parameters: Uint8Array) => ProcedureResult>;
}

export interface ProcedureResult {
  readonly code: number;
  readonly data: Uint8Array;
}

type State = 'base' | 'identified' | 'session';

const PROCEDURE_CALL = 7;
const PROCEDURE_ANSWER = 8;
const defaultLimits: Negotiation = { packetBytes: 1_024, packets: 255 };

/** What a session may do in each state; in C12.22 sessions are optional, so the first is passed over. */
const allowed: Readonly<Record<State, ReadonlySet<ServiceRequest['service']>>> = {
  base: new Set(['identify', 'terminate', 'disconnect']),
  identified: new Set(['identify', 'negotiate', 'timing-setup', 'wait', 'logon', 'terminate', 'disconnect']),
  session: new Set([
    'read',
    'read-index',
    'read-offset',
    'write',
    'write-index',
    'write-offset',
    'security',
    'authenticate',
    'wait',
    'logoff',
    'terminate',
    'disconnect',
  ]),
};

class Refusal extends Error {
  readonly code: ResponseName;

  constructor(code: ResponseName) {
    super(code);
    this.code = code;
  }
}

export class SimulatedMeter {
  readonly spec: MeterSpec;
  readonly #written = new Map<number, Uint8Array>();

  constructor(spec: MeterSpec) {
    this.spec = spec;
  }

  /** Bytes of a table, as written last or as its values are. Undefined where the device has none. */
  bytesOf(table: number): Uint8Array | undefined {
    const written = this.#written.get(table);
    if (written !== undefined) return written;
    const value = this.#value(table);
    const definition = standardTables.get(table);
    if (value === undefined || definition === undefined) return undefined;
    return encodeTable(definition, value, this.#values());
  }

  /** Puts bytes into a table; those of a call run a procedure. */
  put(table: number, bytes: Uint8Array): void {
    this.#written.set(table, bytes);
    if (table === PROCEDURE_CALL) this.#call(bytes);
  }

  isWritable(table: number): boolean {
    if (table === PROCEDURE_CALL) return this.spec.procedures !== undefined;
    const writable = fieldOf(this.#value(0), 'STD_TBLS_WRITE');
    return Array.isArray(writable) && writable.includes(table);
  }

  #value(table: number): TableRecord | undefined {
    const value = this.spec.tables.get(table);
    return typeof value === 'function' ? value() : value;
  }

  #values(): Tables {
    return new Map([...this.spec.tables.keys()].map((id) => [id, this.#value(id)!]));
  }

  #call(bytes: Uint8Array): void {
    if (bytes.length < 3) return;
    const config = this.#value(0);
    const { littleEndian } = config === undefined ? plainFormats : formatsOf(config);
    const reference = littleEndian ? bytes[0]! | (bytes[1]! << 8) : (bytes[0]! << 8) | bytes[1]!;
    const isManufacturer = (reference & 0x800) !== 0;
    const procedure = isManufacturer ? undefined : this.spec.procedures?.get(reference & 0x7ff);
    // 6: an unknown procedure (C12.19 table 8)
    const result = procedure?.(bytes.subarray(3)) ?? { code: 6, data: new Uint8Array(0) };
    const answer = new Uint8Array(4 + result.data.length);
    answer.set(bytes.subarray(0, 3));
    answer[3] = result.code;
    answer.set(result.data, 4);
    this.#written.set(PROCEDURE_ANSWER, answer);
  }
}

export interface SessionOptions {
  /** Reads and writes also without logon, as C12.22 allows. */
  readonly sessionless?: boolean;
  /** Most bytes of an answer. */
  readonly capacity?: () => number;
}

/** One user's conversation with a device. */
export class MeterSession {
  readonly #meter: SimulatedMeter;
  readonly #options: SessionOptions;
  #state: State = 'base';
  #isTrusted: boolean;

  constructor(meter: SimulatedMeter, options: SessionOptions = {}) {
    this.#meter = meter;
    this.#options = options;
    this.#isTrusted = meter.spec.password === undefined;
  }

  /** The answer to a request. Sizes that were agreed on are told, to be used after it. */
  answer(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly negotiated?: Negotiation } {
    let request: ServiceRequest;
    try {
      request = decodeRequest(bytes);
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      return { bytes: plainResponse('err') };
    }
    try {
      const body = this.#serve(request);
      const answer = encodeResponse(0, body);
      if (answer.length > (this.#options.capacity?.() ?? Number.POSITIVE_INFINITY)) throw new Refusal('onp');
      return body.of === 'negotiate' ? { bytes: answer, negotiated: body } : { bytes: answer };
    } catch (error) {
      if (error instanceof Refusal) return { bytes: plainResponse(error.code) };
      throw error;
    }
  }

  /** The line was silent for too long. */
  reset(): void {
    this.#state = 'base';
    this.#isTrusted = this.#meter.spec.password === undefined;
  }

  #serve(request: ServiceRequest): ResponseBody {
    const { service } = request;
    if (service === 'unknown' || service === 'read-default') throw new Refusal('sns');
    const states: State[] = this.#options.sessionless ? ['base', 'identified', 'session'] : [this.#state];
    if (!states.some((state) => allowed[state].has(service))) throw new Refusal('isss');
    switch (request.service) {
      case 'identify':
        if (this.#state === 'base') this.#state = 'identified';
        return { of: 'identify', ...this.#meter.spec.identification };
      case 'negotiate': {
        const { packetBytes, packets } = this.#meter.spec.limits ?? defaultLimits;
        return {
          of: 'negotiate',
          packetBytes: Math.min(packetBytes, request.packetBytes),
          packets: Math.min(packets, request.packets),
        };
      }
      case 'timing-setup':
        return { ...request, of: 'timing-setup' };
      case 'logon':
        this.#state = 'session';
        return request.idleTimeoutS === undefined
          ? { of: 'nothing' }
          : { of: 'logon', idleTimeoutS: request.idleTimeoutS };
      case 'security':
        this.#trust(request.password);
        break;
      case 'logoff':
        this.reset();
        this.#state = 'identified';
        break;
      case 'terminate':
      case 'disconnect':
        this.reset();
        break;
      case 'wait':
        break;
      default:
        return this.#tables(request);
    }
    return { of: 'nothing' };
  }

  #trust(password: Uint8Array): void {
    const expected = this.#meter.spec.password;
    if (expected === undefined) return;
    const padded = new Uint8Array(20);
    padded.set(expected.subarray(0, 20));
    if (!sameBytes(padded, password)) throw new Refusal('isc');
    this.#isTrusted = true;
  }

  #tables(request: ServiceRequest): ResponseBody {
    switch (request.service) {
      case 'read':
        return table(this.#bytes(request.table));
      case 'read-offset': {
        const bytes = this.#bytes(request.table);
        if (request.offset > bytes.length) throw new Refusal('onp');
        return table(bytes.subarray(request.offset, request.offset + request.count));
      }
      case 'write':
        this.#write(request.table, request.content, () => copyOf(request.content.data));
        return { of: 'nothing' };
      case 'write-offset':
        this.#write(request.table, request.content, () => this.#patched(request));
        return { of: 'nothing' };
      default:
        throw new Refusal('sns');
    }
  }

  #bytes(id: number): Uint8Array {
    if (!this.#isTrusted && !this.#meter.spec.openTables?.has(id)) throw new Refusal('isc');
    const bytes = this.#meter.bytesOf(id);
    if (bytes === undefined) throw new Refusal('onp');
    return bytes;
  }

  #write(id: number, content: TableData, make: () => Uint8Array): void {
    if (!this.#isTrusted) throw new Refusal('isc');
    if (!content.checksumMatches) throw new Refusal('err');
    if (!this.#meter.isWritable(id)) throw new Refusal('iar');
    this.#meter.put(id, make());
  }

  #patched({ table: id, offset, content }: ServiceRequest & { service: 'write-offset' }): Uint8Array {
    const bytes = copyOf(this.#bytes(id));
    if (offset + content.data.length > bytes.length) throw new Refusal('onp');
    bytes.set(content.data, offset);
    return bytes;
  }
}

function table(data: Uint8Array): ResponseBody {
  return { of: 'table', ...tableContent(data) };
}
