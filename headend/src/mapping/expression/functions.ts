/**
 * The functions of JSONata that are evaluated at once (JSONata 2.x reference, "String functions", "Numeric
 * functions", "Aggregation functions"), with all arguments written down; others are evaluated apart.
 */
import { append, charge, ExpressionFault, isNumber, Sequence, textOf, truth } from './values.ts';

interface DirectFunction {
  /** Fewest and most arguments that are taken; with fewer JSONata takes the context. */
  readonly arguments: readonly [number, number];
  /** What the arguments after the first must be, written down as they are. */
  readonly literal?: 'string' | 'number';
  call(args: readonly unknown[]): unknown;
}

function wrongType(name: string, index: number): ExpressionFault {
  return new ExpressionFault('T0410', `Argument ${index} of function ${name} does not match its signature`);
}

/** A text of one argument, or more texts after it. */
function ofText(name: string, count: number, call: (text: string, more: string) => unknown): DirectFunction {
  return {
    arguments: [count, count],
    literal: 'string',
    call([text, more]) {
      if (text === undefined) return undefined;
      if (typeof text !== 'string') throw wrongType(name, 1);
      charge(1 + (text.length >> 6));
      return call(text, more as string);
    },
  };
}

function ofNumber(
  name: string,
  most: number,
  call: (value: number, more?: number) => number,
): DirectFunction {
  return {
    arguments: [1, most],
    literal: 'number',
    call([value, more]) {
      if (value === undefined) return undefined;
      if (typeof value !== 'number') throw wrongType(name, 1);
      return call(value, more as number | undefined);
    },
  };
}

/** Of an array of numbers; one number is an array of itself. */
function ofNumbers(name: string, call: (values: readonly number[]) => number | undefined): DirectFunction {
  return {
    arguments: [1, 1],
    call([arg]) {
      if (arg === undefined) return undefined;
      const values: readonly unknown[] = Array.isArray(arg) ? arg : [arg];
      charge(values.length);
      for (const value of values) if (typeof value !== 'number') throw wrongType(name, 1);
      return call(values as readonly number[]);
    },
  };
}

const plainNumber = /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/;

function numberOf(value: unknown): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && value.length < 1_000) {
    const number = plainNumber.test(value) ? Number.parseFloat(value) : Number.NaN;
    if (Number.isFinite(number)) return number;
    if (/^0([xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)$/.test(value)) return Number(value);
  }
  throw new ExpressionFault('D3030', `Unable to cast value to a number: ${textOf(value)?.slice(0, 80)}`);
}

/** To the nearest, a half to the even one; `precision` digits after the point. */
function rounded(value: number, precision?: number): number {
  const shifted = precision ? shift(value, precision) : value;
  let whole = Math.round(shifted);
  if (Math.abs(whole - shifted) === 0.5 && Math.abs(whole % 2) === 1) whole -= 1;
  return (precision ? shift(whole, -precision) : whole) + 0;
}

/** Times a power of ten, by its digits, so that nothing is rounded on the way. */
function shift(value: number, places: number): number {
  const [digits, exponent = '0'] = String(value).split('e');
  return Number(`${digits}e${Number(exponent) + places}`);
}

function keysOf(value: unknown): Sequence {
  const out = new Sequence();
  if (Array.isArray(value)) {
    const names = new Set<unknown>();
    for (const item of value) for (const name of keysOf(item)) names.add(name);
    charge(names.size);
    for (const name of names) out.push(name);
  } else if (typeof value === 'object' && value !== null) {
    for (const name of Object.keys(value)) out.push(name);
    charge(out.length);
  }
  return out;
}

function typeOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  if (isNumber(value)) return 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}

function joined([given, separator]: readonly unknown[]): string | undefined {
  if (given === undefined) return undefined;
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  charge(texts.length);
  for (const text of texts) if (typeof text !== 'string') throw wrongType('join', 1);
  const out = texts.join((separator as string | undefined) ?? '');
  charge(out.length >> 4);
  return out;
}

export const directFunctions: ReadonlyMap<string, DirectFunction> = new Map<string, DirectFunction>([
  ['number', { arguments: [1, 1], call: ([value]) => castable(value) }],
  ['string', { arguments: [1, 1], call: ([value]) => textOf(value) }],
  ['boolean', { arguments: [1, 1], call: ([value]) => truth(value) }],
  ['exists', { arguments: [1, 1], call: ([value]) => value !== undefined }],
  [
    'not',
    {
      arguments: [1, 1],
      call: ([value]) => {
        const is = truth(value);
        return is === undefined ? undefined : !is;
      },
    },
  ],
  ['type', { arguments: [1, 1], call: ([value]) => typeOf(value) }],
  ['keys', { arguments: [1, 1], call: ([value]) => keysOf(value) }],
  ['append', { arguments: [2, 2], call: ([a, b]) => append(a, b) }],
  ['lowercase', ofText('lowercase', 1, (text) => text.toLowerCase())],
  ['uppercase', ofText('uppercase', 1, (text) => text.toUpperCase())],
  ['length', ofText('length', 1, (text) => Array.from(charged(text)).length)],
  [
    'trim',
    ofText('trim', 1, (text) =>
      charged(text)
        .replace(/[ \t\n\r]+/gm, ' ')
        .replace(/^ | $/g, ''),
    ),
  ],
  ['contains', ofText('contains', 2, (text, part) => text.includes(part))],
  [
    'substringBefore',
    ofText('substringBefore', 2, (text, mark) =>
      text.includes(mark) ? text.slice(0, text.indexOf(mark)) : text,
    ),
  ],
  [
    'substringAfter',
    ofText('substringAfter', 2, (text, mark) =>
      text.includes(mark) ? text.slice(text.indexOf(mark) + mark.length) : text,
    ),
  ],
  [
    'split',
    ofText('split', 2, (text, separator) => {
      const parts = text.split(separator);
      charge(parts.length);
      return parts;
    }),
  ],
  ['join', { arguments: [1, 2], literal: 'string', call: joined }],
  ['abs', ofNumber('abs', 1, Math.abs)],
  ['floor', ofNumber('floor', 1, Math.floor)],
  ['ceil', ofNumber('ceil', 1, Math.ceil)],
  ['round', ofNumber('round', 2, rounded)],
  ['sum', ofNumbers('sum', total)],
  ['max', ofNumbers('max', (values) => extreme(values, (a, b) => Math.max(a, b)))],
  ['min', ofNumbers('min', (values) => extreme(values, (a, b) => Math.min(a, b)))],
  [
    'average',
    ofNumbers('average', (values) => (values.length === 0 ? undefined : total(values) / values.length)),
  ],
  ['count', { arguments: [1, 1], call: ([value]) => count(value) }],
]);

function castable(value: unknown): number | undefined {
  if (typeof value === 'object') throw wrongType('number', 1);
  return numberOf(value);
}

function charged(text: string): string {
  charge(text.length);
  return text;
}

function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function extreme(values: readonly number[], pick: (a: number, b: number) => number): number | undefined {
  return values.length === 0 ? undefined : values.reduce(pick);
}

function count(value: unknown): number {
  if (value === undefined) return 0;
  return Array.isArray(value) ? value.length : 1;
}
