/** Payloads of LwM2M 1.0 to 1.2 in every content format, as resources with their paths and meanings. */
import type { OpenAmiError } from '@openami/model';
import { type Decimal, decimalNumber } from '../decimal.ts';
import { decodeSenml, type SenmlFormat } from '../senml/pack.ts';
import { absoluteFromS, resolveSenml } from '../senml/resolve.ts';
import { utf8Text } from '../text.ts';
import { type RawResource, readLwm2mCbor, readOldJson } from './documents.ts';
import { lwm2mErrors } from './errors.ts';
import { type Lwm2mModels, type Lwm2mResourceModel, standardLwm2mModels } from './objects.ts';
import { type Lwm2mPath, lwm2mPathText, parseLwm2mPath, resourcePath } from './path.ts';
import { decodeTlv, type TlvEntry } from './tlv.ts';
import type { Lwm2mValue } from './types.ts';
import { valueOfBytes, valueOfSenml, valueOfText } from './values.ts';

/** Content formats by number (IANA). */
export const contentFormats = {
  text: 0,
  links: 40,
  opaque: 42,
  cbor: 60,
  senmlJson: 110,
  senmlCbor: 112,
  tlv: 11_542,
  json: 11_543,
  lwm2mCbor: 11_544,
} as const;
/** TLV and JSON in drafts of 1.0. */
const oldTlv = 1_542;
const oldJson = 1_543;

/** A resource, or an instance of one, with its value. */
export interface Lwm2mResource {
  /** Object, instance, resource, and instance of the resource where it has several. */
  readonly path: Lwm2mPath;
  readonly model?: Lwm2mResourceModel;
  readonly value: Lwm2mValue;
  /** As the device sent it; a name of SenML. */
  readonly unit?: string;
  /** When it was measured, where the payload says so: seconds since 1970, or from now. */
  readonly time?: Decimal;
  readonly isRelative?: boolean;
  /** Why the value is not as the model has it; its bytes or text are kept. */
  readonly error?: OpenAmiError;
}

export interface Lwm2mOptions {
  /** Number of the Content-Format option. */
  readonly format: number;
  /** What was read; needed for formats that do not tell it (text, opaque, CBOR, TLV). */
  readonly path?: Lwm2mPath;
  readonly models?: Lwm2mModels;
}

const MAX_BYTES = 1024 * 1024;

/** The resources of exactly these bytes. Throws `lwm2mErrors` and `senmlErrors` only. */
export function decodeLwm2m(bytes: Uint8Array, options: Lwm2mOptions): Lwm2mResource[] {
  const { format, path = [] } = options;
  if (bytes.length > MAX_BYTES) throw lwm2mErrors.LWM2M_TOO_LARGE(`${bytes.length} bytes`);
  if (format === contentFormats.tlv || format === oldTlv) return resourcesOfTlv(decodeTlv(bytes), options);
  return rawResources(bytes, format, path).map((raw) => resourceOf(raw, options.models));
}

function rawResources(bytes: Uint8Array, format: number, path: Lwm2mPath): RawResource[] {
  if (format === contentFormats.senmlJson) return rawOfSenml(bytes, 'json');
  if (format === contentFormats.senmlCbor) return rawOfSenml(bytes, 'cbor');
  if (format === contentFormats.json || format === oldJson) return readOldJson(bytes, path);
  if (format === contentFormats.lwm2mCbor || format === contentFormats.cbor)
    return readLwm2mCbor(bytes, path);
  if (format === contentFormats.opaque)
    return [{ path: singlePath(path), value: { type: 'data', data: bytes } }];
  if (format !== contentFormats.text) throw lwm2mErrors.LWM2M_FORMAT(`content format ${format}`, { format });
  const single = singlePath(path);
  const text = utf8Text(bytes);
  if (text === undefined) throw lwm2mErrors.LWM2M_MALFORMED('a text that is no UTF-8');
  return [{ path: single, value: { type: 'text', text }, isPlain: true }];
}

