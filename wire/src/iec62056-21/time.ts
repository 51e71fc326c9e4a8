/**
 * Times of meters: `YYMMDDhhmm[ss]`, before it in some a digit for the season (VDEW specification 2.1.2,
 * clause 5.3): 0 standard time, 1 summer time, 2 UTC. Separators are left out or `-`, `:`, blanks, commas.
 */
import { zoneTable } from '@openami/model';

export interface IecTime {
  /** `2026-03-03T11:15:00` as the meter's clock showed it. */
  readonly local: string;
  /** What the clock showed as seconds, as if it were UTC. */
  readonly localS: number;
  /** Undefined where the meter does not tell. */
  readonly season?: 'standard' | 'summer' | 'utc';
}

const seasons = ['standard', 'summer', 'utc'] as const;

/** The time that a text is; undefined for another text. */
export function iecTime(text: string): IecTime | undefined {
  const digits = text.replace(/[-:, ]/g, '');
  if (!/^\d{10,13}$/.test(digits)) return undefined;
  const hasSeason = digits.length % 2 === 1;
  const season = hasSeason ? seasons[Number(digits[0])] : undefined;
  if (hasSeason && season === undefined) return undefined;
  const [yy, month, day, hour, minute, second = 0] = (digits.slice(hasSeason ? 1 : 0).match(/../g) ?? []).map(
    Number,
  );
  const localS = Date.UTC(2000 + yy!, month! - 1, day, hour, minute, second) / 1_000;
  const local = new Date(localS * 1_000).toISOString().slice(0, 19);
  const plain = local.replace(/\D/g, '').slice(2);
  // a date that does not exist would have rolled over; midnight may be told as 24:00
  const isMidnight = hour === 24 && minute === 0 && second === 0;
  if (!isMidnight && !plain.startsWith(digits.slice(hasSeason ? 1 : 0))) return undefined;
  return { local, localS, ...(season && { season }) };
}

/** Seconds since 1970 of a time of a meter in a zone. Raises ZONE_UNKNOWN. */
export function iecUtcSeconds({ localS, season }: IecTime, zone: string): number {
  if (season === 'utc') return localS;
  return zoneTable(zone).resolve(localS, season === 'standard' ? 'later' : 'earlier');
}
