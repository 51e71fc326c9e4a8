/**
 * Integrity, ciphering and keys of LoRaWAN 1.0 and 1.1 (L2 specification, 4.3.3, 4.4, 6.2). All keys, EUIs,
 * nonces and addresses are as printed, most significant byte first; AES runs in its own library.
 */
import { cmac, ecb } from '@noble/ciphers/aes.js';
import { concat, join, sameBytes } from '../bytes.ts';
import { lorawanErrors } from './errors.ts';
import {
  type DataFrame,
  decodePhy,
  isUp,
  type OpenedJoinAccept,
  type PhyFrame,
  readJoinAccept,
  turned,
} from './phy.ts';

/** Session keys as far as they are known. 1.0 has `nwkSKey` in place of the three of the network in 1.1. */
export interface SessionKeys {
  readonly appSKey?: Uint8Array;
  readonly nwkSKey?: Uint8Array;
  readonly fNwkSIntKey?: Uint8Array;
  readonly sNwkSIntKey?: Uint8Array;
  readonly nwkSEncKey?: Uint8Array;
}

/** What the integrity code of 1.1 covers besides the frame (L2 1.1, 4.4). */
export interface MicContext {
  /** Upper 16 bits of the counter. */
  readonly fCntMsb?: number;
  /** Counter of the confirmed frame that an ACK is for, lower 16 bits. */
  readonly confFCnt?: number;
  /** Data rate and channel of the uplink. */
  readonly dataRate?: number;
  readonly channel?: number;
}

const EMPTY = new Uint8Array(0);

function block(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return ecb(checked(key, 16, 'key'), { disablePadding: true }).encrypt(bytes);
}

function checked(bytes: Uint8Array, length: number, name: string): Uint8Array {
  if (bytes.length === length) return bytes;
  throw lorawanErrors.LORAWAN_BAD_KEY(`${name} has ${bytes.length} bytes instead of ${length}`);
}

function needed(key: Uint8Array | undefined, name: string): Uint8Array {
  if (key === undefined) throw lorawanErrors.LORAWAN_NO_KEY(name);
  return checked(key, 16, name);
}

function micOf(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  return cmac(concat(parts, bytes), checked(key, 16, 'key')).subarray(0, 4);
}

/** Block B0 or B1 (L2 4.4); A0 has the same places. */
function counterBlock(
  first: number,
  frame: DataFrame,
  fCntMsb: number,
  middle: readonly number[],
  last: number,
) {
  const out = new Uint8Array(16);
  out[0] = first;
  out.set(middle, 1);
  out[5] = isUp(frame.type) ? 0 : 1;
  out.set(turned(frame.devAddr), 6);
  out.set([frame.fCnt & 0xff, frame.fCnt >> 8, fCntMsb & 0xff, (fCntMsb >> 8) & 0xff], 10);
  out[15] = last;
  return out;
}

/**
 * The integrity code a data frame should have. With `sNwkSIntKey` (and for uplinks `fNwkSIntKey`) it is that
 * of 1.1, else `nwkSKey` gives that of 1.0. Throws LORAWAN_NO_KEY, LORAWAN_BAD_KEY.
 */
export function dataMic(bytes: Uint8Array, frame: DataFrame, keys: SessionKeys, context: MicContext = {}) {
  const covered = bytes.subarray(0, bytes.length - 4);
  const { fCntMsb = 0, dataRate = 0, channel = 0 } = context;
  const conf = frame.ack ? (context.confFCnt ?? 0) : 0;
  const low = [conf & 0xff, (conf >> 8) & 0xff];
  const b0 = (middle: readonly number[]) => counterBlock(0x49, frame, fCntMsb, middle, covered.length);
  if (keys.sNwkSIntKey === undefined) {
    return micOf(needed(keys.nwkSKey, 'nwkSKey'), b0([0, 0, 0, 0]), covered);
  }
  if (!isUp(frame.type)) return micOf(keys.sNwkSIntKey, b0([...low, 0, 0]), covered);
  const forwarding = micOf(needed(keys.fNwkSIntKey, 'fNwkSIntKey'), b0([0, 0, 0, 0]), covered);
  const serving = micOf(keys.sNwkSIntKey, b0([...low, dataRate, channel]), covered);
  return join(serving.subarray(0, 2), forwarding.subarray(0, 2));
}

