/**
 * Time stamps as text to a wall-clock reading: seconds since 1970 as if the clock ran in UTC, and
 * the offset where the text states one. `wall-clock.ts` turns the reading into an instant.
 */
import { DAY_S, dayNumber, daysInMonth, parseOffset } from '@openami/model';
import { exchangeErrors } from './errors.ts';

/** Reads one stamp; false when it does not fit. The answer is in `wallS` and `offsetS`. */
export interface TimeReader {
  read(text: string): boolean;
  /** Seconds since 1970-01-01 on the clock that was read. */
  wallS: number;
  /** Seconds east of UTC; NaN when the text states no offset. */
  offsetS: number;
}

/** Later than any reading and still a UInt32: 2106-01-01. */
export const latestS = 4_291_747_200;

/** Wall seconds of a date and time, or NaN when there is none such. 24:00:00 is the end of the day. */
function wallSeconds(y: number, mo: number, d: number, h: number, mi: number, s: number): number {
  if (!(mo >= 1 && mo <= 12 && d >= 1 && y >= 1)) return Number.NaN;
  if (d > daysInMonth(y, mo)) return Number.NaN;
  if (!(mi <= 59 && s <= 59 && (h <= 23 || (h === 24 && mi === 0 && s === 0)))) return Number.NaN;
  return dayNumber(y, mo, d) * DAY_S + h * 3600 + mi * 60 + s;
}

/**
 * Reader for `iso`, `epoch-s`, `epoch-ms` or a pattern of yyyy yy MMM MM M dd d HH H hh h mm ss SSS a
 * XXX and literals (letters in single quotes). Throws CSV_MAPPING_INVALID for a pattern without a date.
 */
export function timeReader(pattern: string): TimeReader {
  if (pattern === 'iso') return new IsoReader();
  if (pattern === 'epoch-s') return new EpochReader(1);
  if (pattern === 'epoch-ms') return new EpochReader(1000);
  return new PatternReader(pattern);
}

/** ISO 8601 in its extended form, with a blank allowed for the T: read by place, without regex. */
class IsoReader implements TimeReader {
  wallS = Number.NaN;
  offsetS = Number.NaN;

  read(text: string): boolean {
    const n = text.length;
    this.offsetS = Number.NaN;
    if (n < 10 || text[4] !== '-' || text[7] !== '-') return false;
    const y = digits(text, 0, 4);
    const mo = digits(text, 5, 7);
    const d = digits(text, 8, 10);
    if (n === 10) return this.set(wallSeconds(y, mo, d, 0, 0, 0));
    const gap = text[10];
    if (n < 16 || (gap !== 'T' && gap !== ' ' && gap !== 't') || text[13] !== ':') return false;
    let at = 16;
    let s = 0;
    if (text[16] === ':') {
      if (n < 19) return false;
      s = digits(text, 17, 19);
      at = 19;
      if (text[19] === '.' || text[19] === ',') {
        at = 20;
        while (at < n && isDigit(text.charCodeAt(at))) at += 1;
        if (at === 20) return false;
      }
    }
    if (at < n && !this.offset(text, at)) return false;
    return this.set(wallSeconds(y, mo, d, digits(text, 11, 13), digits(text, 14, 16), s));
  }

  private offset(text: string, from: number): boolean {
    const at = text[from] === ' ' ? from + 1 : from;
    this.offsetS = offsetSeconds(text.slice(at));
    return !Number.isNaN(this.offsetS);
  }

  private set(wallS: number): boolean {
    this.wallS = wallS;
    return !Number.isNaN(wallS);
  }
}

class EpochReader implements TimeReader {
  wallS = Number.NaN;
  readonly offsetS = 0;
  private readonly per: number;

  constructor(per: number) {
    this.per = per;
  }

  read(text: string): boolean {
    if (!/^-?\d{1,16}(\.\d*)?$/.test(text)) return false;
    this.wallS = Math.floor(Number(text) / this.per);
    return true;
  }
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const tokens: Readonly<Record<string, string>> = {
  yyyy: '(\\d{4})',
  yy: '(\\d{2})',
  MMM: '([A-Za-z]{3})',
  MM: '(\\d{2})',
  M: '(\\d{1,2})',
  dd: '(\\d{2})',
  d: '(\\d{1,2})',
  HH: '(\\d{2})',
  H: '(\\d{1,2})',
  hh: '(\\d{2})',
  h: '(\\d{1,2})',
  mm: '(\\d{2})',
  ss: '(\\d{2})',
  SSS: '(\\d{1,9})',
  a: '([AaPp])\\.?[Mm]\\.?',
  XXX: '(Z|z|[+-]\\d{2}:?\\d{2}|[+-]\\d{2})',
};

class PatternReader implements TimeReader {
  wallS = Number.NaN;
  offsetS = Number.NaN;
  private readonly regex: RegExp;
  private readonly fields: string[] = [];

  constructor(pattern: string) {
    let source = '';
    for (const part of pattern.match(/'[^']*'|yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|a|XXX|[\s\S]/g) ??
      []) {
      const token = tokens[part];
      if (token) this.fields.push(part);
      else if (/^[A-Za-z]$/.test(part))
        throw exchangeErrors.CSV_MAPPING_INVALID(`time.pattern: "${part}" is no field; quote letters`, {
          pattern,
        });
      source += token ?? literal(part);
    }
    const has = (...names: string[]): boolean => names.some((name) => this.fields.includes(name));
    if (!(has('yyyy', 'yy') && has('MMM', 'MM', 'M') && has('dd', 'd')))
      throw exchangeErrors.CSV_MAPPING_INVALID('time.pattern: needs year, month and day', { pattern });
    this.regex = new RegExp(`^${source}$`);
  }

  read(text: string): boolean {
    this.offsetS = Number.NaN;
    const match = this.regex.exec(text);
    if (!match) return false;
    let [y, mo, d, h, mi, s] = [0, 0, 0, 0, 0, 0];
    let half = '';
    for (let i = 0; i < this.fields.length; i++) {
      const field = this.fields[i]!;
      const cell = match[i + 1]!;
      if (field === 'yyyy') y = Number(cell);
      else if (field === 'yy') y = Number(cell) + (Number(cell) < 70 ? 2000 : 1900);
      else if (field === 'MMM') mo = months.indexOf(cell.toLowerCase()) + 1;
      else if (field[0] === 'M') mo = Number(cell);
      else if (field[0] === 'd') d = Number(cell);
      else if (field[0] === 'H' || field[0] === 'h') h = Number(cell);
      else if (field === 'mm') mi = Number(cell);
      else if (field === 'ss') s = Number(cell);
      else if (field === 'a') half = cell.toLowerCase();
      else if (field === 'XXX') this.offsetS = offsetSeconds(cell);
    }
    if (half !== '') {
      if (h < 1 || h > 12) return false;
      h = (h % 12) + (half === 'p' ? 12 : 0);
    }
    this.wallS = wallSeconds(y, mo, d, h, mi, s);
    return !Number.isNaN(this.wallS);
  }
}

function literal(part: string): string {
  const text = part.length > 1 && part.startsWith("'") ? part.slice(1, -1) : part;
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Number of the digits in [from, to), or NaN when one of them is none. */
function digits(text: string, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return Number.NaN;
    n = n * 10 + code - 48;
  }
  return n;
}

/** Seconds east of UTC of `Z`, `UTC`, `+10`, `+1000` or `+10:00`; NaN for anything else. */
function offsetSeconds(text: string): number {
  const s = text === 'z' || text === 'UTC' ? 0 : parseOffset(text);
  return Math.abs(s) <= 15 * 3600 ? s : Number.NaN;
}
