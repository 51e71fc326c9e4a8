/** What is said and how numbers, money and dates are written, in one language and one time zone. */
import { DAY_S, readShare } from '@openami/model';
import { IntlMessageFormat } from 'intl-messageformat';
import type { DocumentLanguage } from '../../../../contract/bill-documents.ts';
import { de } from './de.ts';
import { en, type MessageKey, type Messages } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { nl } from './nl.ts';
import { pl } from './pl.ts';

export type Direction = 'ltr' | 'rtl';

/** A language as it is used: messages, and the locale of numbers and dates. */
export interface Tongue {
  readonly locale: string;
  readonly direction: Direction;
  readonly messages: Messages;
}

const tongueOf = (locale: string, messages: Messages): Tongue => ({ locale, direction: 'ltr', messages });

/** Every language a document can be had in. */
export const tongues: Readonly<Record<DocumentLanguage, Tongue>> = {
  en: tongueOf('en-GB', en),
  de: tongueOf('de-DE', de),
  fr: tongueOf('fr-FR', fr),
  es: tongueOf('es-ES', es),
  nl: tongueOf('nl-NL', nl),
  pl: tongueOf('pl-PL', pl),
};

type Values = Readonly<Record<string, string | number>>;

export interface Words {
  readonly tongue: Tongue;
  say(key: MessageKey, values?: Values): string;
  /** An exact decimal with its currency; more decimals than the currency has are shown as they are. */
  money(amount: string, currency: string): string;
  /** The same with a sign, for differences. */
  difference(amount: string, currency: string): string;
  /** An exact decimal, at most `digits` decimals. */
  number(value: string | number, digits?: number): string;
  /** A share from 0 to 1 in percent, rounded as everywhere. */
  share(share: number): string;
  /** An exact share in percent. */
  percent(share: string): string;
  /** The local date of an instant (UTC seconds). */
  date(atS: number): string;
  /** The local date and time of an instant (UTC seconds). */
  moment(atS: number): string;
  /** A calendar date by its day number. */
  day(day: number): string;
  /** The same without the year. */
  shortDay(day: number): string;
  /** A country by its two letters; other text as it is. */
  country(text: string): string;
  /** Month and year of a day number. */
  month(day: number): string;
}

type Exact = Intl.StringNumericLiteral;

const kept = new WeakMap<Tongue, Map<string, Words>>();

/** Words of a language for times of a zone: made once, since makers of number and date text are dear. */
export function wordsIn(tongue: Tongue, timeZone: string): Words {
  const zones = kept.get(tongue) ?? new Map<string, Words>();
  kept.set(tongue, zones);
  const words = zones.get(timeZone) ?? newWords(tongue, timeZone);
  zones.set(timeZone, words);
  return words;
}

function newWords(tongue: Tongue, timeZone: string): Words {
  const { locale, messages } = tongue;
  const parsed = new Map<MessageKey, IntlMessageFormat>();
  const numbers = formatsOf((key: string) => numberFormat(locale, key));
  const dates = formatsOf((key: string) => dateFormat(locale, timeZone, key));
  const money = (amount: string, currency: string, sign: '' | '+') =>
    numbers(`${currency} ${decimalsOf(amount)} ${sign}`).format(amount as Exact);
  // in French the first of a month is an ordinal, which Intl does not write
  const first = (date: string) => (locale.startsWith('fr') ? date.replace(/^1(?= )/, '1er') : date);
  const dayOf = (day: number) => new Date(day * DAY_S * 1_000);
  const say: Words['say'] = (key, values) => {
    const text = messages[key];
    // most messages are plain text: no parser is asked for these
    if (!text.includes('{')) return text;
    let format = parsed.get(key);
    if (format === undefined) {
      format = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
      parsed.set(key, format);
    }
    return String(format.format(values));
  };
  return {
    tongue,
    say,
    money: (amount, currency) => money(amount, currency, ''),
    difference: (amount, currency) => money(amount, currency, '+'),
    number: (value, digits = 6) => numbers(String(digits)).format(value as Exact),
    share: (share) => {
      const { percent, isLess } = readShare(share);
      const text = numbers('share').format(percent / 100);
      return isLess ? say('shareLess', { share: text }) : text;
    },
    percent: (share) => numbers('percent').format(share as Exact),
    date: (atS) => first(dates('date').format(atS * 1_000)),
    moment: (atS) => first(dates('moment').format(atS * 1_000)),
    day: (day) => first(dates('day').format(dayOf(day))),
    shortDay: (day) => first(dates('short').format(dayOf(day))),
    country: (text) => (/^[A-Z]{2}$/.test(text) ? (regions(locale).of(text) ?? text) : text),
    month: (day) => dates('month').format(dayOf(day)),
  };
}

function formatsOf<T>(make: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    let found = kept.get(key);
    if (found === undefined) {
      found = make(key);
      kept.set(key, found);
    }
    return found;
  };
}

const regions = (locale: string) => new Intl.DisplayNames(locale, { type: 'region' });

function decimalsOf(amount: string): number {
  const point = amount.indexOf('.');
  return point < 0 ? 0 : amount.length - point - 1;
}

const shareDigits: Readonly<Record<string, Intl.NumberFormatOptions>> = {
  percent: { maximumFractionDigits: 6 },
  share: { maximumFractionDigits: 1 },
};

/** `2` is a number of two decimals at most; `EUR 2 +` is money; others are shares. */
function numberFormat(locale: string, key: string): Intl.NumberFormat {
  if (/^\d+$/.test(key)) return new Intl.NumberFormat(locale, { maximumFractionDigits: Number(key) });
  const digits = shareDigits[key];
  if (digits !== undefined) return new Intl.NumberFormat(locale, { style: 'percent', ...digits });
  const [currency = '', decimals, sign] = key.split(' ');
  const usual = new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions();
  const most = Math.max(usual.maximumFractionDigits ?? 0, Number(decimals));
  return new Intl.NumberFormat(locale, {
    ...{ style: 'currency', currency, maximumFractionDigits: most },
    minimumFractionDigits: usual.minimumFractionDigits ?? 0,
    signDisplay: sign === '+' ? 'exceptZero' : 'negative',
  });
}

const dateOptions: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  moment: {
    ...{ day: 'numeric', month: 'long', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  },
  day: { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' },
  short: { day: 'numeric', month: 'short', timeZone: 'UTC' },
  month: { month: 'long', year: 'numeric', timeZone: 'UTC' },
};

function dateFormat(locale: string, timeZone: string, key: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { timeZone, ...dateOptions[key] });
}
