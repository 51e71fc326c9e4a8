/** A codec as it comes from a file or over HTTP: nothing is believed before it is looked at. */
import {
  type CodecDefinition,
  type CodecExample,
  type MbusPayload,
  SCRIPT_DECODER,
  SERVER_DECODER,
} from './codec.ts';
import { codecErrors } from './codec-errors.ts';
import type { CodecControl, ControlDownlink, HarmlessDownlink, SupplyState } from './downlink-control.ts';
import type { CodecMapping, EventMapping, SeriesMapping } from './mapping.ts';

type Check = (value: unknown, at: string) => void;

const wrong = (at: string, what: string) => codecErrors.CODEC_INVALID(`${at}: ${what}`);

const text: Check = (value, at) => {
  if (typeof value !== 'string') throw wrong(at, 'not a text');
};
const number: Check = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(at, 'not a number');
};
const anyObject: Check = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'not an object');
};
const plain: Check = (value, at) => {
  if (typeof value === 'object' && value !== null)
    throw wrong(at, 'neither text, number, true, false nor null');
};

const scalar: Check = (value, at) => {
  if (value === null) throw wrong(at, 'not a text, number, true or false');
  plain(value, at);
};

const oneOf =
  (...values: readonly string[]): Check =>
  (value, at) => {
    if (!values.some((each) => each === value)) throw wrong(at, `not one of ${values.join(', ')}`);
  };
const listOf =
  (check: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value)) throw wrong(at, 'not a list');
    for (const [i, item] of value.entries()) check(item, `${at}[${i}]`);
  };
const mapOf =
  (check: Check): Check =>
  (value, at) => {
    anyObject(value, at);
    for (const [name, item] of Object.entries(value as object)) check(item, `${at}.${name}`);
  };
/** A text or number, or `{path}`, where a codec says it. */
const orPath =
  (check: Check): Check =>
  (value, at) =>
    typeof value === 'object' ? objectOf<{ path: string }>({ path: text }, {})(value, at) : check(value, at);

/** Fields that must be there, and those that may; others are refused, so that a misspelt one is noticed. */
function objectOf<T>(
  needed: { readonly [name in RequiredKeys<T>]: Check },
  optional: { readonly [name in Exclude<keyof T, RequiredKeys<T>>]: Check },
): Check {
  const all = new Map(Object.entries<Check>({ ...needed, ...optional }));
  return (value, at) => {
    anyObject(value, at);
    const fields = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(needed)) {
      if (fields[name] === undefined) throw wrong(`${at}.${name}`.replace(/^\./, ''), 'missing');
    }
    for (const [name, item] of Object.entries(fields)) {
      const path = `${at}.${name}`.replace(/^\./, '');
      const check = all.get(name);
      if (check === undefined)
        throw wrong(path, `not a field of a codec; here are ${[...all.keys()].join(', ')}`);
      if (item !== undefined) check(item, path);
    }
  };
}

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

const series = objectOf<SeriesMapping>(
  { value: text, quantity: text, unit: orPath(text) },
  {
    each: text,
    where: mapOf(plain),
    intervalS: number,
    scale: number,
    time: text,
    stepS: orPath(number),
    order: oneOf('newest-first', 'oldest-first'),
    alignS: number,
  },
);
const event = objectOf<EventMapping>(
  { where: mapOf(plain), code: text },
  { each: text, detail: text, time: text },
);
const mapping = objectOf<CodecMapping>({ series: listOf(series) }, { meter: text, events: listOf(event) });
const order = objectOf<ControlDownlink>({ fPort: number, data: anyObject }, {});
const control = objectOf<CodecControl>(
  {},
  {
    ...{ connect: order, disconnect: order },
    state: objectOf<SupplyState>({ value: text, connected: scalar, disconnected: scalar }, {}),
    harmless: listOf(
      objectOf<HarmlessDownlink>({ fPort: number, fields: listOf(text) }, { where: mapOf(plain) }),
    ),
  },
);
const example = objectOf<CodecExample>(
  { fn: text, input: anyObject, output: anyObject },
  { description: text },
);
const mbus = objectOf<MbusPayload>({}, { offset: number, header: oneOf('ci', 'none'), deviceType: number });

type Optional = 'script' | 'examples' | 'mapping';
/** As it is written: what its decoder does not need may be left out. */
type CodecFile = Omit<CodecDefinition, Optional> & Partial<Pick<CodecDefinition, Optional>>;

const definition = objectOf<CodecFile>(
  { id: text, vendor: text, models: listOf(text), fPorts: listOf(number), decoder: text },
  { script: text, examples: listOf(example), mapping, recvTime: oneOf('date', 'text'), mbus, control },
);
/** What each decoder needs besides; those that are built in need nothing. */
const needed: Readonly<Record<string, readonly Optional[]>> = {
  [SCRIPT_DECODER]: ['script', 'examples', 'mapping'],
  [SERVER_DECODER]: ['mapping'],
};

/**
 * The codec that a value is. Throws CODEC_INVALID, naming the field. What it means is checked by
 * `acceptCodec`.
 */
export function readCodec(value: unknown): CodecDefinition {
  definition(value, '');
  const file = value as CodecFile;
  const ofDecoder = Object.hasOwn(needed, file.decoder) ? needed[file.decoder]! : [];
  const missing = ofDecoder.find((name) => file[name] === undefined);
  if (missing !== undefined) throw wrong(missing, 'missing');
  return { ...file, script: file.script ?? '', examples: file.examples ?? [], mapping: file.mapping ?? none };
}

const none: CodecMapping = { series: [] };