/** Whether the integrity code of a data frame fits. */
export function checkDataMic(
  bytes: Uint8Array,
  frame: DataFrame,
  keys: SessionKeys,
  context?: MicContext,
): boolean {
  return sameBytes(dataMic(bytes, frame, keys, context), frame.mic);
}

/**
 * The integrity code of a join-request (root key), a rejoin (type 1: JSIntKey; 0 and 2: `sNwkSIntKey`) or an
 * opened join-accept of 1.0.
 */
export function joinMic(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  return micOf(key, bytes.subarray(0, bytes.length - 4));
}

/** What a join-accept of 1.1 answers: its integrity code covers that too (L2 1.1, 6.2.3). */
export interface JoinAnswer {
  /** 0xff for a join-request, else the type of the rejoin. */
  readonly joinReqType: number;
  readonly joinEui: Uint8Array;
  readonly devNonce: Uint8Array;
}

/** The integrity code of an opened join-accept with OptNeg set; `jsIntKey` as derived from the NwkKey. */
export function joinAcceptMic11(opened: Uint8Array, jsIntKey: Uint8Array, answer: JoinAnswer): Uint8Array {
  return micOf(
    jsIntKey,
    Uint8Array.of(answer.joinReqType),
    turned(checked(answer.joinEui, 8, 'joinEui')),
    turned(checked(answer.devNonce, 2, 'devNonce')),
    opened.subarray(0, opened.length - 4),
  );
}

export interface JoinAcceptOpened {
  /** MHDR and plain bytes. */
  readonly bytes: Uint8Array;
  readonly fields: OpenedJoinAccept;
}

/** Opens a join-accept: the network deciphers what the device enciphers (L2 6.2.3). Checks no integrity. */
export function openJoinAccept(bytes: Uint8Array, key: Uint8Array): JoinAcceptOpened {
  if (decodePhy(bytes).type !== 'join-accept') throw lorawanErrors.LORAWAN_NOT_ENCRYPTED('not a join-accept');
  const plain = join(bytes.subarray(0, 1), block(key, bytes.subarray(1)));
  return { bytes: plain, fields: readJoinAccept(plain) };
}

/** The other way: a plain join-accept as it goes on the air. */
export function sealJoinAccept(plain: Uint8Array, key: Uint8Array): Uint8Array {
  const open = ecb(checked(key, 16, 'key'), { disablePadding: true });
  return join(plain.subarray(0, 1), open.decrypt(plain.subarray(1)));
}

/** FRMPayload in the clear, or ciphered: the same both ways (L2 4.3.3). */
export function cipherPayload(frame: DataFrame, keys: SessionKeys, fCntMsb = 0): Uint8Array {
  if (frame.fPort === null) throw lorawanErrors.LORAWAN_NOT_ENCRYPTED('the frame has no port');
  const key =
    frame.fPort === 0
      ? needed(keys.nwkSEncKey ?? keys.nwkSKey, 'nwkSEncKey or nwkSKey')
      : needed(keys.appSKey, 'appSKey');
  const blocks = Math.ceil(frame.payload.length / 16);
  const stream = new Uint8Array(blocks * 16);
  for (let i = 0; i < blocks; i++) stream.set(counterBlock(1, frame, fCntMsb, [0, 0, 0, 0], i + 1), i * 16);
  return mixed(frame.payload, blocks === 0 ? EMPTY : block(key, stream));
}

/** FOpts of 1.1 in the clear, or ciphered (L2 1.1, 4.3.1.6 with its correction of FCntDwn usage). */
export function cipherOptions(frame: DataFrame, nwkSEncKey: Uint8Array, fCntMsb = 0): Uint8Array {
  if (frame.fOpts.length === 0) return EMPTY;
  const counter = !isUp(frame.type) && frame.fPort !== null && frame.fPort > 0 ? 2 : 1;
  return mixed(frame.fOpts, block(nwkSEncKey, counterBlock(1, frame, fCntMsb, [0, 0, 0, counter], 1)));
}

