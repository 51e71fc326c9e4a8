/** What is wrong with a model's file, in words: every part is checked, and nothing else may be there. */
import { bytesOfHex } from '../bytes.ts';
import { modelErrors } from './errors.ts';
import type { Library, MeterModel } from './model.ts';

type Check = (value: unknown, path: string) => void;

function wrong(path: string, why: string): never {
  throw modelErrors.MODEL_INVALID(`${path} ${why}`, { path });
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

const isText: Check = (value, path) => {
  if (typeof value !== 'string') wrong(path, `is ${shown(value)}, not a text`);
};
const isNumber: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) wrong(path, `is ${shown(value)}, not a number`);
};
const isFlag: Check = (value, path) => {
  if (typeof value !== 'boolean') wrong(path, `is ${shown(value)}, not true or false`);
};
const isPlain: Check = (value, path) => {
  if (value !== null && typeof value !== 'string' && typeof value !== 'number') {
    wrong(path, `is ${shown(value)}, not a text, a number or null`);
  }
};
/** A whole number from 0, or such as text, e.g. "0x1b". */
const isCount: Check = (value, path) => {
  const number = typeof value === 'string' && /^(?:0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0) {
    wrong(path, `is ${shown(value)}, not a whole number from 0, or one as text like "0x1b"`);
  }
};

function matches(pattern: RegExp, what: string): Check {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) wrong(path, `is ${shown(value)}, not ${what}`);
  };
}

function oneOf(...words: readonly string[]): Check {
  return (value, path) => {
    if (!words.includes(value as string)) wrong(path, `is ${shown(value)}, not one of ${words.join(', ')}`);
  };
}

function list(item: Check, min = 0, max = 1000): Check {
  return (value, path) => {
    if (!Array.isArray(value)) wrong(path, `is ${shown(value)}, not a list`);
    const items = value as unknown[];
    if (items.length < min || items.length > max)
      wrong(path, `has ${items.length} items, not ${min} to ${max}`);
    for (const [i, one] of items.entries()) item(one, `${path}[${i}]`);
  };
}

const pair = list(isCount, 2, 2);

/** The one check for lists, the other for what is none. */
function listOr(other: Check, ofList: Check): Check {
  return (value, path) => (Array.isArray(value) ? ofList : other)(value, path);
}

function either(word: string, other: Check): Check {
  return (value, path) => {
    if (value !== word) other(value, path);
  };
}

function isObject(value: unknown, path: string): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    wrong(path, `is ${shown(value)}, not an object`);
  }
}

/** An object of these parts and no others; those with `!` have to be there. */
function parts(of: Readonly<Record<string, Check>>, more?: Check): Check {
  const known = new Map(Object.entries(of).map(([name, check]) => [name.replace('!', ''), check]));
  const needed = Object.keys(of).filter((name) => name.endsWith('!'));
  return (value, path) => {
    isObject(value, path);
    for (const [name, part] of Object.entries(value)) {
      const check = known.get(name);
      if (check === undefined)
        wrong(`${path}.${name}`, `is not known; there are ${[...known.keys()].join(', ')}`);
      check(part, `${path}.${name}`);
    }
    for (const name of needed) {
      if (!Object.hasOwn(value, name.slice(0, -1))) wrong(path, `lacks "${name.slice(0, -1)}"`);
    }
    more?.(value, path);
  };
}

/** An object of any names that match. */
function table(key: RegExp, what: string, of: Check): Check {
  return (value, path) => {
    isObject(value, path);
    for (const [name, part] of Object.entries(value)) {
      if (!key.test(name)) wrong(`${path}.${name}`, `is not ${what}`);
      of(part, `${path}.${name}`);
    }
  };
}

const hex = matches(/^(?:[0-9a-f]{2})+$/i, 'pairs of hexadecimal digits');
const manufacturer = matches(/^(?:[A-Z]{3}|\*)$/, 'three capital letters');
const span = either('*', listOr(isCount, pair));
const among = either('*', listOr(isCount, list(isCount, 1)));
const words = (key: RegExp, what: string): Check => table(key, what, isText);
const bit = words(/^(?:[1-5]?\d|6[0-3])$/, 'a bit from 0 to 63');
const modifiers = either('*', list(isText, 0, 10));

const select = parts({
  quantity: isText,
  head: hex,
  storage: span,
  tariff: span,
  subunit: span,
  function: oneOf('instantaneous', 'maximum', 'minimum', 'error', '*'),
  modifiers,
  index: isCount,
});

const from: Check = (value, path) => {
  if (typeof value === 'string') oneOf('manufacturer', 'payload')(value, path);
  else parts({ 'record!': select })(value, path);
};

