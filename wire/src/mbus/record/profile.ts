/**
 * Compact profiles (EN 13757-3 annex F): a record of variable length with many values at equal distances.
 *
 *   length | spacing control | spacing value | element element …
 *
 * Spacing control: how elements build on one another (2 bits), unit of the spacing (2), coding (4). The
 * first value, and its time, are other records with the same storage number.
 */
import { daysInMonth } from '@openami/model';
import { codings, sizes } from './head.ts';
import { type MbusTime, secondsOfTime } from './time.ts';
import { elementValue, type MbusRecord } from './value.ts';

export interface CompactProfile {
  /** Of each element: the value itself, or what is added to or taken from the one before. */
  readonly mode: 'absolute' | 'increments' | 'decrements' | 'differences';
  /** Between elements; a month and half of one have no fixed length. */
  readonly spacing: {
    readonly count: number;
    readonly unit: 's' | 'min' | 'h' | 'd' | 'month' | 'half-month';
  };
  /** The newest element comes first. */
  readonly inverse: boolean;
  /** Before they are scaled, as those of the record; undefined where the meter has none. */
  readonly elements: readonly (number | bigint | undefined)[];
}

const modes = ['absolute', 'increments', 'decrements', 'differences'] as const;
const units = ['s', 'min', 'h', 'd'] as const;
const MONTH = 254;
const HALF_MONTH = 253;

/** The profile a record holds; undefined where it holds none that can be read. */
export function profileOf({ head, data }: MbusRecord): CompactProfile | undefined {
  const name = head.modifiers.find((modifier) => modifier.includes('compact-profile'));
  if (name === undefined || head.coding !== 'variable' || data.length < 3) return undefined;
  const control = data[1]!;
  const coding = codings[control & 0x0f]!;
  const size = sizes[control & 0x0f]!;
  const mode = modes[control >> 6]!;
  if (coding !== 'integer' && coding !== 'bcd') return undefined;
  const signed = mode === 'differences' || mode === 'absolute';
  const elements: (number | bigint | undefined)[] = [];
  for (let at = 3; at + size <= data.length; at += size) {
    elements.push(elementValue(data, at, size, coding, signed));
  }
  return {
    mode,
    spacing: spacingOf((control >> 4) & 3, data[2]!),
    inverse: name.startsWith('inverse'),
    elements,
  };
}

function spacingOf(unit: number, value: number): CompactProfile['spacing'] {
  if (unit === 3 && value === MONTH) return { count: 1, unit: 'month' };
  if (unit === 3 && value === HALF_MONTH) return { count: 1, unit: 'half-month' };
  return { count: value, unit: units[unit]! };
}

export interface ProfilePoint {
  /** Seconds since 1970. */
  readonly endS: number;
  readonly raw: number;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };

/**
 * Values of a profile with their times, oldest first: `base` is the record of the first value, `time` its
 * time. Points from the first missing or unsafe element on are left out, as are half months.
 */
export function profilePoints(
  profile: CompactProfile,
  base: MbusRecord | undefined,
  time: MbusTime,
  offsetS = 0,
): ProfilePoint[] {
  const out: ProfilePoint[] = [];
  const { mode, spacing, inverse, elements } = profile;
  if (spacing.unit === 'half-month') return out;
  const sign = mode === 'decrements' ? -1 : 1;
  let raw = Number(base?.raw ?? Number.NaN);
  for (const [i, element] of elements.entries()) {
    if (element === undefined) break;
    // going back in time, what was added comes off again
    raw = mode === 'absolute' ? Number(element) : raw + (inverse ? -sign : sign) * Number(element);
    const steps = (inverse ? -1 : 1) * (i + 1) * spacing.count;
    const endS = stepped(time, steps, spacing.unit, offsetS);
    if (endS === undefined || !Number.isSafeInteger(raw)) break;
    out.push({ endS, raw });
  }
  return inverse ? out.reverse() : out;
}

function stepped(time: MbusTime, steps: number, unit: string, offsetS: number): number | undefined {
  if (unit !== 'month') {
    const from = secondsOfTime(time, offsetS);
    return from === undefined ? undefined : from + steps * unitSeconds[unit]!;
  }
  const months = time.year * 12 + time.month - 1 + steps;
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1];
  // the last day of a month stays the last
  const last = daysInMonth(year, month);
  const wasLast = time.day === daysInMonth(time.year, time.month);
  return secondsOfTime({ ...time, year, month, day: wasLast ? last : Math.min(time.day, last) }, offsetS);
}
