/**
 * `Data` in A-XDR (IEC 62056-5-3 clause 8, IEC 61334-6): a tag byte, then the value. Compact arrays say
 * the type once and then pack the elements without tags.
 *
 * Hostile bytes cost no more than honest ones: nesting is limited, a count larger than the bytes that
 * follow is refused before anything is made, and a compact array may not unfold without end.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { dlmsErrors } from './errors.ts';
import { type CosemValue, type DataType, dataTags, type TypeDescription } from './value.ts';

/** Levels of arrays and structures that are read or written. */
export const MAX_DEPTH = 32;
/** Values that compact arrays may unfold to, in all and per byte that is read: elements can have no size. */
const MAX_VALUES = 4_096;
const MAX_VALUES_PER_BYTE = 16;

const CLAUSE = 'IEC 62056-5-3 clause 8, Data';
const NULL: CosemValue = Object.freeze({ type: 'null' });
const DONT_CARE: CosemValue = Object.freeze({ type: 'dont-care' });

/** One value that fills all of `bytes`; strings in it are views of `bytes`. */
export function decodeData(bytes: Uint8Array): CosemValue {
  const reader = new ByteReader(bytes, CLAUSE);
  const value = readData(reader);
  reader.finish();
  return value;
}

/** The bytes of a value. Raises DLMS_NOT_ENCODABLE when a number does not fit its type. */
export function encodeData(value: CosemValue): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writeData(writer, value);
  return writer.finish();
}

/** Reads one value; raises decode errors only. */
export function readData(reader: ByteReader, depth = 0): CosemValue {
  const tag = reader.u8();
  if (tag === 1) return { type: 'array', elements: readElements(reader, depth) };
  if (tag === 2) return { type: 'structure', elements: readElements(reader, depth) };
  if (tag === 19) return readCompactArray(reader, depth);
  return readScalar(reader, tag);
}

function readElements(reader: ByteReader, depth: number): CosemValue[] {
  if (depth >= MAX_DEPTH) throw tooDeep(reader);
  const count = reader.count();
  const elements: CosemValue[] = [];
  for (let i = 0; i < count; i++) elements.push(readData(reader, depth + 1));
  return elements;
}

function tooDeep(reader: ByteReader) {
  return reader.fail('DLMS_TOO_DEEP', `more than ${MAX_DEPTH} levels`);
}

/** The value of a simple type whose tag was read: one flat switch, the hottest code of the decoder. */
function readScalar(reader: ByteReader, tag: number): CosemValue {
  switch (tag) {
    case 0:
      return NULL;
    case 3: {
      const octet = reader.u8();
      return octet > 1 ? { type: 'boolean', value: true, octet } : { type: 'boolean', value: octet === 1 };
    }
    case 4: {
      const bits = reader.length();
      return { type: 'bit-string', bits, value: reader.take(Math.ceil(bits / 8)) };
    }
    case 5:
      return { type: 'double-long', value: reader.i32() };
    case 6:
      return { type: 'double-long-unsigned', value: reader.u32() };
    case 7:
      return { type: 'floating-point', value: reader.f32() };
    case 9:
      return { type: 'octet-string', value: reader.octets() };
    case 10:
      return { type: 'visible-string', value: reader.octets() };
    case 12:
      return { type: 'utf8-string', value: reader.octets() };
    case 15:
      return { type: 'integer', value: reader.i8() };
    case 16:
      return { type: 'long', value: reader.i16() };
    case 17:
      return { type: 'unsigned', value: reader.u8() };
    case 18:
      return { type: 'long-unsigned', value: reader.u16() };
    case 22:
      return { type: 'enum', value: reader.u8() };
    default:
      return readRareScalar(reader, tag);
  }
}

