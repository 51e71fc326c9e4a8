/**
 * SenML packs (RFC 8428) as they were sent: records with base fields, each field checked for its type. What
 * the records mean together is in resolve.ts.
 */

import { bytesOfBase64Url } from '../base64url.ts';
import type { Decimal } from '../decimal.ts';
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
import { utf8Text } from '../text.ts';
import { senmlErrors } from './errors.ts';

export type SenmlFormat = 'json' | 'cbor';

/** What a sensor measured. NaN and infinities of CBOR come as `notFinite`. */
export type SenmlValue =
  | { readonly type: 'number'; readonly number: Decimal }
  | { readonly type: 'notFinite'; readonly number: number }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'flag'; readonly flag: boolean }
  | { readonly type: 'data'; readonly data: Uint8Array }
  /** LwM2M: `object:instance`. */
  | { readonly type: 'link'; readonly text: string };

/** A record; names as in RFC 8428 clauses 4.1 and 4.2, labels in table 1. */
export interface SenmlRecord {
  readonly baseName?: string;
  /** Seconds. */
  readonly baseTime?: Decimal;
  readonly baseUnit?: string;
  readonly baseValue?: Decimal;
  readonly baseSum?: Decimal;
  readonly baseVersion?: number;
  readonly name?: string;
  readonly unit?: string;
  readonly value?: SenmlValue;
  readonly sum?: Decimal;
  /** Seconds. */
  readonly time?: Decimal;
  /** Seconds until the next reading is due at the latest. */
  readonly updateTime?: Decimal;
  /** Fields of other labels, as they came. */
  readonly others?: readonly SenmlOther[];
}

export interface SenmlOther {
  readonly label: string | number;
  readonly value: ExactValue;
}

export interface SenmlPack {
  readonly format: SenmlFormat;
  readonly records: readonly SenmlRecord[];
}

export interface SenmlLimits {
  readonly bytes: number;
  readonly records: number;
  /** Characters of a name, and of base name and name together. */
  readonly nameChars: number;
}

export const defaultSenmlLimits: SenmlLimits = { bytes: 1024 * 1024, records: 10_000, nameChars: 512 };

export interface SenmlOptions {
  /** Told from the first byte when absent. */
  readonly format?: SenmlFormat;
  readonly limits?: Partial<SenmlLimits>;
}

/** Array, record, and what an unknown field may hold. */
const MAX_DEPTH = 6;
/** Fields of a record, keys and values, with room for unknown ones. */
const VALUES_A_RECORD = 48;

/** A pack of exactly these bytes. Throws `senmlErrors` only. */
export function decodeSenml(bytes: Uint8Array, options: SenmlOptions = {}): SenmlPack {
  const limits = { ...defaultSenmlLimits, ...options.limits };
  if (bytes.length === 0) throw senmlErrors.SENML_EMPTY();
  if (bytes.length > limits.bytes) throw senmlErrors.SENML_TOO_LARGE(`${bytes.length} bytes`);
  const format = options.format ?? formatOf(bytes);
  const tree = treeOf(bytes, format, limits);
  if (!isList(tree))
    throw senmlErrors.SENML_MALFORMED('the pack is no array', { clause: 'RFC 8428 clause 5' });
  if (tree.length === 0) throw senmlErrors.SENML_EMPTY('an array without records');
  if (tree.length > limits.records) throw senmlErrors.SENML_TOO_LARGE(`${tree.length} records`);
  return { format, records: tree.map((record, index) => recordOf(record, index, format, limits)) };
}

function formatOf(bytes: Uint8Array): SenmlFormat {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0;
  while (at < bytes.length && (bytes[at] === 0x20 || (bytes[at]! >= 9 && bytes[at]! <= 13))) at += 1;
  const first = bytes[at]!;
  if (first === 0x3c || first === 0x24) throw senmlErrors.SENML_UNSUPPORTED('XML or EXI');
  return first >= 0x80 && first < 0xe0 ? 'cbor' : 'json';
}

function treeOf(bytes: Uint8Array, format: SenmlFormat, { records }: SenmlLimits): ExactValue {
  const limits: ExactLimits = { depth: MAX_DEPTH, values: records * VALUES_A_RECORD, fault: faultOf };
  if (format === 'cbor') return readExactCbor(bytes, limits);
  const text = utf8Text(bytes);
  if (text === undefined) throw senmlErrors.SENML_MALFORMED('not UTF-8', { clause: 'RFC 8428 clause 5' });
  return readExactJson(text, limits);
}

function faultOf(fault: ExactFault, detail: string, at: number) {
  if (fault === 'truncated') return senmlErrors.SENML_TRUNCATED(detail, { at });
  if (fault === 'too many') return senmlErrors.SENML_TOO_LARGE(detail, { at });
  return senmlErrors.SENML_MALFORMED(detail, { at });
}

type FieldName = Exclude<keyof SenmlRecord, 'value' | 'others'> | 'v' | 'vs' | 'vb' | 'vd' | 'vlo';
type Kind = 'text' | 'number' | 'flag' | 'data' | 'link' | 'version';

