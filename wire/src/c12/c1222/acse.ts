/**
 * C12.22 messages: the ACSE PDU with its elements (C12.22 clause 5.3.4). The content of the user
 * information is as it was sent; `secure.ts` opens it.
 */
import { Cursor, Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';
import { berLength, putBerLength, readUid, type Uid, uidBytes, uidContent, uidText } from '../psem/uid.ts';

/** Longest message taken; the standard's services carry up to 64 KiB of a table each. */
export const MAX_C1222_BYTES = 0x10_0000;
const MAX_ELEMENTS = 32;
/** Tag and length of a message. */
export const MAX_HEAD_BYTES = 5;

export interface Integer {
  readonly bytes: Uint8Array;
  /** Unsigned: senders fill four bytes. */
  readonly value: number;
}

/** Bits of the calling AE qualifier. */
export const aeQualifierBits = ['test', 'urgent', 'notification'] as const;

export type AuthenticationValue =
  | { readonly mechanism: 'c12.22'; readonly keyId?: number; readonly iv?: Uint8Array }
  | {
      readonly mechanism: 'c12.21';
      readonly step: 'identification' | 'request' | 'response';
      readonly data: Uint8Array;
    }
  | { readonly mechanism: 'octet-aligned'; readonly data: Uint8Array }
  | { readonly mechanism: 'unknown'; readonly data: Uint8Array };

export interface UserInformation {
  /** Integer that says how the octets are encoded; most senders leave it out. */
  readonly indirectReference?: number;
  /** Control byte of EPSEM and what follows it. */
  readonly octets: Uint8Array;
}

export interface C1222Message {
  readonly asoContext?: Uid;
  readonly calledApTitle?: Uid;
  readonly calledApInvocationId?: Integer;
  readonly callingApTitle?: Uid;
  readonly callingAeQualifier?: number;
  readonly callingApInvocationId?: Integer;
  readonly callingAeInvocationId?: Integer;
  readonly mechanismName?: Uid;
  readonly authentication?: AuthenticationValue;
  readonly userInformation?: UserInformation;
  /** Tags in the order they came, those of `unknown` among them. */
  readonly order: readonly number[];
  readonly unknown: readonly { readonly tag: number; readonly content: Uint8Array }[];
  /** Content of elements as sent, by tag: what is authenticated. */
  readonly elements: ReadonlyMap<number, Uint8Array>;
}

export const tags = {
  message: 0x60,
  asoContext: 0xa1,
  calledApTitle: 0xa2,
  calledApInvocationId: 0xa4,
  callingApTitle: 0xa6,
  callingAeQualifier: 0xa7,
  callingApInvocationId: 0xa8,
  callingAeInvocationId: 0xa9,
  mechanismName: 0x8b,
  authentication: 0xac,
  userInformation: 0xbe,
} as const;

const INTEGER = 0x02;
const EXTERNAL = 0x28;
const OCTETS = 0x81;
const CLAUSE = 'C12.22 clause 5.3.4';

/**
 * Bytes of the message that begins at `at`, and those before its elements; undefined until its length is
 * there.
 */
export function messageSize(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly head: number; readonly total: number } | undefined {
  if (end - at < 2) return undefined;
  const first = bytes[at + 1]!;
  if (first < 0x80) return { head: 2, total: 2 + first };
  const head = 2 + (first & 0x7f);
  if (head === 2 || head > MAX_HEAD_BYTES) return { head, total: Number.POSITIVE_INFINITY };
  if (end - at < head) return undefined;
  let length = 0;
  for (let i = at + 2; i < at + head; i++) length = length * 256 + bytes[i]!;
  return { head, total: head + length };
}

/**
 * Reads a message that fills the bytes. Raises C12_BAD_FRAME, C12_TRUNCATED, C12_TRAILING_BYTES,
 * C12_BAD_VALUE.
 */
export function decodeMessage(bytes: Uint8Array): C1222Message {
  if (bytes[0] !== tags.message) {
    throw c12Errors.C12_BAD_FRAME(`a message begins with 60 (${CLAUSE})`, { clause: CLAUSE });
  }
  const cursor = new Cursor(bytes, CLAUSE, false, 1);
  const length = berLength(cursor);
  if (length > MAX_C1222_BYTES) throw cursor.fail('C12_OVER_LIMIT', `message of ${length} bytes`);
  cursor.need(length);
  if (length < cursor.left) throw cursor.fail('C12_TRAILING_BYTES', `${cursor.left - length} bytes too many`);
  const order: number[] = [];
  const unknown: { tag: number; content: Uint8Array }[] = [];
  const elements = new Map<number, Uint8Array>();
  const out: Writable = { order, unknown, elements };
  while (cursor.left > 0) {
    const tag = cursor.u8();
    const content = cursor.take(berLength(cursor));
    if (order.length >= MAX_ELEMENTS)
      throw cursor.fail('C12_OVER_LIMIT', `more than ${MAX_ELEMENTS} elements`);
    if (elements.has(tag)) throw cursor.fail('C12_BAD_VALUE', `two elements ${tag.toString(16)}`);
    order.push(tag);
    elements.set(tag, content);
    if (!readElement(tag, content, out)) unknown.push({ tag, content });
  }
  return out;
}

type Writable = { -readonly [K in keyof C1222Message]: C1222Message[K] };

function readElement(tag: number, content: Uint8Array, out: Writable): boolean {
  const cursor = new Cursor(content, CLAUSE);
  switch (tag) {
    case tags.asoContext:
      out.asoContext = readUid(cursor);
      break;
    case tags.calledApTitle:
      out.calledApTitle = readUid(cursor);
      break;
    case tags.calledApInvocationId:
      out.calledApInvocationId = readInteger(cursor);
      break;
    case tags.callingApTitle:
      out.callingApTitle = readUid(cursor);
      break;
    case tags.callingAeQualifier:
      out.callingAeQualifier = readInteger(cursor).value;
      break;
    case tags.callingApInvocationId:
      out.callingApInvocationId = readInteger(cursor);
      break;
    case tags.callingAeInvocationId:
      out.callingAeInvocationId = readInteger(cursor);
      break;
    case tags.mechanismName:
      out.mechanismName = readMechanism(cursor);
      break;
    case tags.authentication:
      out.authentication = readAuthentication(cursor);
      break;
    case tags.userInformation:
      out.userInformation = readUserInformation(cursor);
      break;
    default:
      return false;
  }
  cursor.finish();
  return true;
}

function readInteger(cursor: Cursor): Integer {
  if (cursor.u8() !== INTEGER) throw cursor.fail('C12_BAD_VALUE', 'not an INTEGER');
  const count = berLength(cursor);
  if (count < 1 || count > 6) throw cursor.fail('C12_BAD_VALUE', `INTEGER of ${count} bytes`);
  const bytes = cursor.take(count);
  return { bytes, value: new Cursor(bytes, CLAUSE).uint(count) };
}

/** An implicit identifier; some senders write its tag all the same. */
function readMechanism(cursor: Cursor): Uid {
  const content = cursor.rest();
  if (content[0] === 0x06 && content[1] === content.length - 2) {
    return readUid(new Cursor(content, CLAUSE));
  }
  return { text: uidText(content, false), relative: false, tag: 0x06 };
}

function readAuthentication(cursor: Cursor): AuthenticationValue {
  const all = cursor.bytes;
  const unknown: AuthenticationValue = { mechanism: 'unknown', data: all };
  const inner = nested(cursor, 0xa2) ?? nested(cursor, EXTERNAL);
  if (inner === undefined) {
    cursor.rest();
    return unknown;
  }
  if (inner.bytes[inner.at] === INTEGER) readInteger(inner);
  const single = nested(inner, 0xa0);
  if (single !== undefined) {
    const found = readSingle(single);
    single.finish();
    inner.finish();
    return found ?? unknown;
  }
  if (inner.left === 0 || inner.u8() !== OCTETS) {
    inner.rest();
    return unknown;
  }
  const data = inner.take(berLength(inner));
  inner.finish();
  return { mechanism: 'octet-aligned', data };
}

function readSingle(single: Cursor): AuthenticationValue | undefined {
  const c1222 = nested(single, 0xa1);
  if (c1222 !== undefined) {
    let keyId: number | undefined;
    let iv: Uint8Array | undefined;
    while (c1222.left > 0) {
      const tag = c1222.u8();
      const value = c1222.take(berLength(c1222));
      if (tag === 0x80 && value.length === 1) keyId = value[0]!;
      else if (tag === 0x81 && value.length === 4) iv = value;
      else throw c1222.fail('C12_BAD_VALUE', `authentication element ${tag.toString(16)}`);
    }
    return {
      mechanism: 'c12.22',
      ...(keyId === undefined ? {} : { keyId }),
      ...(iv === undefined ? {} : { iv }),
    };
  }
  const c1221 = nested(single, 0xa0);
  if (c1221 === undefined) {
    single.rest();
    return undefined;
  }
  const step = (['identification', 'request', 'response'] as const)[c1221.u8() - 0x80];
  if (step === undefined) throw c1221.fail('C12_BAD_VALUE', 'step of a C12.21 authentication');
  const data = c1221.take(berLength(c1221));
  c1221.finish();
  return { mechanism: 'c12.21', step, data };
}

/** The content of the next element where it has this tag. */
function nested(cursor: Cursor, tag: number): Cursor | undefined {
  if (cursor.left === 0 || cursor.bytes[cursor.at] !== tag) return undefined;
  cursor.at++;
  return new Cursor(cursor.take(berLength(cursor)), cursor.clause);
}

function readUserInformation(cursor: Cursor): UserInformation {
  const inner = nested(cursor, EXTERNAL);
  if (inner === undefined) throw cursor.fail('C12_BAD_VALUE', 'user information that is no EXTERNAL');
  const indirectReference = inner.bytes[inner.at] === INTEGER ? readInteger(inner).value : undefined;
  const octets = nested(inner, OCTETS);
  if (octets === undefined) throw inner.fail('C12_BAD_VALUE', 'user information without octets');
  inner.finish();
  return { ...(indirectReference === undefined ? {} : { indirectReference }), octets: octets.bytes };
}

/** What a message is made of. */
export interface MessageSpec {
  readonly asoContext?: Uid;
  readonly calledApTitle?: Uid;
  readonly calledApInvocationId?: number;
  readonly callingApTitle?: Uid;
  readonly callingAeQualifier?: number;
  readonly callingApInvocationId: number;
  readonly callingAeInvocationId?: number;
  readonly mechanismName?: Uid;
  readonly authentication?: AuthenticationValue;
  readonly indirectReference?: number;
  /** Control byte of EPSEM and what follows it. */
  readonly octets: Uint8Array;
}

/** Content of each element in the order they are sent. */
export function messageElements(spec: MessageSpec): [tag: number, content: Uint8Array][] {
  const out: [number, Uint8Array][] = [];
  const add = (tag: number, content: Uint8Array | undefined) => {
    if (content !== undefined) out.push([tag, content]);
  };
  const title = (value: Uid | undefined) => value && uidBytes(value);
  const number = (value: number | undefined) => (value === undefined ? undefined : integerContent(value));
  add(tags.asoContext, title(spec.asoContext));
  add(tags.calledApTitle, title(spec.calledApTitle));
  add(tags.calledApInvocationId, number(spec.calledApInvocationId));
  add(tags.callingApTitle, title(spec.callingApTitle));
  add(tags.callingAeQualifier, number(spec.callingAeQualifier));
  add(tags.callingApInvocationId, number(spec.callingApInvocationId));
  add(tags.callingAeInvocationId, number(spec.callingAeInvocationId));
  add(tags.mechanismName, spec.mechanismName && uidContent(spec.mechanismName.text));
  add(tags.authentication, spec.authentication && authenticationContent(spec.authentication));
  add(tags.userInformation, userInformationContent(spec.octets, spec.indirectReference));
  return out;
}

/** As few bytes as hold it, without one for the sign: nodes authenticate the number and not its bytes. */
function integerContent(value: number): Uint8Array {
  let bytes = 1;
  while (bytes < 6 && value >= 256 ** bytes) bytes++;
  return new Sink().u8(INTEGER).u8(bytes).uint(value, bytes).done();
}

export function encodeMessage(spec: MessageSpec): Uint8Array<ArrayBuffer> {
  const inner = new Sink();
  for (const [tag, content] of messageElements(spec)) element(inner, tag, content);
  return element(new Sink(), tags.message, inner.done()).done();
}

function element(sink: Sink, tag: number, content: Uint8Array): Sink {
  return putBerLength(sink.u8(tag), content.length).put(content);
}

function userInformationContent(octets: Uint8Array, reference: number | undefined): Uint8Array {
  const inner = new Sink();
  if (reference !== undefined) inner.u8(INTEGER).u8(1).u8(reference);
  element(inner, OCTETS, octets);
  return element(new Sink(), EXTERNAL, inner.done()).done();
}

function authenticationContent(value: AuthenticationValue): Uint8Array {
  if (value.mechanism === 'unknown') return value.data;
  const outer = new Sink();
  if (value.mechanism === 'octet-aligned') element(outer, OCTETS, value.data);
  else {
    const single = new Sink();
    if (value.mechanism === 'c12.22') {
      const inner = new Sink();
      if (value.keyId !== undefined) inner.u8(0x80).u8(1).u8(value.keyId);
      if (value.iv !== undefined) element(inner, 0x81, value.iv);
      element(single, 0xa1, inner.done());
    } else {
      const step = ['identification', 'request', 'response'].indexOf(value.step);
      element(single, 0xa0, element(new Sink(), 0x80 + step, value.data).done());
    }
    element(outer, 0xa0, single.done());
  }
  return element(new Sink(), 0xa2, outer.done()).done();
}
