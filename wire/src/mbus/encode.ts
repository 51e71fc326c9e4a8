/** Telegrams of simulated meters: records in, bytes of a wired frame or a wireless telegram out. */
import { concat, join, totalOf, u16Le, u32Le } from '../bytes.ts';
import { linkAddressBytes, longAddressBytes, type MbusAddress } from './address.ts';
import { mbusErrors } from './errors.ts';
import { compactOfFull } from './formats.ts';
import { type Afl, encodeAfl, macOf } from './layer/afl.ts';
import { type Ell, EllCi, sealSession } from './layer/ell.ts';
import { accessIv, Derivation, deriveKey } from './layer/security.ts';
import { Control, encodeWiredFrame } from './link/wired.ts';
import { type BlockFormat, SND_NR, wrapBlocks } from './link/wireless.ts';
import { AesKey } from './security/key.ts';

/** What a telegram says, whatever carries it. */
export interface TelegramToSend {
  readonly meter: MbusAddress;
  readonly accessNumber: number;
  readonly status?: number;
  /** Bytes of records; of another content with a CI of its own. */
  readonly payload: Uint8Array;
  readonly security?: SendSecurity;
}

export type SendSecurity =
  | { readonly mode: 0 }
  | { readonly mode: 5; readonly key: AesKey }
  | { readonly mode: 7; readonly key: AesKey; readonly counter: number };

export interface WirelessToSend extends TelegramToSend {
  /** `short`: the meter is the sender of the link. */
  readonly header: 'short' | 'long' | 'none';
  /** `compact`: the heads of the records are left out; a full frame sent before tells them. */
  readonly frame?: 'full' | 'compact';
  /** The sender of the link, where it is not the meter. */
  readonly link?: MbusAddress;
  /** C field; SND-NR unless told. */
  readonly control?: number;
  readonly format?: BlockFormat;
  /** An extended link layer, of CI 8C, or with a session (8D). */
  readonly ell?: { readonly communicationControl: number; readonly session?: number; readonly key?: AesKey };
}

const BLOCK_BYTES = 16;
const FILLER = 0x2f;
const CI = {
  full: { long: 0x72, short: 0x7a, none: 0x78 },
  compact: { long: 0x73, short: 0x7b, none: 0x79 },
} as const;
/** Bits of the configuration field: content as usual, of mode 5 or 7. */
const modeBits = (mode: number, blocks: number): number => (mode << 8) | (blocks << 4);

/** A long frame (RSP-UD) of a meter. Raises MBUS_NOT_ENCODABLE. */
export function encodeWiredTelegram(
  telegram: TelegramToSend,
  primaryAddress: number,
  control: number = Control.rspUd,
): Uint8Array<ArrayBuffer> {
  if (telegram.security?.mode === 7) throw mbusErrors.MBUS_NOT_ENCODABLE('security mode 7 on a wired bus');
  const transport = transportOf(telegram, 'long');
  return encodeWiredFrame({
    kind: 'long',
    control,
    address: primaryAddress,
    ci: transport[0]!,
    data: transport.subarray(1),
  });
}

/**
 * A telegram of a wireless meter; mode 7 adds a fragmentation layer with its MAC. Raises
 * MBUS_NOT_ENCODABLE.
 */
export function encodeWirelessTelegram(telegram: WirelessToSend): Uint8Array<ArrayBuffer> {
  const { meter, header, link = meter, control = SND_NR, format = 'none', ell, accessNumber } = telegram;
  const { frame: content = 'full' } = telegram;
  const payload = content === 'full' ? telegram.payload : compactOfFull(telegram.payload);
  const transport = transportOf({ ...telegram, payload }, header, content);
  const parts: Uint8Array[] = [Uint8Array.of(0, control), linkAddressBytes(link)];
  let session: Ell | undefined;
  if (ell !== undefined) {
    const ci = ell.session === undefined ? EllCi.short : EllCi.session;
    session = { ...ell, ci, accessNumber, peer: undefined, session: ell.session };
    parts.push(Uint8Array.of(ci, ell.communicationControl, accessNumber));
    if (ell.session !== undefined) parts.push(u32Le(ell.session), Uint8Array.of(0, 0));
  }
  const body = totalOf(parts);
  parts.push(aflOf(telegram, transport), transport);
  const frame = concat(parts);
  if (frame.length > 256) throw mbusErrors.MBUS_NOT_ENCODABLE(`${frame.length} bytes in one telegram`);
  frame[0] = frame.length - 1;
  if (session?.session !== undefined) sealSession(frame, body, session, ell?.key);
  return wrapBlocks(frame, format);
}

/** CI, header and payload, encrypted as asked. */
function transportOf(
  { meter, accessNumber, status = 0, payload, security = { mode: 0 } }: TelegramToSend,
  header: 'short' | 'long' | 'none',
  frame: 'full' | 'compact' = 'full',
): Uint8Array {
  if (header === 'none') {
    if (security.mode !== 0) throw mbusErrors.MBUS_NOT_ENCODABLE('encryption without a header');
    return join(Uint8Array.of(CI[frame].none), payload);
  }
  const { mode } = security;
  const body = mode === 0 ? payload : padded(payload);
  const blocks = mode === 0 ? 0 : body.length / BLOCK_BYTES;
  if (blocks > 15) throw mbusErrors.MBUS_NOT_ENCODABLE(`${blocks} encrypted blocks, of at most 15`);
  if (security.mode === 5) security.key.encryptCbc(accessIv(meter, accessNumber), body, 0, body.length);
  if (security.mode === 7) {
    const key = new AesKey(deriveKey(security.key, Derivation.encrypt, security.counter, meter.id));
    key.encryptCbc(new Uint8Array(BLOCK_BYTES), body, 0, body.length);
  }
  return concat([
    Uint8Array.of(CI[frame][header]),
    header === 'long' ? longAddressBytes(meter) : new Uint8Array(0),
    Uint8Array.of(accessNumber, status, ...u16Le(modeBits(mode, blocks))),
    mode === 7 ? Uint8Array.of(0x10) : new Uint8Array(0),
    body,
  ]);
}

/** Two fillers first, by which the right key is known, and as many after as fill the last block. */
function padded(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((payload.length + 2) / BLOCK_BYTES) * BLOCK_BYTES).fill(FILLER);
  out.set(payload, 2);
  return out;
}

/** MCL: a CMAC of 8 bytes that covers the counter. */
const MESSAGE_CONTROL = 0x25;

function aflOf({ meter, security }: TelegramToSend, message: Uint8Array): Uint8Array {
  if (security?.mode !== 7) return new Uint8Array(0);
  const afl: Afl = {
    fragment: 0,
    moreFragments: false,
    messageControl: MESSAGE_CONTROL,
    keyInformation: undefined,
    counter: security.counter,
    mac: undefined,
    messageLength: undefined,
  };
  const key = new AesKey(deriveKey(security.key, Derivation.mac, security.counter, meter.id));
  return encodeAfl({ ...afl, mac: macOf(afl, message, key) });
}
