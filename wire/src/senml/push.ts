/** SenML as messages of OpenAMI devices: one a device, registers at the times of the records. */
import { findObis, formatObis, Quality } from '@openami/model';
import { decimalText } from '../decimal.ts';
import type { PushMessage } from '../push/message.ts';
import { MessageBuilder, quantityOfName } from '../push/message-builder.ts';
import { senmlErrors } from './errors.ts';
import type { SenmlPack } from './pack.ts';
import { type ResolveOptions, resolveSenml, type SenmlMeasurement, timeOfSenml } from './resolve.ts';
import { inUnit, type UnitMapping, unitOfSenml, unitOfSum } from './units.ts';

export interface SenmlPushOptions extends ResolveOptions {
  /** When the pack came, seconds since 1970: what times that are told from now are from. */
  readonly receivedS: number;
  /** The meter, where the listener knows it: names are quantities then. */
  readonly device?: string;
  /** The meter that the first part of a name stands for; default: that part as it is. */
  readonly deviceOf?: (prefix: string) => string;
}

/** Where a name ends with an OBIS code after a separator. */
const OBIS_END = /(?:^|[/:_])((?:\d{1,3}-\d{1,3}:)?\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/**
 * Numbers as readings; text, flags and data are left out. A number without a unit that readings are kept in
 * is rejected with SENML_NO_UNIT. Throws `senmlErrors` only.
 */
export function senmlToPush(pack: SenmlPack, options: SenmlPushOptions): PushMessage[] {
  const { receivedS, device, deviceOf = (prefix: string) => prefix } = options;
  const builder = new MessageBuilder();
  const names = new Map<string, { readonly meter: string; readonly quantity: string }>();
  for (const measurement of resolveSenml(pack, options)) {
    const { name, baseName } = measurement;
    const key = `${baseName.length} ${name}`;
    let named = names.get(key);
    if (named === undefined) {
      const { prefix, quantity } =
        device === undefined ? splitSenmlName(measurement) : { prefix: '', quantity: name };
      named = { meter: device ?? deviceOf(prefix), quantity: quantityOfName(quantity) };
      names.set(key, named);
    }
    take(builder, named.meter, named.quantity, measurement, timeOfSenml(measurement, receivedS));
  }
  return builder.messages();
}

function take(
  builder: MessageBuilder,
  meter: string,
  quantity: string,
  { value, sum, unit = '' }: SenmlMeasurement,
  endS: number,
): void {
  if (value?.type === 'number') {
    const mapping = unitOfSenml(unit);
    if (mapping === undefined) reject(builder, meter, quantity, endS, decimalText(value.number), unit);
    else addFinite(builder, meter, quantity, mapping, endS, inUnit(value.number, mapping));
  } else if (value?.type === 'notFinite') {
    const error = senmlErrors.SENML_NOT_FINITE(`${quantity}: ${value.number}`);
    builder.reject(meter, quantity, endS, String(value.number), error);
  }
  if (sum === undefined) return;
  const mapping = unitOfSum(unit);
  const total = quantityOfSum(quantity);
  if (mapping === undefined) reject(builder, meter, total, endS, decimalText(sum), `${unit} times s`);
  else addFinite(builder, meter, total, mapping, endS, inUnit(sum, mapping));
}

function addFinite(
  builder: MessageBuilder,
  meter: string,
  quantity: string,
  { unit }: UnitMapping,
  endS: number,
  value: number,
): void {
  if (Number.isFinite(value)) builder.add(meter, quantity, unit, endS, value, Quality.raw);
  else builder.reject(meter, quantity, endS, String(value), senmlErrors.SENML_NOT_FINITE(quantity));
}

function reject(
  builder: MessageBuilder,
  meter: string,
  quantity: string,
  endS: number,
  value: string,
  unit: string,
): void {
  const error = senmlErrors.SENML_NO_UNIT(unit === '' ? `${quantity} has none` : `${quantity}: "${unit}"`);
  builder.reject(meter, quantity, endS, value, error);
}

/**
 * Meter and quantity of a name. What follows the base name is the quantity when it is an OBIS code; else an
 * OBIS code at the end is, else what follows the base name, else what follows the last separator.
 */
export function splitSenmlName({ name, baseName }: Pick<SenmlMeasurement, 'name' | 'baseName'>): {
  readonly prefix: string;
  readonly quantity: string;
} {
  const rest = name.slice(baseName.length);
  if (baseName !== '' && findObis(rest) !== undefined) return { prefix: trimmed(baseName), quantity: rest };
  const [, obis] = OBIS_END.exec(name) ?? [];
  if (obis !== undefined) return { prefix: trimmed(name.slice(0, -obis.length)), quantity: obis };
  const inner = rest.replace(/^[/:_]+/, '');
  if (baseName !== '' && inner !== '') return { prefix: trimmed(baseName), quantity: inner };
  for (const separator of ['/', '_', ':']) {
    const at = name.lastIndexOf(separator);
    if (at > 0 && at < name.length - 1)
      return { prefix: trimmed(name.slice(0, at)), quantity: name.slice(at + 1) };
  }
  return { prefix: '', quantity: name };
}

function trimmed(prefix: string): string {
  return prefix.replace(/[/:_]+$/, '');
}

/** The integral of a momentary quantity is another one: of a power (D = 7) the energy (D = 8). */
function quantityOfSum(quantity: string): string {
  const obis = findObis(quantity);
  if (obis?.a === 1 && obis.d === 7) return formatObis({ ...obis, d: 8 });
  if ((obis?.a === 8 || obis?.a === 9) && obis.c === 2) return formatObis({ ...obis, c: 1 });
  return `${quantity}.sum`;
}
