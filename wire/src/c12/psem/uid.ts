/** Universal identifiers, absolute and relative, in BER (X.690 clauses 8.19 and 8.20; C12.22 clause 5.2). */
import { type Cursor, Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';

export interface Uid {
  /** `1.3.6.1.4.1.33507`; a relative one begins with a dot, `.1.33507`. */
  readonly text: string;
  readonly relative: boolean;
  /** As it was tagged; C12.22 writes 80 for a relative one, and 06. */
  readonly tag: number;
}

const ABSOLUTE = 0x06;
const RELATIVE_UNIVERSAL = 0x0d;
const RELATIVE = 0x80;
const MAX_UID_BYTES = 127;

/** Root of relative ApTitles (C12.22 clause 5.2.4). */
export const AP_TITLE_ROOT = '2.16.124.113620.1.22.0';

/** A BER length of at most three bytes after the first. */
export function berLength(cursor: Cursor): number {
  const first = cursor.u8();
  if (first < 0x80) return first;
  const count = first & 0x7f;
  if (count === 0 || count > 3) throw cursor.fail('C12_BAD_VALUE', `length form ${first.toString(16)}`);
  return cursor.uint(count);
}

export function putBerLength(sink: Sink, length: number): Sink {
  if (length < 0x80) return sink.u8(length);
  if (length < 0x100) return sink.u8(0x81).u8(length);
  if (length < 0x1_0000) return sink.u8(0x82).u16(length);
  return sink.u8(0x83).uint(length, 3);
}

/** Tag, length and content of a universal identifier. */
export function readUid(cursor: Cursor): Uid {
  const tag = cursor.u8();
  if (tag !== ABSOLUTE && tag !== RELATIVE && tag !== RELATIVE_UNIVERSAL) {
    throw cursor.fail('C12_BAD_VALUE', `tag ${tag.toString(16)} of a universal identifier`);
  }
  const content = cursor.take(berLength(cursor));
  return { text: uidText(content, tag !== ABSOLUTE), relative: tag !== ABSOLUTE, tag };
}

/** Text of the content of an identifier. Raises C12_BAD_VALUE. */
export function uidText(content: Uint8Array, relative: boolean): string {
  const clause = 'X.690 clause 8.19';
  if (content.length > MAX_UID_BYTES) {
    throw c12Errors.C12_OVER_LIMIT(`identifier of ${content.length} bytes (${clause})`, { clause });
  }
  const parts: bigint[] = [];
  let value = 0n;
  let open = false;
  for (const byte of content) {
    if (!open && byte === 0x80)
      throw c12Errors.C12_BAD_VALUE(`padded identifier part (${clause})`, { clause });
    value = (value << 7n) | BigInt(byte & 0x7f);
    open = byte >= 0x80;
    if (open) continue;
    parts.push(value);
    value = 0n;
  }
  if (open) throw c12Errors.C12_TRUNCATED(`identifier that does not end (${clause})`, { clause });
  if (relative) return parts.map((part) => `.${part}`).join('');
  if (parts.length === 0) return '';
  const first = parts[0]!;
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - top * 40n, ...parts.slice(1)].join('.');
}

/** Content of an identifier given as text. Raises C12_NOT_ENCODABLE. */
export function uidContent(text: string): Uint8Array<ArrayBuffer> {
  if (!/^\.?\d+(\.\d+)*$|^$/.test(text) || text.length > 400)
    throw c12Errors.C12_NOT_ENCODABLE(`'${text.slice(0, 60)}' is no identifier`);
  const parts = text.split('.').filter((part) => part !== '');
  let numbers = parts.map(BigInt);
  if (!text.startsWith('.') && text !== '') {
    const [top, second, ...others] = numbers;
    if (top === undefined || second === undefined || top > 2n || (top < 2n && second > 39n)) {
      throw c12Errors.C12_NOT_ENCODABLE(`'${text}' is no absolute identifier`);
    }
    numbers = [top * 40n + second, ...others];
  }
  const bytes: number[] = [];
  for (const number of numbers) {
    const group = [Number(number & 0x7fn)];
    for (let rest = number >> 7n; rest > 0n; rest >>= 7n) group.unshift(Number(rest & 0x7fn) | 0x80);
    bytes.push(...group);
  }
  return Uint8Array.from(bytes);
}

/** An identifier of text: relative where it begins with a dot. */
export function uid(text: string): Uid {
  const relative = text.startsWith('.') || text === '';
  return { text, relative, tag: relative ? RELATIVE : ABSOLUTE };
}

export function putUid(sink: Sink, { text, tag }: Uid): Sink {
  const content = uidContent(text);
  return putBerLength(sink.u8(tag), content.length).put(content);
}

export function uidBytes(value: Uid): Uint8Array<ArrayBuffer> {
  return putUid(new Sink(), value).done();
}

/** The identifier in full. */
export function absoluteUid(value: Uid, root: string = AP_TITLE_ROOT): Uid {
  return value.relative ? uid(root + value.text) : value;
}
