/**
 * What the records of a telegram mean: whose meter, when, tariff, breaker, messages, log of power failures,
 * demand, and the meters behind it on M-Bus (DSMR 5.0.2 P1 clause 6.12; e-MUCS P1 1.7).
 */
import { findUnit } from '@openami/model';
import { bytesOfHex } from '../bytes.ts';
import { type Decimal, decimalOf } from '../decimal.ts';
import type { DataValue } from '../iec62056-21/data-set.ts';
import { asciiText } from '../text.ts';
import type { P1Record, P1Telegram } from './telegram.ts';
import { type P1Time, p1Time } from './time.ts';

/** A number with a unit. */
export interface P1Reading {
  /** `1-0:1.8.1`, `0-1:24.2.1` */
  readonly obis: string;
  readonly value: Decimal;
  /** Symbol of the model; null for a unit that it does not know. */
  readonly unit: string | null;
  readonly sentUnit: string;
  /** Where the meter told one for this value alone. */
  readonly time?: P1Time;
}

/** A meter on M-Bus, behind this one. */
export interface P1MbusDevice {
  /** 1 to 4 */
  readonly channel: number;
  /** Device type of M-Bus: 3 gas, 7 water. */
  readonly deviceType?: number;
  /** As plain text where the meter sends the hex of it. */
  readonly id?: string;
  /** Of the valve or the breaker: 0 closed off, 1 open to the customer, 2 ready to be opened. */
  readonly valve?: number;
  readonly readings: readonly P1Reading[];
  /** Minutes between its readings, which versions 2 and 3 tell. */
  readonly periodMin?: number;
}

export interface P1PowerFailure {
  /** When the power came back. */
  readonly end: P1Time;
  readonly durationS: number;
}

/** The highest demand of a month that is over. */
export interface P1MonthDemand {
  readonly month: P1Time;
  readonly peak: P1Time;
  readonly value: Decimal;
  readonly unit: string | null;
}

export interface P1Meaning {
  /** `50`, `50217`, as sent. */
  readonly version?: string;
  readonly time?: P1Time;
  /** Who the meter is, as plain text where it sends the hex of it. */
  readonly meter?: string;
  /** 1 or 2, in the order of the country (low first in the Netherlands, high first in Belgium). */
  readonly tariff?: number;
  /** 0 disconnected, 1 connected, 2 ready for reconnection. */
  readonly breaker?: number;
  /** Limits that the breaker looks after. */
  readonly thresholds: readonly P1Reading[];
  /** Messages to the customer that are not empty, as plain text. */
  readonly messages: readonly { readonly obis: string; readonly text: string }[];
  readonly powerFailures: readonly P1PowerFailure[];
  readonly monthDemands: readonly P1MonthDemand[];
  /** Numbers with units of the meter itself, in the order of the telegram. */
  readonly readings: readonly P1Reading[];
  readonly mbus: readonly P1MbusDevice[];
}

export interface P1MeaningOptions {
  /** Of the meter; without one, S and W stand for CEST and CET. */
  readonly zone?: string;
}

type Draft = {
  -readonly [K in keyof P1Meaning]: P1Meaning[K] extends readonly (infer T)[] ? T[] : P1Meaning[K];
};
type DeviceDraft = { -readonly [K in keyof P1MbusDevice]: P1MbusDevice[K] } & { readings: P1Reading[] };
type Reader = (out: Draft, values: readonly DataValue[], zone: string | undefined) => void;

/** Names of a meter, best first. */
const ids = ['0-0:96.1.1', '0-0:96.1.0', '0-0:42.0.0', '0-0:96.1.255', '1-0:0.0.0'];

const readers: Readonly<Record<string, Reader>> = {
  '1-3:0.2.8': readVersion,
  '0-0:96.1.4': readVersion,
  '0-0:1.0.0': (out, values, zone) => {
    out.time ??= p1Time(values[0]!.value, zone);
  },
  '0-0:96.14.0': (out, values) => {
    out.tariff ??= wholeNumber(values[0]);
  },
  '0-0:96.3.10': (out, values) => {
    out.breaker ??= wholeNumber(values[0]);
  },
  '1-0:99.97.0': readPowerFailures,
  '0-0:98.1.0': readMonthDemands,
};

