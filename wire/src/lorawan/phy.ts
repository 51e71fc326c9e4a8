/**
 * The PHYPayload of LoRaWAN R1 (L2 specification 1.0.4 and 1.1, chapter 4 and 6.2), as bytes say it. Fields
 * that go least significant byte first on the air are turned round: EUIs, addresses and nonces read as
 * printed.
 */
import { reversed } from '../bytes.ts';
import { lorawanErrors } from './errors.ts';

/** Message types in the order of their codes (L2 4.2.1). */
export const messageTypes = [
  'join-request',
  'join-accept',
  'unconfirmed-up',
  'unconfirmed-down',
  'confirmed-up',
  'confirmed-down',
  'rejoin-request',
  'proprietary',
] as const;

export interface DataFrame {
  readonly type: 'unconfirmed-up' | 'unconfirmed-down' | 'confirmed-up' | 'confirmed-down';
  readonly devAddr: Uint8Array;
  readonly adr: boolean;
  /** Uplinks only. */
  readonly adrAckReq: boolean;
  readonly ack: boolean;
  /** FPending of a downlink, class B of an uplink. */
  readonly pending: boolean;
  /** The 16 bits that are sent. */
  readonly fCnt: number;
  /** As sent: ciphered in 1.1. */
  readonly fOpts: Uint8Array;
  /** Null when the frame has no port and so no payload. */
  readonly fPort: number | null;
  /** Ciphered. */
  readonly payload: Uint8Array;
  readonly mic: Uint8Array;
}

export interface JoinRequest {
  readonly type: 'join-request';
  readonly joinEui: Uint8Array;
  readonly devEui: Uint8Array;
  readonly devNonce: Uint8Array;
  readonly mic: Uint8Array;
}

export interface RejoinRequest {
  readonly type: 'rejoin-request';
  /** 0 and 2 name the network, 1 the join server. */
  readonly rejoinType: 0 | 1 | 2;
  readonly netId: Uint8Array | null;
  readonly joinEui: Uint8Array | null;
  readonly devEui: Uint8Array;
  readonly rjCount: number;
  readonly mic: Uint8Array;
}

/** As it is on the air: all but the first byte is ciphered with the root key. */
export interface JoinAccept {
  readonly type: 'join-accept';
  readonly ciphered: Uint8Array;
}

export type PhyFrame = DataFrame | JoinRequest | RejoinRequest | JoinAccept;

/** What a join-accept says once it is opened (L2 6.2.3). */
export interface OpenedJoinAccept {
  readonly joinNonce: Uint8Array;
  readonly netId: Uint8Array;
  readonly devAddr: Uint8Array;
  readonly rx1DrOffset: number;
  readonly rx2DataRate: number;
  /** The network speaks 1.1. */
  readonly optNeg: boolean;
  /** Seconds; what is sent as 0 means 1. */
  readonly rxDelayS: number;
  /** Empty or 16 bytes. */
  readonly cfList: Uint8Array;
  readonly mic: Uint8Array;
}

const MAX_BYTES = 255;
const MIC_BYTES = 4;
const clause = (name: string) => ({ clause: `LoRaWAN L2 ${name}` });

/** Throws LORAWAN_TRUNCATED, LORAWAN_TOO_LONG, LORAWAN_UNSUPPORTED and LORAWAN_BAD_FIELD. */
export function decodePhy(bytes: Uint8Array): PhyFrame {
  if (bytes.length > MAX_BYTES) throw lorawanErrors.LORAWAN_TOO_LONG(`${bytes.length} bytes`, clause('4'));
  if (bytes.length < 1 + MIC_BYTES) throw short(bytes, 1 + MIC_BYTES, '4');
  const mhdr = bytes[0]!;
  if ((mhdr & 0x03) !== 0) {
    throw lorawanErrors.LORAWAN_UNSUPPORTED(`major version ${mhdr & 0x03}`, clause('4.2.2'));
  }
  // the three bits between are for future use: receivers ignore them
  const type = messageTypes[mhdr >> 5]!;
  if (type === 'proprietary') throw lorawanErrors.LORAWAN_UNSUPPORTED('proprietary frame', clause('4.2.1'));
  if (type === 'join-request') return joinRequest(bytes);
  if (type === 'join-accept') return joinAccept(bytes);
  if (type === 'rejoin-request') return rejoinRequest(bytes);
  return dataFrame(type, bytes);
}

