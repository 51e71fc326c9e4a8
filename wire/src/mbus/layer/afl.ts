/**
 * Authentication and fragmentation layer (EN 13757-7 clause 6):
 *
 *   90 AFLL FCL×2 [MCL] [KI×2] [MCR×4] [MAC] [ML×2]
 */
import { concat, copyOf, sameBytes, u16Le, u16LeAt, u32Le, u32LeAt } from '../../bytes.ts';
import { mbusErrors } from '../errors.ts';
import type { AesKey } from '../security/key.ts';

export const AFL_CI = 0x90;

export interface Afl {
  /** Number of the fragment, from 1; 0 where there is but one. */
  readonly fragment: number;
  readonly moreFragments: boolean;
  /** MCL: which of counter, length and key the MAC covers, and its kind. */
  readonly messageControl: number | undefined;
  readonly keyInformation: number | undefined;
  readonly counter: number | undefined;
  readonly mac: Uint8Array | undefined;
  readonly messageLength: number | undefined;
}

const Fcl = {
  more: 0x4000,
  control: 0x2000,
  length: 0x1000,
  counter: 0x0800,
  mac: 0x0400,
  key: 0x0200,
} as const;
const Mcl = { length: 0x40, counter: 0x20 } as const;

/** Bytes of a MAC by the kind of authentication in MCL. */
const macBytes: Readonly<Record<number, number>> = { 3: 2, 4: 4, 5: 8, 6: 12, 7: 16, 8: 12 };
const FIRST_CMAC = 3;
const LAST_CMAC = 7;

/** The layer whose CI is at `at`. Raises MBUS_TRUNCATED, MBUS_BAD_FRAME. */
export function decodeAfl(bytes: Uint8Array, at: number): Afl & { readonly bytes: number } {
  const length = bytes[at + 1];
  if (length === undefined || at + 2 + length > bytes.length) {
    throw mbusErrors.MBUS_TRUNCATED('fragmentation layer', { clause: 'EN 13757-7 6.2' });
  }
  const end = at + 2 + length;
  let next = at + 2;
  const need = (count: number): number => {
    if (next + count > end) {
      throw mbusErrors.MBUS_BAD_FRAME('fields longer than the layer', { clause: 'EN 13757-7 6.3' });
    }
    next += count;
    return next - count;
  };
  const u16 = (): number => u16LeAt(bytes, need(2));
  const fcl = u16();
  const messageControl = fcl & Fcl.control ? bytes[need(1)]! : undefined;
  const keyInformation = fcl & Fcl.key ? u16() : undefined;
  const counter = fcl & Fcl.counter ? u32LeAt(bytes, need(4)) : undefined;
  // a fragment without MCL has the MAC of the message's kind: it is what is left
  const rest = end - next - (fcl & Fcl.length ? 2 : 0);
  const size = messageControl === undefined ? rest : (macBytes[messageControl & 0x0f] ?? 0);
  const macAt = fcl & Fcl.mac ? need(Math.max(0, size)) : undefined;
  const mac = macAt === undefined ? undefined : bytes.subarray(macAt, next);
  const messageLength = fcl & Fcl.length ? u16() : undefined;
  if (next !== end) {
    throw mbusErrors.MBUS_BAD_FRAME('fields shorter than the layer', { clause: 'EN 13757-7 6.3' });
  }
  return {
    fragment: fcl & 0xff,
    moreFragments: (fcl & Fcl.more) !== 0,
    messageControl,
    keyInformation,
    counter,
    mac,
    messageLength,
    bytes: 2 + length,
  };
}

/** Fields of the layer, with its CI. Raises MBUS_NOT_ENCODABLE. */
export function encodeAfl(afl: Afl): Uint8Array<ArrayBuffer> {
  const fields: number[] = [];
  let fcl = afl.fragment | (afl.moreFragments ? Fcl.more : 0);
  if (afl.messageControl !== undefined) {
    fcl |= Fcl.control;
    fields.push(afl.messageControl);
  }
  if (afl.keyInformation !== undefined) {
    fcl |= Fcl.key;
    fields.push(...u16Le(afl.keyInformation));
  }
  if (afl.counter !== undefined) {
    fcl |= Fcl.counter;
    fields.push(...u32Le(afl.counter));
  }
  if (afl.mac !== undefined) {
    fcl |= Fcl.mac;
    fields.push(...afl.mac);
  }
  if (afl.messageLength !== undefined) {
    fcl |= Fcl.length;
    fields.push(...u16Le(afl.messageLength));
  }
  return Uint8Array.from([AFL_CI, fields.length + 2, ...u16Le(fcl), ...fields]);
}

