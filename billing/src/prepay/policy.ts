/** A prepay policy as data: when a customer is warned, lent credit, cut off and connected again. */
import { DAY_S, formatDay, weekday, type ZoneTable } from '@openami/model';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { billingErrors } from '../errors.ts';

const strict = { additionalProperties: false } as const;
/** Exact decimal of the currency. */
const Amount = Type.String({ pattern: '^[0-9]{1,9}(\\.[0-9]{1,4})?$' });
const ClockTime = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' });
const CalendarDate = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });

export const PrepayPolicy = Type.Object(
  {
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    /** A customer is warned at this much credit, or at so many days of usual usage, whichever comes first. */
    lowCredit: Amount,
    lowDays: Type.Number({ minimum: 0, maximum: 90 }),
    /** Lent once when credit runs out; repaid first of the next payment. 0: none. */
    emergencyCredit: Amount,
    /** Least credit after a payment with which a customer who was cut is connected again. */
    reconnectMinimum: Amount,
    /** Whole percent of each payment that pays off old debt. */
    debtSharePercent: Type.Integer({ minimum: 0, maximum: 90 }),
    /** Whether the supply is cut at all; false: notices only. */
    disconnects: Type.Boolean(),
    /** Least time between the notice that nothing is left and the cut. */
    graceHours: Type.Number({ minimum: 0, maximum: 720 }),
    /** Local clock times between which a supply may be cut: outside them nobody is. */
    cutFrom: ClockTime,
    cutUntil: ClockTime,
    /** Days of the week, Monday 1 to Sunday 7, on which nobody is cut. */
    friendlyDays: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { maxItems: 7 }),
    /** Local dates on which nobody is cut, nor on the day before. */
    holidays: Type.Array(CalendarDate, { maxItems: 400 }),
  },
  strict,
);
export type PrepayPolicy = Static<typeof PrepayPolicy>;

/** A policy that is sound. Raises PREPAY_POLICY with the first fault. */
export function readPrepayPolicy(document: unknown): PrepayPolicy {
  if (!Value.Check(PrepayPolicy, document)) {
    const [fault] = Value.Errors(PrepayPolicy, document);
    throw billingErrors.PREPAY_POLICY(`${fault?.instancePath || '/'} ${fault?.message}`);
  }
  if (document.disconnects && minuteOf(document.cutUntil) <= minuteOf(document.cutFrom))
    throw billingErrors.PREPAY_POLICY(`cutUntil ${document.cutUntil} is not after cutFrom`);
  if (document.disconnects && new Set(document.friendlyDays).size === 7)
    throw billingErrors.PREPAY_POLICY('friendlyDays are all days: set disconnects to false instead');
  return document;
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

/** The next time is looked for so far ahead. */
const mostDaysAhead = 60;

/**
 * Whether a supply may be cut at an instant by the local clock, when it next may, and where it may now, until
 * when. UTC seconds.
 */
export function cutTime(
  policy: PrepayPolicy,
  zone: ZoneTable,
  nowS: number,
):
  | { readonly allowed: true; readonly nextS: number; readonly untilS: number }
  | { readonly allowed: false; readonly nextS: number | null } {
  const today = zone.localDayOf(nowS);
  const holidays = new Set(policy.holidays);
  const [from, until] = [minuteOf(policy.cutFrom), minuteOf(policy.cutUntil)];
  const isFriendly = (day: number) =>
    policy.friendlyDays.includes(weekday(day)) ||
    holidays.has(formatDay(day)) ||
    holidays.has(formatDay(day + 1));
  const minute = Math.floor((zone.localAt(nowS) - today * DAY_S) / 60);
  if (!isFriendly(today) && minute >= from && minute < until)
    return { allowed: true, nextS: nowS, untilS: zone.firstAtOrAfter(today * DAY_S + until * 60) };
  for (let day = today; day <= today + mostDaysAhead; day++) {
    if (isFriendly(day)) continue;
    const atS = zone.firstAtOrAfter(day * DAY_S + from * 60);
    if (atS > nowS && zone.localDayOf(atS) === day) return { allowed: false, nextS: atS };
  }
  return { allowed: false, nextS: null };
}