/** Raises ZONE_UNKNOWN. */
export function meaningOfP1({ records }: P1Telegram, { zone }: P1MeaningOptions = {}): P1Meaning {
  const out: Draft = {
    thresholds: [],
    messages: [],
    powerFailures: [],
    monthDemands: [],
    readings: [],
    mbus: [],
  };
  const devices = new Map<number, DeviceDraft>();
  let bestId = ids.length;
  for (const record of records) {
    const { obis, values } = record;
    if (obis === undefined || values.length === 0) continue;
    const kind = kindOf(obis);
    if (kind === 'reading') {
      const reading = readingOf(obis, values, zone);
      if (reading !== undefined) out.readings.push(reading);
    } else if (kind === 'limit') addLimits(out, obis, values, zone);
    else if (kind === 'message') addMessage(out, obis, values);
    else if (kind === 'mbus') readMbus(devices, record, obis, zone);
    else if (kind === 'known') readers[obis]!(out, values, zone);
    else if (kind === 'id') {
      const rank = ids.indexOf(obis);
      if (rank >= bestId || values[0]!.value === '') continue;
      out.meter = plainText(values[0]!.value);
      bestId = rank;
    }
  }
  for (const device of devices.values()) out.mbus.push(device);
  return out;
}

type RecordKind = 'known' | 'id' | 'message' | 'mbus' | 'limit' | 'reading' | 'other';
const kinds = new Map<string, RecordKind>();
const MAX_KINDS = 4_096;

function kindOf(obis: string): RecordKind {
  const known = kinds.get(obis);
  if (known !== undefined) return known;
  const kind = newKindOf(obis);
  if (kinds.size < MAX_KINDS) kinds.set(obis, kind);
  return kind;
}

function newKindOf(obis: string): RecordKind {
  if (Object.hasOwn(readers, obis)) return 'known';
  if (ids.includes(obis)) return 'id';
  if (obis.startsWith('0-0:96.13.')) return 'message';
  if (MBUS.test(obis)) return 'mbus';
  if (obis === '0-0:17.0.0' || LIMIT.test(obis)) return 'limit';
  return obis.startsWith('0-') ? 'other' : 'reading';
}

const MBUS = /^0-[1-4]:(?:24\.\d+|96\.1|96\.3)\.\d+$/;
/** Of the current of the fuse; 1.4.0 is the demand of the quarter of an hour that runs. */
const LIMIT = /^1-\d+:[357]1\.4\.0$/;

function readVersion(out: Draft, values: readonly DataValue[]): void {
  out.version ??= values[0]!.value;
}

function wholeNumber(value: DataValue | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value.value) ? Number(value.value) : undefined;
}

/** Text that a meter sends as the hex of it; what is no hex of text is given as it is. */
export function plainText(sent: string): string {
  const bytes = /^(?:[0-9a-f]{2})+$/i.test(sent) ? bytesOfHex(sent) : undefined;
  return bytes?.every((byte) => byte >= 0x20 && byte < 0x7f) ? asciiText(bytes) : sent;
}

function addMessage(out: Draft, obis: string, values: readonly DataValue[]): void {
  const text = plainText(values[0]!.value);
  if (text !== '') out.messages.push({ obis, text });
}

/** Limits may have a value for each direction. */
function addLimits(out: Draft, obis: string, values: readonly DataValue[], zone: string | undefined): void {
  for (const value of values) {
    const limit = readingOf(obis, [value], zone);
    if (limit !== undefined) out.thresholds.push(limit);
  }
}

