/** Messages as readings: OBIS code, exact value, unit and time; then as the push message that is stored. */
import { Quality } from '@openami/model';
import { hexOf, i32At } from '../bytes.ts';
import { type Decimal, decimalNumber } from '../decimal.ts';
import { cosemUnit } from '../dlms/cosem/units.ts';
import type { PushMessage } from '../push/message.ts';
import { type RegisterReading, registerSeries } from '../push/registers.ts';
import type { SmlBodyOf } from './messages.ts';
import { quirksOf, type SmlQuirk } from './quirks.ts';
import { describeServerId, type SmlServer } from './server-id.ts';
import type { SmlInteger, SmlValue } from './tlv.ts';
import type { SmlFile } from './transport.ts';
import type { SmlTime } from './values.ts';

export interface SmlReading {
  /** `1-0:1.8.0*255`; hex where the name has not six bytes. */
  readonly obis: string;
  /** As sent. */
  readonly sent: SmlValue;
  /** The number that was meant, with its power of ten; absent where the value is none. */
  readonly value?: Decimal;
  /** Symbol of the model, null where the unit has none or none was sent. */
  readonly unit: string | null;
  readonly unitCode?: number;
  readonly status?: number | bigint;
  readonly time?: SmlTime;
  /** Of the entry or of its period. */
  readonly signature?: Uint8Array;
  /** The quirk for which `value` is not what was sent. */
  readonly quirk?: string;
}

export interface SmlReadings {
  readonly server: SmlServer;
  /** Seconds between periods; 0 for a list of present values. */
  readonly intervalS: number;
  /** When the meter made the list or profile. */
  readonly time?: SmlTime;
  readonly readings: readonly SmlReading[];
}

/** The meter of the first list or profile of a file. */
export function serverOfSml({ messages }: SmlFile): SmlServer | undefined {
  for (const { body } of messages) {
    const isRead =
      body.type === 'get-list-response' ||
      body.type === 'get-profile-list-response' ||
      body.type === 'get-profile-pack-response';
    if (isRead) return describeServerId(body.serverId);
  }
  return undefined;
}

/** Readings of every list and profile of a file, in order. */
export function readingsOfSml({ messages }: SmlFile): SmlReadings[] {
  const out: SmlReadings[] = [];
  for (const { body } of messages) {
    if (body.type === 'get-list-response') out.push(ofList(body));
    else if (body.type === 'get-profile-list-response') out.push(ofProfileList(body));
    else if (body.type === 'get-profile-pack-response') out.push(ofProfilePack(body));
  }
  return out;
}

function ofList({ serverId, actSensorTime, entries }: SmlBodyOf<'get-list-response'>): SmlReadings {
  const server = describeServerId(serverId);
  const quirks = quirksOf(server);
  const readings = entries.map((entry) =>
    readingOf(entry, entry.value, quirks, entry.status, entry.valTime, entry.valueSignature),
  );
  return { server, intervalS: 0, time: actSensorTime, readings };
}

function ofProfileList(body: SmlBodyOf<'get-profile-list-response'>): SmlReadings {
  const { serverId, status, valTime } = body;
  const server = describeServerId(serverId);
  const quirks = quirksOf(server);
  const readings = body.periods.map((period) =>
    readingOf(period, period.value, quirks, status, valTime, period.valueSignature ?? body.periodSignature),
  );
  return { server, intervalS: body.regPeriod, time: body.actTime, readings };
}

/** A value without a column has no name and no unit, but is told. */
const unnamed = { objName: new Uint8Array(0) };

function ofProfilePack(body: SmlBodyOf<'get-profile-pack-response'>): SmlReadings {
  const server = describeServerId(body.serverId);
  const quirks = quirksOf(server);
  const readings: SmlReading[] = [];
  for (const { valTime, status, values, periodSignature } of body.periods) {
    for (const [i, { value, valueSignature }] of values.entries()) {
      const signature = valueSignature ?? periodSignature;
      readings.push(readingOf(body.headers[i] ?? unnamed, value, quirks, status, valTime, signature));
    }
  }
  return { server, intervalS: body.regPeriod, time: body.actTime, readings };
}

