/** Messages of an SML file and their checks (SML 1.04 clause 5), without the transport around them. */
import { crc16Kermit, fcs16 } from '../crc16.ts';
import { readBody, type SmlBody, writeBody } from './messages.ts';
import { END_OF_MESSAGE, SmlReader, SmlWriter } from './tlv.ts';

/**
 * The checksum that was found: the standard's (X.25), or Kermit's, which meters of one maker send with its
 * high byte first. `wrong` only where the caller asked to have wrong ones read as well.
 */
export type SmlCheck = 'x25' | 'kermit' | 'wrong';

export interface SmlMessage {
  readonly transactionId: Uint8Array;
  readonly groupNo: number;
  /** What the receiver does after an error: 0 go on, 1 next group, 2 end of group, 0xff stop at once. */
  readonly abortOnError: number;
  readonly body: SmlBody;
  readonly check: SmlCheck;
}

/** A message to be sent; the check is made. */
export type SmlMessageToSend = Omit<SmlMessage, 'check'>;

export interface SmlCheckOptions {
  /** Reads what does not match its checksum and says so, for a look at damaged captures. */
  readonly ignoreCheck?: boolean;
}

const MESSAGE = 'SML 1.04 clause 5';
/** The standard has one byte; nothing depends on it. */
const MAX_GROUP = 0xffff_ffff;

/** The messages in `bytes`, which hold nothing else but zeros between them. Raises errors of SML. */
export function decodeSmlMessages(bytes: Uint8Array, options: SmlCheckOptions = {}): SmlMessage[] {
  const reader = new SmlReader(bytes);
  const out: SmlMessage[] = [];
  for (;;) {
    while (reader.at < reader.end && bytes[reader.at] === END_OF_MESSAGE) reader.at++;
    if (reader.at === reader.end) return out;
    out.push(readMessage(reader, options));
  }
}

function readMessage(reader: SmlReader, { ignoreCheck = false }: SmlCheckOptions): SmlMessage {
  const start = reader.at;
  reader.list(6);
  const transactionId = reader.octets();
  const groupNo = reader.number(0, MAX_GROUP);
  const abortOnError = reader.number(0, 0xff);
  const body = readBody(reader);
  const end = reader.at;
  const sent = reader.number(0, 0xffff);
  const check = smlCheck(reader.bytes, start, end, sent);
  if (check === 'wrong' && !ignoreCheck) throw reader.fail('SML_CHECK', 'CRC of a message', end, MESSAGE);
  if (reader.at >= reader.end) throw reader.fail('SML_TRUNCATED', 'no end of the message', end, MESSAGE);
  if (reader.bytes[reader.at] !== END_OF_MESSAGE) {
    throw reader.fail('SML_UNEXPECTED', 'no end of the message', reader.at, MESSAGE);
  }
  reader.at++;
  return { transactionId, groupNo, abortOnError, body, check };
}

/** Which check of `bytes[start..end)` the two bytes are, read with the first as the high one. */
export function smlCheck(bytes: Uint8Array, start: number, end: number, sent: number): SmlCheck {
  if (makeSmlCheck('x25', bytes, start, end) === sent) return 'x25';
  return makeSmlCheck('kermit', bytes, start, end) === sent ? 'kermit' : 'wrong';
}

/** The check to be sent, its first byte as the high one. */
export function makeSmlCheck(kind: 'x25' | 'kermit', bytes: Uint8Array, start: number, end: number): number {
  if (kind === 'kermit') return crc16Kermit(bytes, start, end);
  const fcs = fcs16(bytes, start, end);
  return ((fcs & 0xff) << 8) | (fcs >>> 8);
}

/** Bytes of messages with their checks, without transport. Raises SML_NOT_ENCODABLE. */
export function encodeSmlMessages(
  messages: readonly SmlMessageToSend[],
  check: 'x25' | 'kermit' = 'x25',
): Uint8Array<ArrayBuffer> {
  const writer = new SmlWriter();
  for (const message of messages) {
    const start = writer.length;
    writer.list(6);
    writer.octets(message.transactionId);
    writer.integer('unsigned', message.groupNo, 1);
    writer.integer('unsigned', message.abortOnError, 1);
    writeBody(writer, message.body);
    writer.integer('unsigned', makeSmlCheck(check, writer.bytes, start, writer.length), 2);
    writer.byte(END_OF_MESSAGE);
  }
  return writer.bytes.slice();
}
