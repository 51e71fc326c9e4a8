/** P1 telegrams against the readings of two other programs (node-dsmr-parser, dsmr_parser). */
import { join } from 'node:path';
import { bytesOfHex } from '../../src/bytes.ts';
import { dataSetText } from '../../src/iec62056-21/data-set.ts';
import {
  decimalNumber,
  decodeP1,
  meaningOfP1,
  type P1Meaning,
  P1Stream,
  type P1Telegram,
  p1Key,
  p1Time,
} from '../../src/p1/index.ts';
import { bytesOfFile, filesOf, type SetScore, textOfFile } from '../vectors.ts';

/** As the origin of the enciphered sample tells them. */
export const sampleKey = p1Key(
  bytesOfHex('0123456789abcdef0123456789abcdef')!,
  bytesOfHex('ffeeddccbbaa99887766554433221100')!,
);

export function scoreVectors(root: string): SetScore[] {
  const folder = join(root, 'dsmr');
  return [
    scoreSet('dsmr/athombv', join(folder, 'athombv'), compareAthom),
    scoreSet('dsmr/ndokter', join(folder, 'ndokter'), compareNdokter),
    scoreSealed(join(folder, 'athombv', 'encrypted')),
  ];
}

type Differences = (telegram: P1Telegram, oracle: Json, notes: string[]) => string[];
// biome-ignore lint/suspicious/noExplicitAny: the oracles' own shapes
type Json = any;

function scoreSet(set: string, folder: string, compare: Differences): SetScore {
  const notes: string[] = [];
  let passed = 0;
  const names = filesOf(folder, '.txt');
  for (const name of names) {
    const own: string[] = [];
    const telegram = decodeP1(bytesOfFile(folder, name), { ignoreCheck: true });
    const oracle = JSON.parse(textOfFile(folder, name.replace(/\.txt$/, '.json'))) as Json;
    const differences = compare(telegram, oracle, own);
    if (differences.length === 0) passed++;
    notes.push(...[...differences, ...own].map((text) => `${name}: ${text}`));
  }
  return { set, total: names.length, passed, notes };
}

class Comparison {
  readonly differences: string[] = [];
  same(what: string, ours: unknown, theirs: unknown): void {
    if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
    this.differences.push(`${what}: ${JSON.stringify(ours)}, the oracle has ${JSON.stringify(theirs)}`);
  }
}

function compareAthom(telegram: P1Telegram, oracle: Json, notes: string[]): string[] {
  const { same, differences } = bound();
  const meaning = meaningOfP1(telegram);
  const { identification } = telegram;
  same(
    'header',
    [identification.maker, identification.baudCode, identification.text],
    [oracle.dsmr.header.xxx, oracle.dsmr.header.z, oracle.dsmr.header.identifier],
  );
  if (oracle.dsmr.crc) {
    same('crc', telegram.crc, oracle.dsmr.crc.value);
    same('crc valid', telegram.check === 'ok', oracle.dsmr.crc.valid);
  }
  const lines = telegram.records.map((record) => record.text ?? dataSetText(record));
  for (const list of [
    oracle.cosem.knownObjects,
    oracle.cosem.unknownObjects ?? [],
    oracle.dsmr.unknownLines ?? [],
  ]) {
    let at = -1;
    for (const object of list as string[]) {
      const found = lines.findIndex(
        (line, i) => i > at && (line.startsWith(object) || line.endsWith(object)),
      );
      same(`line ${object}`, found > at, true);
      at = Math.max(at, found);
    }
  }
  const { metadata } = oracle;
  if (metadata.dsmrVersion) same('version', Number(meaning.version) / 10, metadata.dsmrVersion);
  if (metadata.timestamp) same('local time', `${meaning.time?.local}.000Z`, metadata.timestamp);
  same('meter', rawOf(telegram, '0-0:96.1.1'), metadata.equipmentId);
  if (metadata.textMessage) same('message', rawOf(telegram, '0-0:96.13.0'), metadata.textMessage);
  if (metadata.events) {
    same('failures', countOf(telegram, '0-0:96.7.21'), metadata.events.powerFailures);
    same('long failures', countOf(telegram, '0-0:96.7.9'), metadata.events.longPowerFailures);
  }
  compareElectricity(meaning, oracle.electricity, same);
  for (const [channel, theirs] of Object.entries<Json>(oracle.mBus ?? {})) {
    const device = meaning.mbus.find((one) => one.channel === Number(channel));
    const [reading] = device?.readings ?? [];
    same('device type', device?.deviceType, theirs.deviceType);
    same('device', rawOf(telegram, `0-${channel}:96.1.0`), theirs.equipmentId);
    same('period', device?.periodMin, theirs.recordingPeriodMinutes);
    same('value', reading && decimalNumber(reading.value), theirs.value);
    same('unit', reading?.sentUnit, theirs.unit);
    same('time of the device', `${reading?.time?.local}.000Z`, theirs.timestamp);
    if (reading?.time?.hasSeason === false)
      notes.push('the oracle takes a time without S or W for UTC; it is local');
  }
  return differences;
}

