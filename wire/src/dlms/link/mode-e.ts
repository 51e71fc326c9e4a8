/**
 * The opening of IEC 62056-21 mode E, after which both sides speak HDLC at the new baud rate:
 *
 *   client  / ? [address] ! CR LF              at 300 baud, 7 data bits, even parity
 *   meter   / X X X Z [\2] identification CR LF    Z: the baud rate it proposes
 *   client  ACK 2 Z 2 CR LF                    protocol HDLC, baud rate, mode binary
 *   meter   the same, as its agreement         then both change to Z baud, 8 data bits, no parity
 *
 * Bytes may carry a parity bit; it is ignored.
 */
import { baudRates, findIdentification } from '../../iec62056-21/identification.ts';
import { asciiBytes } from '../../text.ts';
import { linkErrors } from './link-errors.ts';

const ACK = 0x06;
/** Longer lines than the standard allows are given up, so that noise cannot fill the memory. */
const MAX_LINE_BYTES = 128;

export interface ModeEIdentification {
  /** Three letters of the maker (FLAG). */
  readonly maker: string;
  readonly baud: number;
  readonly baudCode: string;
  /** The meter names mode E by itself (`\2`); many that speak it do not. */
  readonly namesModeE: boolean;
  readonly identification: string;
}

export interface ModeEStep {
  readonly send: readonly Uint8Array[];
  readonly done?: ModeEIdentification;
  /** Bytes that came after the opening: the first of HDLC. */
  readonly rest?: Uint8Array;
}

/** The request that wakes a meter; `address` for one of several on the line. */
export function modeERequest(address = ''): Uint8Array {
  return asciiBytes(`/?${address}!\r\n`);
}

/** One line of the opening, seen from outside. */
export type ModeELine =
  | { readonly line: 'request'; readonly address: string }
  | ({ readonly line: 'identification' } & ModeEIdentification)
  | { readonly line: 'acknowledgement'; readonly baud: number };

/** The line that is all of `bytes`; undefined when it is none of the three. */
export function readModeELine(bytes: Uint8Array): ModeELine | undefined {
  if (bytes.length < 5 || bytes.length > MAX_LINE_BYTES) return undefined;
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte & 0x7f);
  if (!text.endsWith('\r\n')) return undefined;
  const line = text.slice(0, -2);
  const request = /^\/\?([^!]*)!$/.exec(line);
  if (request !== null) return { line: 'request', address: request[1]! };
  const baud = baudRates[line[2] ?? ''];
  if (baud !== undefined && line === acknowledgement(line[2]!)) return { line: 'acknowledgement', baud };
  return line.startsWith('/') ? { line: 'identification', ...parseModeEIdentification(line) } : undefined;
}

/** Reads an identification line without its CR LF. Raises DLMS_LINK_FRAME. */
export function parseModeEIdentification(line: string): ModeEIdentification {
  const found = findIdentification(line);
  const baud = found && baudRates[found.baudCode];
  if (found === undefined || baud === undefined || !/^[^/!]{0,64}$/.test(found.identification)) {
    throw linkErrors.DLMS_LINK_FRAME(`identification line ${JSON.stringify(line)}`);
  }
  const { maker, baudCode, abilities, identification } = found;
  return { maker, baudCode, baud, namesModeE: abilities[0] === '2', identification };
}

/**
 * The client's side: `start`, then `receive` until `done`. The time-out (1.5 s in the standard) is the
 * caller's.
 */
export class ModeEClient {
  readonly #lines = new LineReader();
  readonly #maxBaudCode: string;
  #identification: ModeEIdentification | undefined;

  /** A baud rate above `maxBaud` is not agreed to. */
  constructor(maxBaud = 19_200) {
    this.#maxBaudCode = Object.keys(baudRates).findLast((code) => baudRates[code]! <= maxBaud) ?? '0';
  }

  start(address?: string): ModeEStep {
    return { send: [modeERequest(address)] };
  }

  /** Raises DLMS_LINK_FRAME for a meter that does not follow, DLMS_LINK_OVER_LIMIT for a line without end. */
  receive(bytes: Uint8Array): ModeEStep {
    const send: Uint8Array[] = [];
    for (const line of this.#lines.take(bytes)) {
      if (this.#identification === undefined) {
        // the echo of an optical head, or noise before the line
        const slash = line.lastIndexOf('/');
        if (slash < 0 || line.startsWith('/?', slash)) continue;
        const found = parseModeEIdentification(line.slice(slash));
        const [baudCode] = [found.baudCode, this.#maxBaudCode].sort() as [string, string];
        this.#identification = { ...found, baudCode, baud: baudRates[baudCode]! };
        send.push(modeEAcknowledgement(baudCode));
      } else if (line === acknowledgement(this.#identification.baudCode)) {
        return { send, done: this.#identification, rest: this.#lines.rest() };
      } else throw linkErrors.DLMS_LINK_FRAME(`mode E answer ${JSON.stringify(line)}`);
    }
    return { send };
  }
}

/** The meter's side. */
export class ModeEServer {
  readonly #lines = new LineReader();
  readonly #identification: ModeEIdentification;
  readonly #address: string;

  constructor(identification: ModeEIdentification, address = '') {
    this.#identification = identification;
    this.#address = address;
  }

  /** Lines that are not for this meter are ignored. */
  receive(bytes: Uint8Array): ModeEStep {
    const send: Uint8Array[] = [];
    const { maker, baudCode, namesModeE, identification } = this.#identification;
    for (const line of this.#lines.take(bytes)) {
      const request = /\/\?([^!]*)!$/.exec(line);
      if (request !== null && (request[1] === '' || request[1] === this.#address)) {
        send.push(asciiBytes(`/${maker}${baudCode}${namesModeE ? '\\2' : ''}${identification}\r\n`));
      }
      const agreed = line[2] ?? '';
      if (!(agreed in baudRates) || line !== acknowledgement(agreed)) continue;
      send.push(modeEAcknowledgement(agreed));
      const done = { ...this.#identification, baudCode: agreed, baud: baudRates[agreed]! };
      return { send, done, rest: this.#lines.rest() };
    }
    return { send };
  }
}

function acknowledgement(baudCode: string): string {
  return `${String.fromCharCode(ACK)}2${baudCode}2`;
}

function modeEAcknowledgement(baudCode: string): Uint8Array {
  return asciiBytes(`${acknowledgement(baudCode)}\r\n`);
}

class LineReader {
  #text = '';
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Lines as they complete; the caller stops when it wants the rest as bytes. */
  *take(bytes: Uint8Array): Generator<string> {
    this.#bytes = bytes;
    for (let at = 0; at < bytes.length; at++) {
      const char = bytes[at]! & 0x7f;
      if (char === 0x0a) {
        const line = this.#text.replace(/\r$/, '').replace(/^\0+/, '');
        this.#text = '';
        this.#at = at + 1;
        yield line;
      } else if (this.#text.length >= MAX_LINE_BYTES) {
        this.#text = '';
        throw linkErrors.DLMS_LINK_OVER_LIMIT(`a line of more than ${MAX_LINE_BYTES} bytes`);
      } else this.#text += String.fromCharCode(char);
    }
  }

  rest(): Uint8Array {
    return this.#bytes.slice(this.#at);
  }
}
