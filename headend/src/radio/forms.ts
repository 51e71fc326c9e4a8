/**
 * How gateways hand on what they heard, told apart by looking at it:
 *
 *   1e44…                                        hexadecimal, one telegram a line
 *   T1;1;1;2026-03-30 12:00:00.000;97;…;0x1e44…  rtl_wmbus: mode; CRC right; …; telegram
 *   {"telegram":"1e44…","rssi":-71,"time":…}     JSON, one or an array; other usual names are known
 *   bytes                                        one telegram
 *
 * Any of these may be a telegram of a meter's port (P1, SML, IEC 62056-21), which is known by its beginning.
 */
import { OpenAmiError } from '@openami/model';
import { bytesOfHex } from '@openami/wire';
import { maxPortTelegramBytes, maxTelegrams, type PortTelegram, portTelegramsOf } from '../ports/stream.ts';
import { radioErrors } from './errors.ts';

/** One telegram as a gateway heard it. */
export interface HeardTelegram {
  readonly bytes: Uint8Array;
  /** What it is where it came out of a meter's port; absent for one that came over the air. */
  readonly port?: PortTelegram;
  /** As the gateway names itself in the message. */
  readonly gateway?: string;
  readonly rssiDbm?: number;
  /** When the gateway heard it. */
  readonly atMs?: number;
}

export interface HeardMessage {
  readonly telegrams: readonly HeardTelegram[];
  /** Of lines and entries that hold no telegram, with their number from 1. */
  readonly faults: readonly OpenAmiError[];
}

const MAX_TELEGRAM_BYTES = 1_024;
const REPORT_BYTES = 2;
/** L, C, manufacturer and address. */
const MIN_TELEGRAM_BYTES = 10;
const MAX_NAME_CHARS = 64;

const telegramNames = ['telegram', 'hex', 'data', 'payload', 'raw', 'rawData', 'frame', 'msg'];
const strengthNames = ['rssi', 'rssi_dbm', 'rssiDbm', 'RSSI', 'signal'];
const timeNames = ['time', 'timestamp', 'receivedAt', 'ts', 'at'];
const gatewayNames = ['gateway', 'gw', 'receiver', 'gatewayId'];

/** Telegrams of a message. Raises RADIO_TOO_MANY, and RADIO_FORM where there is not even one. */
export function readHeard(body: Uint8Array): HeardMessage {
  const { telegrams, faults } = ofPort(body) ?? ofBody(body);
  if (telegrams.length === 0) throw faults[0] ?? radioErrors.RADIO_FORM('it is empty');
  return { telegrams, faults };
}

function ofBody(body: Uint8Array): HeardMessage {
  const found = textOf(body) ?? wholeTelegram(body);
  return typeof found === 'string' ? ofText(found) : found;
}

/** Telegrams of a meter's port; undefined for a body that does not begin like one. */
function ofPort(body: Uint8Array): HeardMessage | undefined {
  const found = portTelegramsOf(body);
  if (found === undefined) return undefined;
  return {
    telegrams: found.telegrams.map((port) => ({ bytes: port.bytes, port })),
    // whoever hands it on can send it again, so it is his fault
    faults: found.faults.map(({ code, message }) => radioErrors.RADIO_FORM(`${code}: ${message}`)),
  };
}

/** The body as text where all of it can be read; a telegram has bytes that no text has. */
function textOf(body: Uint8Array): string | undefined {
  for (const byte of body)
    if (byte > 0x7e || (byte < 0x20 && byte !== 10 && byte !== 13 && byte !== 9)) return;
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1').trim();
}

function wholeTelegram(body: Uint8Array): HeardMessage {
  const fault = faultOf(body);
  return fault ? { telegrams: [], faults: [fault] } : { telegrams: [{ bytes: body }], faults: [] };
}

function ofText(text: string): HeardMessage {
  if (text.startsWith('{') || text.startsWith('[')) return ofEntries(jsonOf(text), ofJson);
  return ofEntries(linesOf(text), ofLine);
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function jsonOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    // lines of JSON
    return linesOf(text);
  }
}

function ofEntries<T>(entries: readonly T[], read: (entry: T) => HeardTelegram): HeardMessage {
  if (entries.length > maxTelegrams) throw radioErrors.RADIO_TOO_MANY(`${entries.length} telegrams`);
  const telegrams: HeardTelegram[] = [];
  const faults: OpenAmiError[] = [];
  entries.forEach((entry, i) => {
    try {
      telegrams.push(read(entry));
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      faults.push(entries.length === 1 ? error : radioErrors.RADIO_FORM(`${i + 1}: ${error.message}`));
    }
  });
  return { telegrams, faults };
}

