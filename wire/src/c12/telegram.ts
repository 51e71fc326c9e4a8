/** Whole captures: packets of a line or messages of a network, requests paired with their answers. */
import { OpenAmiError } from '@openami/model';
import type { C1222Message } from './c1222/acse.ts';
import { C1222Stream } from './c1222/message-stream.ts';
import {
  type Opened,
  type OpenOptions,
  openMessage,
  type SessionSecurity,
  securityOf,
} from './c1222/secure.ts';
import { Reassembler } from './c1222/segmentation.ts';
import { c12Errors } from './errors.ts';
import { MessageParts } from './link/message-parts.ts';
import { ACK, NAK, type Packet, PacketStream, STP } from './link/packet.ts';
import { decodeResponse, isRequest, type ServiceResponse } from './psem/response.ts';
import { decodeRequest, type ServiceRequest } from './psem/service.ts';
import type { TableData } from './psem/table-data.ts';
import { decodeTable } from './tables/codec.ts';
import type { TableDefinition } from './tables/language.ts';
import { standardTables } from './tables/standard-tables.ts';
import type { TableRecord, Tables } from './tables/value.ts';

export interface DecodeOptions extends OpenOptions {
  /** Tables of the device that are known already; those in the capture are added. */
  readonly tables?: Tables;
  /** What the first response answers, where its request is not in the capture. */
  readonly request?: ServiceRequest;
  readonly definitions?: ReadonlyMap<number, TableDefinition>;
}

/** A service as sent, with what it says; `error` where that cannot be read, or a checksum is wrong. */
export interface DecodedService {
  readonly bytes: Uint8Array;
  readonly request?: ServiceRequest;
  readonly response?: ServiceResponse;
  /** What the response answers. */
  readonly answers?: ServiceRequest;
  /** The table that was read or written whole. */
  readonly table?: { readonly id: number; readonly name: string; readonly value: TableRecord };
  readonly error?: OpenAmiError;
}

export interface DecodedMessage {
  /** Of C12.22. */
  readonly message?: C1222Message;
  readonly opened?: Opened;
  /** Of C12.18 and C12.21, the first of its packets. */
  readonly packet?: Packet;
  readonly packets?: number;
  readonly services: readonly DecodedService[];
  readonly error?: OpenAmiError;
}

export interface C12Telegram {
  readonly carriage: 'c12.18' | 'c12.22';
  readonly messages: readonly DecodedMessage[];
  readonly acknowledged: number;
  readonly refused: number;
  readonly repeated: number;
  /** Why bytes were skipped. */
  readonly errors: readonly OpenAmiError[];
}

const MAX_BYTES = 16 << 20;

/** Decodes a capture. Raises C12_BAD_FRAME where nothing in it is of C12, C12_TRUNCATED for no bytes. */
export function decodeC12(bytes: Uint8Array, options: DecodeOptions = {}): C12Telegram {
  const first = bytes[0];
  if (first === undefined) throw c12Errors.C12_TRUNCATED('no bytes');
  if (bytes.length > MAX_BYTES) throw c12Errors.C12_OVER_LIMIT(`${bytes.length} bytes`);
  const pairing = new Pairing(options);
  const isLine = first === STP || first === ACK || first === NAK;
  const telegram = isLine ? lineTelegram(bytes, pairing) : networkTelegram(bytes, pairing, options);
  if (telegram.messages.length > 0 || telegram.acknowledged + telegram.refused > 0) return telegram;
  throw telegram.errors[0] ?? c12Errors.C12_BAD_FRAME('neither a packet nor a message');
}

function networkTelegram(bytes: Uint8Array, pairing: Pairing, options: DecodeOptions): C12Telegram {
  const stream = new C1222Stream();
  const reassembler = new Reassembler();
  const messages: DecodedMessage[] = [];
  const errors: OpenAmiError[] = [];
  const sessions = new Map<string, SessionSecurity>();
  for (const { frame, error } of [...stream.push(bytes), ...stream.flush()]) {
    if (frame === undefined) {
      errors.push(error);
      continue;
    }
    let whole: C1222Message | undefined;
    try {
      whole = reassembler.add(frame.message);
    } catch (failure) {
      messages.push({ message: frame.message, services: [], error: ofOurs(failure) });
      continue;
    }
    if (whole === undefined) continue;
    const sender = whole.callingApTitle?.text ?? '';
    const security = securityOf(whole) ?? sessions.get(sender) ?? options.session;
    if (security !== undefined) sessions.set(sender, security);
    messages.push(openedMessage(whole, pairing, { ...options, session: security }));
  }
  if (reassembler.pending > 0) errors.push(c12Errors.C12_TRUNCATED('segments of a message are missing'));
  return { carriage: 'c12.22', messages, acknowledged: 0, refused: 0, repeated: 0, errors };
}

