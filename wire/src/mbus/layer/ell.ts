/**
 * Extended link layers (EN 13757-4 clause 13): whether, and from whom to whom, more than the link says, and
 * the encryption of a session.
 *
 *   8C   CC ACC                                8E   CC ACC M M A×6
 *   8D   CC ACC SN×4 CRC×2                     8F   CC ACC M M A×6 SN×4 CRC×2
 *
 * The CRC is over what follows, before encryption, and encrypted with it.
 */
import { copyOf, u16LeAt, u32Le, u32LeAt } from '../../bytes.ts';
import { crcEn13757 } from '../../crc16.ts';
import { linkAddressAt, type MbusAddress } from '../address.ts';
import { mbusErrors } from '../errors.ts';
import { AesKey, type MbusKey } from '../security/key.ts';

export interface Ell {
  readonly ci: number;
  readonly communicationControl: number;
  readonly accessNumber: number;
  /** The other side of the link (8E, 8F). */
  readonly peer: MbusAddress | undefined;
  /** Of 8D and 8F; 0 in its top three bits: not encrypted. */
  readonly session: number | undefined;
}

export const EllCi = { short: 0x8c, session: 0x8d, addressed: 0x8e, addressedSession: 0x8f } as const;
const CRC_BYTES = 2;
const ADDRESS_BYTES = 8;
const SESSION_BYTES = 4;

export function isEll(ci: number): boolean {
  return ci >= 0x8c && ci <= 0x8f;
}

/** The layer whose CI is at `at`. Raises MBUS_TRUNCATED. */
export function decodeEll(bytes: Uint8Array, at: number): Ell & { readonly bytes: number } {
  const ci = bytes[at]!;
  const addressed = ci === EllCi.addressed || ci === EllCi.addressedSession;
  const hasSession = ci === EllCi.session || ci === EllCi.addressedSession;
  const sessionAt = at + 3 + (addressed ? ADDRESS_BYTES : 0);
  const length = sessionAt - at + (hasSession ? SESSION_BYTES + CRC_BYTES : 0);
  if (at + length > bytes.length) {
    throw mbusErrors.MBUS_TRUNCATED('extended link layer', { clause: 'EN 13757-4 13.2' });
  }
  return {
    ci,
    communicationControl: bytes[at + 1]!,
    accessNumber: bytes[at + 2]!,
    peer: addressed ? linkAddressAt(bytes, at + 3) : undefined,
    session: hasSession ? u32LeAt(bytes, sessionAt) : undefined,
    bytes: length,
  };
}

/** How a session is encrypted: its top three bits. */
export function sessionEncryption(session: number): number {
  return session >>> 29;
}

/** First counter of a session: M and A of the link, CC, SN, the frame and the block (clause 13.2.11). */
function sessionNonce(frame: Uint8Array, ell: Ell): Uint8Array {
  const iv = new Uint8Array(16);
  iv.set(frame.subarray(2, 10));
  iv[8] = ell.communicationControl;
  iv.set(u32Le(ell.session!), 9);
  return iv;
}

function crcMatches(bytes: Uint8Array, at: number): boolean {
  return u16LeAt(bytes, at) === crcEn13757(bytes, at + CRC_BYTES, bytes.length);
}

export type EllState = 'none' | 'decrypted' | 'already-plain';

/**
 * Opens what follows a layer with a session; the CRC is the two bytes before `body`. Gives the bytes of the
 * frame, plain from `body` on. Raises MBUS_CHECKSUM, MBUS_NO_KEY, MBUS_WRONG_KEY, MBUS_UNSUPPORTED.
 */
export function openSession(
  frame: Uint8Array,
  body: number,
  ell: Ell,
  keyFor: () => MbusKey | undefined,
): { readonly bytes: Uint8Array; readonly state: EllState } {
  const crcAt = body - CRC_BYTES;
  const encryption = sessionEncryption(ell.session!);
  const plain = crcMatches(frame, crcAt);
  if (encryption === 0) {
    if (plain) return { bytes: frame, state: 'none' };
    throw mbusErrors.MBUS_CHECKSUM('CRC of the extended link layer', { clause: 'EN 13757-4 13.2.10' });
  }
  // receivers that hold keys pass telegrams on as if they had never been encrypted
  if (plain) return { bytes: frame, state: 'already-plain' };
  if (encryption !== 1) {
    throw mbusErrors.MBUS_UNSUPPORTED(`encryption ${encryption} of a session`, {
      clause: 'EN 13757-4 13.2.9',
    });
  }
  const key = keyFor();
  if (key === undefined) throw mbusErrors.MBUS_NO_KEY('session of the extended link layer');
  if (!(key instanceof AesKey)) throw mbusErrors.MBUS_BAD_KEY('8 bytes where AES-128 is used');
  const bytes = copyOf(frame);
  key.counterMode(sessionNonce(frame, ell), bytes, crcAt, bytes.length);
  if (!crcMatches(bytes, crcAt)) {
    throw mbusErrors.MBUS_WRONG_KEY('CRC of the session', { clause: 'EN 13757-4 13.2.10' });
  }
  return { bytes, state: 'decrypted' };
}

/** Puts the CRC at the two bytes before `body` and encrypts from it on, in place. */
export function sealSession(frame: Uint8Array, body: number, ell: Ell, key: AesKey | undefined): void {
  const crc = crcEn13757(frame, body, frame.length);
  frame[body - 2] = crc & 0xff;
  frame[body - 1] = crc >> 8;
  if (key !== undefined) key.counterMode(sessionNonce(frame, ell), frame, body - CRC_BYTES, frame.length);
}
