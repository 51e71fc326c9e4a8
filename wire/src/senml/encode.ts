/** SenML packs to bytes; what decodeSenml gives comes out as it was, in CBOR as far as its numbers go. */
import { encode as encodeCbor } from 'cborg';
import { base64UrlOf } from '../base64url.ts';
import { type Decimal, decimalNumber, decimalText } from '../decimal.ts';
import { isDecimal } from '../exact/value.ts';
import { utf8Bytes } from '../text.ts';
import { senmlErrors } from './errors.ts';
import { type SenmlFormat, type SenmlRecord, type SenmlValue, senmlLabels } from './pack.ts';

/** A pack of these records. Unknown fields are left out. Throws SENML_EMPTY, SENML_NOT_FINITE. */
export function encodeSenml(format: SenmlFormat, records: readonly SenmlRecord[]): Uint8Array<ArrayBuffer> {
  if (records.length === 0) throw senmlErrors.SENML_EMPTY();
  if (format === 'json') return utf8Bytes(`[${records.map(jsonRecord).join()}]`);
  return Uint8Array.from(encodeCbor(records.map(cborRecord)));
}

function jsonRecord(record: SenmlRecord): string {
  const fields: string[] = [];
  for (const { label, name } of senmlLabels) {
    const field = fieldOf(record, name);
    if (field !== undefined) fields.push(`"${label}":${jsonOf(field)}`);
  }
  return `{${fields.join()}}`;
}

function jsonOf(field: Field): string {
  if (field instanceof Uint8Array) return `"${base64UrlOf(field)}"`;
  return isDecimal(field) ? decimalText(field) : JSON.stringify(field);
}

function cborRecord(record: SenmlRecord): Map<number | string, unknown> {
  const fields = new Map<number | string, unknown>();
  for (const { key, name } of senmlLabels) {
    const field = fieldOf(record, name);
    if (field !== undefined) fields.set(key, isDecimal(field) ? cborNumber(field) : field);
  }
  return fields;
}

const CBOR_WHOLE = 2n ** 64n;

/** Whole numbers as they are as far as 64 bits go, others in double precision, which all receivers read. */
function cborNumber(decimal: Decimal): number | bigint {
  const { raw, power } = decimal;
  if (power === 0 && raw < CBOR_WHOLE && raw >= -CBOR_WHOLE) return raw;
  const number = decimalNumber(decimal);
  if (!Number.isFinite(number)) throw senmlErrors.SENML_NOT_FINITE(decimalText(decimal));
  return number;
}

type Field = string | boolean | number | Decimal | Uint8Array;

function fieldOf(record: SenmlRecord, name: (typeof senmlLabels)[number]['name']): Field | undefined {
  if (name === 'v' || name === 'vs' || name === 'vb' || name === 'vd' || name === 'vlo') {
    return record.value && valueLabels[record.value.type] === name ? contentOf(record.value) : undefined;
  }
  return record[name];
}

const valueLabels: Readonly<Record<SenmlValue['type'], string>> = {
  ...{ number: 'v', notFinite: 'v', text: 'vs', flag: 'vb', data: 'vd', link: 'vlo' },
};

function contentOf(value: SenmlValue): Field {
  if (value.type === 'number') return value.number;
  if (value.type === 'text' || value.type === 'link') return value.text;
  if (value.type === 'flag') return value.flag;
  if (value.type === 'data') return value.data;
  throw senmlErrors.SENML_NOT_FINITE(String(value.number));
}