function singlePath(path: Lwm2mPath): Lwm2mPath {
  if (path.length >= 3) return path;
  throw lwm2mErrors.LWM2M_MALFORMED(`a single value for ${lwm2mPathText(path)}`, {
    clause: 'LwM2M Core 1.1 clause 7.4.1',
  });
}

function rawOfSenml(bytes: Uint8Array, format: SenmlFormat): RawResource[] {
  const records = resolveSenml(decodeSenml(bytes, { format }), { paths: true });
  return records.flatMap(({ name, value, unit, time, isRelative }) => {
    if (value === undefined) return [];
    const isNow = isRelative && Number(time.raw) === 0;
    return [
      {
        ...{ path: resourcePath(parseLwm2mPath(name)), value },
        ...(unit === undefined ? {} : { unit }),
        ...(isNow ? {} : { time, isRelative }),
      },
    ];
  });
}

function modelAt(path: Lwm2mPath, models: Lwm2mModels = standardLwm2mModels): Lwm2mResourceModel | undefined {
  return models.get(path[0]!)?.resources.get(path[2]!);
}

function resourceOf(raw: RawResource, models: Lwm2mModels | undefined): Lwm2mResource {
  const { path, value, unit, time } = raw;
  const model = modelAt(path, models);
  const known = {
    path,
    ...(model === undefined ? {} : { model }),
    ...(unit === undefined ? {} : { unit }),
    ...(time === undefined
      ? {}
      : { time, isRelative: raw.isRelative ?? decimalNumber(time) < absoluteFromS }),
  };
  try {
    const isPlain = raw.isPlain && value.type === 'text';
    return {
      ...known,
      value: isPlain ? valueOfText(value.text, model?.type) : valueOfSenml(value, model?.type),
    };
  } catch (error) {
    // text, or a link that is none: what came is kept beside the reason
    const kept = value.type === 'link' ? { type: 'text' as const, text: value.text } : value;
    return { ...known, value: kept, error: error as OpenAmiError };
  }
}

/** Entries below the path that was read; an instance may wrap them where an instance was asked for. */
function resourcesOfTlv(entries: readonly TlvEntry[], { path = [], models }: Lwm2mOptions): Lwm2mResource[] {
  const out: Lwm2mResource[] = [];
  for (const entry of entries) {
    if (entry.kind === 'objectInstance') {
      const [object] = path;
      if (object === undefined || path.length > 2) throw misplaced(entry, path);
      for (const inner of entry.entries!) addResource(out, [object, entry.id], inner, models);
    } else if (entry.kind === 'resourceInstance') {
      if (path.length < 3) throw misplaced(entry, path);
      out.push(resourceOfBytes([...path.slice(0, 3), entry.id], entry.value, models));
    } else {
      if (path.length === 0) throw misplaced(entry, path);
      // 1.0 lets single instances be left out
      addResource(out, [path[0]!, path[1] ?? 0], entry, models);
    }
  }
  return out;
}

function addResource(out: Lwm2mResource[], instance: Lwm2mPath, entry: TlvEntry, models?: Lwm2mModels): void {
  const path = [...instance, entry.id];
  if (entry.entries === undefined) out.push(resourceOfBytes(path, entry.value, models));
  else for (const { id, value } of entry.entries) out.push(resourceOfBytes([...path, id], value, models));
}

function resourceOfBytes(path: Lwm2mPath, bytes: Uint8Array, models: Lwm2mModels | undefined): Lwm2mResource {
  const model = modelAt(path, models);
  const known = { path, ...(model === undefined ? {} : { model }) };
  try {
    return { ...known, value: valueOfBytes(bytes, model?.type) };
  } catch (error) {
    return { ...known, value: { type: 'data', data: bytes }, error: error as OpenAmiError };
  }
}

function misplaced({ kind, id }: TlvEntry, path: Lwm2mPath) {
  return lwm2mErrors.LWM2M_MALFORMED(`${kind} ${id} for the path ${lwm2mPathText(path)}`, {
    clause: 'LwM2M Core 1.1 clause 7.4.4',
  });
}