/** What the MAC covers before the message: MCL, and MCR and ML where MCL says so (clause 9.3). */
function macHead(afl: Afl): Uint8Array {
  const control = afl.messageControl ?? 0;
  const head = [control];
  if (control & Mcl.counter && afl.counter !== undefined) head.push(...u32Le(afl.counter));
  if (control & Mcl.length && afl.messageLength !== undefined) head.push(...u16Le(afl.messageLength));
  return Uint8Array.from(head);
}

/** The MAC of a message, cut as MCL says; undefined for a kind that is no CMAC. */
export function macOf(afl: Afl, message: Uint8Array, key: AesKey): Uint8Array | undefined {
  const kind = (afl.messageControl ?? 0) & 0x0f;
  if (kind < FIRST_CMAC || kind > LAST_CMAC) return undefined;
  return key.cmac(macHead(afl), message).subarray(0, macBytes[kind]);
}

/** Whether the MAC is that of the message. Raises MBUS_UNSUPPORTED for a kind that is no CMAC. */
export function macMatches(afl: Afl, message: Uint8Array, key: AesKey): boolean {
  const mac = macOf(afl, message, key);
  if (mac === undefined) {
    throw mbusErrors.MBUS_UNSUPPORTED(`authentication ${(afl.messageControl ?? 0) & 0x0f}`, {
      clause: 'EN 13757-7 table 8',
    });
  }
  return afl.mac !== undefined && sameBytes(mac, afl.mac);
}

const MAX_MESSAGES = 256;
const MAX_MESSAGE_BYTES = 16_384;

interface Pending {
  readonly next: number;
  readonly afl: Afl;
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
}

/** A whole message: what its fragments say together. */
export interface Assembled {
  readonly afl: Afl;
  readonly message: Uint8Array;
}

/**
 * Puts fragments together, by sender. They come in their order; another order, or a message of more than
 * 16 KB, starts over. The newest 256 senders are kept.
 */
export class FragmentAssembler {
  readonly #pending = new Map<string, Pending>();

  /** The message when this was its last fragment. Raises MBUS_FRAGMENT when the ones before are missing. */
  push(sender: string, afl: Afl, part: Uint8Array): Assembled | undefined {
    const before = this.#pending.get(sender);
    this.#pending.delete(sender);
    const first = afl.fragment <= 1;
    const bytes = (first ? 0 : (before?.bytes ?? 0)) + part.length;
    if ((!first && before?.next !== afl.fragment) || bytes > MAX_MESSAGE_BYTES) {
      throw mbusErrors.MBUS_FRAGMENT(`fragment ${afl.fragment} of ${sender} without those before it`);
    }
    const parts = first ? [copyOf(part)] : [...before!.parts, copyOf(part)];
    const merged = first ? afl : mergedAfl(before!.afl, afl);
    if (!afl.moreFragments) return { afl: merged, message: concat(parts, bytes) };
    if (this.#pending.size >= MAX_MESSAGES) this.#pending.delete(this.#pending.keys().next().value!);
    this.#pending.set(sender, { next: afl.fragment + 1, afl: merged, parts, bytes });
    return undefined;
  }
}

function mergedAfl(a: Afl, b: Afl): Afl {
  return {
    fragment: b.fragment,
    moreFragments: b.moreFragments,
    messageControl: a.messageControl ?? b.messageControl,
    keyInformation: a.keyInformation ?? b.keyInformation,
    counter: a.counter ?? b.counter,
    mac: b.mac ?? a.mac,
    messageLength: a.messageLength ?? b.messageLength,
  };
}
