/**
 * LwM2M TLV (Core 1.0 clause 6.4.3, 1.1 clause 7.4.4):
 *
 *   type byte   kind (2 bits) | identifier of 16 bits | bytes of the length (2 bits) | length (3 bits)
 *   identifier, length, value; the value of an instance or of a multiple resource is entries again
 */
import { lwm2mErrors } from './errors.ts';

export type TlvKind = 'objectInstance' | 'resourceInstance' | 'multiple' | 'resource';

export interface TlvEntry {
  readonly kind: TlvKind;
  readonly id: number;
  readonly value: Uint8Array;
  /** Of an object instance and of a multiple resource. */
  readonly entries?: readonly TlvEntry[];
}

const kinds: readonly TlvKind[] = ['objectInstance', 'resourceInstance', 'multiple', 'resource'];
const CLAUSE = 'LwM2M Core 1.1 clause 7.4.4';
const MAX_ENTRIES = 20_000;

/** The entries of exactly these bytes. Throws LWM2M_TRUNCATED, LWM2M_MALFORMED, LWM2M_TOO_LARGE. */
export function decodeTlv(bytes: Uint8Array): TlvEntry[] {
  return entriesOf(bytes, 0, bytes.length, undefined, { left: MAX_ENTRIES });
}

function entriesOf(
  bytes: Uint8Array,
  from: number,
  end: number,
  parent: TlvKind | undefined,
  count: { left: number },
): TlvEntry[] {
  const entries: TlvEntry[] = [];
  let at = from;
  while (at < end) {
    if (count.left-- === 0) throw lwm2mErrors.LWM2M_TOO_LARGE(`more than ${MAX_ENTRIES} entries`);
    const type = bytes[at]!;
    const kind = kinds[type >> 6]!;
    if (!mayHold(parent, kind)) {
      throw lwm2mErrors.LWM2M_MALFORMED(`${kind} within ${parent}, byte ${at}`, { clause: CLAUSE, at });
    }
    const idBytes = type & 0x20 ? 2 : 1;
    const lengthBytes = (type >> 3) & 3;
    const start = at + 1 + idBytes + lengthBytes;
    if (start > end) throw truncated(at);
    const id = wholeAt(bytes, at + 1, idBytes);
    const length = lengthBytes === 0 ? type & 7 : wholeAt(bytes, at + 1 + idBytes, lengthBytes);
    if (length > end - start) throw truncated(at);
    const value = bytes.subarray(start, start + length);
    const holds = kind === 'objectInstance' || kind === 'multiple';
    entries.push(
      holds
        ? { kind, id, value, entries: entriesOf(bytes, start, start + length, kind, count) }
        : { kind, id, value },
    );
    at = start + length;
  }
  return entries;
}

function mayHold(parent: TlvKind | undefined, kind: TlvKind): boolean {
  if (parent === undefined) return true;
  if (parent === 'multiple') return kind === 'resourceInstance';
  return kind === 'multiple' || kind === 'resource';
}

function wholeAt(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 256 + bytes[at + i]!;
  return value;
}

function truncated(at: number) {
  return lwm2mErrors.LWM2M_TRUNCATED(`the entry at byte ${at}`, { clause: CLAUSE, at });
}

/** Entries as bytes; those with entries of their own are written from them. */
export function encodeTlv(
  entries: readonly Pick<TlvEntry, 'kind' | 'id' | 'value' | 'entries'>[],
): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  for (const { kind, id, value, entries: inner } of entries) {
    const content = inner === undefined ? value : encodeTlv(inner);
    const size = content.length;
    const lengthBytes = size < 8 ? 0 : size < 0x100 ? 1 : size < 0x1_0000 ? 2 : 3;
    const type = (kinds.indexOf(kind) << 6) | (id > 0xff ? 0x20 : 0) | (lengthBytes << 3);
    out.push(lengthBytes === 0 ? type | size : type);
    if (id > 0xff) out.push(id >> 8);
    out.push(id & 0xff);
    for (let shift = (lengthBytes - 1) * 8; shift >= 0; shift -= 8) out.push((size >> shift) & 0xff);
    for (const byte of content) out.push(byte);
  }
  return Uint8Array.from(out);
}
