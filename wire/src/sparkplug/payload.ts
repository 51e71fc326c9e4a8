/**
 * Payloads of Sparkplug B 3.0 (clause 6.4) as protobuf, and what their values are. Data sets, templates,
 * sets within properties and arrays are kept as they came.
 */
import { type Decimal, decimalOfFloat32, decimalOfNumber, wholeOf } from '../decimal.ts';
import { type ProtoFault, type ProtoOf, type ProtoSchema, readProto, writeProto } from '../protobuf.ts';
import { sparkplugErrors } from './errors.ts';

/** Clause 6.4.8. */
const propertyValue = {
  type: { id: 1, type: 'uint32' },
  isNull: { id: 2, type: 'bool' },
  intValue: { id: 3, type: 'uint32', oneof: 'value' },
  longValue: { id: 4, type: 'uint64', oneof: 'value' },
  floatValue: { id: 5, type: 'float', oneof: 'value' },
  doubleValue: { id: 6, type: 'double', oneof: 'value' },
  booleanValue: { id: 7, type: 'bool', oneof: 'value' },
  stringValue: { id: 8, type: 'string', oneof: 'value' },
  propertySet: { id: 9, type: 'bytes', oneof: 'value' },
  propertySetList: { id: 10, type: 'bytes', oneof: 'value' },
  extension: { id: 11, type: 'bytes', oneof: 'value' },
} as const satisfies ProtoSchema;

/** Clause 6.4.7. */
const propertySet = {
  keys: { id: 1, type: 'string', repeated: true },
  values: { id: 2, type: propertyValue, repeated: true },
} as const satisfies ProtoSchema;

/** Clause 6.4.6. */
const metaData = {
  isMultiPart: { id: 1, type: 'bool' },
  contentType: { id: 2, type: 'string' },
  size: { id: 3, type: 'uint64' },
  seq: { id: 4, type: 'uint64' },
  fileName: { id: 5, type: 'string' },
  fileType: { id: 6, type: 'string' },
  md5: { id: 7, type: 'string' },
  description: { id: 8, type: 'string' },
} as const satisfies ProtoSchema;

/** Clause 6.4.5. */
const metric = {
  name: { id: 1, type: 'string' },
  alias: { id: 2, type: 'uint64' },
  /** Milliseconds since 1970. */
  timestamp: { id: 3, type: 'uint64' },
  datatype: { id: 4, type: 'uint32' },
  isHistorical: { id: 5, type: 'bool' },
  isTransient: { id: 6, type: 'bool' },
  isNull: { id: 7, type: 'bool' },
  metadata: { id: 8, type: metaData },
  properties: { id: 9, type: propertySet },
  intValue: { id: 10, type: 'uint32', oneof: 'value' },
  longValue: { id: 11, type: 'uint64', oneof: 'value' },
  floatValue: { id: 12, type: 'float', oneof: 'value' },
  doubleValue: { id: 13, type: 'double', oneof: 'value' },
  booleanValue: { id: 14, type: 'bool', oneof: 'value' },
  stringValue: { id: 15, type: 'string', oneof: 'value' },
  bytesValue: { id: 16, type: 'bytes', oneof: 'value' },
  dataset: { id: 17, type: 'bytes', oneof: 'value' },
  template: { id: 18, type: 'bytes', oneof: 'value' },
  extension: { id: 19, type: 'bytes', oneof: 'value' },
} as const satisfies ProtoSchema;

/** Clause 6.4.4. */
const payload = {
  /** Milliseconds since 1970. */
  timestamp: { id: 1, type: 'uint64' },
  metrics: { id: 2, type: metric, repeated: true },
  seq: { id: 3, type: 'uint64' },
  uuid: { id: 4, type: 'string' },
  body: { id: 5, type: 'bytes' },
} as const satisfies ProtoSchema;

export type SparkplugPayload = ProtoOf<typeof payload>;
export type SparkplugMetric = ProtoOf<typeof metric>;
export type SparkplugProperty = ProtoOf<typeof propertyValue>;

export interface PayloadLimits {
  readonly bytes: number;
  readonly metrics: number;
}

export const defaultPayloadLimits: PayloadLimits = { bytes: 1024 * 1024, metrics: 10_000 };

/** Fields of a metric with properties, in the mean. */
const FIELDS_A_METRIC = 40;
/** What edge nodes of Tahu put in `uuid` when `body` holds the payload proper, packed. */
const COMPRESSED = 'SPBV1.0_COMPRESSED';

/** A payload of exactly these bytes. Throws `sparkplugErrors` only. */
export function decodeSparkplug(
  bytes: Uint8Array,
  limits: PayloadLimits = defaultPayloadLimits,
): SparkplugPayload {
  if (bytes.length > limits.bytes) throw sparkplugErrors.SPARKPLUG_TOO_LARGE(`${bytes.length} bytes`);
  const read = readProto(payload, bytes, { fields: limits.metrics * FIELDS_A_METRIC, fault: faultOf });
  const { metrics = [], uuid } = read;
  if (metrics.length > limits.metrics) throw sparkplugErrors.SPARKPLUG_TOO_LARGE(`${metrics.length} metrics`);
  if (uuid === COMPRESSED) throw sparkplugErrors.SPARKPLUG_COMPRESSED();
  return read;
}

