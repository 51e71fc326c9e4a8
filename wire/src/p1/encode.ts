/** A telegram as a simulated meter sends it. */
import { hexOf } from '../bytes.ts';
import { crc16Arc } from '../crc16.ts';
import { type DataSet, dataSetText } from '../iec62056-21/data-set.ts';
import { asciiBytes } from '../text.ts';
import { p1Errors } from './errors.ts';
import { CRC_DIGITS } from './lines.ts';
import type { P1Identification } from './telegram.ts';

export interface P1ToSend {
  readonly identification: P1Identification;
  readonly records: readonly DataSet[];
  /** Versions before 4 send none. */
  readonly hasCheck?: boolean;
}

const PLAIN = /^[ "-'+-.0-~]*$/;
const ADDRESS = /^[ "-'*-.0-~]+$/;

/** Raises P1_NOT_ENCODABLE. */
export function encodeP1({ identification, records, hasCheck = true }: P1ToSend): Uint8Array<ArrayBuffer> {
  const { maker, baudCode, text } = identification;
  if (!/^[A-Za-z]{3}$/.test(maker) || !/^[0-9A-Za-z]$/.test(baudCode) || !PLAIN.test(text)) {
    throw p1Errors.P1_NOT_ENCODABLE(`identification ${JSON.stringify(identification)}`);
  }
  const telegram = [`/${maker}${baudCode}${text}`, '', ...records.map(lineOf), '!'].join('\r\n');
  const check = hasCheck ? p1CheckText(crc16Arc(asciiBytes(telegram))) : '';
  return asciiBytes(`${telegram}${check}\r\n`);
}

/** A check as its four digits. */
export function p1CheckText(crc: number): string {
  return crc.toString(16).toUpperCase().padStart(CRC_DIGITS, '0');
}

function lineOf(set: DataSet): string {
  const parts = set.values.flatMap(({ value, unit }) => (unit === undefined ? [value] : [value, unit]));
  if (!ADDRESS.test(set.address) || set.values.length === 0 || !parts.every((part) => PLAIN.test(part))) {
    throw p1Errors.P1_NOT_ENCODABLE(`record ${JSON.stringify(set)}`);
  }
  return dataSetText(set);
}

/** `101209113020W`: a local time with its season. */
export function p1TimeText(utcS: number, isSummer: boolean, standardOffsetS = 3_600): string {
  const local = new Date((utcS + standardOffsetS + (isSummer ? 3_600 : 0)) * 1_000).toISOString();
  return `${local.slice(2, 19).replace(/\D/g, '')}${isSummer ? 'S' : 'W'}`;
}

/** Text as a meter sends it: the hex of it. */
export function p1HexText(text: string): string {
  return hexOf(asciiBytes(text)).toUpperCase();
}