interface NamedUnit {
  readonly objName: Uint8Array;
  readonly unit?: number;
  readonly scaler?: number;
}

function readingOf(
  { objName, unit: unitCode, scaler }: NamedUnit,
  sent: SmlValue,
  quirks: readonly SmlQuirk[],
  status: number | bigint | undefined,
  time: SmlTime | undefined,
  signature: Uint8Array | undefined,
): SmlReading {
  const obis = obisText(objName);
  const unit = unitCode === undefined ? null : (cosemUnit(unitCode)?.unit ?? null);
  const isNumber = sent.type === 'integer' || sent.type === 'unsigned';
  const quirk = isNumber && quirks.length > 0 ? mended(obis, sent, quirks) : undefined;
  const raw = quirk?.raw ?? (isNumber ? sent.value : undefined);
  const value = raw === undefined ? undefined : { raw, power: scaler ?? 0 };
  return { obis, sent, value, unit, unitCode, status, time, signature, quirk: quirk?.name };
}

function mended(
  obis: string,
  sent: SmlInteger,
  quirks: readonly SmlQuirk[],
): { readonly raw: number | bigint; readonly name: string } | undefined {
  for (const { name, objects, mend } of quirks) {
    const raw = objects.includes(obis) ? mend(sent) : undefined;
    if (raw !== undefined) return { raw, name };
  }
  return undefined;
}

/** Texts of codes that were met: a meter sends the same few all its life. */
const texts = new Map<number, string>();
const MAX_TEXTS = 4_096;

/** The six bytes of an OBIS code as `1-0:1.8.0*255`; hex for another number of bytes. */
export function obisText(name: Uint8Array): string {
  if (name.length !== 6) return hexOf(name);
  const key = i32At(name, 0) * 0x1_0000 + ((name[4]! << 8) | name[5]!);
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = `${name[0]}-${name[1]}:${name[2]}.${name[3]}.${name[4]}*${name[5]}`;
  if (texts.size < MAX_TEXTS) texts.set(key, text);
  return text;
}

/** A clock that shows an earlier year was never set. */
const EARLIEST_S = 946_684_800;

/** Seconds since 1970 of a time that tells them; undefined for an index of seconds or a clock never set. */
export function utcSecondsOf(time: SmlTime | undefined): number | undefined {
  if (time === undefined || time.kind === 'secIndex') return undefined;
  return time.seconds >= EARLIEST_S ? time.seconds : undefined;
}

export interface SmlPushOptions {
  /** When the file came, seconds since 1970: the time of readings whose meter tells none. */
  readonly receivedS: number;
  /** The meter, where the listener knows it better than the file does. */
  readonly device?: string;
}

/**
 * The file as a push message: every number with a unit the model knows, as a series of one value at the
 * meter's own time. Text, signatures and numbers without unit are not readings and left out. Profiles are
 * told as registers at the end of their periods, which is what SML profiles hold.
 */
export function toPush(file: SmlFile, { receivedS, device }: SmlPushOptions): PushMessage {
  const lists = readingsOfSml(file);
  const registers: RegisterReading[] = [];
  for (const { readings, time } of lists) {
    const listS = utcSecondsOf(time);
    for (const reading of readings) {
      const { obis, value, unit } = reading;
      if (value === undefined || unit === null) continue;
      const endS = utcSecondsOf(reading.time) ?? listS ?? receivedS;
      registers.push({ quantity: obis, unit, endS, value: decimalNumber(value), quality: Quality.raw });
    }
  }
  const sentS = lists.map(({ time }) => utcSecondsOf(time)).find((second) => second !== undefined);
  return {
    device: device ?? lists[0]?.server.text ?? '',
    sentMs: sentS === undefined ? 0 : sentS * 1_000,
    series: registerSeries(registers),
    events: [],
    rejects: [],
    rejectCount: 0,
  };
}
