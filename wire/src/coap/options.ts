/** Codes and options of CoAP (RFC 7252, 7641, 7959, 8132) and what is read of them. */
import { utf8Bytes, utf8Text } from '../text.ts';
import type { CoapMessage, CoapOption } from './message.ts';

/** Class and detail of a code, `2.04` as 0x44. */
export const coapCodes = {
  empty: 0x00,
  get: 0x01,
  post: 0x02,
  put: 0x03,
  delete: 0x04,
  created: 0x41,
  deleted: 0x42,
  valid: 0x43,
  changed: 0x44,
  content: 0x45,
  continue: 0x5f,
  badRequest: 0x80,
  unauthorized: 0x81,
  badOption: 0x82,
  forbidden: 0x83,
  notFound: 0x84,
  methodNotAllowed: 0x85,
  notAcceptable: 0x86,
  incomplete: 0x88,
  tooLarge: 0x8d,
  unsupportedFormat: 0x8f,
  internalError: 0xa0,
  unavailable: 0xa3,
  proxyingNotSupported: 0xa5,
} as const;

export const coapOptions = {
  ifMatch: 1,
  uriHost: 3,
  etag: 4,
  ifNoneMatch: 5,
  observe: 6,
  uriPort: 7,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  block2: 23,
  block1: 27,
  size2: 28,
  proxyUri: 35,
  proxyScheme: 39,
  size1: 60,
} as const;

/** `2.04` of a code. */
export function coapCodeText(code: number): string {
  return `${code >> 5}.${String(code & 31).padStart(2, '0')}`;
}

/** 0: a request or empty; 2, 4 and 5: a response. */
export function coapClass(code: number): number {
  return code >> 5;
}

/** The first option of a number. */
export function optionOf({ options }: Pick<CoapMessage, 'options'>, number: number): Uint8Array | undefined {
  return options.find((option) => option.number === number)?.value;
}

/** The whole number of an option (clause 3.2); undefined where it is absent or longer than four bytes. */
export function uintOption(message: Pick<CoapMessage, 'options'>, number: number): number | undefined {
  const value = optionOf(message, number);
  if (value === undefined || value.length > 4) return undefined;
  let whole = 0;
  for (const byte of value) whole = whole * 256 + byte;
  return whole;
}

/** Texts of all options of a number; undefined where one is no UTF-8. */
export function textOptions({ options }: Pick<CoapMessage, 'options'>, number: number): string[] | undefined {
  const texts: string[] = [];
  for (const option of options) {
    if (option.number !== number) continue;
    const text = utf8Text(option.value);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

/** An option with a whole number in as few bytes as it needs. */
export function uintCoapOption(number: number, value: number): CoapOption {
  const bytes: number[] = [];
  for (let left = value; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return { number, value: Uint8Array.from(bytes) };
}

/** One option for each text. */
export function textCoapOptions(number: number, texts: readonly string[]): CoapOption[] {
  return texts.map((text) => ({ number, value: utf8Bytes(text) }));
}

/** A block of a body (RFC 7959 clause 2.2). */
export interface CoapBlock {
  readonly number: number;
  readonly more: boolean;
  /** Bytes of each block but the last: 16 to 1024. */
  readonly size: number;
}

/** The block option of a message; `bad` where it is one that cannot be. */
export function blockOption(
  message: Pick<CoapMessage, 'options'>,
  number: number,
): CoapBlock | 'bad' | undefined {
  const value = optionOf(message, number);
  if (value === undefined) return undefined;
  const whole = value.length > 3 ? undefined : uintOption(message, number);
  if (whole === undefined || (whole & 7) === 7) return 'bad';
  return { number: whole >> 4, more: (whole & 8) !== 0, size: 16 << (whole & 7) };
}

export function blockCoapOption(number: number, block: CoapBlock): CoapOption {
  const exponent = Math.log2(block.size) - 4;
  return uintCoapOption(number, block.number * 16 + (block.more ? 8 : 0) + exponent);
}

const known: ReadonlySet<number> = new Set(Object.values(coapOptions));
const { ifMatch, uriPath, uriQuery } = coapOptions;
/** Critical options that may come several times (table 4). */
const repeatable: ReadonlySet<number> = new Set([ifMatch, uriPath, uriQuery]);

/**
 * An option that must be understood and is not (clause 5.4.1), or one that may come once and comes again
 * (clause 5.4.5).
 */
export function unknownCritical({ options }: Pick<CoapMessage, 'options'>): number | undefined {
  return options.find(({ number }, i) => {
    if (number % 2 === 0) return false;
    return !known.has(number) || (options[i - 1]?.number === number && !repeatable.has(number));
  })?.number;
}