function bound(): { same: Comparison['same']; differences: string[] } {
  const comparison = new Comparison();
  return { same: comparison.same.bind(comparison), differences: comparison.differences };
}

function compareElectricity(meaning: P1Meaning, theirs: Json, same: Comparison['same']): void {
  const inUnits = (obis: string): number | undefined => {
    const reading = meaning.readings.find((one) => one.obis === obis);
    if (reading === undefined) return undefined;
    const { raw, power } = reading.value;
    return reading.unit?.startsWith('k')
      ? decimalNumber({ raw, power: power + 3 })
      : decimalNumber(reading.value);
  };
  for (const [tariff, { received, returned }] of Object.entries<Json>(theirs.tariffs)) {
    same(`received ${tariff}`, inUnits(`1-0:1.8.${tariff}`), received);
    same(`returned ${tariff}`, inUnits(`1-0:2.8.${tariff}`), returned);
  }
  same('tariff', meaning.tariff, theirs.currentTariff);
  same('power received', inUnits('1-0:1.7.0'), theirs.powerReceivedTotal);
  same('power returned', inUnits('1-0:2.7.0'), theirs.powerReturnedTotal);
  const phases = { voltage: 12, current: 11, powerReceived: 1, powerReturned: 2 };
  for (const [name, c] of Object.entries(phases)) {
    for (const [i, phase] of ['l1', 'l2', 'l3'].entries()) {
      same(`${name} ${phase}`, inUnits(`1-0:${c + 20 * (i + 1)}.7.0`), theirs[name]?.[phase]);
    }
  }
}

function rawOf({ records }: P1Telegram, obis: string): string | undefined {
  return records.find((record) => record.obis === obis)?.values[0]?.value;
}

function countOf(telegram: P1Telegram, obis: string): number | undefined {
  const text = rawOf(telegram, obis);
  return text === undefined ? undefined : Number(text);
}

/** Codes of the names that the second oracle uses. */
const names: Readonly<Record<string, string>> = {
  P1_MESSAGE_HEADER: '1-3:0.2.8',
  EQUIPMENT_IDENTIFIER: '0-0:96.1.1',
  EQUIPMENT_IDENTIFIER_GAS: '0-0:96.1.0',
  Q3D_EQUIPMENT_IDENTIFIER: '1-0:0.0.0',
  Q3D_EQUIPMENT_STATE: '1-0:96.5.5',
  Q3D_EQUIPMENT_SERIALNUMBER: '0-0:96.1.255',
  ELECTRICITY_IMPORTED_TOTAL: '1-0:1.8.0',
  ELECTRICITY_USED_TARIFF_1: '1-0:1.8.1',
  ELECTRICITY_USED_TARIFF_2: '1-0:1.8.2',
  ELECTRICITY_DELIVERED_TARIFF_1: '1-0:2.8.1',
  ELECTRICITY_DELIVERED_TARIFF_2: '1-0:2.8.2',
  ELECTRICITY_ACTIVE_TARIFF: '0-0:96.14.0',
  CURRENT_ELECTRICITY_USAGE: '1-0:1.7.0',
  CURRENT_ELECTRICITY_DELIVERY: '1-0:2.7.0',
  SHORT_POWER_FAILURE_COUNT: '0-0:96.7.21',
  LONG_POWER_FAILURE_COUNT: '0-0:96.7.9',
  ACTUAL_SWITCH_POSITION: '0-0:96.3.10',
  TEXT_MESSAGE_CODE: '0-0:96.13.1',
  TEXT_MESSAGE: '0-0:96.13.0',
};

function codeOf(name: string): string | undefined {
  const phase = /_L([123])_(COUNT|POSITIVE|NEGATIVE)$|_L([123])$/.exec(name);
  if (phase === null) return names[name];
  const add = 20 * Number(phase[1] ?? phase[3]);
  if (name.startsWith('VOLTAGE_SAG')) return `1-0:${12 + add}.32.0`;
  if (name.startsWith('VOLTAGE_SWELL')) return `1-0:${12 + add}.36.0`;
  if (name.startsWith('INSTANTANEOUS_VOLTAGE')) return `1-0:${12 + add}.7.0`;
  if (name.startsWith('INSTANTANEOUS_CURRENT')) return `1-0:${11 + add}.7.0`;
  return `1-0:${(name.endsWith('POSITIVE') ? 1 : 2) + add}.7.0`;
}

