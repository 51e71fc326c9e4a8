/** The description of a meter as JSON: objects, associations and rights; and its values. */
import type { mechanisms } from '../apdu/acse.ts';
import type { ConformanceBit } from '../apdu/initiate.ts';
import { logicalNameBytes } from '../apdu/schema.ts';
import { associationErrors } from '../association/association-errors.ts';
import { encodeCaptureObject } from '../cosem/objects.ts';
import { encodeScalerUnit } from '../cosem/units.ts';
import { encodeData } from '../data.ts';
import type { DeviationQuirk } from '../date-time.ts';
import { type CosemValue, dataTags } from '../value.ts';

export interface MeterDescription {
  readonly name: string;
  /** Largest APDU it takes and sends. */
  readonly maxPduBytes: number;
  readonly conformance: readonly ConformanceBit[];
  readonly associations: readonly AssociationDescription[];
  readonly objects: readonly ObjectDescription[];
  /** Where it departs from the standard, as meters do. */
  readonly quirks?: ServerQuirks;
  /** What is written to which event log when something happens. */
  readonly events?: Readonly<Record<string, { readonly log: string; readonly code: number }>>;
}

/** Departures of a meter: what a client must know of it (`MeterProfile`), from the other side. */
export interface ServerQuirks {
  /** Sign of the deviation in its times, or none. */
  readonly deviation?: DeviationQuirk;
  /** Rows of a profile are chosen by number only. */
  readonly isEntriesOnly?: boolean;
  /** A request with a list is refused. */
  readonly refusesLists?: boolean;
  /** It passes over APDUs longer than this, whatever it says. */
  readonly takesBytes?: number;
  /** A long answer in blocks begins anew instead of coming to its last block. */
  readonly endsNoTransfer?: boolean;
}

/** Rights by how much an association is trusted. */
export type AccessLevel = 'public' | 'read' | 'manage';

export interface AssociationDescription {
  readonly name: string;
  readonly clientSap: number;
  readonly mechanism: keyof typeof mechanisms;
  readonly referencing: 'logical-name' | 'short-name';
  readonly level: AccessLevel;
  /** Its own object beside the current one, 0.0.40.0.0.255. */
  readonly instance: string;
  /** Object of class 64 with its policy and keys; without one nothing is ciphered. */
  readonly securitySetup?: string;
  /** Object of class 1 that tells the counter last received. */
  readonly counter?: string;
}

export interface ObjectDescription {
  readonly class: number;
  readonly version?: number;
  readonly instance: string;
  /** Base name for associations with short names, a multiple of 8; left out, it is given one. */
  readonly shortName?: number;
  /** By attribute index. */
  readonly values?: Readonly<Record<string, ValueJson>>;
  /** Class 7: class, instance, attribute, data index of each column. */
  readonly captures?: readonly (readonly [number, string, number, number])[];
  /** Also for the public client to read. */
  readonly public?: boolean;
  /** Departures from the rights of the level, by attribute index or `m` and method index. */
  readonly rights?: Readonly<
    Partial<Record<AccessLevel, Readonly<Record<string, '-' | 'r' | 'w' | 'rw' | 'x'>>>>
  >;
}

/** One key, the type: `{"long-unsigned": 5}`, `{"octet-string": "0a0b"}`, `{"structure": [...]}`; null. */
export type ValueJson = null | { readonly [type: string]: unknown };

/** The value of its JSON. Raises DLMS_MODEL with `where` it stands. */
export function valueFromJson(json: ValueJson, where: string): CosemValue {
  if (json === null) return { type: 'null' };
  const [entry, ...more] = Object.entries(json);
  if (entry === undefined || more.length > 0) throw wrong(where, 'not one type');
  const [type, content] = entry;
  const value = build(type, content, where);
  try {
    encodeData(value);
  } catch (error) {
    throw associationErrors.DLMS_MODEL(`${where}: ${(error as Error).message}`, { where }, error);
  }
  return value;
}

function build(type: string, content: unknown, where: string): CosemValue {
  if (type === 'scaler-unit' && Array.isArray(content)) {
    return encodeScalerUnit({ scaler: Number(content[0]), unit: Number(content[1]) });
  }
  if (type === 'logical-name') {
    return { type: 'octet-string', value: logicalNameBytes(String(content)) };
  }
  if (type === 'capture' && Array.isArray(content)) {
    const [classId, instance, attribute, dataIndex] = content as [number, string, number, number];
    return encodeCaptureObject({ classId, instance, attribute, dataIndex });
  }
  if (!Object.hasOwn(dataTags, type)) throw wrong(where, `no type "${type}"`);
  if (type === 'array' || type === 'structure') {
    if (!Array.isArray(content)) throw wrong(where, `${type} without a list`);
    const elements = content.map((one, i) => valueFromJson(one as ValueJson, `${where}[${i}]`));
    return { type, elements };
  }
  if (type === 'boolean' && typeof content === 'boolean') return { type, value: content };
  if (type === 'visible-string' || type === 'utf8-string') {
    return { type, value: textBytes(String(content)) };
  }
  if (type === 'octet-string' || type === 'date-time' || type === 'date' || type === 'time') {
    return { type, value: hexBytes(content, where) };
  }
  if (type === 'bit-string') {
    const bits = String(content);
    const value = new Uint8Array(Math.ceil(bits.length / 8));
    for (let i = 0; i < bits.length; i++) if (bits[i] === '1') value[i >> 3]! |= 0x80 >> (i & 7);
    return { type, bits: bits.length, value };
  }
  if (type === 'long64' || type === 'long64-unsigned') return { type, value: BigInt(String(content)) };
  if (typeof content !== 'number' || type === 'null' || type === 'compact-array' || type === 'dont-care') {
    throw wrong(where, `${type} of ${JSON.stringify(content)}`);
  }
  return { type, value: content } as CosemValue;
}

/** ASCII and UTF-8 alike: bytes of a text. */
function textBytes(text: string): Uint8Array {
  const escaped = encodeURIComponent(text);
  const out: number[] = [];
  for (let i = 0; i < escaped.length; i++) {
    if (escaped[i] === '%') {
      out.push(Number.parseInt(escaped.slice(i + 1, i + 3), 16));
      i += 2;
    } else out.push(escaped.charCodeAt(i));
  }
  return Uint8Array.from(out);
}

function hexBytes(content: unknown, where: string): Uint8Array {
  const text = String(content);
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw wrong(where, 'no hex');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function wrong(where: string, what: string) {
  return associationErrors.DLMS_MODEL(`${where}: ${what}`, { where });
}
