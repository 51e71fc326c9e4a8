/**
 * Messages of IEC 62056-21 (clause 6.3) and their block check, both ways.
 *
 *   request          / ? address ! CR LF
 *   identification   / X X X Z identification CR LF
 *   option           ACK V Z Y CR LF
 *   command          SOH C D [STX data] ETX BCC
 *   data             STX lines [! CR LF] ETX BCC          EOT for ETX: more blocks follow
 *   push (mode D)    identification, CR LF, lines, ! CR LF
 *
 * BCC is the exclusive-or of everything after the first SOH or STX, up to and including ETX.
 */
import { asciiBytes, asciiText } from '../text.ts';
import { type DataSet, type DataValue, dataSetText, parseDataSets } from './data-set.ts';
import { iecErrors } from './errors.ts';
import { findIdentification, type IecIdentification } from './identification.ts';

/** A data set, or a line that is not made of any. */
export interface IecRecord extends DataSet {
  /** The whole line, where it is not made of data sets; it has no address and no values then. */
  readonly text?: string;
}

export interface IecCommand {
  readonly kind: 'command';
  /** Password, write, read, execute, break. */
  readonly command: 'P' | 'W' | 'R' | 'E' | 'B';
  readonly type: number;
  /** As sent; empty where the command has no data. */
  readonly data: string;
  /** The data set of the data, where it is one. */
  readonly address: string;
  readonly values: readonly DataValue[];
}

export interface IecData {
  readonly kind: 'data';
  readonly records: readonly IecRecord[];
  /** The readout of a sign-on, which ends with `!`. */
  readonly isReadout: boolean;
  /** False where another block follows once this one is acknowledged. */
  readonly isLast: boolean;
}

export interface IecPush {
  readonly kind: 'push';
  readonly identification: IecIdentification;
  readonly records: readonly IecRecord[];
  /** What follows `!`: the check of P1 telegrams, usually nothing. */
  readonly trailer: string;
}

export type IecMessage =
  | { readonly kind: 'request'; readonly address: string }
  | ({ readonly kind: 'identification' } & IecIdentification)
  | {
      readonly kind: 'option';
      /** 0 as here, 1 secondary, 2 HDLC. */
      readonly protocol: string;
      readonly baudCode: string;
      /** 0 readout, 1 programming, 2 binary, others the maker's. */
      readonly mode: string;
    }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak' }
  | IecCommand
  | IecData
  | IecPush;

export const [SOH, STX, ETX, EOT, ACK, NAK] = [0x01, 0x02, 0x03, 0x04, 0x06, 0x15] as const;
const CLAUSE = 'IEC 62056-21 clause 6.3';

/** The block check of `bytes[start..end)`. */
export function blockCheck(bytes: Uint8Array, start: number, end: number): number {
  let check = 0;
  for (let at = start; at < end; at++) check ^= bytes[at]!;
  return check & 0x7f;
}

/** A line without its CR LF. Raises IEC_FRAME. */
export function lineMessage(line: string): IecMessage {
  const request = /^\/\?([^!]*)!$/.exec(line);
  if (request !== null) return { kind: 'request', address: request[1]! };
  if (line.charCodeAt(0) === ACK && /^[0-9A-Z]{3}$/.test(line.slice(1))) {
    return { kind: 'option', protocol: line[1]!, baudCode: line[2]!, mode: line[3]! };
  }
  const identification = findIdentification(line);
  if (identification !== undefined) return { kind: 'identification', ...identification };
  throw iecErrors.IEC_FRAME(JSON.stringify(line.slice(0, 40)), { clause: CLAUSE });
}

/**
 * A block, from its SOH or STX to its block check. Raises IEC_CHECK, and IEC_FRAME for a command that the
 * standard does not have.
 */
export function blockMessage(block: Uint8Array): IecMessage {
  const end = block.length - 1;
  if (blockCheck(block, 1, end) !== (block[end]! & 0x7f)) {
    throw iecErrors.IEC_CHECK(`block of ${block.length} bytes`, { clause: CLAUSE });
  }
  const isLast = block[end - 1] === ETX;
  const content = asciiText(block.subarray(1, end - 1));
  if (block[0] === SOH) return commandOf(content);
  const bang = /(?:^|[\r\n])!/.exec(content);
  const lines = bang === null ? content : content.slice(0, bang.index);
  return { kind: 'data', records: recordsOfText(lines), isReadout: bang !== null, isLast };
}

