/**
 * Values by the flat names that users of open wireless M-Bus tools know, `<what>_<unit>`: what the records
 * of any meter that keeps to the standard say, without a model of the meter.
 *
 *   total_m3   target_m3   target_date   flow_temperature_c   consumption_at_history_1_m3   status
 */
import { mediumName } from './address.ts';
import { statusFlags } from './layer/tpl.ts';
import type { RecordHead } from './record/head.ts';
import { textOfTime } from './record/time.ts';
import { type MbusRecord, numberOf } from './record/value.ts';
import type { MbusTelegram } from './telegram.ts';

export type FlatValue = string | number | null;

/** The usual unit of a unit, its ending in a name, and usual = value × factor (÷ when `divide`). */
interface UsualUnit {
  readonly ending: string;
  readonly times?: number;
  readonly divide?: number;
}

const usualUnits: Readonly<Record<string, UsualUnit>> = {
  Wh: { ending: 'kwh', divide: 1e3 },
  J: { ending: 'kwh', divide: 3.6e6 },
  cal: { ending: 'kwh', divide: 3.6e6, times: 4.1868 },
  varh: { ending: 'kvarh', divide: 1e3 },
  VAh: { ending: 'kvah', divide: 1e3 },
  W: { ending: 'kw', divide: 1e3 },
  'J/h': { ending: 'kw', divide: 3.6e6 },
  var: { ending: 'kvar', divide: 1e3 },
  VA: { ending: 'kva', divide: 1e3 },
  m3: { ending: 'm3' },
  ft3: { ending: 'm3', times: 0.028316846592 },
  'US gal': { ending: 'm3', times: 0.003785411784 },
  'm3/h': { ending: 'm3h' },
  'm3/min': { ending: 'm3h', times: 60 },
  'm3/s': { ending: 'm3h', times: 3600 },
  kg: { ending: 'kg' },
  'kg/h': { ending: 'kgh' },
  degC: { ending: 'c' },
  K: { ending: 'c' },
  bar: { ending: 'bar' },
  V: { ending: 'v' },
  A: { ending: 'a' },
  Hz: { ending: 'hz' },
  '%': { ending: 'rh' },
  hca: { ending: 'hca' },
  dBm: { ending: 'dbm' },
};

/** Times in hours for what runs for years, in seconds for what tells how old something is. */
const hours: Readonly<Record<string, number>> = { s: 1 / 3600, min: 1 / 60, h: 1, d: 24 };
const seconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };
const years: Readonly<Record<string, number>> = { h: 1 / 8765.82, d: 1 / 365.2425, month: 1 / 12, year: 1 };

/** Counts that go on and on: total, at the due date, in history. */
const counted: Readonly<Record<string, string>> = {
  energy: 'energy',
  'reactive-energy': 'reactive_energy',
  'apparent-energy': 'apparent_energy',
  volume: 'volume',
  mass: 'mass',
  'heat-cost-allocation': '',
};

const measured: Readonly<Record<string, string>> = {
  power: 'power',
  'reactive-power': 'reactive_power',
  'apparent-power': 'apparent_power',
  'volume-flow': 'volume_flow',
  'mass-flow': 'mass_flow',
  'flow-temperature': 'flow_temperature',
  'return-temperature': 'return_temperature',
  'temperature-difference': 'flow_return_temperature_difference',
  'external-temperature': 'external_temperature',
  pressure: 'pressure',
  voltage: 'voltage',
  current: 'current',
  frequency: 'frequency',
  'relative-humidity': 'relative_humidity',
  'rf-level': 'rf_level',
};

const durations: Readonly<Record<string, readonly [string, Readonly<Record<string, number>>]>> = {
  'on-time': ['on_time_h', hours],
  'operating-time': ['operating_time_h', hours],
  'actuality-duration': ['actuality_duration_s', seconds],
  'averaging-duration': ['averaging_duration_s', seconds],
  'transmission-period': ['transmit_period_s', seconds],
  'battery-remaining-time': ['remaining_battery_life_y', years],
  'battery-operating-time': ['battery_operating_time_y', years],
};

