/** Resources of a meter as a message of an OpenAMI device: registers at the times of their measurement. */
import { findObis, formatObis, Quality } from '@openami/model';
import { type Decimal, decimalNumber, decimalText } from '../decimal.ts';
import type { PushMessage } from '../push/message.ts';
import { MessageBuilder } from '../push/message-builder.ts';
import { timeOfSenml } from '../senml/resolve.ts';
import { inUnit, type UnitMapping, unitOfSenml } from '../senml/units.ts';
import { lwm2mErrors } from './errors.ts';
import { lwm2mPathText } from './path.ts';
import type { Lwm2mResource } from './payload.ts';

export interface Lwm2mPushOptions {
  /** The meter. */
  readonly device: string;
  /** When the payload came, seconds since 1970: the time of what has none of its own. */
  readonly receivedS: number;
  /** Unit of a resource that has none, by its path. */
  readonly unitOf?: (path: string) => string | undefined;
}

/** Objects of the device itself, which measure nothing of a customer's. */
const LAST_CORE_OBJECT = 9;
const UNITS = 5_701;
const TIMESTAMP = 5_518;
const QUALITY = 6_042;
/** 1 to 3 of the indicator: rejected, likely wrong, suspicious. */
const doubtful: ReadonlySet<number> = new Set([1, 2, 3]);
/** What says something of the other resources of its instance. */
const aboutOthers: ReadonlySet<number> = new Set([UNITS, TIMESTAMP, 6_050, QUALITY, 6_049]);

/**
 * Numbers with a unit as readings. The quantity is the OBIS code of the model, its channel (group B) the
 * instance of the object, else the path. A number without a unit is rejected with LWM2M_NO_UNIT.
 */
export function lwm2mToPush(resources: readonly Lwm2mResource[], options: Lwm2mPushOptions): PushMessage {
  const builder = new MessageBuilder();
  const instances = instancesOf(resources);
  for (const resource of resources) {
    const { path, value, error } = resource;
    const isReading = path[0]! > LAST_CORE_OBJECT && !aboutOthers.has(path[2]!);
    if (isReading && (value.type === 'number' || value.type === 'notFinite' || error !== undefined)) {
      take(builder, resource, instances.get(instanceKey(resource)), options);
    }
  }
  return (
    builder.messages()[0] ?? {
      device: options.device,
      sentMs: 0,
      series: [],
      events: [],
      rejects: [],
      rejectCount: 0,
    }
  );
}

/** What the resources of an instance say of each other. */
interface Instance {
  units?: string;
  timestampS?: number;
  isDoubtful?: boolean;
}

function take(
  builder: MessageBuilder,
  resource: Lwm2mResource,
  instance: Instance | undefined,
  { device, receivedS, unitOf }: Lwm2mPushOptions,
): void {
  const { path, model, value, error, time, isRelative } = resource;
  const name = lwm2mPathText(path);
  const quantity = quantityOf(resource);
  const ownS = time && timeOfSenml({ time, isRelative }, receivedS);
  const endS = ownS ?? instance?.timestampS ?? receivedS;
  if (error !== undefined || value.type !== 'number') {
    // what is no number in the first place is no reading either
    if (model?.unit === undefined && model?.obis === undefined) return;
    const text = value.type === 'notFinite' ? String(value.number) : '';
    builder.reject(device, quantity, endS, text, error ?? lwm2mErrors.LWM2M_VALUE(`${name}: not finite`));
    return;
  }
  const unit = resource.unit ?? model?.unit ?? instance?.units ?? unitOf?.(name);
  const mapping = unit === undefined ? undefined : unitOfSenml(unit);
  if (mapping === undefined) {
    const detail = unit === undefined ? `${name} has none` : `${name}: "${unit}"`;
    builder.reject(device, quantity, endS, decimalText(value.number), lwm2mErrors.LWM2M_NO_UNIT(detail));
    return;
  }
  const quality = instance?.isDoubtful ? Quality.questionable : Quality.raw;
  add(builder, device, quantity, mapping, endS, value.number, quality);
}

function add(
  builder: MessageBuilder,
  device: string,
  quantity: string,
  mapping: UnitMapping,
  endS: number,
  number: Decimal,
  quality: number,
): void {
  const value = inUnit(number, mapping);
  if (Number.isFinite(value)) builder.add(device, quantity, mapping.unit, endS, value, quality);
  else builder.reject(device, quantity, endS, decimalText(number), lwm2mErrors.LWM2M_VALUE('not finite'));
}

function quantityOf({ path, model }: Lwm2mResource): string {
  const obis = model?.obis === undefined ? undefined : findObis(model.obis);
  const [, instance = 0] = path;
  if (obis === undefined || path.length > 3 || instance > 64) return lwm2mPathText(path);
  return formatObis({ ...obis, b: instance });
}

function instancesOf(resources: readonly Lwm2mResource[]): Map<string, Instance> {
  const instances = new Map<string, Instance>();
  for (const resource of resources) {
    const { path, value } = resource;
    if (!aboutOthers.has(path[2]!)) continue;
    const key = instanceKey(resource);
    const instance = instances.get(key) ?? {};
    instances.set(key, instance);
    if (path[2] === UNITS && value.type === 'text') instance.units = value.text;
    else if (path[2] === TIMESTAMP && value.type === 'time') instance.timestampS = decimalNumber(value.s);
    else if (path[2] === QUALITY && value.type === 'number') {
      instance.isDoubtful = doubtful.has(decimalNumber(value.number));
    }
  }
  return instances;
}

function instanceKey({ path }: Lwm2mResource): string {
  return `${path[0]}/${path[1]}`;
}
