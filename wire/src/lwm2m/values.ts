/** Values of resources out of bytes, text, JSON and CBOR, by the type of the resource. */
import { base64UrlOf, bytesOfBase64Url } from '../base64url.ts';
import {
  type Decimal,
  decimalNumber,
  decimalOfFloat32,
  decimalOfNumber,
  decimalOfNumberText,
  wholeOf,
} from '../decimal.ts';
import type { SenmlValue } from '../senml/pack.ts';
import { utf8Bytes, utf8Text } from '../text.ts';
import { lwm2mErrors } from './errors.ts';
import type { Lwm2mType, Lwm2mValue } from './types.ts';

const LINK = /^(\d{1,5}):(\d{1,5})$/;

/** A value of TLV or of the opaque format (Core 1.1 appendix C); bytes where the type is not known. */
export function valueOfBytes(bytes: Uint8Array, type: Lwm2mType | undefined): Lwm2mValue {
  if (type === undefined || type === 'opaque' || type === 'none') return { type: 'data', data: bytes };
  if (type === 'string') {
    const text = utf8Text(bytes);
    if (text === undefined) throw bad('a text that is no UTF-8');
    return { type: 'text', text };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === 'boolean') {
    if (bytes.length !== 1 || bytes[0]! > 1) throw bad(`a flag of ${bytes.length} bytes`);
    return { type: 'flag', flag: bytes[0] === 1 };
  }
  if (type === 'link') {
    if (bytes.length !== 4) throw bad(`a link of ${bytes.length} bytes`);
    return { type: 'link', object: view.getUint16(0), instance: view.getUint16(2) };
  }
  if (type === 'float') return floatOf(view);
  const number = { raw: wholeOfView(view, type), power: 0 };
  return type === 'time' ? { type: 'time', s: number } : { type: 'number', number };
}

function floatOf(view: DataView): Lwm2mValue {
  if (view.byteLength !== 4 && view.byteLength !== 8) throw bad(`a real number of ${view.byteLength} bytes`);
  const number = view.byteLength === 4 ? view.getFloat32(0) : view.getFloat64(0);
  if (!Number.isFinite(number)) return { type: 'notFinite', number };
  return {
    type: 'number',
    number: view.byteLength === 4 ? decimalOfFloat32(number) : decimalOfNumber(number),
  };
}

function wholeOfView(view: DataView, type: Lwm2mType): number | bigint {
  const isSigned = type !== 'unsigned';
  if (view.byteLength === 1) return isSigned ? view.getInt8(0) : view.getUint8(0);
  if (view.byteLength === 2) return isSigned ? view.getInt16(0) : view.getUint16(0);
  if (view.byteLength === 4) return isSigned ? view.getInt32(0) : view.getUint32(0);
  if (view.byteLength === 8) return wholeOf(isSigned ? view.getBigInt64(0) : view.getBigUint64(0));
  throw bad(`a whole number of ${view.byteLength} bytes`);
}

/** A value of the text format (Core 1.1 clause 7.4.1); text where the type is not known. */
export function valueOfText(text: string, type: Lwm2mType | undefined): Lwm2mValue {
  if (type === undefined || type === 'string' || type === 'none') return { type: 'text', text };
  if (type === 'boolean') {
    if (text !== '0' && text !== '1' && text !== 'true' && text !== 'false')
      throw bad(`"${text.slice(0, 40)}"`);
    return { type: 'flag', flag: text === '1' || text === 'true' };
  }
  if (type === 'link') return linkOf(text);
  if (type === 'opaque') {
    const data = bytesOfBase64Url(text);
    if (data === undefined) throw bad('bytes that are no base64');
    return { type: 'data', data };
  }
  const number = decimalOfNumberText(text.trim());
  if (number === undefined) throw bad(`"${text.slice(0, 40)}" is no number`);
  return numberAs(number, type);
}

/** A value that says its type itself, as SenML, JSON and CBOR do. */
export function valueOfSenml(value: SenmlValue, type: Lwm2mType | undefined): Lwm2mValue {
  if (value.type === 'number') return numberAs(value.number, type);
  if (value.type === 'link') return linkOf(value.text);
  // a number as text where a number is meant; bytes as text, and links in CBOR
  if (value.type === 'text' && type !== undefined && type !== 'string') return valueOfText(value.text, type);
  return value;
}

function numberAs(number: Decimal, type: Lwm2mType | undefined): Lwm2mValue {
  if (type === 'time') return { type: 'time', s: number };
  if (type === 'boolean' && (decimalNumber(number) === 0 || decimalNumber(number) === 1)) {
    return { type: 'flag', flag: decimalNumber(number) === 1 };
  }
  return { type: 'number', number };
}

function linkOf(text: string): Lwm2mValue {
  const [, object, instance] = LINK.exec(text) ?? [];
  if (object === undefined || Number(object) > 65_535 || Number(instance) > 65_535) {
    throw bad(`"${text.slice(0, 40)}" is no link`);
  }
  return { type: 'link', object: Number(object), instance: Number(instance) };
}

/** The bytes of a value in TLV; whole numbers in as few bytes as they need, reals in double precision. */
export function bytesOfValue(value: Lwm2mValue, type: Lwm2mType | undefined): Uint8Array {
  if (value.type === 'data') return value.data;
  if (value.type === 'text') return utf8Bytes(value.text);
  if (value.type === 'flag') return Uint8Array.of(value.flag ? 1 : 0);
  const view = new DataView(new ArrayBuffer(8));
  if (value.type === 'link') {
    view.setUint16(0, value.object);
    view.setUint16(2, value.instance);
    return new Uint8Array(view.buffer, 0, 4);
  }
  const number = value.type === 'time' ? value.s : value.number;
  if (type === 'float' || typeof number === 'number' || number.power !== 0) {
    view.setFloat64(0, typeof number === 'number' ? number : decimalNumber(number));
    return new Uint8Array(view.buffer);
  }
  return wholeBytes(view, BigInt(number.raw), type === 'unsigned');
}

function wholeBytes(view: DataView, whole: bigint, isUnsigned: boolean): Uint8Array {
  const fits = (bits: number) =>
    (isUnsigned ? BigInt.asUintN(bits, whole) : BigInt.asIntN(bits, whole)) === whole;
  if (!fits(64)) throw bad(`${whole} in 64 bits`);
  view.setBigInt64(0, whole);
  const size = fits(8) ? 1 : fits(16) ? 2 : fits(32) ? 4 : 8;
  return new Uint8Array(view.buffer, 8 - size, size);
}

/** The text of a value in the text format. */
export function textOfValue(value: Lwm2mValue): string {
  if (value.type === 'text') return value.text;
  if (value.type === 'flag') return value.flag ? '1' : '0';
  if (value.type === 'data') return base64UrlOf(value.data);
  if (value.type === 'link') return `${value.object}:${value.instance}`;
  if (value.type === 'notFinite') throw bad(String(value.number));
  const number = value.type === 'time' ? value.s : value.number;
  return String(number.power === 0 ? number.raw : decimalNumber(number));
}

function bad(detail: string) {
  return lwm2mErrors.LWM2M_VALUE(detail, { clause: 'LwM2M Core appendix C' });
}
