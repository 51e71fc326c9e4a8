/**
 * Lists of meters that are to be put into use: key lists, join files, shipment files, scanned labels. Each
 * row becomes a meter with the names it will be heard by, and what is to be done with it. Nothing is kept,
 * and no error quotes a cell: where columns are mixed up, a key stands in any of them.
 */
import { type Commodity, commodities, DAY_S, parseDay, parseInstantMs } from '@openami/model';
import { exchangeErrors } from './errors.ts';
import { type KeyFileMapping, type KeyFileRow, readKeyFile } from './key-file.ts';
import { parseMeterLabel } from './meter-label.ts';
import { TextSource } from './text.ts';

/** What a row says. Texts are empty where it says nothing. */
export interface ListedMeter {
  /** Its serial number here. */
  readonly serial: string;
  /** Other names by which its messages come. */
  readonly addresses: readonly string[];
  /** 16 lower-case hexadecimal digits. */
  readonly devEui: string;
  readonly joinEui: string;
  readonly profile: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly commodity: Commodity | '';
  readonly usagePoint: string;
  /** ISO-8601 or a date. */
  readonly installedAt: string;
  /** m³ or kWh; null for none. */
  readonly startIndex: number | null;
  readonly gateway: string;
  readonly codec: string;
}

export interface MeterListRow {
  readonly line: number;
  readonly meter?: ListedMeter;
  /** The row as key files have it: keys as text under the names of their kinds. */
  readonly fields: Readonly<Record<string, string>>;
  readonly error?: Error & { readonly code: string };
}

const sniffedBytes = 64;
const sniffedChars = 2_048;
const dayMs = DAY_S * 1_000;

/**
 * Reads a list whose format is told from its first bytes unless a mapping says it. As `readKeyFile` raises.
 */
export async function* readMeterList(
  input: AsyncIterable<Uint8Array>,
  mapping?: KeyFileMapping,
): AsyncGenerator<MeterListRow> {
  const chunks = input[Symbol.asyncIterator]();
  const first = await firstOf(chunks);
  const whole = async function* () {
    if (first.length > 0) yield first;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  };
  const format = mapping?.format ?? formatOf(first);
  const rows = format === 'labels' ? readLabels(whole()) : readKeyFile(whole(), mapping ?? { format });
  for await (const row of rows) yield listed(row);
}

/** Enough of the first bytes to tell the format. */
async function firstOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let bytes = 0; bytes < sniffedBytes; bytes += parts.at(-1)!.length) {
    const next = await chunks.next();
    if (next.done) break;
    parts.push(next.value);
  }
  return Buffer.concat(parts);
}

function formatOf(bytes: Uint8Array): 'csv' | 'xml' | 'json' | 'labels' {
  const head = new TextDecoder().decode(bytes.subarray(0, sniffedChars)).trimStart();
  if (/^[[{]/.test(head)) return 'json';
  if (head.startsWith('<')) return 'xml';
  return /^LW:D0:/i.test(head) ? 'labels' : 'csv';
}

/** A label a line, as scanners write them. */
async function* readLabels(input: AsyncIterable<Uint8Array>): AsyncGenerator<KeyFileRow> {
  const source = new TextSource('utf-8');
  let [rest, line] = ['', 0];
  const take = function* (text: string): Generator<KeyFileRow> {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!.slice(0, sniffedChars);
    for (const one of lines) {
      line++;
      if (one.trim() !== '') yield { line, fields: { label: one.trim() } };
    }
  };
  for await (const chunk of input) yield* take(source.push(chunk));
  yield* take(`${source.finish()}\n`);
}

function listed({ line, fields, error }: KeyFileRow): MeterListRow {
  if (error) return { line, fields: {}, error };
  try {
    const meter = meterOf(fields);
    return { line, meter, fields: { ...fields, serial: meter.serial } };
  } catch (fault) {
    return { line, fields: {}, error: fault as Error & { code: string } };
  }
}

/** Raises ROW_METER_MISSING, ROW_LABEL, ROW_EUI, ROW_COMMODITY, ROW_START_INDEX, ROW_TIME_INVALID. */
function meterOf(fields: Readonly<Record<string, string>>): ListedMeter {
  const label = fields.label === undefined ? undefined : parseMeterLabel(fields.label);
  if (fields.label !== undefined && label === undefined) throw exchangeErrors.ROW_LABEL('label');
  const isEui = label?.kind === 'lorawan' || label?.kind === 'eui';
  const devEui = euiOf('devEui', fields.devEui) || (isEui ? label.name : '');
  const joinEui = euiOf('joinEui', fields.joinEui) || (label?.joinEui ?? '');
  if (isEui && devEui !== label.name) throw exchangeErrors.ROW_LABEL('label and devEui differ');
  const manufacturer = fields.manufacturer ?? label?.manufacturer ?? '';
  const given = plainSerial(fields, devEui) || (label?.serial ?? '') || devEui || (label?.name ?? '');
  if (given === '') throw exchangeErrors.ROW_METER_MISSING('none of serial, devEui, label');
  const names = [wirelessName(manufacturer, given), devEui, isEui ? '' : (label?.name ?? '')];
  return {
    serial: given,
    addresses: [...new Set(names)].filter((name) => name !== '' && name !== given),
    ...{ devEui, joinEui, profile: (fields.profile ?? label?.profile ?? '').toLowerCase() },
    ...{ manufacturer, model: fields.model ?? '' },
    commodity: commodityOf(fields.commodity) || (label?.commodity ?? ''),
    usagePoint: fields.usagePoint ?? '',
    installedAt: timeOf(fields.installedAt),
    startIndex: indexOf(fields.startIndex),
    ...{ gateway: fields.gateway ?? '', codec: fields.codec ?? '' },
  };
}

/**
 * A column with the DevEUI is one of the serial number where there is no other: it is written one way then.
 */
function plainSerial({ serial = '' }: Readonly<Record<string, string>>, devEui: string): string {
  return devEui !== '' && serial.replace(/[\s:-]/g, '').toLowerCase() === devEui ? devEui : serial;
}

/** Wireless M-Bus meters are heard as their maker's letters and their number. */
function wirelessName(manufacturer: string, serial: string): string {
  const isOne = /^[A-Za-z]{3}$/.test(manufacturer) && /^[0-9a-fA-F]{8}$/.test(serial);
  return isOne ? `${manufacturer.toUpperCase()}-${serial.toLowerCase()}` : '';
}

function euiOf(field: string, text: string | undefined): string {
  if (text === undefined) return '';
  const eui = text
    .replace(/^0x/i, '')
    .replace(/[\s:-]/g, '')
    .toLowerCase();
  if (!/^[0-9a-f]{16}$/.test(eui)) throw exchangeErrors.ROW_EUI(field);
  return eui;
}

function commodityOf(text: string | undefined): Commodity | '' {
  if (text === undefined) return '';
  const found = commodities.find((one) => one === text.toLowerCase());
  if (found === undefined) throw exchangeErrors.ROW_COMMODITY('commodity');
  return found;
}

function indexOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,12}([.,]\d{1,6})?$/.test(text)) throw exchangeErrors.ROW_START_INDEX('startIndex');
  return Number(text.replace(',', '.'));
}

/** A time with its offset, or a date: the start of that day in UTC. */
function timeOf(text: string | undefined): string {
  if (text === undefined) return '';
  try {
    return new Date(text.length === 10 ? parseDay(text) * dayMs : parseInstantMs(text)).toISOString();
  } catch {
    // its message quotes the cell
    throw exchangeErrors.ROW_TIME_INVALID('installedAt');
  }
}
