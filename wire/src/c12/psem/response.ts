/**
 * Responses of PSEM and EPSEM: what they hold depends on the request (C12.18 clause 4.3.2, C12.22 clause
 * 5.3.2.4).
 */
import { Cursor, Sink } from '../cursor.ts';
import { FIRST_REQUEST_CODE, type ResponseName, responseCode, responseName } from './codes.ts';
import {
  type Negotiation,
  putTiming,
  readTiming,
  readUids,
  type ServiceName,
  type Timing,
} from './service.ts';
import { putTableData, readTableData, type TableData } from './table-data.ts';
import { putUid, readUid, type Uid } from './uid.ts';

export type Feature =
  | { readonly feature: 'authentication'; readonly authType: number; readonly algorithm: number }
  | {
      readonly feature: 'authentication-ticket';
      readonly authType: number;
      readonly algorithm: number;
      readonly ticket: Uint8Array;
    }
  | { readonly feature: 'security-mechanism' | 'device-class'; readonly uid: Uid }
  | { readonly feature: 'session-control'; readonly sessions: number; readonly sessionless: boolean }
  | { readonly feature: 'device-identity'; readonly format: number; readonly identity: Uint8Array }
  /** What follows a tag that is not known cannot be told apart. */
  | { readonly feature: 'unknown'; readonly bytes: Uint8Array };

export interface Identification {
  /** 0 C12.18, 2 C12.21, 3 C12.22. */
  readonly standard: number;
  readonly version: number;
  readonly revision: number;
  readonly features: readonly Feature[];
}

export interface RegistrationAnswer {
  readonly apTitle: Uid;
  readonly delayS: number;
  readonly periodS: number;
  readonly info: number;
}

/** What stands after OK, or after a refusal that says more. */
export type ResponseBody =
  | { readonly of: 'nothing' }
  | ({ readonly of: 'identify' } & Identification)
  | ({ readonly of: 'table' } & TableData)
  | { readonly of: 'logon'; readonly idleTimeoutS: number }
  | { readonly of: 'authenticate'; readonly data: Uint8Array }
  | ({ readonly of: 'negotiate'; readonly baudCode?: number } & Negotiation)
  | ({ readonly of: 'timing-setup' } & Timing)
  | ({ readonly of: 'register' } & RegistrationAnswer)
  | { readonly of: 'resolve'; readonly address: Uint8Array }
  | { readonly of: 'trace'; readonly apTitles: readonly Uid[] }
  /** Largest size of RQTL and RSTL. */
  | { readonly of: 'limit'; readonly maxBytes: number }
  /** The request is not known. */
  | { readonly of: 'bytes'; readonly bytes: Uint8Array };

export interface ServiceResponse {
  readonly code: number;
  readonly name: string;
  readonly body: ResponseBody;
}

const CLAUSE = 'C12.18 clause 4.3.2';
const NOTHING: ResponseBody = { of: 'nothing' };
const REQUEST_TOO_LARGE = 0x0f;
const RESPONSE_TOO_LARGE = 0x10;
const MAX_FEATURES = 32;

/** Bits of the answer to a registration, low end first. */
export const registrationInfoBits = [
  'direct-messaging-available',
  'message-acceptance-window-mode',
  'playback-rejection-mode',
  'reserved',
  'connectionless-mode',
  'accept-connectionless',
  'connection-mode',
  'accept-connections',
] as const;

/** Whether the bytes are a request rather than a response. */
export function isRequest(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0]! >= FIRST_REQUEST_CODE;
}

/**
 * Reads a response to a request of `service`; without it what its form alone tells: table data by its
 * checksum, identifications, traces and registrations. Raises C12_TRUNCATED, C12_TRAILING_BYTES,
 * C12_BAD_VALUE.
 */
