/** Clock (class 8, Blue Book "Clock"): time with zone and daylight saving, setting and shifting. */
import { clockStatusBits, dateTimeOf, decodeDateTime, utcSecondsOf, wildcards } from '../../date-time.ts';
import { bytesOf, numberOf } from '../../value.ts';
import { type Behaviour, done, mismatch, type Place } from '../behaviour.ts';
import { octets, unsigned } from '../make.ts';
import type { MeterState } from '../meter-state.ts';

const MAX_SHIFT_S = 900;

export const clock: Behaviour = {
  read(place, attribute) {
    const { meter } = place;
    if (attribute === 2) return octets(localTimeBytes(meter, Math.floor(meter.nowS)));
    if (attribute === 4) return unsigned(localTimeBytes(meter, Math.floor(meter.nowS))[11]!);
    return undefined;
  },

  write({ meter }, attribute, value) {
    if (attribute !== 2) return undefined;
    const bytes = bytesOf(value);
    if (bytes?.length !== 12) return 'type-unmatched';
    const utcS = utcOf(meter, bytes);
    if (utcS === undefined) return 'other-reason';
    setClock(meter, utcS);
    return 'success';
  },

  invoke(place, method, parameter) {
    const { meter } = place;
    const { nowS } = meter;
    if (method === 1) setClock(meter, Math.round(nowS / 900) * 900);
    else if (method === 3) setClock(meter, Math.round(nowS / 60) * 60);
    else if (method === 4 || method === 5) return preset(place, method, parameter);
    else if (method === 6) {
      const shift = numberOf(parameter);
      if (shift === undefined || Math.abs(shift) > MAX_SHIFT_S) return mismatch;
      setClock(meter, nowS + shift);
    } else return { result: 'other-reason' };
    return done;
  },
};

function preset(
  { meter, object }: Place,
  method: number,
  parameter: Parameters<NonNullable<Behaviour['invoke']>>[2],
) {
  if (method === 5) {
    const [time] = 'elements' in parameter ? parameter.elements : [];
    const bytes = time && bytesOf(time);
    if (bytes?.length !== 12) return mismatch;
    meter.kept.set(object, utcOf(meter, bytes));
    return done;
  }
  const timeS = meter.kept.get(object);
  if (typeof timeS !== 'number') return { result: 'other-reason' } as const;
  setClock(meter, timeS);
  return done;
}

function setClock(meter: MeterState, utcS: number): void {
  meter.clockOffsetS = utcS - meter.env.nowS();
  meter.happened('clock-set');
}

/** Seconds since 1970 of 12 bytes in this meter; undefined when they are no moment. */
export function utcOf(meter: MeterState, bytes: Uint8Array): number | undefined {
  try {
    return utcSecondsOf(bytes, 'standard', offsetMinutes(meter, meter.nowS));
  } catch {
    return undefined;
  }
}

/** The 12 bytes of a moment as this meter shows it. */
export function localTimeBytes(meter: MeterState, utcS: number): Uint8Array {
  const zone = zoneOf(meter);
  const saving = zone.savingMinutes !== 0 && isDaylight(zone, utcS);
  const offset = zone.minutes + (saving ? zone.savingMinutes : 0);
  return dateTimeOf(utcS, offset, 'standard', saving ? clockStatusBits.daylightSaving : 0);
}

export function offsetMinutes(meter: MeterState, utcS: number): number {
  const zone = zoneOf(meter);
  return zone.minutes + (zone.savingMinutes !== 0 && isDaylight(zone, utcS) ? zone.savingMinutes : 0);
}

interface Zone {
  /** East of UTC. */
  readonly minutes: number;
  /** 0 when daylight saving is not enabled. */
  readonly savingMinutes: number;
  readonly begin: Uint8Array | undefined;
  readonly end: Uint8Array | undefined;
}

function zoneOf(meter: MeterState): Zone {
  const object = meter.model.find(8, '0.0.1.0.0.255');
  if (object === undefined) return { minutes: 0, savingMinutes: 0, begin: undefined, end: undefined };
  const enabled = meter.value(object, 8);
  const begin = meter.value(object, 5);
  const end = meter.value(object, 6);
  return {
    minutes: 0 - (meter.numberAt(object, 3) ?? 0),
    savingMinutes: enabled?.type === 'boolean' && enabled.value ? (meter.numberAt(object, 7) ?? 0) : 0,
    begin: begin && bytesOf(begin),
    end: end && bytesOf(end),
  };
}

/** Begin is in normal time, end in summer time; each is a date or "the last weekday of a month". */
function isDaylight({ minutes, savingMinutes, begin, end }: Zone, utcS: number): boolean {
  if (begin?.length !== 12 || end?.length !== 12) return false;
  const year = new Date((utcS + minutes * 60) * 1000).getUTCFullYear();
  const from = momentOf(begin, year) - minutes * 60;
  const to = momentOf(end, year) - (minutes + savingMinutes) * 60;
  return from <= to ? utcS >= from && utcS < to : utcS >= from || utcS < to;
}

/** Local seconds of a yearly moment. */
function momentOf(bytes: Uint8Array, year: number): number {
  const { month, day, dayOfWeek, hour, minute } = decodeDateTime(bytes);
  const isLast = day === wildcards.lastDay;
  const at = new Date(Date.UTC(year, isLast ? month : month - 1, isLast ? 0 : day, hour, minute));
  if (dayOfWeek !== wildcards.dayOfWeek && isLast) {
    at.setUTCDate(at.getUTCDate() - (((at.getUTCDay() || 7) - dayOfWeek + 7) % 7));
  }
  return at.getTime() / 1000;
}
