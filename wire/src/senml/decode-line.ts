/** `openami decode senml`: packs as JSON that reads by itself. */
import { hexOf } from '../bytes.ts';
import { decimalText } from '../decimal.ts';
import { decodeErrors } from '../decode-errors.ts';
import { type DecodedLine, decodedLine, hexOrText, type LineFields, type Plain } from '../decode-line.ts';
import { plainOfExact } from '../exact/plain.ts';
import { utf8Bytes } from '../text.ts';
import { decodeSenml, type SenmlOther, type SenmlValue } from './pack.ts';
import { resolveSenml, type SenmlMeasurement } from './resolve.ts';

/** One line, `{"id":"1","hex":"81a2…"}` for CBOR or JSON, or `{"id":"2","text":"[{…}]"}`. */
export function decodeSenmlLine(text: string): DecodedLine {
  return decodedLine(text, (line) => {
    const pack = decodeSenml(hexOrText(line, utf8Bytes), { format: formatOf(line) });
    const records = resolveSenml(pack, { paths: true });
    return { ok: true, format: pack.format, records: records.map(renderSenml) };
  });
}

function formatOf({ format }: LineFields): 'json' | 'cbor' | undefined {
  if (format === undefined || format === null) return undefined;
  if (format === 'json' || format === 'cbor') return format;
  throw decodeErrors.DECODE_BAD_FIELD('format is neither json nor cbor');
}

/** A measurement with numbers as text, so that none is rounded. */
export function renderSenml(measurement: SenmlMeasurement): Plain {
  const { name, unit = null, value, sum, time, isRelative, updateTime, others = [] } = measurement;
  return {
    name,
    unit,
    ...(value === undefined ? {} : renderValue(value)),
    ...(sum === undefined ? {} : { sum: decimalText(sum) }),
    ...(isRelative ? { secondsFromNow: decimalText(time) } : { time: decimalText(time) }),
    ...(updateTime === undefined ? {} : { updateTime: decimalText(updateTime) }),
    ...(others.length === 0 ? {} : { others: others.map(renderOther) }),
  };
}

function renderValue(value: SenmlValue): { readonly [name: string]: Plain } {
  if (value.type === 'number') return { value: decimalText(value.number) };
  if (value.type === 'text') return { text: value.text };
  if (value.type === 'link') return { link: value.text };
  if (value.type === 'flag') return { flag: value.flag };
  return value.type === 'data' ? { data: hexOf(value.data) } : { notFinite: String(value.number) };
}

function renderOther({ label, value }: SenmlOther): Plain {
  return { label, value: plainOfExact(value) };
}