interface Label {
  readonly label: string;
  readonly key: number | string;
  readonly name: FieldName;
  readonly kind: Kind;
}

/** RFC 8428 table 1 (labels) with the keys of table 4 (CBOR). */
export const senmlLabels: readonly Label[] = [
  { label: 'bver', key: -1, name: 'baseVersion', kind: 'version' },
  { label: 'bn', key: -2, name: 'baseName', kind: 'text' },
  { label: 'bt', key: -3, name: 'baseTime', kind: 'number' },
  { label: 'bu', key: -4, name: 'baseUnit', kind: 'text' },
  { label: 'bv', key: -5, name: 'baseValue', kind: 'number' },
  { label: 'bs', key: -6, name: 'baseSum', kind: 'number' },
  { label: 'n', key: 0, name: 'name', kind: 'text' },
  { label: 'u', key: 1, name: 'unit', kind: 'text' },
  { label: 'v', key: 2, name: 'v', kind: 'number' },
  { label: 'vs', key: 3, name: 'vs', kind: 'text' },
  { label: 'vb', key: 4, name: 'vb', kind: 'flag' },
  { label: 's', key: 5, name: 'sum', kind: 'number' },
  { label: 't', key: 6, name: 'time', kind: 'number' },
  { label: 'ut', key: 7, name: 'updateTime', kind: 'number' },
  { label: 'vd', key: 8, name: 'vd', kind: 'data' },
  // registered by OMA for LwM2M, text in CBOR, too
  { label: 'vlo', key: 'vlo', name: 'vlo', kind: 'link' },
];

const byLabel = new Map<string | number, Label>(
  senmlLabels.flatMap((label) => [[label.label, label] as const, [label.key, label] as const]),
);

function recordOf(record: ExactValue, index: number, format: SenmlFormat, limits: SenmlLimits): SenmlRecord {
  if (!(record instanceof ExactMap)) throw bad(index, 'a record is no map');
  const fields: Record<string, unknown> = {};
  const others: SenmlOther[] = [];
  for (const [key, value] of record.entries) {
    const label = typeof key === 'string' ? key : isDecimal(key) ? Number(key.raw) : undefined;
    if (label === undefined) throw bad(index, 'a label is neither text nor a whole number');
    // integer keys are CBOR's alone, and known labels are integers there
    const found = byLabel.get(label);
    const known = format === 'cbor' && found?.key !== label ? undefined : found;
    if (known === undefined) others.push(otherOf(label, value, index));
    else if (known.name[0] === 'v') {
      if (fields.value !== undefined) throw noValue(index, 'more than one value');
      fields.value = contentOf(known, value, index, format);
    } else fields[known.name] = fieldOf(known, value, index, limits);
  }
  if (others.length > 0) fields.others = others;
  return fields;
}

/** Clause 4.4: unknown fields are passed over, but those that end with an underscore must not be. */
function otherOf(label: string | number, value: ExactValue, index: number): SenmlOther {
  if (typeof label !== 'string' || !label.endsWith('_')) return { label, value };
  throw senmlErrors.SENML_MUST_UNDERSTAND(`record ${index}: ${label.slice(0, 40)}`, {
    ...{ clause: 'RFC 8428 clause 4.4', record: index },
  });
}

function contentOf(
  { label, kind }: Label,
  value: ExactValue,
  index: number,
  format: SenmlFormat,
): SenmlValue {
  if (kind === 'number') {
    if (isDecimal(value)) return { type: 'number', number: value };
    if (typeof value === 'number') return { type: 'notFinite', number: value };
  } else if (kind === 'text') {
    if (typeof value === 'string') return { type: 'text', text: value };
  } else if (kind === 'link') {
    if (typeof value === 'string') return { type: 'link', text: value };
  } else if (kind === 'flag') {
    if (typeof value === 'boolean') return { type: 'flag', flag: value };
  } else {
    const data = typeof value === 'string' && format === 'json' ? bytesOfBase64Url(value) : value;
    if (data instanceof Uint8Array) return { type: 'data', data };
  }
  throw bad(index, `${label} has the wrong type`);
}

function fieldOf({ label, kind }: Label, value: ExactValue, index: number, limits: SenmlLimits) {
  if (kind === 'text') {
    if (typeof value === 'string' && value.length <= limits.nameChars) return value;
    throw bad(index, `${label} is no text of at most ${limits.nameChars} characters`);
  }
  if (!isDecimal(value)) throw bad(index, `${label} is no finite number`);
  if (kind !== 'version') return value;
  const version = Number(value.raw);
  if (value.power === 0 && version > 0 && Number.isSafeInteger(version)) return version;
  throw bad(index, 'bver is no positive whole number');
}

function bad(record: number, detail: string) {
  return senmlErrors.SENML_BAD_FIELD(`record ${record}: ${detail}`, {
    clause: 'RFC 8428 clause 4.3',
    record,
  });
}

function noValue(record: number, detail: string) {
  return senmlErrors.SENML_NO_VALUE(`record ${record}: ${detail}`, { clause: 'RFC 8428 clause 4.2', record });
}