function ofJson(entry: unknown): HeardTelegram {
  if (typeof entry === 'string') return entry.startsWith('{') ? ofJson(parsed(entry)) : ofLine(entry);
  if (typeof entry !== 'object' || entry === null) throw radioErrors.RADIO_FORM('an entry is no object');
  const record = entry as Record<string, unknown>;
  const first = (names: readonly string[]) =>
    names
      .map((name) => (Object.hasOwn(record, name) ? record[name] : undefined))
      .find((one) => one !== undefined);
  const hex = first(telegramNames);
  if (typeof hex !== 'string') throw radioErrors.RADIO_FORM(`no telegram under ${telegramNames.join(', ')}`);
  const gateway = first(gatewayNames);
  return {
    ...ofLine(hex),
    ...optional('rssiDbm', strengthOf(first(strengthNames))),
    ...optional('atMs', timeOf(first(timeNames))),
    ...(typeof gateway === 'string' && gateway !== '' ? { gateway: gateway.slice(0, MAX_NAME_CHARS) } : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw radioErrors.RADIO_FORM('it is no JSON');
  }
}

function ofLine(line: string): HeardTelegram {
  const text = line.trim();
  if (/^[A-Z]\d;/i.test(text)) return ofRtlWmbus(text);
  const marked = /^b(?:Y|(?=(?:[0-9a-f]{2})+$))([0-9a-f]+)$/i.exec(text);
  if (marked) return withoutReport(telegramOf(marked[1]!));
  // P1 is text itself
  const bytes = text.startsWith('/') ? Uint8Array.from(Buffer.from(text, 'latin1')) : bytesOf(text);
  const port = ofPort(bytes);
  if (port === undefined && text.startsWith('/')) throw radioErrors.RADIO_FORM('it is not hexadecimal');
  if (port === undefined) return { bytes: checked(bytes) };
  const [first] = port.telegrams;
  if (first === undefined || port.telegrams.length + port.faults.length > 1)
    throw port.faults[0] ?? radioErrors.RADIO_FORM(`${port.telegrams.length} telegrams in one`);
  return first;
}

/** Receivers of the CUL family put two bytes behind: link quality, and strength as the CC1101 says it. */
function withoutReport(bytes: Uint8Array): HeardTelegram {
  const plain = bytes[0]! + 1;
  const withCrcs = plain + 2 * (1 + Math.ceil(Math.max(0, plain - MIN_TELEGRAM_BYTES) / 16));
  const length = [plain, withCrcs].find((one) => bytes.length === one + REPORT_BYTES);
  if (length === undefined) return { bytes };
  const raw = bytes.at(-1)!;
  return { bytes: bytes.subarray(0, length), rssiDbm: (raw >= 128 ? raw - 256 : raw) / 2 - 74 };
}

function ofRtlWmbus(line: string): HeardTelegram {
  const fields = line.split(';');
  const [, right, , time = '', strength] = fields;
  if (right !== '1') throw radioErrors.RADIO_FORM('the receiver says that its CRC is wrong');
  const dbm = Number(strength);
  return {
    bytes: telegramOf(fields.at(-1)!),
    // what it says is no dBm unless it is below zero
    ...(dbm < 0 ? { rssiDbm: dbm } : {}),
    ...optional('atMs', timeOf(`${time.replace(' ', 'T')}Z`)),
  };
}

function telegramOf(hex: string): Uint8Array {
  return checked(bytesOf(hex));
}

function bytesOf(hex: string): Uint8Array {
  const bytes = hex.length > 4 * maxPortTelegramBytes ? undefined : bytesOfHex(hex);
  if (bytes === undefined) throw radioErrors.RADIO_FORM('it is not hexadecimal');
  return bytes;
}

function checked(bytes: Uint8Array): Uint8Array {
  const fault = faultOf(bytes);
  if (fault) throw fault;
  return bytes;
}

function faultOf(bytes: Uint8Array): OpenAmiError | undefined {
  if (bytes.length >= MIN_TELEGRAM_BYTES && bytes.length <= MAX_TELEGRAM_BYTES) return undefined;
  return radioErrors.RADIO_FORM(`${bytes.length} bytes`);
}

function optional<K extends string>(name: K, value: number | undefined): { readonly [P in K]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: number });
}

function strengthOf(value: unknown): number | undefined {
  const dbm = typeof value === 'string' ? Number(value) : value;
  return typeof dbm === 'number' && dbm < 0 && dbm > -200 ? dbm : undefined;
}

/** ISO text, seconds or milliseconds since 1970. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'string' && !/^\d+(\.\d+)?$/.test(value)) {
    const ms = Date.parse(value);
    return Number.isFinite(ms) && ms > 0 ? ms : undefined;
  }
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) return undefined;
  return number < 1e11 ? number * 1_000 : number;
}
