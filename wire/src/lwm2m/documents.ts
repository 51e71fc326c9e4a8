/** The JSON of LwM2M 1.0 (Core 1.0 clause 6.4.4) and the CBOR of 1.2 (Core 1.2 clause 7.4.8). */
import { addDecimals, type Decimal } from '../decimal.ts';
import { readExactCbor } from '../exact/cbor.ts';
import { readExactJson } from '../exact/json.ts';
import {
  type ExactFault,
  type ExactLimits,
  ExactMap,
  type ExactValue,
  isDecimal,
  isList,
} from '../exact/value.ts';
import type { SenmlValue } from '../senml/pack.ts';
import { utf8Text } from '../text.ts';
import { lwm2mErrors } from './errors.ts';
import { type Lwm2mPath, lwm2mPathText, parseLwm2mPath, resourcePath } from './path.ts';

/** A resource before its model is looked at. */
export interface RawResource {
  readonly path: Lwm2mPath;
  readonly value: SenmlValue;
  readonly unit?: string;
  readonly time?: Decimal;
  readonly isRelative?: boolean;
  /** The value is text of whatever type the resource has. */
  readonly isPlain?: true;
}

const limits: ExactLimits = {
  depth: 8,
  values: 200_000,
  fault(fault: ExactFault, detail, at) {
    if (fault === 'truncated') return lwm2mErrors.LWM2M_TRUNCATED(detail, { at });
    if (fault === 'too many') return lwm2mErrors.LWM2M_TOO_LARGE(detail, { at });
    return lwm2mErrors.LWM2M_MALFORMED(detail, { at });
  },
};

const ZERO: Decimal = { raw: 0, power: 0 };

/** `{"bn":"/3/0/","bt":…,"e":[{"n":"9","v":80,"t":-5}]}`; names are below the base name or the path. */
export function readOldJson(bytes: Uint8Array, path: Lwm2mPath): RawResource[] {
  const text = utf8Text(bytes);
  if (text === undefined) throw malformed('not UTF-8');
  const document = fieldsOf(readExactJson(text, limits));
  const entries = document.get('e');
  const base = document.get('bn') ?? baseOf(path);
  const baseTime = document.get('bt');
  if (typeof base !== 'string' || entries === undefined || !isList(entries))
    throw malformed('bn or e is missing');
  if (baseTime !== undefined && !isDecimal(baseTime)) throw malformed('bt is no number');
  return entries.map((entry) => {
    const fields = fieldsOf(entry);
    const name = fields.get('n') ?? '';
    const time = fields.get('t');
    if (typeof name !== 'string') throw malformed('n is no text');
    if (time !== undefined && !isDecimal(time)) throw malformed('t is no number');
    const at = addDecimals(baseTime ?? ZERO, time ?? ZERO);
    if (at === undefined) throw malformed('times beyond the range of doubles');
    return {
      path: resourcePath(joined(base, name)),
      value: contentOf(fields),
      ...(Number(at.raw) === 0 ? {} : { time: at }),
    };
  });
}

function baseOf(path: Lwm2mPath): string {
  return path.length === 0 ? '/' : lwm2mPathText(path);
}

/** Names are put after base names as they are, or with the slash that belongs between them. */
function joined(base: string, name: string): Lwm2mPath {
  if (base === '' || name === '' || base.endsWith('/') || name.startsWith('/')) {
    return parseLwm2mPath(base.endsWith('/') && name.startsWith('/') ? name : base + name);
  }
  return parseLwm2mPath(`${base}/${name}`);
}

function contentOf(fields: ReadonlyMap<string, ExactValue>): SenmlValue {
  const number = fields.get('v');
  const flag = fields.get('bv');
  const text = fields.get('sv');
  const link = fields.get('ov');
  if (number !== undefined && isDecimal(number)) return { type: 'number', number };
  if (typeof flag === 'boolean') return { type: 'flag', flag };
  if (typeof text === 'string') return { type: 'text', text };
  if (typeof link === 'string') return { type: 'link', text: link };
  throw malformed('an entry without v, bv, sv or ov');
}

function fieldsOf(value: ExactValue): ReadonlyMap<string, ExactValue> {
  if (!(value instanceof ExactMap)) throw malformed('not an object');
  return new Map(value.entries as readonly [string, ExactValue][]);
}

/** Maps of identifiers within each other, or a single value. A key may be several identifiers. */
export function readLwm2mCbor(bytes: Uint8Array, path: Lwm2mPath): RawResource[] {
  const tree = readExactCbor(bytes, limits);
  const out: RawResource[] = [];
  if (tree instanceof ExactMap) collect(out, [], tree);
  else out.push({ path: resourcePath(path), value: leafOf(tree) });
  return out;
}

function collect(out: RawResource[], path: Lwm2mPath, map: ExactMap): void {
  for (const [key, value] of map.entries) {
    const ids = isList(key) ? key : [key];
    const below = [...path, ...ids.map(idOf)];
    if (below.length > 4) throw malformed(`a path of ${below.length} identifiers`);
    if (value instanceof ExactMap) collect(out, below, value);
    else out.push({ path: resourcePath(below), value: leafOf(value) });
  }
}

function idOf(key: ExactValue): number {
  const id = isDecimal(key) && key.power === 0 ? Number(key.raw) : -1;
  if (id < 0 || id > 65_535) throw malformed('a key that is no identifier');
  return id;
}

function leafOf(value: ExactValue): SenmlValue {
  if (isDecimal(value)) return { type: 'number', number: value };
  if (typeof value === 'number') return { type: 'notFinite', number: value };
  if (typeof value === 'string') return { type: 'text', text: value };
  if (typeof value === 'boolean') return { type: 'flag', flag: value };
  if (value instanceof Uint8Array) return { type: 'data', data: value };
  throw malformed('a value that resources do not have');
}

function malformed(detail: string) {
  return lwm2mErrors.LWM2M_MALFORMED(detail, { clause: 'LwM2M Core clause 7.4' });
}
