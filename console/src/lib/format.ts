/** Numbers and times as people read them. Pure: the zone and the present moment are handed in. */

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
// British compact forms write millions as `m`, which reads as milli.
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });
const none = '–';

/** `1,234,567`; a dash where there is no number. */
export function formatCount(n: number | null | undefined): string {
  return n === null || n === undefined || !Number.isFinite(n) ? none : whole.format(n);
}

/** `1.23M`, for tiles. */
export function formatCompact(n: number | null | undefined): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return none;
  return Math.abs(n) < 100_000 ? whole.format(n) : compact.format(n);
}

/** `98.4 %` of a share 0..1. Never rounds up to 100 %: a missing reading must stay visible. */
export function formatShare(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return none;
  const scale = 10 ** digits;
  const percent = share >= 1 ? 100 : Math.floor(share * 100 * scale) / scale;
  return `${percent.toFixed(percent === 100 ? 0 : digits)} %`;
}

/** A value with enough digits to tell it apart: `0.1234`, `12.35`, `1,235`. */
export function formatValue(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const size = Math.abs(value);
  const digits = size >= 1000 || Number.isInteger(value) ? 1 : size >= 100 ? 2 : 3;
  const text = value.toLocaleString('en-GB', { maximumFractionDigits: digits });
  return unit ? `${text} ${unit}` : text;
}

/** Half of the smallest step that is told from none. */
const tolerance = 5e-7;

/** Digits after the point, 6 at most, with which every number of a column is written in full. */
export function decimalsOf(values: ArrayLike<number>): number {
  let digits = 0;
  for (let i = 0; i < values.length && digits < 6; i++) {
    const size = Math.abs(values[i]!);
    while (digits < 6 && Math.abs(size * 10 ** digits - Math.round(size * 10 ** digits)) > tolerance)
      digits++;
  }
  return digits;
}

const fixed = Array.from(
  { length: 7 },
  (_, digits) =>
    new Intl.NumberFormat('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** `13.190`: one count of digits for a whole column, so that the points stand below each other. */
export function formatFixed(value: number, digits: number): string {
  return Number.isFinite(value) ? fixed[digits]!.format(value) : none;
}

/** A reading as it was recorded, unrounded: what a bill or a dial is compared with. */
export function formatReading(value: number, unit: string): string {
  return `${formatFixed(value, decimalsOf([value]))} ${unit}`;
}

/** `1 reading`, `2 readings`. */
export function formatCounted(n: number, word: string): string {
  return `${formatCount(n)} ${word}${n === 1 ? '' : 's'}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatWith(zone: string, options: Intl.DateTimeFormatOptions, key: string): Intl.DateTimeFormat {
  const id = `${zone} ${key}`;
  let format = formats.get(id);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options });
    formats.set(id, format);
  }
  return format;
}

/** A moment in words; a dash for one that is none, so that no list fails because of one row. */
function written(ms: number, zone: string, options: Intl.DateTimeFormatOptions, key: string): string {
  return Number.isNaN(new Date(ms).getTime()) ? none : formatWith(zone, options, key).format(ms);
}

const dateParts = { day: '2-digit', month: 'short', year: 'numeric' } as const;
const timeParts = { hour: '2-digit', minute: '2-digit' } as const;

/** `29 Mar 2026, 03:15`, of epoch milliseconds. */
export function formatDateTime(ms: number, zone: string, withSeconds = false): string {
  const time = withSeconds ? { ...timeParts, second: '2-digit' as const } : timeParts;
  return written(ms, zone, { ...dateParts, ...time }, withSeconds ? 'dts' : 'dt');
}

/** `29 Mar 2026, 03:15 GMT+2`: unmistakable on the night the clocks change. */
export function formatDateTimeZone(ms: number, zone: string): string {
  return written(ms, zone, { ...dateParts, ...timeParts, timeZoneName: 'shortOffset' }, 'dtz');
}

/** `29 Mar 2026`. */
export function formatDate(ms: number, zone: string): string {
  return written(ms, zone, dateParts, 'd');
}

const dayStyles = {
  /** `29 Mar` */
  short: { day: 'numeric', month: 'short' },
  /** `Sun, 29 Mar 2026` */
  long: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  /** `Mar 26` */
  month: { month: 'short', year: '2-digit' },
  /** `March 2026` */
  monthLong: { month: 'long', year: 'numeric' },
} as const;

/** `m³` for the `m3` of tariffs and bills. */
export function unitText(text: string): string {
  return text.replace(/\bm3\b/g, 'm³');
}

/** A local date, as `2026-03-29` or `2026-03`. */
export function formatDay(date: string, style: keyof typeof dayStyles): string {
  return written(Date.parse(date), 'UTC', dayStyles[style], style);
}

/** `03:15:00`. */
export function formatClock(ms: number, zone: string): string {
  return written(ms, zone, { ...timeParts, second: '2-digit' }, 'c');
}

/** Days of the week, the first of ISO 8601 first. */
export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `GMT+2`, the zone's offset at that moment. */
export function formatOffset(ms: number, zone: string): string {
  const parts = formatWith(zone, { timeZoneName: 'shortOffset' }, 'o').formatToParts(ms);
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? zone;
}

/** `just now`, `4 min ago`, `3 h ago`, `5 d ago`, `7 months ago`, `6 years ago`; `in …` when it is ahead. */
export function formatAgo(ms: number, nowMs: number): string {
  const seconds = (nowMs - ms) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return 'just now';
  const text =
    size < 5400
      ? `${Math.round(size / 60)} min`
      : size < 129_600
        ? `${Math.round(size / 3600)} h`
        : daysText(size / 86_400);
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function daysText(days: number): string {
  if (days < 60) return `${Math.round(days)} d`;
  return days < 731 ? `${Math.floor(days / 30.44)} months` : `${Math.floor(days / 365.25)} years`;
}

/** `15 min`, `1 h`, `1 d`; `register` for 0. */
export function formatInterval(seconds: number): string {
  if (seconds === 0) return 'register';
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** `in_stock` -> `In stock`. */
export function formatWord(word: string): string {
  const text = word.replace(/[_-]+/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `12.3 MB`. */
export function formatBytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let i = 0;
  let size = n;
  while (size >= 1000 && i < units.length - 1) {
    size /= 1000;
    i++;
  }
  return `${size.toFixed(size >= 100 || i === 0 ? 0 : 1)} ${units[i]}`;
}

/** What a channel measures, without its unit, which stands beside every number anyway. */
export function channelName(channel: {
  readonly description: string;
  readonly alias: string;
  readonly unit: string;
}): string {
  const name = channel.description || channel.alias;
  const bare = name.endsWith(`, ${channel.unit}`) ? name.slice(0, -channel.unit.length - 2) : name;
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}
