/**
 * Security of the transport layer (EN 13757-7 clause 9): what is encrypted is opened, and a telegram that
 * has been opened before it came here is told by its first bytes, 2F 2F.
 *
 *   mode 0       plain
 *   mode 2       DES-CBC, IV zero; the field counts bytes
 *   mode 4, 5    AES-128-CBC, IV zero, or M A and 8 times the access number
 *   mode 7       AES-128-CBC, IV zero, key of this message by CMAC from the meter's key
 *   mode 1, 6, 11, 12, 14 and above   as the maker likes
 */
import { copyOf, u32Le } from '../../bytes.ts';
import { idBytes, linkAddressBytes, type MbusAddress } from '../address.ts';
import { mbusErrors } from '../errors.ts';
import type { DesKey } from '../security/des.ts';
import { AesKey, type MbusKey } from '../security/key.ts';
import { worksKeyOf } from '../security/works-keys.ts';
import type { TplHeader } from './tpl.ts';

export type SecurityState =
  | 'none'
  | 'decrypted'
  /** Marked as encrypted, and plain when it came. */
  | 'already-plain'
  /** With the key that the maker gives all its meters, so that anybody may have sent it. */
  | 'works-key'
  /** Only the maker knows: the mode is left to makers, or nothing is defined for it. */
  | 'manufacturer';

const FILLER = 0x2f;
const BLOCK_BYTES = 16;
const ZERO_IV = new Uint8Array(BLOCK_BYTES);
const USUAL_DES_BYTES = 8;

export interface Opened {
  /** Plain bytes; those given where nothing had to be done. */
  readonly bytes: Uint8Array;
  readonly state: SecurityState;
}

/** Session keys of mode 7: of encryption and of authentication, either way (clause 9.5). */
export const Derivation = { encrypt: 0x00, mac: 0x01, encryptToMeter: 0x10, macToMeter: 0x11 } as const;

/** A key of one message: CMAC over what it is for, the counter of messages and the meter's number. */
export function deriveKey(
  key: AesKey,
  purpose: number,
  counter: number,
  id: string,
): Uint8Array<ArrayBuffer> {
  const input = new Uint8Array(BLOCK_BYTES).fill(0x07);
  input[0] = purpose;
  input.set(u32Le(counter), 1);
  input.set(idBytes(id), 5);
  return key.cmac(input);
}

/** First block of mode 5. */
export function accessIv(address: MbusAddress, accessNumber: number): Uint8Array<ArrayBuffer> {
  const iv = new Uint8Array(BLOCK_BYTES).fill(accessNumber);
  iv.set(linkAddressBytes(address));
  return iv;
}

export interface OpenContext {
  readonly device: MbusAddress | undefined;
  /** Counter of the message, of mode 7. */
  readonly counter: number | undefined;
  readonly toMeter: boolean;
  /** Wired: before security modes came, the field was a signature and could be anything. */
  readonly signatureOnly: boolean;
  readonly keyFor: () => MbusKey | undefined;
}

/**
 * Opens `bytes[at..)` behind a header. Raises MBUS_TRUNCATED, MBUS_NO_KEY, MBUS_WRONG_KEY, MBUS_BAD_KEY,
 * MBUS_UNSUPPORTED.
 */
