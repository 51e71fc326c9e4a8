/** Transport layer (EN 13757-7 clause 7): CI fields, headers, the status byte and the configuration field. */
import { u16LeAt } from '../../bytes.ts';
import { longAddressAt, longAddressMsbAt, type MbusAddress } from '../address.ts';
import { mbusErrors } from '../errors.ts';

export type HeaderKind = 'none' | 'short' | 'long';

/** What follows the header. */
export type Content =
  | 'records'
  | 'compact'
  | 'format'
  | 'fixed'
  | 'application-error'
  | 'alarm'
  | 'application-reset'
  | 'selection'
  | 'baud-rate'
  | 'clock'
  | 'dlms'
  | 'obis'
  | 'manufacturer'
  | 'none'
  | 'other';

export interface CiType {
  readonly header: HeaderKind;
  readonly content: Content;
  /** Values high byte first. */
  readonly msbFirst?: true;
}

/** First and last CI, header, content, byte order (EN 13757-7 table 2). */
const rows: readonly (readonly [number, number, HeaderKind, Content, true?])[] = [
  [0x00, 0x1f, 'none', 'dlms'],
  [0x50, 0x50, 'none', 'application-reset'],
  [0x51, 0x51, 'none', 'records'],
  [0x52, 0x52, 'none', 'selection'],
  [0x53, 0x53, 'long', 'application-reset'],
  [0x54, 0x54, 'none', 'application-reset', true],
  [0x55, 0x55, 'none', 'records', true],
  [0x56, 0x56, 'none', 'selection', true],
  [0x5a, 0x5a, 'short', 'records'],
  [0x5b, 0x5b, 'long', 'records'],
  [0x60, 0x60, 'long', 'dlms'],
  [0x61, 0x61, 'short', 'dlms'],
  [0x64, 0x64, 'long', 'obis'],
  [0x65, 0x65, 'short', 'obis'],
  [0x69, 0x69, 'none', 'format'],
  [0x6a, 0x6a, 'short', 'format'],
  [0x6b, 0x6b, 'long', 'format'],
  [0x6c, 0x6d, 'long', 'clock'],
  [0x6e, 0x6e, 'short', 'application-error'],
  [0x6f, 0x6f, 'long', 'application-error'],
  [0x70, 0x70, 'none', 'application-error'],
  [0x71, 0x71, 'none', 'alarm'],
  [0x72, 0x72, 'long', 'records'],
  [0x73, 0x73, 'long', 'compact'],
  [0x74, 0x74, 'short', 'alarm'],
  [0x75, 0x75, 'long', 'alarm'],
  [0x76, 0x76, 'long', 'records', true],
  [0x77, 0x77, 'none', 'fixed', true],
  [0x78, 0x78, 'none', 'records'],
  [0x79, 0x79, 'none', 'compact'],
  [0x7a, 0x7a, 'short', 'records'],
  [0x7b, 0x7b, 'short', 'compact'],
  [0x7c, 0x7c, 'long', 'dlms'],
  [0x7d, 0x7d, 'short', 'dlms'],
  [0x7e, 0x7e, 'long', 'obis'],
  [0x7f, 0x7f, 'short', 'obis'],
  [0x80, 0x80, 'long', 'none'],
  [0x8a, 0x8a, 'short', 'none'],
  [0x8b, 0x8b, 'long', 'none'],
  [0xa0, 0xb7, 'none', 'manufacturer'],
  [0xb8, 0xbf, 'none', 'baud-rate'],
];

const other: CiType = { header: 'none', content: 'other' };
const types: readonly CiType[] = /* @__PURE__ */ makeTypes();

function makeTypes(): CiType[] {
  const out: CiType[] = new Array(256).fill(other);
  for (const [first, last, header, content, msbFirst] of rows) {
    out.fill(msbFirst ? { header, content, msbFirst } : { header, content }, first, last + 1);
  }
  return out;
}

/** Fixed data of old meters: the other use of CI 73, told by its length. */
const fixed: CiType = { header: 'none', content: 'fixed' };
const FIXED_BYTES = 16;

