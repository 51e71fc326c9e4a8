/** `openami decode lwm2m`: payloads and registrations as JSON that reads by itself. */
import { hexOf } from '../bytes.ts';
import { decimalText } from '../decimal.ts';
import { decodeErrors } from '../decode-errors.ts';
import {
  type DecodedLine,
  decodedLine,
  hexOrText,
  type LineFields,
  type Plain,
  renderError,
  textField,
} from '../decode-line.ts';
import { utf8Bytes } from '../text.ts';
import { lwm2mPathText, parseLwm2mPath } from './path.ts';
import { contentFormats, decodeLwm2m, type Lwm2mResource } from './payload.ts';
import { parseRegistration } from './registration.ts';
import type { Lwm2mValue } from './types.ts';

/**
 * One line: `{"id":"1","format":11542,"path":"/3/0","hex":"…"}` or with `text`; a registration has `query`
 * instead, `{"id":"2","query":"ep=OA1&lt=300","text":"</3/0>"}`.
 */
export function decodeLwm2mLine(text: string): DecodedLine {
  return decodedLine(text, (line) => ({ ok: true, ...decoded(line) }));
}

function decoded(line: LineFields): { readonly [name: string]: Plain } {
  const query = textField(line, 'query');
  const bytes = hexOrText(line, utf8Bytes);
  if (query !== undefined) {
    const registration = parseRegistration(query.replace(/^\?/, '').split('&'), bytes);
    return { registration: { ...registration, objects: registration.objects.map(renderLink) } };
  }
  const path = parseLwm2mPath(textField(line, 'path') ?? '');
  const resources = decodeLwm2m(bytes, { format: formatOf(line), path });
  return { resources: resources.map(renderResource) };
}

function formatOf({ format }: LineFields): number {
  if (typeof format === 'number') return format;
  const named = typeof format === 'string' && Object.hasOwn(contentFormats, format);
  if (named) return contentFormats[format as keyof typeof contentFormats];
  throw decodeErrors.DECODE_BAD_FIELD(
    `format is none of ${Object.keys(contentFormats).join(', ')} and no number`,
  );
}

function renderLink({
  path,
  version,
}: {
  readonly path: readonly number[];
  readonly version?: string;
}): Plain {
  return { path: lwm2mPathText(path), ...(version === undefined ? {} : { version }) };
}

function renderResource({ path, model, value, unit, time, isRelative, error }: Lwm2mResource): Plain {
  const known = unit ?? model?.unit;
  return {
    path: lwm2mPathText(path),
    ...(model === undefined ? {} : { name: model.name }),
    ...renderValue(value),
    ...(known === undefined ? {} : { unit: known }),
    ...(model?.obis === undefined ? {} : { obis: model.obis }),
    ...(time === undefined ? {} : { [isRelative ? 'secondsFromNow' : 'time']: decimalText(time) }),
    ...(error === undefined ? {} : { error: renderError(error) }),
  };
}

function renderValue(value: Lwm2mValue): { readonly [name: string]: Plain } {
  if (value.type === 'number') return { value: decimalText(value.number) };
  if (value.type === 'notFinite') return { notFinite: String(value.number) };
  if (value.type === 'text') return { text: value.text };
  if (value.type === 'flag') return { flag: value.flag };
  if (value.type === 'time') return { s: decimalText(value.s) };
  return value.type === 'data' ? { data: hexOf(value.data) } : { link: `${value.object}:${value.instance}` };
}
