/** SenML packs to bytes; what decodeSenml gives comes out as it was. */
import { encode as encodeCbor } from 'cborg';
import { base64UrlOf } from '../base64url.ts';
import { type Decimal, decimalNumber, decimalText } from '../decimal.ts';
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

/** Whole numbers as they are, others in double precision, which all receivers read. */
function cborNumber(decimal: Decimal): number | bigint {
  const { raw, power } = decimal;
  return power === 0 ? raw : decimalNumber(decimal);
}

type Field = string | boolean | number | Decimal | Uint8Array;

function isDecimal(field: Field): field is Decimal {
  return typeof field === 'object' && 'raw' in field;
}

function fieldOf(record: SenmlRecord, name: (typeof senmlLabels)[number]['name']): Field | undefined {
  if (name === 'v' || name === 'vs' || name === 'vb' || name === 'vd' || name === 'vlo') {
    return record.value && record.value.type === valueTypes[name]
      ? contentOf(record.value)
      : refuseNan(record);
  }
  return record[name];
}

const valueTypes = { v: 'number', vs: 'text', vb: 'flag', vd: 'data', vlo: 'link' } as const;

function contentOf(value: SenmlValue): Field {
  if (value.type === 'number') return value.number;
  if (value.type === 'text' || value.type === 'link') return value.text;
  return value.type === 'flag' ? value.flag : (value as { readonly data: Uint8Array }).data;
}

function refuseNan({ value }: SenmlRecord): undefined {
  if (value?.type === 'notFinite') throw senmlErrors.SENML_NOT_FINITE(String(value.number));
}