const texts: Readonly<Record<string, string>> = {
  'fabrication-number': 'fabrication_no',
  identification: 'enhanced_id',
  'parameter-set': 'parameter_set',
  'model-version': 'model_version',
  'hardware-version': 'hardware_version',
  'firmware-version': 'firmware_version',
  'software-version': 'software_version',
  'customer-location': 'location',
  customer: 'customer',
};

const HEAT_MEDIA: ReadonlySet<number> = new Set([0x04, 0x0a, 0x0b, 0x0c, 0x0d]);
const ELECTRICITY = 0x02;
const ROOM_SENSOR = 0x1b;

/** Values of a telegram by name, those of the header first. A name that comes twice keeps its first value. */
export function valuesOf(telegram: MbusTelegram): Record<string, FlatValue> {
  const { meter, records } = telegram;
  const medium = meter?.type ?? 0x0f;
  const out: Record<string, FlatValue> = { media: mediumName(medium), id: meter?.id ?? null };
  const status = statusOf(telegram);
  if (status !== undefined) out.status = status;
  for (const record of records) {
    const named = namedValueOf(record, medium);
    if (named !== undefined && !Object.hasOwn(out, named[0])) out[named[0]] = named[1];
  }
  return out;
}

/** Conditions of the status byte and error flags, by name; `OK` when there are none. */
export function statusOf({ status, records }: MbusTelegram): string | undefined {
  const errors = records.filter(({ head }) => isErrorFlags(head));
  if (status === undefined && errors.length === 0) return undefined;
  const flags = status === undefined ? [] : statusFlags(status);
  for (const { raw } of errors) {
    const bits = typeof raw === 'bigint' || Number.isInteger(raw);
    if (raw !== undefined && bits && BigInt(raw) !== 0n)
      flags.push(`ERROR_FLAGS_${raw.toString(16).toUpperCase()}`);
  }
  return flags.length === 0 ? 'OK' : flags.sort().join(' ');
}

/** Error flags, be they the maker's or those of the standard. */
function isErrorFlags(head: RecordHead): boolean {
  const { quantity, modifiers } = head;
  return (
    quantity === 'error-flags' &&
    isPlain({ ...head, modifiers: modifiers.filter((name) => name !== 'standard-conform') })
  );
}

function isPlain(head: RecordHead): boolean {
  return head.storage === 0 && head.tariff === 0 && head.subunit === 0 && head.modifiers.length === 0;
}

/** The name and value of one record, for a device type; undefined for what has no usual name. */
export function namedValueOf(record: MbusRecord, medium: number): readonly [string, FlatValue] | undefined {
  const { head } = record;
  if (head.type === 'time') return timeValue(record);
  const text = texts[head.quantity];
  if (text !== undefined) return isPlain(head) ? [text, record.text ?? numberOf(record) ?? null] : undefined;
  const way = wayOf(head);
  if (way === undefined) return undefined;
  const duration = durations[head.quantity];
  if (duration !== undefined) return durationValue(record, duration);
  const usual = usualUnits[head.unit];
  const name = usual && nameOf(head, way, medium);
  if (usual === undefined || name === undefined) return undefined;
  return [`${name}_${usual.ending}`, usualNumber(numberOf(record), usual)];
}

interface Way {
  readonly back: boolean;
  readonly forth: boolean;
  readonly phase: string;
}

/** What VIFEs say of direction and phase; undefined when they say more than names tell. */
function wayOf({ modifiers }: RecordHead): Way | undefined {
  let [back, forth, phase] = [false, false, ''];
  for (const name of modifiers) {
    if (name === 'negative-only') back = true;
    else if (name === 'positive-only') forth = true;
    else if (name.startsWith('phase-l')) phase = `_at_phase_${name.slice(7)}`;
    else if (!name.startsWith('correction:')) return undefined;
  }
  return { back, forth, phase };
}

function usualNumber(value: number | undefined, { times = 1, divide = 1 }: UsualUnit): number | null {
  return value === undefined ? null : rounded((value * times) / divide);
}

/** Six digits after the point, as these names are known with. */
export function rounded(value: number): number {
  return Math.abs(value) < 1e15 ? Math.round(value * 1e6) / 1e6 : value;
}

