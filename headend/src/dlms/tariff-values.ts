/**
 * Activity calendar (class 20), special days (class 11) and push set-up (class 40) between COSEM values and
 * the plain ones of commands. Pure; names of seasons and weeks are text, or `0x…` where they are not.
 */
import {
  bytesOf,
  type CosemValue,
  type DeviationQuirk,
  dateTimeOf,
  decodeCaptureObjects,
  decodeDate,
  decodeDateTime,
  decodeTime,
  dlmsErrors,
  elementsOf,
  encodeCaptureObject,
  encodeDate,
  encodeDateTime,
  encodeTime,
  isoDate,
  isoTime,
  logicalNameBytes,
  logicalNameText,
  numberOf,
  utcSecondsOf,
  wildcards,
} from '@openami/wire/dlms';
import type { ActivityCalendar, SpecialDays } from '../commands/calendar.ts';

const octets = (value: Uint8Array): CosemValue => ({ type: 'octet-string', value });
const unsigned = (value: number): CosemValue => ({ type: 'unsigned', value });
const longUnsigned = (value: number): CosemValue => ({ type: 'long-unsigned', value });
const structure = (...elements: CosemValue[]): CosemValue => ({ type: 'structure', elements });
const array = (elements: CosemValue[]): CosemValue => ({ type: 'array', elements });

const CALENDAR = 'Blue Book, class 20';
const SPECIAL_DAYS = 'Blue Book, class 11';
const PUSH = 'Blue Book, class 40';

function wrong(what: string, clause: string) {
  return dlmsErrors.DLMS_BAD_VALUE(`no ${what} (${clause})`, { clause });
}

function partsOf(value: CosemValue | undefined, what: string, clause: string): readonly CosemValue[] {
  const parts = value && elementsOf(value);
  if (parts === undefined) throw wrong(what, clause);
  return parts;
}

function octetsOf(value: CosemValue | undefined, what: string, clause: string): Uint8Array {
  const bytes = value && bytesOf(value);
  if (bytes === undefined) throw wrong(what, clause);
  return bytes;
}

function wholeOf(value: CosemValue | undefined, what: string, clause: string): number {
  const number = value && numberOf(value);
  if (number === undefined) throw wrong(what, clause);
  return number;
}

/** Printable text as it is, anything else in hexadecimal. */
function nameText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return /^[\x20-\x7e]*$/.test(text) ? text : `0x${Buffer.from(bytes).toString('hex')}`;
}

function nameBytes(text: string): Uint8Array {
  return Uint8Array.from(
    /^0x([0-9a-f]{2})+$/.test(text) ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text, 'latin1'),
  );
}

/** Attributes 2 to 5, or 6 to 9: name, seasons, weeks, days. */
export type CalendarValues = readonly [CosemValue, CosemValue, CosemValue, CosemValue];

export function encodeCalendar({ name, seasons, weeks, days }: ActivityCalendar): CalendarValues {
  const switchOf = ({ at, script, selector }: ActivityCalendar['days'][number]['switches'][number]) => {
    const [hour, minute] = at.split(':').map(Number) as [number, number];
    const time = encodeTime({ hour, minute, second: 0, hundredths: 0 });
    return structure(octets(time), octets(logicalNameBytes(script)), longUnsigned(selector));
  };
  return [
    octets(nameBytes(name)),
    array(
      seasons.map((one) =>
        structure(octets(nameBytes(one.name)), octets(everyYear(one.start)), octets(nameBytes(one.week))),
      ),
    ),
    array(weeks.map((one) => structure(octets(nameBytes(one.name)), ...one.days.map(unsigned)))),
    // A meter runs through the switches of a day in the order of their times.
    array(
      days.map(({ id, switches }) =>
        structure(unsigned(id), array([...switches].sort((a, b) => (a.at < b.at ? -1 : 1)).map(switchOf))),
      ),
    ),
  ];
}

/** Midnight of a day of every year. */
function everyYear(monthDay: string): Uint8Array {
  const [month, day] = monthDay.split('-').map(Number) as [number, number];
  return encodeDateTime({
    ...{ year: wildcards.year, month, day, dayOfWeek: wildcards.dayOfWeek },
    ...{ hour: 0, minute: 0, second: 0, hundredths: 0 },
    ...{ deviation: wildcards.deviation, status: 0 },
  });
}

/** Raises DLMS_BAD_VALUE. */
export function decodeCalendar([name, seasons, weeks, days]: CalendarValues): ActivityCalendar {
  const text = (value: CosemValue | undefined, what: string) => nameText(octetsOf(value, what, CALENDAR));
  return {
    name: text(name, 'calendar name'),
    seasons: partsOf(seasons, 'season profile', CALENDAR).map((one) => {
      const [own, start, week] = partsOf(one, 'season', CALENDAR);
      return { name: text(own, 'season name'), start: startText(start), week: text(week, 'week name') };
    }),
    weeks: partsOf(weeks, 'week profile table', CALENDAR).map((one) => {
      const [own, ...ids] = partsOf(one, 'week', CALENDAR);
      return { name: text(own, 'week name'), days: ids.map((id) => wholeOf(id, 'day id', CALENDAR)) };
    }),
    days: partsOf(days, 'day profile table', CALENDAR).map((one) => {
      const [id, schedule] = partsOf(one, 'day', CALENDAR);
      return { id: wholeOf(id, 'day id', CALENDAR), switches: switchesOf(schedule) };
    }),
  };
}