function openedMessage(message: C1222Message, pairing: Pairing, options: DecodeOptions): DecodedMessage {
  try {
    const opened = openMessage(message, options);
    return { message, opened, services: pairing.message(opened.epsem.services) };
  } catch (error) {
    return { message, services: [], error: ofOurs(error) };
  }
}

function lineTelegram(bytes: Uint8Array, pairing: Pairing): C12Telegram {
  const stream = new PacketStream();
  const messages: DecodedMessage[] = [];
  const errors: OpenAmiError[] = [];
  const counts = { acknowledged: 0, refused: 0, repeated: 0 };
  const parts = new MessageParts();
  const truncated = () => c12Errors.C12_TRUNCATED('packets of a message are missing');
  let last: Packet | undefined;
  let begun: Packet | undefined;
  for (const { frame, error } of [...stream.push(bytes), ...stream.flush()]) {
    if (frame === undefined) errors.push(error);
    else if (frame.kind === 'damaged') errors.push(frame.error);
    else if (frame.kind !== 'packet') counts[frame.kind === 'ack' ? 'acknowledged' : 'refused']++;
    else {
      const { packet } = frame;
      if (last !== undefined && last.toggle === packet.toggle && last.crc === packet.crc) {
        counts.repeated++;
        continue;
      }
      last = packet;
      if (!packet.multiPacket || packet.first) {
        if (parts.isOpen) errors.push(truncated());
        begun = packet;
      }
      try {
        const message = parts.add(packet);
        if (message === undefined) continue;
        const packets = begun?.multiPacket ? begun.sequence + 1 : 1;
        messages.push({ packet: begun!, packets, services: pairing.message([message]) });
      } catch (failure) {
        errors.push(ofOurs(failure));
      }
    }
  }
  if (parts.isOpen) errors.push(truncated());
  return { carriage: 'c12.18', messages, ...counts, errors };
}

/** Requests are remembered, so that what answers them can be read, and tables, so that others can. */
class Pairing {
  readonly #definitions: ReadonlyMap<number, TableDefinition>;
  readonly #tables: Map<number, TableRecord>;
  #requests: readonly ServiceRequest[];

  constructor({ tables, request, definitions = standardTables }: DecodeOptions) {
    this.#definitions = definitions;
    this.#tables = new Map(tables);
    this.#requests = request === undefined ? [] : [request];
  }

  message(services: readonly Uint8Array[]): DecodedService[] {
    const asked: ServiceRequest[] = [];
    const out = services.map((bytes, i) => {
      const decoded = this.#service(bytes, i);
      if (decoded.request !== undefined) asked.push(decoded.request);
      return decoded;
    });
    // answers use their requests up: a repeat of an answer is read as what it can be alone
    if (services.length > 0) this.#requests = asked;
    return out;
  }

  #service(bytes: Uint8Array, at: number): DecodedService {
    try {
      if (isRequest(bytes)) {
        const request = decodeRequest(bytes);
        const content = 'content' in request ? request.content : undefined;
        return { bytes, request, ...this.#content(request, 'write', content) };
      }
      const answers = this.#requests[at];
      const response = decodeResponse(bytes, answers?.service);
      const { body } = response;
      const content = this.#content(answers, 'read', body.of === 'table' ? body : undefined);
      return { bytes, response, ...(answers === undefined ? {} : { answers }), ...content };
    } catch (error) {
      return { bytes, error: ofOurs(error) };
    }
  }

  /** What table data hold: a table where the whole of one was read or written. */
  #content(
    request: ServiceRequest | undefined,
    whole: 'read' | 'write',
    content: TableData | undefined,
  ): Pick<DecodedService, 'table' | 'error'> {
    if (content === undefined) return {};
    if (!content.checksumMatches) {
      return { error: c12Errors.C12_BAD_CHECK('checksum of table data (C12.18 clause 4.3.2.3)') };
    }
    if (request?.service !== whole) return {};
    const id = request.table;
    const definition = this.#definitions.get(id);
    if (definition === undefined) return {};
    try {
      const value = decodeTable(definition, content.data, this.#tables);
      this.#tables.set(id, value);
      return { table: { id, name: definition.name, value } };
    } catch (error) {
      // without the tables it needs it stays bytes
      const failure = ofOurs(error);
      return failure.code === 'C12_NEEDS_TABLE' ? {} : { error: failure };
    }
  }
}

function ofOurs(error: unknown): OpenAmiError {
  if (error instanceof OpenAmiError) return error;
  throw error;
}