export function decodeResponse(bytes: Uint8Array, service?: ServiceName): ServiceResponse {
  const cursor = new Cursor(bytes, CLAUSE);
  const code = cursor.u8();
  if (code >= FIRST_REQUEST_CODE) throw cursor.fail('C12_BAD_VALUE', `response code 0x${code.toString(16)}`);
  const body = code === 0 ? okBody(cursor, service) : refusalBody(code, cursor);
  cursor.finish();
  return { code, name: responseName(code), body };
}

function refusalBody(code: number, cursor: Cursor): ResponseBody {
  if (cursor.left === 0) return NOTHING;
  if ((code === REQUEST_TOO_LARGE || code === RESPONSE_TOO_LARGE) && cursor.left === 4) {
    return { of: 'limit', maxBytes: cursor.uint(4) };
  }
  return { of: 'bytes', bytes: cursor.rest() };
}

function okBody(cursor: Cursor, service: ServiceName | undefined): ResponseBody {
  switch (service) {
    case 'identify':
      return { of: 'identify', ...readIdentification(cursor) };
    case 'read':
    case 'read-index':
    case 'read-offset':
    case 'read-default':
      return { of: 'table', ...readTableData(cursor) };
    case 'logon':
      return cursor.left === 0 ? NOTHING : { of: 'logon', idleTimeoutS: cursor.u16() };
    case 'authenticate':
      return { of: 'authenticate', data: cursor.take(cursor.u8()) };
    case 'negotiate': {
      const agreed = { of: 'negotiate' as const, packetBytes: cursor.u16(), packets: cursor.u8() };
      return cursor.left === 0 ? agreed : { ...agreed, baudCode: cursor.u8() };
    }
    case 'timing-setup':
      return { of: 'timing-setup', ...readTiming(cursor) };
    case 'register':
      return {
        of: 'register',
        apTitle: readUid(cursor),
        delayS: cursor.u16(),
        periodS: cursor.uint(3),
        info: cursor.u8(),
      };
    case 'resolve':
      return { of: 'resolve', address: cursor.take(cursor.u8()) };
    case 'trace':
      return { of: 'trace', apTitles: readUids(cursor) };
    case undefined:
    case 'unknown':
      return cursor.left === 0 ? NOTHING : likelyBody(cursor);
    default:
      return NOTHING;
  }
}

/** What can be told without the request; bytes where nothing can. */
function likelyBody(cursor: Cursor): ResponseBody {
  const { at, left, bytes } = cursor;
  const rest = bytes.subarray(at, cursor.end);
  cursor.at = cursor.end;
  if (left >= 3 && ((rest[0]! << 8) | rest[1]!) === left - 3) {
    const table = readTableData(new Cursor(rest, CLAUSE));
    if (table.checksumMatches) return { of: 'table', ...table };
  }
  if (left >= 4 && [0, 2, 3].includes(rest[0]!) && rest[left - 1] === 0) {
    try {
      const inner = new Cursor(rest, CLAUSE);
      const identification = readIdentification(inner);
      const isKnown = identification.features.every(({ feature }) => feature !== 'unknown');
      if (inner.left === 0 && isKnown) return { of: 'identify', ...identification };
    } catch {
      // it is something else
    }
  }
  return titledBody(rest) ?? { of: 'bytes', bytes: rest };
}

/** ApTitles to the end are a trace; one with six bytes after it is a registration. */
function titledBody(rest: Uint8Array): ResponseBody | undefined {
  for (const service of ['trace', 'register'] as const) {
    const inner = new Cursor(rest, CLAUSE);
    try {
      const body = okBody(inner, service);
      if (inner.left === 0) return body;
    } catch {
      // it is something else
    }
  }
  return undefined;
}

function readIdentification(cursor: Cursor): Identification {
  const standard = cursor.u8();
  const version = cursor.u8();
  const revision = cursor.u8();
  const features: Feature[] = [];
  for (;;) {
    if (features.length > MAX_FEATURES) throw cursor.fail('C12_OVER_LIMIT', 'features');
    const tag = cursor.u8();
    if (tag === 0) return { standard, version, revision, features };
    const feature = readFeature(tag, cursor);
    features.push(feature);
    if (feature.feature === 'unknown') return { standard, version, revision, features };
  }
}

