/** Clock (class 8, Blue Book "Clock"): time with zone and daylight saving, setting and shifting. */
import {
  clockStatusBits,
  type DeviationQuirk,
  dateTimeOf,
  decodeDateTime,
  deviationOf,
  utcSecondsOf,
  wildcards,
} from '../../date-time.ts';
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
      if (shift === undefined || !(Math.abs(shift) <= MAX_SHIFT_S)) return mismatch;
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
    return utcSecondsOf(bytes, quirkOf(meter), offsetMinutes(meter, meter.nowS));
  } catch {
    return undefined;
  }
}

function quirkOf({ model }: MeterState): DeviationQuirk {
  return model.quirks.deviation ?? 'standard';
}

/** The 12 bytes of a moment as this meter shows it. */
export function localTimeBytes(meter: MeterState, utcS: number): Uint8Array {
  return new LocalTimes(meter).bytesAt(utcS).slice();
}

/** Minutes east of UTC that this meter shows at a moment. */
export function offsetMinutes(meter: MeterState, utcS: number): number {
  return new LocalTimes(meter).offsetAt(utcS);
}

/** Moments in local time, for many in a row: bounds of daylight saving and the date are kept between them. */
export class LocalTimes {
  readonly #minutes: number;
  readonly #savingMinutes: number;
  readonly #quirk: DeviationQuirk;
  readonly #begin: Uint8Array | undefined;
  readonly #end: Uint8Array | undefined;
  #year: Year = noYear;
  #localDay = Number.NaN;
  readonly #bytes = new Uint8Array(12);

  constructor(meter: MeterState) {
    const object = meter.model.find(8, '0.0.1.0.0.255');
    const enabled = object && meter.value(object, 8);
    const begin = object && meter.value(object, 5);
    const end = object && meter.value(object, 6);
    this.#begin = begin && bytesOf(begin);
    this.#end = end && bytesOf(end);
    const isSaving =
      enabled?.type === 'boolean' && enabled.value && this.#begin?.length === 12 && this.#end?.length === 12;
    this.#quirk = quirkOf(meter);
    this.#minutes = object === undefined ? 0 : 0 - (meter.numberAt(object, 3) ?? 0);
    this.#savingMinutes = isSaving ? (meter.numberAt(object!, 7) ?? 0) : 0;
  }

  /** Minutes east of UTC. */
  offsetAt(utcS: number): number {
    return this.#minutes + (this.#isSaving(utcS) ? this.#savingMinutes : 0);
  }

  /** Valid until the next call. */
  bytesAt(utcS: number): Uint8Array {
    const bytes = this.#bytes;
    const saving = this.#isSaving(utcS);
    const offset = this.#minutes + (saving ? this.#savingMinutes : 0);
    const localS = utcS + offset * 60;
    const day = Math.floor(localS / 86_400);
    if (day !== this.#localDay) {
      bytes.set(dateTimeOf(day * 86_400));
      this.#localDay = day;
    }
    const second = localS - day * 86_400;
    bytes[5] = second / 3_600;
    bytes[6] = (second / 60) % 60;
    bytes[7] = second % 60;
    const deviation = deviationOf(offset, this.#quirk);
    bytes[9] = deviation >> 8;
    bytes[10] = deviation;
    bytes[11] = saving ? clockStatusBits.daylightSaving : 0;
    return bytes;
  }

  #isSaving(utcS: number): boolean {
    if (this.#savingMinutes === 0) return false;
    if (utcS < this.#year.fromS || utcS >= this.#year.toS) this.#year = this.#lookUpYear(utcS);
    const { savingFromS, savingToS } = this.#year;
    if (savingFromS <= savingToS) return utcS >= savingFromS && utcS < savingToS;
    return utcS >= savingFromS || utcS < savingToS;
  }

  /** Begin is in normal time, end in summer time; each is a date or "the last weekday of a month". */
  #lookUpYear(utcS: number): Year {
    const begin = this.#begin!;
    const end = this.#end!;
    const minutes = this.#minutes;
    const savingMinutes = this.#savingMinutes;
    const known = years.get(begin);
    const isSame = known?.end === end && known.minutes === minutes && known.savingMinutes === savingMinutes;
    if (isSame && utcS >= known.fromS && utcS < known.toS) return known;
    const year = new Date((utcS + minutes * 60) * 1000).getUTCFullYear();
    const made = {
      end,
      minutes,
      savingMinutes,
      fromS: Date.UTC(year, 0, 1) / 1000 - minutes * 60,
      toS: Date.UTC(year + 1, 0, 1) / 1000 - minutes * 60,
      savingFromS: momentOf(begin, year) - minutes * 60,
      savingToS: momentOf(end, year) - (minutes + savingMinutes) * 60,
    };
    years.set(begin, made);
    return made;
  }
}

/** A year of daylight saving, and what it was made of. */
interface Year {
  readonly end: Uint8Array | undefined;
  readonly minutes: number;
  readonly savingMinutes: number;
  readonly fromS: number;
  readonly toS: number;
  readonly savingFromS: number;
  readonly savingToS: number;
}
const noYear: Year = {
  end: undefined,
  minutes: 0,
  savingMinutes: 0,
  fromS: 0,
  toS: 0,
  savingFromS: 0,
  savingToS: 0,
};
/** The year last looked up, by the bytes of its begin: meters of a model share them. */
const years = new WeakMap<Uint8Array, Year>();

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