function mixed(bytes: Uint8Array, stream: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => byte ^ stream[i]!);
}

function derived(key: Uint8Array, kind: number, ...parts: Uint8Array[]): Uint8Array {
  const input = new Uint8Array(16);
  input[0] = kind;
  let at = 1;
  for (const part of parts) {
    input.set(turned(part), at);
    at += part.length;
  }
  return block(key, input);
}

export interface JoinNumbers {
  readonly joinNonce: Uint8Array;
  readonly devNonce: Uint8Array;
}

/** Session keys of 1.0 (L2 1.0.4, 6.2.3). */
export function sessionKeys10(appKey: Uint8Array, netId: Uint8Array, { joinNonce, devNonce }: JoinNumbers) {
  const numbers = [
    checked(joinNonce, 3, 'joinNonce'),
    checked(netId, 3, 'netId'),
    checked(devNonce, 2, 'devNonce'),
  ];
  return { nwkSKey: derived(appKey, 1, ...numbers), appSKey: derived(appKey, 2, ...numbers) };
}

/** Session keys of 1.1 (L2 1.1, 6.2.3). */
export function sessionKeys11(
  roots: { readonly appKey: Uint8Array; readonly nwkKey: Uint8Array },
  joinEui: Uint8Array,
  { joinNonce, devNonce }: JoinNumbers,
) {
  const numbers = [
    checked(joinNonce, 3, 'joinNonce'),
    checked(joinEui, 8, 'joinEui'),
    checked(devNonce, 2, 'devNonce'),
  ];
  return {
    appSKey: derived(roots.appKey, 2, ...numbers),
    fNwkSIntKey: derived(roots.nwkKey, 1, ...numbers),
    sNwkSIntKey: derived(roots.nwkKey, 3, ...numbers),
    nwkSEncKey: derived(roots.nwkKey, 4, ...numbers),
  };
}

/** Keys of the join server in 1.1 (L2 1.1, 6.1.1.4). */
export function joinServerKeys(nwkKey: Uint8Array, devEui: Uint8Array) {
  const eui = checked(devEui, 8, 'devEui');
  return { jsEncKey: derived(nwkKey, 5, eui), jsIntKey: derived(nwkKey, 6, eui) };
}

export interface OpenedData {
  readonly frame: DataFrame;
  /** Whole counter, with its upper half. */
  readonly fCnt: number;
  readonly payload: Uint8Array;
}

/**
 * A data frame that proves itself and is then deciphered. `lastFCnt` is the newest counter of the session,
 * from which the upper half is found. Throws LORAWAN_MIC_WRONG, LORAWAN_NO_KEY and what `decodePhy` throws.
 */
export function openData(
  bytes: Uint8Array,
  keys: SessionKeys,
  options: Omit<MicContext, 'fCntMsb'> & { readonly lastFCnt?: number } = {},
): OpenedData {
  const frame: PhyFrame = decodePhy(bytes);
  if (!('devAddr' in frame)) throw lorawanErrors.LORAWAN_UNSUPPORTED(`${frame.type} instead of a data frame`);
  const fCnt = wholeFCnt(frame.fCnt, options.lastFCnt);
  const fCntMsb = Math.floor(fCnt / 0x1_0000);
  if (!checkDataMic(bytes, frame, keys, { ...options, fCntMsb })) {
    throw lorawanErrors.LORAWAN_MIC_WRONG(`counter ${fCnt}`, { clause: 'LoRaWAN L2 4.4' });
  }
  const payload = frame.fPort === null ? EMPTY : cipherPayload(frame, keys, fCntMsb);
  return { frame, fCnt, payload };
}

/** The 32-bit counter nearest at or after `last` whose lower half is `low` (L2 4.3.1.5). */
export function wholeFCnt(low: number, last?: number): number {
  if (last === undefined) return low;
  const whole = Math.floor(last / 0x1_0000) * 0x1_0000 + low;
  // a retransmission or a late gateway is a little behind; far behind means that the lower half went round
  if (last - whole > 0x8000) return whole < 0xffff_0000 ? whole + 0x1_0000 : whole;
  return whole - last > 0x8000 && whole >= 0x1_0000 ? whole - 0x1_0000 : whole;
}
