/**
 * A COSEM value: the CHOICE `Data` of IEC 62056-5-3 as a union told apart by `type`. Nothing is lost:
 * 64-bit numbers are bigints, strings and times keep their bytes.
 */

/** Data types by their tag; the name is the one of the standard. */
export const dataTags = {
  null: 0,
  array: 1,
  structure: 2,
  boolean: 3,
  'bit-string': 4,
  'double-long': 5,
  'double-long-unsigned': 6,
  'floating-point': 7,
  'octet-string': 9,
  'visible-string': 10,
  'utf8-string': 12,
  bcd: 13,
  integer: 15,
  long: 16,
  unsigned: 17,
  'long-unsigned': 18,
  'compact-array': 19,
  long64: 20,
  'long64-unsigned': 21,
  enum: 22,
  float32: 23,
  float64: 24,
  'date-time': 25,
  date: 26,
  time: 27,
  'delta-integer': 28,
  'delta-long': 29,
  'delta-double-long': 30,
  'delta-unsigned': 31,
  'delta-long-unsigned': 32,
  'delta-double-long-unsigned': 33,
  'dont-care': 255,
} as const;

export type DataType = keyof typeof dataTags;

/** Types whose value is a plain number. */
export type NumberType =
  | 'double-long'
  | 'double-long-unsigned'
  | 'floating-point'
  | 'bcd'
  | 'integer'
  | 'long'
  | 'unsigned'
  | 'long-unsigned'
  | 'enum'
  | 'float32'
  | 'float64'
  | 'delta-integer'
  | 'delta-long'
  | 'delta-double-long'
  | 'delta-unsigned'
  | 'delta-long-unsigned'
  | 'delta-double-long-unsigned';

/** Types whose value is bytes. `date-time` has 12, `date` 5 and `time` 4 (see date-time.ts). */
export type BytesType = 'octet-string' | 'visible-string' | 'utf8-string' | 'date-time' | 'date' | 'time';

export type CosemValue =
  | { readonly type: 'null' | 'dont-care' }
  /** `octet` is the byte of a true that is not written as 1. */
  | { readonly type: 'boolean'; readonly value: boolean; readonly octet?: number }
  /** `bits` counts; `value` holds them from the highest bit of the first byte, padding as received. */
  | { readonly type: 'bit-string'; readonly bits: number; readonly value: Uint8Array }
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: 'long64' | 'long64-unsigned'; readonly value: bigint }
  | { readonly type: BytesType; readonly value: Uint8Array }
  | { readonly type: 'array' | 'structure'; readonly elements: readonly CosemValue[] }
  | {
      readonly type: 'compact-array';
      readonly description: TypeDescription;
      readonly elements: readonly CosemValue[];
    };

/** What the elements of a compact array are (IEC 62056-5-3, TypeDescription). */
export type TypeDescription =
  | { readonly type: Exclude<DataType, 'array' | 'structure' | 'compact-array'> }
  | { readonly type: 'array'; readonly count: number; readonly element: TypeDescription }
  | { readonly type: 'structure'; readonly fields: readonly TypeDescription[] };

/** A number of whatever type; undefined when the value is none or would not be exact. */
export function numberOf(value: CosemValue): number | undefined {
  if (!('value' in value)) return undefined;
  if (typeof value.value === 'number') return value.value;
  if (typeof value.value !== 'bigint') return undefined;
  const number = Number(value.value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Bytes of a string, time or bit string; undefined for other types. */
export function bytesOf(value: CosemValue): Uint8Array | undefined {
  return 'value' in value && value.value instanceof Uint8Array ? value.value : undefined;
}

/** Elements of an array, structure or compact array; undefined for other types. */
export function elementsOf(value: CosemValue): readonly CosemValue[] | undefined {
  return 'elements' in value ? value.elements : undefined;
}