function compareNdokter(telegram: P1Telegram, oracle: Json, notes: string[]): string[] {
  const { same, differences } = bound();
  const meaning = meaningOfP1(telegram);
  for (const [name, theirs] of Object.entries<Json>(oracle)) {
    if (name === 'P1_MESSAGE_TIMESTAMP') {
      const { time } = meaning;
      // what the clock showed, by the rules of the zone alone: that is how the oracle takes it
      const byZone = time && p1Time(time.local.replace(/\D/g, '').slice(2));
      if (byZone !== undefined && byZone.utcS !== time?.utcS) {
        notes.push(
          `${name}: ${time?.local} is marked as summer time in winter; the oracle overlooks the mark`,
        );
        same(name, byZone.utcS, utcOf(theirs.value));
      } else same(name, time?.utcS, utcOf(theirs.value));
    } else if (name === 'POWER_EVENT_FAILURE_LOG') {
      const ours = meaning.powerFailures.map(({ end, durationS }) => [end.utcS, durationS]);
      same(
        name,
        ours,
        theirs.buffer.map((row: Json) => [utcOf(row.datetime), row.value]),
      );
      same(`${name} length`, ours.length, theirs.buffer_length);
    } else if (name === 'MBUS_DEVICES') compareMbus(telegram, meaning, theirs, same);
    else {
      const record = telegram.records.find(({ obis }) => obis === codeOf(name));
      const [value] = record?.values ?? [];
      same(name, shapeOf(value?.value, theirs.value), theirs.value);
      same(`unit of ${name}`, value?.unit ?? null, theirs.unit);
    }
  }
  return differences;
}

/** As the oracle writes it: numbers as numbers, nothing as null. */
function shapeOf(ours: string | undefined, theirs: unknown): unknown {
  if (ours === '') return null;
  return typeof theirs === 'number' ? Number(ours) : ours;
}

function utcOf(iso: string): number {
  return Date.parse(iso) / 1_000;
}

function compareMbus(telegram: P1Telegram, meaning: P1Meaning, list: Json[], same: Comparison['same']): void {
  for (const theirs of list) {
    const channel = theirs.CHANNEL_ID as number;
    const device = meaning.mbus.find((one) => one.channel === channel);
    const type = theirs.DEVICE_TYPE ?? theirs.MBUS_DEVICE_TYPE;
    same(`type of ${channel}`, device?.deviceType, type?.value);
    const id =
      theirs.EQUIPMENT_IDENTIFIER ?? theirs.EQUIPMENT_IDENTIFIER_GAS ?? theirs.MBUS_EQUIPMENT_IDENTIFIER;
    const sent = rawOf(telegram, `0-${channel}:96.1.0`) ?? rawOf(telegram, `0-${channel}:96.1.1`);
    same(`id of ${channel}`, sent || null, id.value);
    const reading = theirs.HOURLY_GAS_METER_READING ?? theirs.MBUS_METER_READING;
    if (reading === undefined) continue;
    const record = telegram.records.find(({ obis }) => obis === `0-${channel}:24.2.1`);
    const [time, value] = record?.values ?? [];
    same(`value of ${channel}`, Number(value?.value), reading.value);
    same(`unit of ${channel}`, value?.unit ?? null, reading.unit);
    const [ours] = device?.readings ?? [];
    if (reading.unit === null) same(`time of ${channel}`, time?.value, '700101010000W');
    else same(`time of ${channel}`, ours?.time?.utcS, utcOf(reading.datetime));
  }
}

function scoreSealed(folder: string): SetScore {
  const notes: string[] = [];
  let passed = 0;
  const names = filesOf(folder, '.txt');
  for (const name of names) {
    const stream = new P1Stream({ keyFor: () => sampleKey });
    const [result] = stream.push(bytesOfHex(textOfFile(folder, name))!);
    const readings = result?.frame === undefined ? [] : meaningOfP1(result.frame).readings;
    if (readings.length > 0) passed++;
    else notes.push(`${name}: ${result?.error?.code ?? 'nothing'} ${result?.error?.message ?? ''}`);
  }
  return { set: 'dsmr/athombv/encrypted', total: names.length, passed, notes };
}
