/** Numbers, texts and dates at a place that is no record. */
import { hexOf, reversed } from '../bytes.ts';
import { plainText } from '../mbus/record/head.ts';
import { timeAt } from '../mbus/record/time.ts';
import type { MbusTelegram } from '../mbus/telegram.ts';
import type { Plain } from './convert.ts';
import { type Formula, formulaOf, type Values } from './formula.ts';
import type { BytesAt } from './model.ts';
import { filledIn, readySelect, type Takes } from './select.ts';

export type ReadBytes = (telegram: MbusTelegram, values: Values) => Plain | undefined;

/** Ready to read; `numbers` fills in what repeats. Raises MODEL_INVALID. */
export function readyBytes(
  place: BytesAt,
  path: string,
  numbers: Readonly<Record<string, number>>,
): ReadBytes {
  const takes = typeof place.from === 'string' ? undefined : readySelect(place.from.record);
  const at = atOf(place.at, path, numbers);
  const { from, length, none } = place;
  return (telegram, values) => {
    const all = partOf(telegram, from, takes);
    const start = at(values);
    if (all === undefined || start === undefined || start < 0 || start + length > all.length)
      return undefined;
    const bytes = all.subarray(start, start + length);
    const plain = plainAt(bytes, place);
    return none !== undefined && plain.raw === none ? { ...plain, flawed: true } : plain;
  };
}

function atOf(at: number | string, path: string, numbers: Readonly<Record<string, number>>): Formula {
  if (typeof at === 'number') return () => at;
  return formulaOf(filledIn(at, numbers), `${path}.at`);
}

function partOf(
  { manufacturerData, payload, records }: MbusTelegram,
  from: BytesAt['from'],
  takes: Takes | undefined,
): Uint8Array | undefined {
  if (takes === undefined) return from === 'manufacturer' ? manufacturerData : payload;
  const record = records.find(({ head }) => takes(head));
  if (record === undefined) return undefined;
  return record.head.coding === 'variable' ? record.data.subarray(1) : record.data;
}

function plainAt(bytes: Uint8Array, { type, order }: BytesAt): Plain {
  // all readers take the low byte first
  const low = order === 'be' ? reversed(bytes) : bytes;
  if (type === 'date' || type === 'datetime') {
    const time = timeAt(low, 0, low.length);
    return { time, bytes, flawed: !time?.valid };
  }
  if (type === 'ymd') return { text: dateOfDigits(low), bytes, flawed: false };
  if (type === 'hex') return { text: hexText(low), bytes, flawed: false };
  if (type === 'text') return { text: plainText(low, false), bytes, flawed: false };
  const raw = type === 'bcd' ? digitsOf(low) : wholeOf(low, type === 'int');
  return { raw, number: raw, bytes, flawed: raw === undefined };
}

function hexText(low: Uint8Array): string {
  return hexOf(reversed(low));
}

/** Year, month and day, two digits each, the year first. */
function dateOfDigits(low: Uint8Array): string | undefined {
  const date = /^(\d\d)(\d\d)(\d\d)$/.exec(hexText(low));
  const [year, month, day] = date === null ? [] : date.slice(1);
  if (day === undefined || month! < '01' || month! > '12' || day < '01' || day > '31') return undefined;
  return `20${year}-${month}-${day}`;
}

function wholeOf(low: Uint8Array, signed: boolean): number {
  let value = 0;
  for (let i = low.length - 1; i >= 0; i--) value = value * 256 + low[i]!;
  const size = 2 ** (8 * low.length);
  return signed && value >= size / 2 ? value - size : value;
}

function digitsOf(low: Uint8Array): number | undefined {
  const text = hexText(low);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