/** The bytes of a payload. */
export function encodeSparkplug(message: SparkplugPayload): Uint8Array<ArrayBuffer> {
  return writeProto(payload, message);
}

function faultOf(fault: ProtoFault, detail: string, at: number) {
  if (fault === 'truncated') return sparkplugErrors.SPARKPLUG_TRUNCATED(detail, { at });
  if (fault === 'too many') return sparkplugErrors.SPARKPLUG_TOO_LARGE(detail, { at });
  return sparkplugErrors.SPARKPLUG_MALFORMED(detail, { clause: 'Sparkplug 3.0 clause 6.4', at });
}

/** Clause 6.4.16; arrays are 22 to 34. */
export const sparkplugTypes = {
  unknown: 0,
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8,
  float: 9,
  double: 10,
  boolean: 11,
  string: 12,
  dateTime: 13,
  text: 14,
  uuid: 15,
  dataSet: 16,
  bytes: 17,
  file: 18,
  template: 19,
  propertySet: 20,
  propertySetList: 21,
} as const;

/** What a metric says. */
export type SparkplugValue =
  | { readonly type: 'number'; readonly number: Decimal }
  | { readonly type: 'notFinite'; readonly number: number }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'flag'; readonly flag: boolean }
  /** Milliseconds since 1970. */
  | { readonly type: 'time'; readonly ms: number | bigint }
  | { readonly type: 'data'; readonly data: Uint8Array };

const intBits: Readonly<Record<number, number>> = { 1: 8, 2: 16, 3: 32, 4: 64, 5: 8, 6: 16, 7: 32, 8: 64 };
const LAST_SIGNED = sparkplugTypes.int64;
const textTypes: ReadonlySet<number> = new Set([
  ...[sparkplugTypes.string, sparkplugTypes.text, sparkplugTypes.uuid],
]);

/** The value of a metric or property by its data type; undefined when it has none. Throws SPARKPLUG_TYPE. */
export function sparkplugValue(
  source: SparkplugMetric | SparkplugProperty,
  datatype: number,
): SparkplugValue | undefined {
  const { isNull, intValue, longValue, floatValue, doubleValue, booleanValue, stringValue } = source;
  if (isNull) return undefined;
  const whole = intValue ?? longValue;
  if (whole !== undefined) return wholeValue(whole, datatype, intValue === undefined ? 64 : 32);
  const real = floatValue ?? doubleValue;
  if (real !== undefined) {
    if (datatype !== sparkplugTypes.float && datatype !== sparkplugTypes.double)
      throw mismatch('a real', datatype);
    if (!Number.isFinite(real)) return { type: 'notFinite', number: real };
    const number = floatValue === undefined ? decimalOfNumber(real) : decimalOfFloat32(real);
    return { type: 'number', number };
  }
  if (booleanValue !== undefined) {
    if (datatype !== sparkplugTypes.boolean) throw mismatch('a flag', datatype);
    return { type: 'flag', flag: booleanValue };
  }
  if (stringValue !== undefined) {
    if (!textTypes.has(datatype)) throw mismatch('a text', datatype);
    return { type: 'text', text: stringValue };
  }
  const data = dataOf(source);
  return data && { type: 'data', data };
}

/** Signed numbers come in two's complement of their own width, or of the field that carries them. */
function wholeValue(whole: number | bigint, datatype: number, carriedBits: number): SparkplugValue {
  if (datatype === sparkplugTypes.dateTime) return { type: 'time', ms: whole };
  // some edge nodes send flags as numbers
  if (datatype === sparkplugTypes.boolean && whole <= 1) return { type: 'flag', flag: whole === 1 };
  const bits = intBits[datatype];
  if (bits === undefined) throw mismatch('a whole number', datatype);
  const value = BigInt(whole);
  if (datatype > LAST_SIGNED) {
    if (value !== BigInt.asUintN(bits, value)) throw mismatch(`${value}`, datatype);
    return { type: 'number', number: { raw: whole, power: 0 } };
  }
  const own = BigInt.asIntN(bits, value);
  const carried = BigInt.asIntN(carriedBits, value);
  if (carried !== own && value !== BigInt.asUintN(bits, value)) throw mismatch(`${value}`, datatype);
  return { type: 'number', number: { raw: wholeOf(own), power: 0 } };
}

function dataOf(source: SparkplugMetric & SparkplugProperty): Uint8Array | undefined {
  const { bytesValue, dataset, template, extension, propertySet, propertySetList } = source;
  return bytesValue ?? dataset ?? template ?? extension ?? propertySet ?? propertySetList;
}

function mismatch(found: string, datatype: number) {
  return sparkplugErrors.SPARKPLUG_TYPE(`${found} for data type ${datatype}`, {
    ...{ clause: 'Sparkplug 3.0 clause 6.4.16', datatype },
  });
}