export function openPayload(bytes: Uint8Array, at: number, header: TplHeader, context: OpenContext): Opened {
  if (context.signatureOnly && header.mode !== 5 && header.mode !== 7) return { bytes, state: 'none' };
  if (isMakersOwn(header.mode)) return { bytes, state: 'manufacturer' };
  const length = encryptedBytes(header);
  if (length === 0) return { bytes, state: 'none' };
  const plain = beginsPlain(bytes, at);
  const key = context.keyFor();
  const cannotOpen = key === undefined || length === undefined || at + length > bytes.length;
  if (plain && cannotOpen) return { bytes, state: 'already-plain' };
  if (length === undefined) {
    throw mbusErrors.MBUS_UNSUPPORTED(`security mode ${header.mode}`, {
      clause: 'EN 13757-7 table 19',
      mode: header.mode,
    });
  }
  if (at + length > bytes.length) {
    throw mbusErrors.MBUS_TRUNCATED(`${bytes.length - at} of ${length} encrypted bytes`, {
      clause: 'EN 13757-7 9.2',
    });
  }
  if (key === undefined) {
    const shown = openWithWorksKey(bytes, at, length, header, context.device);
    if (shown !== undefined) return { bytes: shown, state: 'works-key' };
    throw mbusErrors.MBUS_NO_KEY(`security mode ${header.mode}`, { mode: header.mode });
  }
  const out = copyOf(bytes);
  const [cipher, iv] = cipherOf(header, key, context);
  cipher.decryptCbc(iv, out, at, at + length);
  if (header.mode === 2 || beginsPlain(out, at)) return { bytes: out, state: 'decrypted' };
  if (plain) return { bytes, state: 'already-plain' };
  throw mbusErrors.MBUS_WRONG_KEY(`security mode ${header.mode}`, {
    clause: 'EN 13757-7 9.2',
    mode: header.mode,
  });
}

/** What is encrypted begins with two fillers. */
function beginsPlain(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === FILLER && bytes[at + 1] === FILLER;
}

/** Modes left to makers, and those nothing is defined for. */
function isMakersOwn(mode: number): boolean {
  return mode >= 14 || mode === 1 || mode === 6 || mode === 11 || mode === 12;
}

/** Mode 5 with a key of the works; undefined where there is none or it does not open. */
function openWithWorksKey(
  bytes: Uint8Array,
  at: number,
  length: number,
  { mode, accessNumber }: TplHeader,
  device: MbusAddress | undefined,
): Uint8Array | undefined {
  const key = mode === 5 ? worksKeyOf(device) : undefined;
  if (key === undefined || device === undefined) return undefined;
  const out = copyOf(bytes);
  key.decryptCbc(accessIv(device, accessNumber), out, at, at + length);
  return beginsPlain(out, at) ? out : undefined;
}

/** How many bytes are encrypted; undefined where the mode is not known. */
function encryptedBytes({ mode, configuration, encryptedBlocks }: TplHeader): number | undefined {
  if (mode === 0) return 0;
  if (mode === 2) return configuration & 0xf8;
  return mode === 4 || mode === 5 || mode === 7 ? encryptedBlocks * BLOCK_BYTES : undefined;
}

function cipherOf(header: TplHeader, key: MbusKey, context: OpenContext): [AesKey | DesKey, Uint8Array] {
  const { mode } = header;
  const wanted = mode === 2 ? USUAL_DES_BYTES : BLOCK_BYTES;
  if (key instanceof AesKey !== (mode !== 2)) {
    throw mbusErrors.MBUS_BAD_KEY(`security mode ${mode} has a key of ${wanted} bytes`);
  }
  if (mode === 2 || mode === 4 || !(key instanceof AesKey)) return [key, ZERO_IV];
  const { device, counter } = context;
  if (device === undefined) {
    throw mbusErrors.MBUS_UNSUPPORTED('encrypted with a short header, and no link that tells the meter', {
      clause: 'EN 13757-7 9.3',
    });
  }
  if (mode === 5) return [key, accessIv(device, header.accessNumber)];
  requireKdf(header);
  if (counter === undefined) {
    throw mbusErrors.MBUS_UNSUPPORTED('security mode 7 without a counter of messages', {
      clause: 'EN 13757-7 9.5',
    });
  }
  const purpose = context.toMeter ? Derivation.encryptToMeter : Derivation.encrypt;
  return [new AesKey(deriveKey(key, purpose, counter, device.id)), ZERO_IV];
}

/** Only one derivation is defined; 0 means that the key is used as it is, which nobody does. */
function requireKdf({ extension }: TplHeader): void {
  const kdf = ((extension ?? 0) >> 4) & 3;
  if (kdf === 1) return;
  throw mbusErrors.MBUS_UNSUPPORTED(`key derivation ${kdf}`, { clause: 'EN 13757-7 table 24' });
}
