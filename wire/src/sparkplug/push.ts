/** Sparkplug messages as messages of OpenAMI devices: registers at the times of the metrics. */
import { findObis, findUnit, formatObis, Quality } from '@openami/model';
import { decimalNumber, decimalText } from '../decimal.ts';
import type { PushMessage } from '../push/message.ts';
import { MessageBuilder } from '../push/message-builder.ts';
import { sparkplugErrors } from './errors.ts';
import type { SparkplugReading, SparkplugTaken } from './host.ts';
import { sparkplugTypes } from './payload.ts';
import type { SparkplugTopic } from './topic.ts';

export interface SparkplugPushOptions {
  /** When the message came; its readings get this time where it tells none. */
  readonly receivedMs: number;
  /** The meter a topic is of; default: the device, and the node where there is none. */
  readonly deviceOf?: (topic: SparkplugTopic) => string;
  /** Unit of a metric whose birth tells none. */
  readonly unitOf?: (device: string, name: string) => string | undefined;
}

/** Metrics of the session and of the edge node itself, which are no readings. */
const OWN = /^(?:bdSeq$|Node Control\/|Device Control\/|Node Info\/|Device Info\/|Properties\/)/;
const GOOD = 192;
/** Year 10000. */
const CALENDAR_END_MS = 253_402_300_800_000;
const carriesReadings: ReadonlySet<string> = new Set(['NBIRTH', 'NDATA', 'DBIRTH', 'DDATA']);

/**
 * Numbers as readings, null as an explicit `missing`; flags, texts and what the node marks as transient are
 * left out. A quality other than good makes a reading questionable. One message, none where there is nothing.
 */
export function sparkplugToPush(
  taken: SparkplugTaken,
  options: SparkplugPushOptions,
): PushMessage | undefined {
  const { topic, payload, readings } = taken;
  if (!carriesReadings.has(topic.kind)) return undefined;
  const device = (options.deviceOf ?? defaultDevice)(topic);
  const builder = new MessageBuilder();
  for (const reading of readings) {
    if (!reading.isTransient && !OWN.test(reading.name)) take(builder, device, reading, options);
  }
  const sentMs = Number(payload.timestamp ?? 0);
  // a clock beyond the calendar says nothing of when it was
  return builder.messages(sentMs < CALENDAR_END_MS ? sentMs : 0)[0];
}

function defaultDevice({ device, node }: SparkplugTopic): string {
  return device ?? node;
}

function take(
  builder: MessageBuilder,
  device: string,
  reading: SparkplugReading,
  { receivedMs, unitOf }: SparkplugPushOptions,
): void {
  const { name, alias, value, error, timestampMs = receivedMs } = reading;
  const endS = Number(timestampMs) / 1_000;
  const quantity = quantityOfMetric(name);
  if (error !== undefined) {
    builder.reject(device, name === '' ? `alias ${alias ?? ''}` : quantity, endS, '', error);
    return;
  }
  if (value?.type === 'notFinite') {
    const { type, number } = value;
    const wrong = sparkplugErrors.SPARKPLUG_TYPE(`${name}: ${number}`, { type });
    builder.reject(device, quantity, endS, String(number), wrong);
    return;
  }
  const isNumber = value?.type === 'number' || (value === undefined && isNumeric(reading.datatype));
  if (!isNumber) return;
  const unit = reading.unit ?? unitOf?.(device, name);
  const known = unit === undefined ? undefined : findUnit(unit);
  const text = value?.type === 'number' ? decimalText(value.number) : '';
  if (known === undefined) {
    const detail = unit === undefined ? `${name} has none` : `${name}: "${unit}"`;
    builder.reject(device, quantity, endS, text, sparkplugErrors.SPARKPLUG_NO_UNIT(detail));
  } else if (value?.type === 'number') {
    const isGood = reading.quality === undefined || reading.quality === GOOD;
    const quality = isGood ? Quality.raw : Quality.questionable;
    builder.add(device, quantity, known.symbol, endS, decimalNumber(value.number), quality);
  } else builder.add(device, quantity, known.symbol, endS, Number.NaN, Quality.missing);
}

function isNumeric(datatype: number): boolean {
  return datatype >= sparkplugTypes.int8 && datatype <= sparkplugTypes.double;
}

/** The OBIS code that a name is, or ends with after a slash; else the name. */
function quantityOfMetric(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  const obis = /^\d/.test(last) ? findObis(last) : undefined;
  return obis === undefined ? name : formatObis(obis);
}