/** What a CI announces; `rest` bytes follow it. */
export function ciType(ci: number, rest: number, wired: boolean): CiType {
  return ci === 0x73 && wired && rest <= FIXED_BYTES ? fixed : types[ci]!;
}

export interface TplHeader {
  readonly kind: 'short' | 'long';
  /** Of a long header. */
  readonly address: MbusAddress | undefined;
  readonly accessNumber: number;
  readonly status: number;
  /** Configuration field; the signature of old meters. */
  readonly configuration: number;
  /** Security mode; 0: not encrypted. */
  readonly mode: number;
  /** Blocks of 16 bytes that are encrypted (modes 4, 5 and 7). */
  readonly encryptedBlocks: number;
  /** Second part of the configuration field, of mode 7 and above. */
  readonly extension: number | undefined;
  /** Bytes of the header. */
  readonly bytes: number;
}

const SHORT_BYTES = 4;
const LONG_BYTES = 12;
/** Meters from before security modes fill the field with ones. */
const NO_CONFIGURATION = 0xffff;

/** The header that begins at `at`. Raises MBUS_TRUNCATED. */
export function decodeTplHeader(
  bytes: Uint8Array,
  at: number,
  kind: 'short' | 'long',
  msbFirst = false,
): TplHeader {
  const size = kind === 'long' ? LONG_BYTES : SHORT_BYTES;
  if (at + size > bytes.length) {
    throw mbusErrors.MBUS_TRUNCATED(`${kind} header`, { clause: 'EN 13757-7 7.3', offset: at });
  }
  const rest = at + size - SHORT_BYTES;
  const configuration = msbFirst ? (bytes[rest + 2]! << 8) | bytes[rest + 3]! : u16LeAt(bytes, rest + 2);
  const mode = configuration === NO_CONFIGURATION ? 0 : (configuration >> 8) & 0x1f;
  const extended = mode === 7 && rest + SHORT_BYTES < bytes.length;
  const makeAddress = msbFirst ? longAddressMsbAt : longAddressAt;
  return {
    kind,
    address: kind === 'long' ? makeAddress(bytes, at) : undefined,
    accessNumber: bytes[rest]!,
    status: bytes[rest + 1]!,
    configuration,
    mode,
    encryptedBlocks: (configuration >> 4) & 0x0f,
    extension: extended ? bytes[rest + SHORT_BYTES] : undefined,
    bytes: size + (extended ? 1 : 0),
  };
}

/** What the low two bits of a status byte say, and those after them. */
export const applicationStates = [undefined, 'BUSY', 'ERROR', 'ALARM'] as const;
export const statusBits: Readonly<Record<number, string>> = {
  2: 'POWER_LOW',
  3: 'PERMANENT_ERROR',
  4: 'TEMPORARY_ERROR',
};
const conditions = Object.entries(statusBits).map(([bit, name]) => [1 << Number(bit), name] as const);

/**
 * Conditions of a status byte, sorted; empty when all is well. Bits only the maker knows are `UNKNOWN_20`.
 */
export function statusFlags(status: number): string[] {
  const flags: string[] = [];
  const state = applicationStates[status & 3];
  if (state !== undefined) flags.push(state);
  for (const [mask, name] of conditions) if (status & mask) flags.push(name);
  const own = status & 0xe0;
  if (own !== 0) flags.push(`UNKNOWN_${own.toString(16).toUpperCase()}`);
  return flags.sort();
}

const applicationErrors: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'unimplemented CI',
  2: 'buffer too long',
  3: 'too many records',
  4: 'premature end of record',
  5: 'more than 10 DIFEs',
  6: 'more than 10 VIFEs',
  8: 'application too busy',
  9: 'too many readouts',
  16: 'access denied',
  17: 'application unknown',
  18: 'parameter invalid',
  19: 'receiver unknown',
  20: 'decryption failed',
  21: 'encryption method not supported',
  22: 'signature not supported',
  240: 'dynamic',
};

/** An application error (CI 6E, 6F, 70) in words. */
export function applicationErrorName(code: number): string {
  return applicationErrors[code] ?? `reserved ${code}`;
}
