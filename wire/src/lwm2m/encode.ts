/** Resources to payloads: what a device, or a simulated one, answers. */
import { encodeSenml } from '../senml/encode.ts';
import type { SenmlFormat, SenmlRecord, SenmlValue } from '../senml/pack.ts';
import { type Lwm2mPath, lwm2mPathText } from './path.ts';
import type { Lwm2mResource } from './payload.ts';
import { encodeTlv, type TlvEntry } from './tlv.ts';
import type { Lwm2mValue } from './types.ts';
import { bytesOfValue, textOfValue } from './values.ts';

type Written = Pick<Lwm2mResource, 'path' | 'value' | 'model' | 'time' | 'unit'>;
const NONE = new Uint8Array(0);

/** The TLV of resources for an answer to a read of `path` (an object, instance or resource). */
export function encodeLwm2mTlv(resources: readonly Written[], path: Lwm2mPath): Uint8Array<ArrayBuffer> {
  if (path.length > 1) return encodeTlv(entriesOf(resources));
  const instances = [...new Set(resources.map(({ path }) => path[1]!))];
  return encodeTlv(
    instances.map((id) => ({
      ...{ kind: 'objectInstance' as const, id, value: NONE },
      entries: entriesOf(resources.filter(({ path }) => path[1] === id)),
    })),
  );
}

function entriesOf(resources: readonly Written[]): TlvEntry[] {
  const entries: TlvEntry[] = [];
  const multiple = new Map<number, TlvEntry[]>();
  for (const { path, value, model } of resources) {
    const [, , id = 0, instance] = path;
    const bytes = bytesOfValue(value, model?.type);
    if (instance === undefined) entries.push({ kind: 'resource', id, value: bytes });
    else {
      const inner = multiple.get(id) ?? [];
      if (inner.length === 0) entries.push({ kind: 'multiple', id, value: NONE, entries: inner });
      multiple.set(id, inner);
      inner.push({ kind: 'resourceInstance', id: instance, value: bytes });
    }
  }
  return entries;
}

/** The SenML of resources, for an answer or a send. */
export function encodeLwm2mSenml(
  format: SenmlFormat,
  resources: readonly Written[],
): Uint8Array<ArrayBuffer> {
  return encodeSenml(format, resources.map(recordOf));
}

function recordOf({ path, value, time, unit }: Written): SenmlRecord {
  return {
    ...{ name: lwm2mPathText(path), value: senmlOf(value) },
    ...(time === undefined ? {} : { time }),
    ...(unit === undefined ? {} : { unit }),
  };
}

function senmlOf(value: Lwm2mValue): SenmlValue {
  if (value.type === 'time') return { type: 'number', number: value.s };
  return value.type === 'link' ? { type: 'link', text: textOfValue(value) } : value;
}