function switchesOf(schedule: CosemValue | undefined) {
  return partsOf(schedule, 'day schedule', CALENDAR).map((one) => {
    const [time, script, selector] = partsOf(one, 'day action', CALENDAR);
    const instance = logicalNameText(octetsOf(script, 'script table', CALENDAR));
    if (instance === undefined) throw wrong('script table', CALENDAR);
    return {
      at: isoTime(decodeTime(octetsOf(time, 'start time', CALENDAR))).replace(/:(00|\*\*)$/, ''),
      script: instance,
      selector: wholeOf(selector, 'script selector', CALENDAR),
    };
  });
}

/** `11-01`; what has a year of its own or is not a plain day of the year as it stands. */
function startText(value: CosemValue | undefined): string {
  const text = isoDate(decodeDateTime(octetsOf(value, 'season start', CALENDAR)));
  return text.replace(/^\*{4}-/, '');
}

/** When the passive calendar becomes active, UTC seconds; null for not. */
export function activationOf(
  value: CosemValue,
  quirk: DeviationQuirk,
  localOffsetMinutes?: number,
): number | null {
  try {
    return utcSecondsOf(octetsOf(value, 'activation time', CALENDAR), quirk, localOffsetMinutes);
  } catch {
    // Not specified, or not a moment: it will not come.
    return null;
  }
}

/** The activation time that never comes. */
export const neverActivated: CosemValue = octets(
  encodeDateTime({
    ...{ year: wildcards.year, month: wildcards.month, day: wildcards.day, dayOfWeek: wildcards.dayOfWeek },
    ...{ hour: wildcards.hour, minute: wildcards.minute, second: wildcards.second },
    ...{ hundredths: wildcards.hundredths, deviation: wildcards.deviation, status: wildcards.status },
  }),
);

export function activationAt(atS: number, quirk: DeviationQuirk, localOffsetMinutes?: number): CosemValue {
  return octets(dateTimeOf(atS, localOffsetMinutes, quirk));
}

/** Attribute 2 of class 11; numbered from 1. */
export function encodeSpecialDays(days: SpecialDays): CosemValue {
  return array(
    days.map(({ date, dayId }, at) => {
      const [year, month, day] = date.split('-') as [string, string, string];
      const bytes = encodeDate({
        year: year === '****' ? wildcards.year : Number(year),
        ...{ month: Number(month), day: Number(day), dayOfWeek: wildcards.dayOfWeek },
      });
      return structure(longUnsigned(at + 1), octets(bytes), unsigned(dayId));
    }),
  );
}

/** Raises DLMS_BAD_VALUE. */
export function decodeSpecialDays(value: CosemValue): SpecialDays {
  return partsOf(value, 'table', SPECIAL_DAYS).map((entry) => {
    const [, date, dayId] = partsOf(entry, 'entry', SPECIAL_DAYS);
    return {
      date: isoDate(decodeDate(octetsOf(date, 'date', SPECIAL_DAYS))),
      dayId: wholeOf(dayId, 'day id', SPECIAL_DAYS),
    };
  });
}

/** Transport service of a push, by its number. */
const transports = ['tcp', 'udp', 'ftp', 'smtp', 'sms', 'hdlc', 'mbus', 'zigbee'] as const;

/** `class/obis/attribute`, and `/n` for the nth element alone. */
export function encodePushObjects(objects: readonly string[]): CosemValue {
  return array(
    objects.map((text) => {
      const [classId, instance, attribute, dataIndex = '0'] = text.split('/');
      return encodeCaptureObject({
        ...{ classId: Number(classId), instance: instance!, attribute: Number(attribute) },
        dataIndex: Number(dataIndex),
      });
    }),
  );
}

/** Raises DLMS_BAD_VALUE. */
export function decodePushObjects(value: CosemValue): string[] {
  return decodeCaptureObjects(value).map(({ classId, instance, attribute, dataIndex }) =>
    [classId, instance, attribute, ...(dataIndex === 0 ? [] : [dataIndex])].join('/'),
  );
}

/** Attribute 3 of class 40; how a message is written stays as it is in the meter. */
export function encodeDestination(
  destination: string,
  transport: string,
  before: CosemValue | undefined,
): CosemValue {
  const [, , message] = (before && elementsOf(before)) ?? [];
  const service = (transports as readonly string[]).indexOf(transport);
  return structure(
    { type: 'enum', value: service },
    octets(Uint8Array.from(Buffer.from(destination, 'latin1'))),
    message ?? { type: 'enum', value: 0 },
  );
}

/** Raises DLMS_BAD_VALUE. */
export function decodeDestination(value: CosemValue): { destination: string; transport: string } {
  const [service, destination] = partsOf(value, 'destination', PUSH);
  const number = wholeOf(service, 'transport service', PUSH);
  return {
    destination: nameText(octetsOf(destination, 'destination', PUSH)),
    transport: transports[number] ?? `other ${number}`,
  };
}