function commandOf(content: string): IecCommand {
  const [head, data = '', ...more] = content.split(String.fromCharCode(STX));
  if (!/^[PWREB][0-9]$/.test(head!) || more.length > 0) {
    throw iecErrors.IEC_FRAME(`command ${JSON.stringify(content.slice(0, 40))}`, { clause: CLAUSE });
  }
  const [set] = parseDataSets(data) ?? [];
  return {
    kind: 'command',
    command: head![0] as IecCommand['command'],
    type: Number(head![1]),
    data,
    address: set?.address ?? '',
    values: set?.values ?? [],
  };
}

/** The records of lines; empty lines are nothing. */
export function recordsOfText(text: string): IecRecord[] {
  const records: IecRecord[] = [];
  for (let at = 0; at < text.length; ) {
    const lf = text.indexOf('\n', at);
    const next = lf < 0 ? text.length : lf;
    const end = text[next - 1] === '\r' ? next - 1 : next;
    if (end > at) {
      const sets = parseDataSets(text, at, end);
      if (sets === undefined) records.push({ address: '', values: [], text: text.slice(at, end) });
      else for (const set of sets) records.push(set);
    }
    at = next + 1;
  }
  return records;
}

/** Bytes of a message. Raises IEC_NOT_ENCODABLE. */
export function encodeIecMessage(message: IecMessage): Uint8Array<ArrayBuffer> {
  switch (message.kind) {
    case 'request':
      return asciiBytes(`/?${plain(message.address)}!\r\n`);
    case 'identification':
      return asciiBytes(`${identificationLine(message)}\r\n`);
    case 'option':
      return asciiBytes(`\x06${message.protocol}${message.baudCode}${message.mode}\r\n`);
    case 'ack':
      return Uint8Array.of(ACK);
    case 'nak':
      return Uint8Array.of(NAK);
    case 'command':
      return block(SOH, `${message.command}${message.type}${message.data && `\x02${message.data}`}`, true);
    case 'data': {
      const text = message.records.map(recordText);
      const lines = message.isReadout ? [...text, '!', ''] : text;
      return block(STX, lines.join('\r\n'), message.isLast);
    }
    case 'push': {
      const { identification, records, trailer } = message;
      const lines = [identificationLine(identification), '', ...records.map(recordText), `!${trailer}`, ''];
      return asciiBytes(lines.join('\r\n'));
    }
  }
}

function identificationLine({ maker, baudCode, text }: IecIdentification): string {
  const line = `/${maker}${baudCode}${plain(text)}`;
  if (findIdentification(line) !== undefined) return line;
  throw iecErrors.IEC_NOT_ENCODABLE(`identification ${JSON.stringify(line)}`);
}

function recordText(record: IecRecord): string {
  if (record.text !== undefined) return plain(record.text);
  for (const { value, unit = '' } of record.values) plain(value + unit);
  plain(record.address);
  return dataSetText(record);
}

function plain(text: string): string {
  if (/^[ "-'+-.0-~*]*$/.test(text)) return text;
  throw iecErrors.IEC_NOT_ENCODABLE(JSON.stringify(text));
}

function block(start: number, content: string, isLast: boolean): Uint8Array<ArrayBuffer> {
  const bytes = asciiBytes(
    `${String.fromCharCode(start)}${content}${String.fromCharCode(isLast ? ETX : EOT)}\0`,
  );
  bytes[bytes.length - 1] = blockCheck(bytes, 1, bytes.length - 1);
  return bytes;
}

/** A command with its data, `R1 1.8.0()`. */
export function iecCommand(command: IecCommand['command'], type: number, set?: DataSet): IecCommand {
  const { address = '', values = [] } = set ?? {};
  return { kind: 'command', command, type, data: set === undefined ? '' : dataSetText(set), address, values };
}

/** What a meter says when it refuses: `(ER01)`, `P.01(ERROR)`; undefined where the data is no such answer. */
export function errorAnswerOf({ records }: IecData): string | undefined {
  const [first, ...more] = records;
  if (first === undefined || more.length > 0 || first.values.length > 1) return undefined;
  const text = first.text ?? first.values[0]?.value ?? '';
  return /^ER(?:R(?:OR)?)?\W*\d{0,6}\W*$/i.test(text) ? text : undefined;
}
