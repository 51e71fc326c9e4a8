/** A telegram as the message of OpenAMI devices, which the head-end stores. */
import {
  findUnit,
  formatObis,
  formatReadingType,
  type MbusMeaning,
  meaningOfMbus,
  obisOfReadingType,
  Phase,
  Quality,
} from '@openami/model';
import type { PushMessage } from '../push/message.ts';
import { addRegister, type RegisterReading, sortedSeries } from '../push/registers.ts';
import { dataFunctions, type RecordHead } from './record/head.ts';
import { profileOf, profilePoints } from './record/profile.ts';
import { type MbusTime, secondsOfTime } from './record/time.ts';
import { MbusRecord, numberOf } from './record/value.ts';
import type { VifTableName } from './record/vif-table.ts';
import type { MbusTelegram } from './telegram.ts';

export interface ToPushOptions {
  /** When the telegram came, seconds since 1970: for values of a meter that tells no time. */
  readonly receivedS: number;
  /** How far the meter's clock is ahead of UTC in winter, seconds. Meters tell local time and not where. */
  readonly offsetS?: number;
}

/**
 * Every record with a meaning: the present ones at the meter's own time, else when they came; values of the
 * past that have a date of the same storage as register readings of that time. Text, states, values of
 * sub-units and those the meter says are not valid are left out.
 */
export function toPush(telegram: MbusTelegram, { receivedS, offsetS = 0 }: ToPushOptions): PushMessage {
  const times = timesByStorage(telegram.records, offsetS);
  const registers: Registers = new Map();
  for (const record of telegram.records) {
    const named = quantityOf(record, telegram.meter?.type ?? 0);
    if (named === undefined) continue;
    const { storage } = record.head;
    const endS = times.get(storage) ?? (storage === 0 ? receivedS : undefined);
    if (endS === undefined) continue;
    addRegister(registers, { ...named, endS, quality: Quality.raw });
  }
  for (const record of telegram.records) addProfile(record, telegram, offsetS, registers);
  return {
    device: telegram.meter?.id ?? '',
    sentMs: (times.get(0) ?? 0) * 1000,
    series: sortedSeries(registers),
    events: [],
    rejects: [],
    rejectCount: 0,
  };
}

type Registers = Map<string, RegisterReading[]>;

interface Named {
  readonly quantity: string;
  readonly unit: string;
  readonly value: number;
}

/** Register readings of a compact profile that builds on a value and a time of the same storage. */
function addProfile(record: MbusRecord, telegram: MbusTelegram, offsetS: number, registers: Registers): void {
  const profile = profileOf(record);
  if (profile === undefined || !isRegister(record.head.quantity)) return;
  const { storage, tariff, quantity } = record.head;
  const same = telegram.records.filter(({ head }) => head.storage === storage && head.subunit === 0);
  const time = same.find((one) => one.time?.valid && one.head.modifiers.length === 0)?.time;
  const base = same.find(({ head, raw }) => {
    return (
      head.quantity === quantity && head.tariff === tariff && raw !== undefined && head.modifiers.length === 0
    );
  });
  if (time === undefined || base === undefined) return;
  for (const { endS, raw } of profilePoints(profile, base, endOfDate(time), offsetS)) {
    const point = new MbusRecord(base.head, base.data, {
      raw,
      text: undefined,
      time: undefined,
      flaw: undefined,
    });
    const named = quantityOf(point, telegram.meter?.type ?? 0);
    if (named !== undefined) addRegister(registers, { ...named, endS, quality: Quality.raw });
  }
}

/** The moment of each storage number: its date and time, else its date. */
function timesByStorage(records: readonly MbusRecord[], offsetS: number): Map<number, number> {
  const found = new Map<number, MbusTime>();
  for (const { head, time } of records) {
    const { quantity, storage, subunit, modifiers } = head;
    if (time === undefined || (quantity !== 'date' && quantity !== 'date-time')) continue;
    if (head.function !== 'instantaneous' || subunit !== 0 || modifiers.length > 0) continue;
    // today's date alone is no moment of reading
    if (storage === 0 && time.type === 'G') continue;
    const better = found.get(storage)?.type === 'G' && time.type !== 'G';
    if (time.valid && (better || !found.has(storage))) found.set(storage, time);
  }
  const out = new Map<number, number>();
  for (const [storage, time] of found) {
    const seconds = secondsOfTime(endOfDate(time), offsetS);
    if (seconds !== undefined) out.set(storage, seconds);
  }
  return out;
}

/** A due date is over at midnight: its value is that of the end of the day. */
function endOfDate(time: MbusTime): MbusTime {
  return time.type === 'G' ? { ...time, type: 'F', hour: 24 } : time;
}

const phases: Readonly<Record<string, number>> = {
  'phase-l1': Phase.a,
  'phase-l2': Phase.b,
  'phase-l3': Phase.c,
  neutral: Phase.neutral,
};
const harmless = /^(?:correction:|positive-only$|negative-only$)/;
const tables: ReadonlySet<VifTableName> = new Set(['primary', 'fb', 'fd']);

/** What a channel of the store is named by: the value needs no conversion, the unit is the record's own. */
type Channel = Pick<Named, 'quantity' | 'unit'>;

/** Heads come again and again: what they mean is found once for each device type. */
const channels = new WeakMap<RecordHead, Map<number, Channel | null>>();

function quantityOf(record: MbusRecord, medium: number): Named | undefined {
  const { head } = record;
  let byMedium = channels.get(head);
  if (byMedium === undefined) {
    byMedium = new Map();
    channels.set(head, byMedium);
  }
  let channel = byMedium.get(medium);
  if (channel === undefined) {
    channel = channelOf(head, medium) ?? null;
    byMedium.set(medium, channel);
  }
  const value = channel === null ? undefined : numberOf(record);
  return channel === null || value === undefined ? undefined : { ...channel, value };
}

function channelOf(head: RecordHead, medium: number): Channel | undefined {
  const { table, vif, tariff, storage, modifiers } = head;
  if (head.subunit !== 0 || !tables.has(table)) return undefined;
  const phase = modifiers.find((name) => Object.hasOwn(phases, name));
  if (!modifiers.every((name) => name === phase || harmless.test(name))) return undefined;
  const meaning = meaningOfMbus({
    medium,
    table: table as 'primary' | 'fb' | 'fd',
    vif,
    function: dataFunctions.indexOf(head.function),
    tariff,
    // of the past: what it measures is the same, and its time is told beside it
    storage: 0,
    received: modifiers.includes('negative-only'),
    phase: phase === undefined ? undefined : phases[phase],
  });
  const unit = findUnit(head.unit === 'hca' ? 'count' : head.unit);
  if (meaning === undefined || unit?.dimension !== meaning.unit.dimension) return undefined;
  if (storage !== 0 && !isRegister(head.quantity)) return undefined;
  return { quantity: quantityOfMeaning(meaning), unit: unit.symbol };
}

/** The name of what is measured: its OBIS code, else its reading type. */
export function quantityOfMeaning({ readingType }: MbusMeaning): string {
  const obis = obisOfReadingType(readingType);
  return obis === undefined ? formatReadingType(readingType) : formatObis(obis);
}

const registers = new Set(['energy', 'volume', 'reactive-energy', 'apparent-energy', 'heat-cost-allocation']);
const isRegister = (quantity: string): boolean => registers.has(quantity);