const bytes = parts({
  'from!': from,
  'at!': (value, path) => (typeof value === 'string' ? isText : isCount)(value, path),
  'length!': isCount,
  'type!': oneOf('uint', 'int', 'bcd', 'text', 'hex', 'date', 'datetime', 'ymd'),
  order: oneOf('le', 'be'),
  none: isNumber,
});

const flags = parts({
  bits: bit,
  values: words(/^\d+$/, 'a whole number'),
  mask: isCount,
  none: isText,
  unknown: isText,
});

const status = list(
  parts({
    header: parts({ bits: bit, mask: isCount, unknown: isText }),
    record: select,
    bytes,
    field: isText,
    flags,
  }),
  1,
  20,
);

const sources = ['record', 'bytes', 'formula', 'date', 'status', 'value', 'decoded'];

const fieldParts: Readonly<Record<string, Check>> = {
  'name!': matches(/^(?:[A-Za-z_]|\{\w+\})(?:\w|\{\w+(?:[+-]\d+)?\})*$/, 'a name like total_m3'),
  about: isText,
  quantity: isText,
  at: isText,
  record: select,
  bytes,
  formula: isText,
  date: parts({
    'from!': isText,
    'months!': (v, p) => (typeof v === 'string' ? isText : isNumber)(v, p),
    end: isFlag,
  }),
  status,
  value: isPlain,
  decoded: isFlag,
  bits: pair,
  scale: isNumber,
  divide: isNumber,
  as: oneOf('number', 'raw', 'text', 'hex', 'date', 'minute', 'second'),
  upper: isFlag,
  omitNone: isFlag,
  keep: isFlag,
  map: table(/^.*$/, 'a key', isPlain),
  flags,
  absent: isPlain,
  flawed: isPlain,
  repeat: pair,
  when: isText,
};

const MAX_REPEAT = 200;

const field = parts(fieldParts, (value, path) => {
  const of = value as Record<string, unknown>;
  const has = sources.filter((name) => Object.hasOwn(of, name));
  if (has.length !== 1 && !(has.length === 0 && Object.hasOwn(of, 'absent'))) {
    const times = has.length === 0 ? 'not' : `${has.length} times`;
    wrong(path, `says ${times} where "${of.name}" comes from: ${sources.join(', ')}`);
  }
  const [first, last] = (of.repeat as [number, number] | undefined) ?? [0, 0];
  if (of.name === '__proto__') wrong(`${path}.name`, 'is no name');
  if (last < first || last - first > MAX_REPEAT)
    wrong(`${path}.repeat`, `is not a span of at most ${MAX_REPEAT}`);
  for (const [, name] of String(of.name).matchAll(/\{(\w+)/g)) {
    const known = of.repeat === undefined ? ['storage', 'tariff', 'subunit'] : ['n'];
    if (!known.includes(name!)) wrong(`${path}.name`, `fills in {${name}}; there is ${known.join(', ')}`);
  }
});

const sample = parts({
  about: isText,
  'telegram!': listOr(hex, list(hex, 1, 20)),
  key: hex,
  'expected!': table(/./, 'a name', isPlain),
});

const fields = list(field, 0, 500);

const model = parts({
  'model!': matches(/^[a-z][a-z0-9_]*$/, 'a name of small letters, digits and _'),
  'title!': isText,
  'meters!': list(
    parts({
      manufacturer: listOr(manufacturer, list(manufacturer, 1)),
      version: among,
      type: among,
      ci: among,
    }),
  ),
  media: isText,
  library: list(isText),
  fields,
  decoder: isText,
  formats: list(hex),
  rest: isFlag,
  'samples!': list(sample, 1, 100),
});

/** The model a file holds. Raises MODEL_INVALID that names the place. */
export function checkModel(content: unknown, file = 'model'): MeterModel {
  model(content, file);
  for (const [i, { key }] of (content as MeterModel).samples.entries()) {
    const bytesOfKey = key === undefined ? 16 : bytesOfHex(key)!.length;
    if (bytesOfKey !== 16 && bytesOfKey !== 8) wrong(`${file}.samples[${i}].key`, 'has not 16 bytes, nor 8');
  }
  return content as MeterModel;
}

const library = parts({ 'fields!': fields, 'sets!': table(/^[a-z_]\w*$/, 'a name', list(isText, 1)) });

/** The library a file holds. Raises MODEL_INVALID that names the place. */
export function checkLibrary(content: unknown, file = 'library'): Library {
  library(content, file);
  return content as Library;
}