function readRareScalar(reader: ByteReader, tag: number): CosemValue {
  switch (tag) {
    case 13:
      return { type: 'bcd', value: reader.u8() };
    case 20:
      return { type: 'long64', value: reader.i64() };
    case 21:
      return { type: 'long64-unsigned', value: reader.u64() };
    case 23:
      return { type: 'float32', value: reader.f32() };
    case 24:
      return { type: 'float64', value: reader.f64() };
    case 25:
      return { type: 'date-time', value: reader.take(12) };
    case 26:
      return { type: 'date', value: reader.take(5) };
    case 27:
      return { type: 'time', value: reader.take(4) };
    case 28:
      return { type: 'delta-integer', value: reader.i8() };
    case 29:
      return { type: 'delta-long', value: reader.i16() };
    case 30:
      return { type: 'delta-double-long', value: reader.i32() };
    case 31:
      return { type: 'delta-unsigned', value: reader.u8() };
    case 32:
      return { type: 'delta-long-unsigned', value: reader.u16() };
    case 33:
      return { type: 'delta-double-long-unsigned', value: reader.u32() };
    case 255:
      return DONT_CARE;
    default:
      throw reader.fail('DLMS_UNKNOWN_TAG', `data type ${tag}`, reader.at - 1);
  }
}

function readCompactArray(reader: ByteReader, depth: number): CosemValue {
  if (depth >= MAX_DEPTH) throw tooDeep(reader);
  const description = readDescription(reader, depth + 1);
  const contents = reader.window(reader.length());
  const elements: CosemValue[] = [];
  while (contents.left > 0) {
    const before = contents.at;
    elements.push(readDescribed(contents, description, reader));
    if (contents.at === before) throw contents.fail('DLMS_BAD_LENGTH', 'contents of elements without size');
  }
  return { type: 'compact-array', description, elements };
}

function readDescription(reader: ByteReader, depth: number): TypeDescription {
  if (depth > MAX_DEPTH) throw tooDeep(reader);
  const tag = reader.u8();
  if (tag === 1) {
    const count = reader.u16();
    return { type: 'array', count, element: readDescription(reader, depth + 1) };
  }
  if (tag === 2) {
    const count = reader.count();
    const fields: TypeDescription[] = [];
    for (let i = 0; i < count; i++) fields.push(readDescription(reader, depth + 1));
    return { type: 'structure', fields };
  }
  const type = typeOfTag[tag];
  if (type === undefined || type === 'array' || type === 'structure' || type === 'compact-array') {
    throw reader.fail('DLMS_UNKNOWN_TAG', `type description ${tag}`, reader.at - 1);
  }
  return { type };
}

const typeOfTag: (DataType | undefined)[] = [];
for (const [type, tag] of Object.entries(dataTags)) typeOfTag[tag] = type as DataType;

function readDescribed(reader: ByteReader, description: TypeDescription, whole: ByteReader): CosemValue {
  if (++whole.unfolded > MAX_VALUES + whole.bytes.length * MAX_VALUES_PER_BYTE) {
    throw reader.fail('DLMS_OVER_LIMIT', 'compact arrays unfold to too much');
  }
  if (description.type === 'array') {
    const elements: CosemValue[] = [];
    for (let i = 0; i < description.count; i++) {
      elements.push(readDescribed(reader, description.element, whole));
    }
    return { type: 'array', elements };
  }
  if (description.type === 'structure') {
    const elements: CosemValue[] = [];
    for (const field of description.fields) elements.push(readDescribed(reader, field, whole));
    return { type: 'structure', elements };
  }
  return readScalar(reader, dataTags[description.type]);
}

/** Writes one value with its tag. Raises DLMS_NOT_ENCODABLE. */
export function writeData(writer: ByteWriter, value: CosemValue, depth = 0): void {
  writer.u8(dataTags[value.type]);
  if (value.type === 'array' || value.type === 'structure') {
    tooDeepToWrite(depth);
    writer.length(value.elements.length);
    for (const element of value.elements) writeData(writer, element, depth + 1);
  } else if (value.type === 'compact-array') {
    tooDeepToWrite(depth);
    writeDescription(writer, value.description, depth + 1);
    const contents = new ByteWriter();
    for (const element of value.elements) writeDescribed(contents, element, value.description);
    writer.octets(contents.finish());
  } else {
    writeScalar(writer, value as Scalar);
  }
}

