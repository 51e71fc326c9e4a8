/** Requests of PSEM (C12.18 clause 4.3.2), of C12.21 clause 5 and of EPSEM (C12.22 clause 5.3.2.4). */
import { Cursor, Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';
import { putTableData, readTableData, type TableData } from './table-data.ts';
import { putUid, readUid, type Uid } from './uid.ts';

/** Bits of the first byte of a registration, low end first (C12.22 clause 5.3.2.4.11). */
export const nodeTypeBits = [
  'relay',
  'master-relay',
  'host',
  'notification-host',
  'authentication-host',
  'end-device',
  'reserved',
  'my-domain-pattern',
] as const;

export const connectionTypeBits = [
  'broadcast-and-multicast',
  'message-accept-window',
  'playback-rejection',
  'reserved',
  'connectionless-mode',
  'accept-connectionless',
  'connection-mode',
  'accept-connections',
] as const;

export interface Negotiation {
  /** Longest packet, with its frame. */
  readonly packetBytes: number;
  readonly packets: number;
}

export interface Timing {
  readonly trafficS: number;
  readonly interCharacterS: number;
  readonly responseS: number;
  readonly retries: number;
}

export interface Registration {
  readonly nodeType: number;
  readonly connectionType: number;
  /** Four bytes, as DEVICE_CLASS of table 0. */
  readonly deviceClass: Uint8Array;
  readonly apTitle: Uid;
  readonly serialNumber: Uid;
  readonly nativeAddress: Uint8Array;
  readonly periodS: number;
  readonly domainPattern?: Uint8Array;
}

export type ServiceRequest =
  | { readonly service: 'identify' | 'terminate' | 'disconnect' | 'logoff' | 'read-default' }
  | { readonly service: 'read'; readonly table: number }
  | {
      readonly service: 'read-index';
      readonly table: number;
      readonly index: readonly number[];
      readonly count: number;
    }
  | {
      readonly service: 'read-offset';
      readonly table: number;
      readonly offset: number;
      readonly count: number;
    }
  | { readonly service: 'write'; readonly table: number; readonly content: TableData }
  | {
      readonly service: 'write-index';
      readonly table: number;
      readonly index: readonly number[];
      readonly content: TableData;
    }
  | {
      readonly service: 'write-offset';
      readonly table: number;
      readonly offset: number;
      readonly content: TableData;
    }
  | {
      readonly service: 'logon';
      readonly userId: number;
      /** Ten bytes. */
      readonly user: Uint8Array;
      /** C12.22 alone. */
      readonly idleTimeoutS?: number;
    }
  /** Twenty bytes, and in C12.22 the user. */
  | { readonly service: 'security'; readonly password: Uint8Array; readonly userId?: number }
  | { readonly service: 'authenticate'; readonly data: Uint8Array }
  | ({ readonly service: 'negotiate'; readonly baudCodes: readonly number[] } & Negotiation)
  | { readonly service: 'wait'; readonly seconds: number }
  | ({ readonly service: 'timing-setup' } & Timing)
  | ({ readonly service: 'register' } & Registration)
  | { readonly service: 'deregister' | 'resolve'; readonly apTitle: Uid }
  | { readonly service: 'trace'; readonly apTitles: readonly Uid[] }
  | { readonly service: 'unknown'; readonly code: number; readonly data: Uint8Array };

export type ServiceName = ServiceRequest['service'];

/** Codes of services that have one. */
const plain = new Map<number, 'identify' | 'terminate' | 'disconnect' | 'logoff' | 'read-default'>([
  [0x20, 'identify'],
  [0x21, 'terminate'],
  [0x22, 'disconnect'],
  [0x3e, 'read-default'],
  [0x52, 'logoff'],
]);

const CLAUSE = 'C12.18 clause 4.3.2';
const USER_BYTES = 10;
const PASSWORD_BYTES = 20;
const DEVICE_CLASS_BYTES = 4;
/** ApTitles of a trace. */
export const MAX_TRACE = 64;

/** Reads a request. Raises C12_TRUNCATED, C12_TRAILING_BYTES, C12_BAD_VALUE. */
export function decodeRequest(bytes: Uint8Array): ServiceRequest {
  const cursor = new Cursor(bytes, CLAUSE);
  const request = readRequest(cursor);
  cursor.finish();
  return request;
}

function readRequest(cursor: Cursor): ServiceRequest {
  const code = cursor.u8();
  const service = plain.get(code);
  if (service !== undefined) return { service };
  if ((code & 0xf0) === 0x30) return readRead(code & 0xf, cursor);
  if ((code & 0xf0) === 0x40) return readWrite(code & 0xf, cursor);
  if (code >= 0x60 && code <= 0x6b) {
    const packetBytes = cursor.u16();
    const packets = cursor.u8();
    return { service: 'negotiate', packetBytes, packets, baudCodes: [...cursor.take(code & 0xf)] };
  }
  switch (code) {
    case 0x24:
      return { service: 'deregister', apTitle: readUid(cursor) };
    case 0x25:
      return { service: 'resolve', apTitle: readUid(cursor) };
    case 0x26:
      return { service: 'trace', apTitles: readUids(cursor) };
    case 0x27:
      return readRegistration(cursor);
    case 0x50: {
      const userId = cursor.u16();
      const user = cursor.take(USER_BYTES);
      return cursor.left === 0
        ? { service: 'logon', userId, user }
        : { service: 'logon', userId, user, idleTimeoutS: cursor.u16() };
    }
    case 0x51: {
      const password = cursor.take(PASSWORD_BYTES);
      return cursor.left === 0
        ? { service: 'security', password }
        : { service: 'security', password, userId: cursor.u16() };
    }
    case 0x53:
      return { service: 'authenticate', data: cursor.take(cursor.u8()) };
    case 0x70:
      return { service: 'wait', seconds: cursor.u8() };
    case 0x71:
      return { service: 'timing-setup', ...readTiming(cursor) };
    default:
      return { service: 'unknown', code, data: cursor.rest() };
  }
}

function readRead(kind: number, cursor: Cursor): ServiceRequest {
  if (kind > 9 && kind !== 0xf) return { service: 'unknown', code: 0x30 | kind, data: cursor.rest() };
  const table = cursor.u16();
  if (kind === 0) return { service: 'read', table };
  if (kind === 0xf) {
    return { service: 'read-offset', table, offset: cursor.uint(3), count: cursor.u16() };
  }
  return { service: 'read-index', table, index: readIndex(kind, cursor), count: cursor.u16() };
}

function readWrite(kind: number, cursor: Cursor): ServiceRequest {
  if (kind > 9 && kind !== 0xf) return { service: 'unknown', code: 0x40 | kind, data: cursor.rest() };
  const table = cursor.u16();
  if (kind === 0) return { service: 'write', table, content: readTableData(cursor) };
  if (kind === 0xf) {
    return { service: 'write-offset', table, offset: cursor.uint(3), content: readTableData(cursor) };
  }
  return { service: 'write-index', table, index: readIndex(kind, cursor), content: readTableData(cursor) };
}

function readIndex(levels: number, cursor: Cursor): number[] {
  return Array.from({ length: levels }, () => cursor.u16());
}

export function readUids(cursor: Cursor): Uid[] {
  const out: Uid[] = [];
  while (cursor.left > 0) {
    if (out.length >= MAX_TRACE) throw cursor.fail('C12_OVER_LIMIT', `more than ${MAX_TRACE} ApTitles`);
    out.push(readUid(cursor));
  }
  return out;
}

export function readTiming(cursor: Cursor): Timing {
  return {
    trafficS: cursor.u8(),
    interCharacterS: cursor.u8(),
    responseS: cursor.u8(),
    retries: cursor.u8(),
  };
}

function readRegistration(cursor: Cursor): ServiceRequest {
  const nodeType = cursor.u8();
  const registration = {
    service: 'register' as const,
    nodeType,
    connectionType: cursor.u8(),
    deviceClass: cursor.take(DEVICE_CLASS_BYTES),
    apTitle: readUid(cursor),
    serialNumber: readUid(cursor),
    nativeAddress: cursor.take(cursor.u8()),
    periodS: cursor.uint(3),
  };
  if ((nodeType & 0x80) === 0) return registration;
  return { ...registration, domainPattern: cursor.take(cursor.u8()) };
}

/** Bytes of a request. Raises C12_NOT_ENCODABLE. */
export function encodeRequest(request: ServiceRequest): Uint8Array<ArrayBuffer> {
  const sink = new Sink();
  putRequest(sink, request);
  return sink.done();
}

function putRequest(sink: Sink, request: ServiceRequest): void {
  for (const [code, service] of plain) {
    if (service === request.service) {
      sink.u8(code);
      return;
    }
  }
  switch (request.service) {
    case 'read':
      sink.u8(0x30).u16(request.table);
      break;
    case 'read-index':
      putIndex(sink.u8(0x30 | levels(request.index)).u16(request.table), request.index).u16(request.count);
      break;
    case 'read-offset':
      sink.u8(0x3f).u16(request.table).uint(request.offset, 3).u16(request.count);
      break;
    case 'write':
      putTableData(sink.u8(0x40).u16(request.table), request.content.data);
      break;
    case 'write-index':
      putIndex(sink.u8(0x40 | levels(request.index)).u16(request.table), request.index);
      putTableData(sink, request.content.data);
      break;
    case 'write-offset':
      putTableData(sink.u8(0x4f).u16(request.table).uint(request.offset, 3), request.content.data);
      break;
    default:
      putOther(sink, request);
  }
}

function putOther(sink: Sink, request: ServiceRequest): void {
  switch (request.service) {
    case 'logon':
      sink
        .u8(0x50)
        .u16(request.userId)
        .put(exactly(request.user, USER_BYTES, 0x20));
      if (request.idleTimeoutS !== undefined) sink.u16(request.idleTimeoutS);
      break;
    case 'security':
      sink.u8(0x51).put(exactly(request.password, PASSWORD_BYTES, 0));
      if (request.userId !== undefined) sink.u16(request.userId);
      break;
    case 'authenticate':
      sink.u8(0x53).u8(request.data.length).put(request.data);
      break;
    case 'negotiate':
      if (request.baudCodes.length > 11) throw c12Errors.C12_NOT_ENCODABLE('more than 11 baud rates');
      sink.u8(0x60 | request.baudCodes.length).u16(request.packetBytes);
      sink.u8(request.packets).put(Uint8Array.from(request.baudCodes));
      break;
    case 'wait':
      sink.u8(0x70).u8(request.seconds);
      break;
    case 'timing-setup':
      putTiming(sink.u8(0x71), request);
      break;
    case 'register':
      putRegistration(sink.u8(0x27), request);
      break;
    case 'deregister':
    case 'resolve':
      putUid(sink.u8(request.service === 'resolve' ? 0x25 : 0x24), request.apTitle);
      break;
    case 'trace':
      sink.u8(0x26);
      for (const title of request.apTitles) putUid(sink, title);
      break;
    case 'unknown':
      sink.u8(request.code).put(request.data);
      break;
  }
}

export function putTiming(sink: Sink, timing: Timing): Sink {
  return sink.u8(timing.trafficS).u8(timing.interCharacterS).u8(timing.responseS).u8(timing.retries);
}

function putRegistration(sink: Sink, one: Registration): void {
  const { domainPattern } = one;
  const nodeType = (one.nodeType & 0x7f) | (domainPattern === undefined ? 0 : 0x80);
  sink
    .u8(nodeType)
    .u8(one.connectionType)
    .put(exactly(one.deviceClass, DEVICE_CLASS_BYTES, 0));
  putUid(putUid(sink, one.apTitle), one.serialNumber);
  sink.u8(one.nativeAddress.length).put(one.nativeAddress).uint(one.periodS, 3);
  if (domainPattern !== undefined) sink.u8(domainPattern.length).put(domainPattern);
}

function levels(index: readonly number[]): number {
  if (index.length < 1 || index.length > 9)
    throw c12Errors.C12_NOT_ENCODABLE(`${index.length} levels of an index`);
  return index.length;
}

function putIndex(sink: Sink, index: readonly number[]): Sink {
  for (const one of index) sink.u16(one);
  return sink;
}

function exactly(bytes: Uint8Array, count: number, fill: number): Uint8Array {
  if (bytes.length > count) throw c12Errors.C12_NOT_ENCODABLE(`${bytes.length} bytes in a field of ${count}`);
  const out = new Uint8Array(count).fill(fill);
  out.set(bytes);
  return out;
}

/** Table data to be written. */
export function tableContent(data: Uint8Array): TableData {
  return { data, checksum: 0, checksumMatches: true };
}