/** `value*unit`, or `(time)(value*unit)`. */
function readingOf(
  obis: string,
  values: readonly DataValue[],
  zone: string | undefined,
): P1Reading | undefined {
  const last = values[values.length - 1]!;
  if (last.unit === undefined || values.length > 2) return undefined;
  const value = decimalOf(last.value);
  if (value === undefined) return undefined;
  const time = values.length === 2 ? p1Time(values[0]!.value, zone) : undefined;
  return { obis, value, unit: symbolOf(last.unit), sentUnit: last.unit, ...(time && { time }) };
}

const symbols = new Map<string, string | null>();
const MAX_SYMBOLS = 256;

function symbolOf(sent: string): string | null {
  let symbol = symbols.get(sent);
  if (symbol === undefined) {
    symbol = findUnit(sent)?.symbol ?? null;
    if (symbols.size < MAX_SYMBOLS) symbols.set(sent, symbol);
  }
  return symbol;
}

/** `(count)(0-0:96.7.19)` and then a time and a duration for each. */
function readPowerFailures(out: Draft, values: readonly DataValue[], zone: string | undefined): void {
  for (let i = 2; i + 1 < values.length; i += 2) {
    const end = p1Time(values[i]!.value, zone);
    const duration = decimalOf(values[i + 1]!.value);
    if (end !== undefined && duration?.power === 0) {
      out.powerFailures.push({ end, durationS: Number(duration.raw) });
    }
  }
}

/** `(count)(1-0:1.6.0)(1-0:1.6.0)` and then end of month, time of the peak and the peak for each. */
function readMonthDemands(out: Draft, values: readonly DataValue[], zone: string | undefined): void {
  for (let i = 3; i + 2 < values.length; i += 3) {
    const month = p1Time(values[i]!.value, zone);
    const peak = p1Time(values[i + 1]!.value, zone);
    const { value: text, unit } = values[i + 2]!;
    const value = decimalOf(text);
    if (month === undefined || peak === undefined || value === undefined || unit === undefined) return;
    out.monthDemands.push({ month, peak, value, unit: symbolOf(unit) });
  }
}

function readMbus(
  devices: Map<number, DeviceDraft>,
  { values }: P1Record,
  obis: string,
  zone: string | undefined,
): void {
  const channel = Number(obis[2]);
  let device = devices.get(channel);
  if (device === undefined) {
    device = { channel, readings: [] };
    devices.set(channel, device);
  }
  const what = obis.slice(4);
  if (what === '24.1.0') device.deviceType = wholeNumber(values[0]);
  else if (what === '24.4.0' || what === '96.3.10') device.valve = wholeNumber(values[0]);
  else if (what === '24.3.0') readOldBlock(device, values, zone, channel);
  // Belgium names the meter in 96.1.1, others in 96.1.0; 96.1.2 is the number of the connection
  else if (what === '96.1.0' || what === '96.1.1') {
    if (values[0]!.value !== '') device.id ??= plainText(values[0]!.value);
  } else {
    const reading = readingOf(obis, values, zone);
    if (reading !== undefined) device.readings.push(reading);
  }
}

/**
 * Versions 2 and 3: `(time)(status)(minutes)(count)`, then a name and a unit for each value, then the values
 * on the next line.
 */
function readOldBlock(
  device: DeviceDraft,
  values: readonly DataValue[],
  zone: string | undefined,
  channel: number,
): void {
  const time = p1Time(values[0]?.value ?? '', zone);
  const periodMin = wholeNumber(values[2]);
  if (periodMin !== undefined) device.periodMin = periodMin;
  const count = wholeNumber(values[3]) ?? 0;
  for (let i = 0; i < count && 4 + 2 * count + i < values.length; i++) {
    const sentUnit = values[5 + 2 * i]!.value;
    const value = decimalOf(values[4 + 2 * count + i]!.value);
    if (value === undefined) continue;
    const name = values[4 + 2 * i]!.value;
    const obis = name === '' ? `0-${channel}:24.2.1` : name;
    device.readings.push({ obis, value, unit: symbolOf(sentUnit), sentUnit, ...(time && { time }) });
  }
}