function tooDeepToWrite(depth: number): void {
  if (depth >= MAX_DEPTH) throw dlmsErrors.DLMS_NOT_ENCODABLE(`more than ${MAX_DEPTH} levels (${CLAUSE})`);
}

function writeDescription(writer: ByteWriter, description: TypeDescription, depth: number): void {
  if (depth > MAX_DEPTH) tooDeepToWrite(depth);
  writer.u8(dataTags[description.type]);
  if (description.type === 'array') {
    writer.u16(description.count);
    writeDescription(writer, description.element, depth + 1);
  } else if (description.type === 'structure') {
    writer.length(description.fields.length);
    for (const field of description.fields) writeDescription(writer, field, depth + 1);
  }
}

function writeDescribed(writer: ByteWriter, value: CosemValue, description: TypeDescription): void {
  if (value.type !== description.type) throw notDescribed(value.type, description.type);
  if (description.type === 'array' || description.type === 'structure') {
    const { elements } = value as { elements: readonly CosemValue[] };
    const wanted = description.type === 'array' ? description.count : description.fields.length;
    if (elements.length !== wanted) {
      throw notDescribed(`${elements.length} elements`, `${wanted} elements`);
    }
    for (const [i, element] of elements.entries()) {
      writeDescribed(
        writer,
        element,
        description.type === 'array' ? description.element : description.fields[i]!,
      );
    }
  } else {
    writeScalar(writer, value as Scalar);
  }
}

function notDescribed(found: string, wanted: string) {
  return dlmsErrors.DLMS_NOT_ENCODABLE(`a compact array of ${wanted} holds ${found} (${CLAUSE})`);
}

type Scalar = Exclude<CosemValue, { readonly elements: unknown }>;

function writeScalar(writer: ByteWriter, value: Scalar): void {
  switch (value.type) {
    case 'null':
    case 'dont-care':
      break;
    case 'boolean':
      writer.u8(value.value ? (value.octet ?? 1) : 0);
      break;
    case 'bit-string':
      requireSize(value.value, Math.ceil(value.bits / 8), `${value.bits} bits`);
      writer.length(value.bits);
      writer.raw(value.value);
      break;
    case 'octet-string':
    case 'visible-string':
    case 'utf8-string':
      writer.octets(value.value);
      break;
    case 'date-time':
      writeFixed(writer, value.value, 12, value.type);
      break;
    case 'date':
      writeFixed(writer, value.value, 5, value.type);
      break;
    case 'time':
      writeFixed(writer, value.value, 4, value.type);
      break;
    case 'long64':
      writer.i64(value.value);
      break;
    case 'long64-unsigned':
      writer.u64(value.value);
      break;
    default:
      writeNumber(writer, value.type, value.value);
      break;
  }
}

function writeNumber(
  writer: ByteWriter,
  type: Extract<CosemValue, { value: number }>['type'],
  value: number,
): void {
  switch (type) {
    case 'double-long':
    case 'delta-double-long':
      writer.i32(value);
      break;
    case 'double-long-unsigned':
    case 'delta-double-long-unsigned':
      writer.u32(value);
      break;
    case 'integer':
    case 'delta-integer':
      writer.i8(value);
      break;
    case 'long':
    case 'delta-long':
      writer.i16(value);
      break;
    case 'long-unsigned':
    case 'delta-long-unsigned':
      writer.u16(value);
      break;
    case 'floating-point':
    case 'float32':
      writer.f32(value);
      break;
    case 'float64':
      writer.f64(value);
      break;
    default:
      writer.u8(value);
      break;
  }
}

function writeFixed(writer: ByteWriter, bytes: Uint8Array, size: number, type: string): void {
  requireSize(bytes, size, type);
  writer.raw(bytes);
}

function requireSize(bytes: Uint8Array, size: number, what: string): void {
  if (bytes.length === size) return;
  throw dlmsErrors.DLMS_NOT_ENCODABLE(`${what} in ${bytes.length} bytes instead of ${size} (${CLAUSE})`);
}
