/**
 * Times of P1 telegrams: `YYMMDDhhmmssX`, the local time of the meter; X is S in summer time and W outside
 * of it (DSMR 4 clause 6.4). Versions before 4 leave X out.
 */
import { daysInMonth, zoneTable } from '@openami/model';

export interface P1Time {
  /** `2010-12-09T11:30:20`, as the meter's clock showed it. */
  readonly local: string;
  /** Seconds since 1970. */
  readonly utcS: number;
  /** False where the meter did not tell summer from winter, so that an hour in autumn could be the other. */
  readonly hasSeason: boolean;
}

const DIGITS = 12;
const [SUMMER, WINTER] = ['S', 'W'] as const;
/** Meters that lost their clock begin at 1970. */
const FIRST_YEAR = 70;
const CET_S = 3_600;
const HOUR_S = 3_600;
const USUAL_ZONE = 'Europe/Amsterdam';

/**
 * The time that a text is; undefined for another text. Without a zone, S and W stand for CEST and CET, and
 * a time without either is one of the Netherlands. Raises ZONE_UNKNOWN.
 */
export function p1Time(text: string, zone?: string): P1Time | undefined {
  const season = text.slice(DIGITS);
  if (text.length < DIGITS || (season !== '' && season !== SUMMER && season !== WINTER)) return undefined;
  const yy = twoDigits(text, 0);
  const month = twoDigits(text, 2);
  const day = twoDigits(text, 4);
  const hour = twoDigits(text, 6);
  const minute = twoDigits(text, 8);
  const second = twoDigits(text, 10);
  const year = yy + (yy >= FIRST_YEAR ? 1900 : 2000);
  const isTime =
    yy >= 0 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  if (!isTime || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const localS = Date.UTC(year, month - 1, day, hour, minute, second) / 1_000;
  const date = `${year}-${text.slice(2, 4)}-${text.slice(4, 6)}`;
  const local = `${date}T${text.slice(6, 8)}:${text.slice(8, 10)}:${text.slice(10, DIGITS)}`;
  return { local, utcS: utcOf(localS, season, zone), hasSeason: season !== '' };
}

/** The number of two digits, negative where they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function utcOf(localS: number, season: string, zone: string | undefined): number {
  if (season !== '' && zone === undefined) return localS - CET_S - (season === SUMMER ? HOUR_S : 0);
  // the first of two is summer time
  return zoneTable(zone ?? USUAL_ZONE).resolve(localS, season === WINTER ? 'later' : 'earlier');
}
