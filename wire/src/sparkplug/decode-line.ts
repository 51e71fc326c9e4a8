/** `openami decode sparkplug`: messages as JSON that reads by itself, aliases by the births before them. */
import { hexOf } from '../bytes.ts';
import { decimalText } from '../decimal.ts';
import {
  type DecodedLine,
  decodedLine,
  hexOfLine,
  type Plain,
  renderError,
  textField,
} from '../decode-line.ts';
import { utf8Text } from '../text.ts';
import { parseSparkplugState, SparkplugHost, type SparkplugReading, type SparkplugTaken } from './host.ts';
import type { SparkplugValue } from './payload.ts';
import { parseSparkplugTopic, sparkplugTopicText } from './topic.ts';

/** Decodes lines in their order; births are remembered for the lines after them. */
export class SparkplugLineDecoder {
  readonly #host = new SparkplugHost();

  /** One line, `{"id":"1","topic":"spBv1.0/G/DDATA/N/D","hex":"08…"}`; without a topic it is a birth. */
  decode(text: string): DecodedLine {
    return decodedLine(text, (line) => {
      const bytes = hexOfLine(line);
      const topic = parseSparkplugTopic(textField(line, 'topic') ?? 'spBv1.0/-/NBIRTH/-');
      if (topic.kind === 'STATE') return { ok: true, ...parseSparkplugState(topic, utf8Text(bytes) ?? '') };
      return { ok: true, ...renderSparkplug(this.#host.take(topic, bytes, 0)) };
    });
  }
}

/** One line by itself. */
export function decodeSparkplugLine(text: string): DecodedLine {
  return new SparkplugLineDecoder().decode(text);
}

/** A message with numbers as text, so that none is rounded. */
export function renderSparkplug({ topic, payload, readings, faults, isStale }: SparkplugTaken): {
  readonly [name: string]: Plain;
} {
  const { timestamp, seq, uuid, body } = payload;
  return {
    topic: sparkplugTopicText(topic),
    ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
    ...(seq === undefined ? {} : { seq: String(seq) }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(body === undefined ? {} : { body: hexOf(body) }),
    metrics: readings.map(renderReading),
    ...(isStale ? { isStale } : {}),
    ...(faults.length === 0 ? {} : { faults: faults.map(renderError) }),
  };
}

function renderReading(reading: SparkplugReading): Plain {
  const { name, alias, datatype, timestampMs, isHistorical, isTransient, value, unit, quality, error } =
    reading;
  return {
    name,
    ...(alias === undefined ? {} : { alias: String(alias) }),
    datatype,
    ...(timestampMs === undefined ? {} : { timestamp: String(timestampMs) }),
    ...(value === undefined ? {} : renderValue(value)),
    ...(value === undefined && error === undefined ? { value: null } : {}),
    ...(unit === undefined ? {} : { unit }),
    ...(quality === undefined ? {} : { quality }),
    ...(isHistorical ? { isHistorical } : {}),
    ...(isTransient ? { isTransient } : {}),
    ...(error === undefined ? {} : { error: renderError(error) }),
  };
}

function renderValue(value: SparkplugValue): { readonly [name: string]: Plain } {
  if (value.type === 'number') return { value: decimalText(value.number) };
  if (value.type === 'notFinite') return { notFinite: String(value.number) };
  if (value.type === 'text') return { text: value.text };
  if (value.type === 'flag') return { flag: value.flag };
  return value.type === 'time' ? { ms: String(value.ms) } : { data: hexOf(value.data) };
}