function readFeature(tag: number, cursor: Cursor): Feature {
  switch (tag) {
    case 1:
      return { feature: 'authentication', authType: cursor.u8(), algorithm: cursor.u8() };
    case 2:
      return {
        feature: 'authentication-ticket',
        authType: cursor.u8(),
        algorithm: cursor.u8(),
        ticket: cursor.take(cursor.u8()),
      };
    case 4:
      return { feature: 'security-mechanism', uid: readUid(cursor) };
    case 5: {
      const control = cursor.u8();
      return { feature: 'session-control', sessions: control & 0x7f, sessionless: control >= 0x80 };
    }
    case 6:
      return { feature: 'device-class', uid: readUid(cursor) };
    case 7: {
      const length = cursor.u8();
      if (length === 0) throw cursor.fail('C12_BAD_VALUE', 'device identity without a format');
      const format = cursor.u8();
      return { feature: 'device-identity', format, identity: cursor.take(length - 1) };
    }
    default:
      cursor.at--;
      return { feature: 'unknown', bytes: cursor.rest() };
  }
}

/** Bytes of a refusal, or of OK with nothing after it. */
export function plainResponse(name: ResponseName): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(responseCode(name));
}

/** Bytes of a response. Raises C12_NOT_ENCODABLE. */
export function encodeResponse(code: number, body: ResponseBody = NOTHING): Uint8Array<ArrayBuffer> {
  const sink = new Sink().u8(code);
  switch (body.of) {
    case 'nothing':
      break;
    case 'identify':
      sink.u8(body.standard).u8(body.version).u8(body.revision);
      for (const feature of body.features) putFeature(sink, feature);
      if (body.features.at(-1)?.feature !== 'unknown') sink.u8(0);
      break;
    case 'table':
      putTableData(sink, body.data);
      break;
    case 'logon':
      sink.u16(body.idleTimeoutS);
      break;
    case 'authenticate':
      sink.u8(body.data.length).put(body.data);
      break;
    case 'negotiate':
      sink.u16(body.packetBytes).u8(body.packets);
      if (body.baudCode !== undefined) sink.u8(body.baudCode);
      break;
    case 'timing-setup':
      putTiming(sink, body);
      break;
    case 'register':
      putUid(sink, body.apTitle).u16(body.delayS).uint(body.periodS, 3).u8(body.info);
      break;
    case 'resolve':
      sink.u8(body.address.length).put(body.address);
      break;
    case 'trace':
      for (const title of body.apTitles) putUid(sink, title);
      break;
    case 'limit':
      sink.uint(body.maxBytes, 4);
      break;
    case 'bytes':
      sink.put(body.bytes);
      break;
  }
  return sink.done();
}

function putFeature(sink: Sink, feature: Feature): void {
  switch (feature.feature) {
    case 'authentication':
      sink.u8(1).u8(feature.authType).u8(feature.algorithm);
      break;
    case 'authentication-ticket':
      sink.u8(2).u8(feature.authType).u8(feature.algorithm).u8(feature.ticket.length).put(feature.ticket);
      break;
    case 'security-mechanism':
      putUid(sink.u8(4), feature.uid);
      break;
    case 'session-control':
      sink.u8(5).u8((feature.sessions & 0x7f) | (feature.sessionless ? 0x80 : 0));
      break;
    case 'device-class':
      putUid(sink.u8(6), feature.uid);
      break;
    case 'device-identity':
      sink
        .u8(7)
        .u8(feature.identity.length + 1)
        .u8(feature.format)
        .put(feature.identity);
      break;
    case 'unknown':
      sink.put(feature.bytes);
      break;
  }
}