function dataFrame(type: DataFrame['type'], bytes: Uint8Array): DataFrame {
  if (bytes.length < 12) throw short(bytes, 12, '4.3.1');
  const control = bytes[5]!;
  const end = bytes.length - MIC_BYTES;
  const optionsEnd = 8 + (control & 0x0f);
  if (optionsEnd > end) throw short(bytes, optionsEnd + MIC_BYTES, '4.3.1.6');
  const fPort = optionsEnd === end ? null : bytes[optionsEnd]!;
  if (fPort === 0 && optionsEnd > 8) {
    throw lorawanErrors.LORAWAN_BAD_FIELD('port 0 with FOpts', clause('4.3.1.6'));
  }
  return {
    type,
    devAddr: turned(bytes, 1, 5),
    adr: (control & 0x80) !== 0,
    adrAckReq: isUp(type) && (control & 0x40) !== 0,
    ack: (control & 0x20) !== 0,
    pending: (control & 0x10) !== 0,
    fCnt: bytes[6]! | (bytes[7]! << 8),
    fOpts: bytes.slice(8, optionsEnd),
    fPort,
    payload: bytes.slice(fPort === null ? end : optionsEnd + 1, end),
    mic: bytes.slice(end),
  };
}

export function isUp(type: DataFrame['type']): boolean {
  return type.endsWith('up');
}

function joinRequest(bytes: Uint8Array): JoinRequest {
  exactly(bytes, [23], '6.2.2');
  return {
    type: 'join-request',
    joinEui: turned(bytes, 1, 9),
    devEui: turned(bytes, 9, 17),
    devNonce: turned(bytes, 17, 19),
    mic: bytes.slice(19),
  };
}

function joinAccept(bytes: Uint8Array): JoinAccept {
  exactly(bytes, [17, 33], '6.2.3');
  return { type: 'join-accept', ciphered: bytes.slice(1) };
}

function rejoinRequest(bytes: Uint8Array): RejoinRequest {
  const rejoinType = bytes[1]!;
  if (rejoinType !== 0 && rejoinType !== 1 && rejoinType !== 2) {
    throw lorawanErrors.LORAWAN_BAD_FIELD(`rejoin type ${rejoinType}`, clause('6.2.4'));
  }
  exactly(bytes, [rejoinType === 1 ? 24 : 19], '6.2.4');
  const idEnd = rejoinType === 1 ? 10 : 5;
  const id = turned(bytes, 2, idEnd);
  return {
    type: 'rejoin-request',
    rejoinType,
    netId: rejoinType === 1 ? null : id,
    joinEui: rejoinType === 1 ? id : null,
    devEui: turned(bytes, idEnd, idEnd + 8),
    rjCount: bytes[idEnd + 8]! | (bytes[idEnd + 9]! << 8),
    mic: bytes.slice(idEnd + 10),
  };
}

/** The fields of an opened join-accept: MHDR, then plain bytes. */
export function readJoinAccept(bytes: Uint8Array): OpenedJoinAccept {
  exactly(bytes, [17, 33], '6.2.3');
  const settings = bytes[11]!;
  return {
    joinNonce: turned(bytes, 1, 4),
    netId: turned(bytes, 4, 7),
    devAddr: turned(bytes, 7, 11),
    rx1DrOffset: (settings >> 4) & 0x07,
    rx2DataRate: settings & 0x0f,
    optNeg: (settings & 0x80) !== 0,
    rxDelayS: bytes[12]! & 0x0f || 1,
    cfList: bytes.slice(13, bytes.length - MIC_BYTES),
    mic: bytes.slice(bytes.length - MIC_BYTES),
  };
}

function exactly(bytes: Uint8Array, lengths: readonly number[], name: string): void {
  if (lengths.includes(bytes.length)) return;
  const least = lengths.find((length) => length > bytes.length);
  if (least !== undefined) throw short(bytes, least, name);
  throw lorawanErrors.LORAWAN_TOO_LONG(
    `${bytes.length} bytes instead of ${lengths.join(' or ')}`,
    clause(name),
  );
}

function short(bytes: Uint8Array, least: number, name: string) {
  return lorawanErrors.LORAWAN_TRUNCATED(`${bytes.length} bytes of at least ${least}`, clause(name));
}

/** A copy of the bytes from `from` to `to`, last first. */
export function turned(bytes: Uint8Array, from = 0, to = bytes.length): Uint8Array<ArrayBuffer> {
  return reversed(bytes.subarray(from, to));
}