function nameOf(head: RecordHead, way: Way, medium: number): string | undefined {
  const what = counted[head.quantity];
  const suffix = `${way.phase}${head.tariff === 0 ? '' : `_tariff_${head.tariff}`}${
    head.subunit === 0 ? '' : `_subunit${head.subunit}`
  }`;
  if (what !== undefined && head.function === 'instantaneous')
    return countName(head, what, way, medium) + suffix;
  const name = measured[head.quantity];
  if (name === undefined || head.function === 'error') return undefined;
  return measuredName(head, name, way, medium) + suffix;
}

function countName(head: RecordHead, what: string, { back, forth }: Way, medium: number): string {
  const { storage } = head;
  const direction = directed(what, back, forth);
  const heat = HEAT_MEDIA.has(medium);
  if (storage > 1) {
    const kind = what === 'volume' && heat ? 'volume' : back ? direction : 'consumption';
    return `${kind}_at_history_${storage - 1}`;
  }
  const when = storage === 0 ? (what === '' ? 'current' : 'total') : 'target';
  if (what === '') return storage === 0 ? 'current_consumption' : when;
  if (what === 'volume' && !heat) return back || forth ? `${when}_${direction}` : when;
  if (what === 'volume' || what === 'mass') return `${when}_${what}${back ? '_backward' : ''}`;
  return `${when}_${what}_${direction}`;
}

function directed(what: string, back: boolean, forth: boolean): string {
  if (what === 'volume' || what === 'mass') return back ? 'backward' : forth ? 'forward' : '';
  return back ? 'production' : 'consumption';
}

function measuredName(head: RecordHead, name: string, { back }: Way, medium: number): string {
  const extreme = head.function === 'maximum' ? 'max_' : head.function === 'minimum' ? 'min_' : '';
  let what = name;
  if (medium === ELECTRICITY && name.endsWith('power')) {
    what = `${extreme === '' ? 'current_' : ''}${name}_${back ? 'production' : 'consumption'}`;
  } else if (extreme !== '' && name === 'volume_flow') what = 'flow';
  else if (medium === ROOM_SENSOR && name.startsWith('external_')) what = 'temperature';
  if (medium === ROOM_SENSOR && extreme === '' && head.storage === 0) {
    if (what === 'temperature' || what === 'relative_humidity') what = `current_${what}`;
  }
  if (head.storage === 0) return `${extreme}${what}`;
  return `${extreme}${what}${head.storage === 1 ? '_at_target' : `_at_history_${head.storage - 1}`}`;
}

function durationValue(
  record: MbusRecord,
  [name, factors]: readonly [string, Readonly<Record<string, number>>],
): readonly [string, FlatValue] | undefined {
  const { head } = record;
  const factor = factors[head.unit];
  if (factor === undefined || head.storage !== 0 || head.tariff !== 0 || head.subunit !== 0) return undefined;
  const value = numberOf(record);
  const unitAt = name.lastIndexOf('_');
  const atError = head.function === 'error' ? '_at_error' : '';
  return [
    `${name.slice(0, unitAt)}${atError}${name.slice(unitAt)}`,
    value === undefined ? null : rounded(value * factor),
  ];
}

/** `2024-09-13 21:30`, with seconds where the meter tells them, `2024-09-13`. */
function timeValue({ head, time }: MbusRecord): readonly [string, FlatValue] | undefined {
  const { quantity, storage, modifiers } = head;
  if ((quantity !== 'date' && quantity !== 'date-time') || head.subunit !== 0) return undefined;
  const next = modifiers.length === 1 && modifiers[0] === 'future';
  if ((modifiers.length > 0 && !next) || time?.type === 'J') return undefined;
  const kind = time === undefined || time.type !== 'G' ? 'datetime' : 'date';
  const owner = storage === 0 ? 'meter' : storage === 1 ? 'target' : `history_${storage - 1}`;
  const text = time?.valid
    ? textOfTime(time)!
        .slice(0, time.type === 'I' ? 19 : 16)
        .replace('T', ' ')
    : null;
  if (head.function === 'error') return [`${owner}_${kind}_at_error`, text];
  return head.function === 'instantaneous' ? [`${next ? 'next_' : ''}${owner}_${kind}`, text] : undefined;
}
