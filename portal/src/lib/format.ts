/**
 * Numbers and dates in English, as the words around them, in the way of the reader's region. Amounts stay
 * text: nothing goes through a float.
 */
import { dayNumber } from '@openami/console/lib/zone.ts';

/** The reader's English where the browser speaks it first, else that of Europe. */
export function localeOf(languages: readonly string[]): string {
  const [first = ''] = languages;
  return /^en\b/i.test(first) ? first : 'en-GB';
}

const here = localeOf(globalThis.navigator?.languages ?? []);

const none = '–';
const digitsOf = (decimal: string): number => decimal.split('.')[1]?.length ?? 0;

/** `€1,234.50`: every digit there is; a dash where there is no amount. */
export function money(
  amount: string | null | undefined,
  currency: string | null | undefined,
  { signed = false, locale = here }: { readonly signed?: boolean; readonly locale?: string } = {},
): string {
  if (amount === null || amount === undefined || !currency) return none;
  const format = new Intl.NumberFormat(locale, {
    ...{ style: 'currency', currency, signDisplay: signed ? 'exceptZero' : 'negative' },
    maximumFractionDigits: Math.max(2, digitsOf(amount)),
  });
  return format.format(amount as Intl.StringNumericLiteral);
}

/** `€0.56` of an amount that is worked out and not billed: what an interval cost, a mark of an axis. */
export function about(amount: number, currency: string | null, locale = here): string {
  if (currency === null) return none;
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);
}

/** `12.3 kWh`, rounded for reading: the table of a chart has every digit. */
export function quantity(value: string | number | null | undefined, unit: string, locale = here): string {
  if (value === null || value === undefined) return none;
  const size = Math.abs(Number(value));
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const text = Number(value).toLocaleString(locale, { maximumFractionDigits: digits });
  return unit === '' ? text : `${text} ${unitWord(unit)}`;
}

/** A sentence of the server, whose amounts and units are written as those around it: `8.4 EUR` is €8.40. */
export function sentence(words: string, currency: string | null, locale = here): string {
  const units = words.replaceAll(/(\d) m3\b/g, '$1 m³');
  if (currency === null) return units;
  return units.replaceAll(/([+-]?)(\d+(?:\.\d+)?) ([A-Z]{3})\b/g, (all, sign, amount, code) =>
    code === currency
      ? money(`${sign.replace('+', '')}${amount}`, code, { signed: sign !== '', locale })
      : all,
  );
}

/** Units as people write them. */
export function unitWord(unit: string): string {
  return unit === 'm3' ? 'm³' : unit;
}

/** `exact`, with the digits it came with. */
export function exact(value: string | null | undefined, locale = here): string {
  if (value === null || value === undefined) return none;
  const digits = Math.min(20, digitsOf(value));
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value as Intl.StringNumericLiteral);
}

const same = 'about the same';

/** `23 % more`, `4 % less`, `about the same`; undefined where there was nothing. */
export function comparison(before: number, after: number, locale = here): string | undefined {
  if (!(before > 0)) return undefined;
  const share = Math.round(((after - before) / before) * 100);
  if (share === 0) return same;
  return `${Math.abs(share).toLocaleString(locale)} % ${share > 0 ? 'more' : 'less'}`;
}

/** As `comparison`, with what it is compared with: `4 % less than the one before`. */
export function compared(before: number, after: number, what: string): string | undefined {
  const words = comparison(before, after);
  return words && `${words} ${words === same ? 'as' : 'than'} ${what}`;
}

const dayStyles = {
  number: { day: 'numeric' },
  short: { day: 'numeric', month: 'short' },
  long: { weekday: 'long', day: 'numeric', month: 'long' },
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  full: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
  monthShort: { month: 'short' },
  year: { year: 'numeric' },
} as const;

/** A local date, `2026-03-29`. */
export function day(date: string, style: keyof typeof dayStyles, locale = here): string {
  const format = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...dayStyles[style] });
  return format.format(Date.parse(`${date}T00:00:00Z`));
}

/** `15:45` where the meter is. */
export function clock(instant: string, zone: string, locale = here): string {
  const format = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  return format.format(Date.parse(instant));
}

/** `29 March, 15:45` where the meter is. */
export function dayAndClock(instant: string, zone: string, locale = here): string {
  const format = new Intl.DateTimeFormat(locale, {
    ...{ timeZone: zone, day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' },
  });
  return format.format(Date.parse(instant));
}

/** `a minute`, `12 minutes`, `3 hours`, `5 days`. */
export function age(seconds: number): string {
  const counted = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  if (seconds < 90) return 'a minute';
  if (seconds < 5_400) return counted(Math.round(seconds / 60), 'minute');
  if (seconds < 172_800) return counted(Math.round(seconds / 3_600), 'hour');
  return counted(Math.round(seconds / 86_400), 'day');
}

/** `March 2026` for a calendar month, else `15 Mar to 14 Apr`; `to` is not part of it. */
export function span(from: string, to: string, locale = here): string {
  const last = new Date((dayNumber(to) - 1) * 86_400_000).toISOString().slice(0, 10);
  const whole = from.endsWith('-01') && to.endsWith('-01') && last.slice(0, 7) === from.slice(0, 7);
  return whole
    ? day(from, 'month', locale)
    : `${day(from, 'short', locale)} to ${day(last, 'short', locale)}`;
}
