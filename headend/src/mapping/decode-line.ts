/** One line of `openami decode json`: a message in, push messages out. */
import { parseInstantMs } from '@openami/model';
import {
  type DecodedLine,
  decodedLine,
  decodeErrors,
  hexField,
  type LineFields,
  textField,
} from '@openami/wire/dlms';
import { mappingErrors } from './errors.ts';
import { payloadBytes } from './examples.ts';
import type { MappingResult } from './mapping.ts';
import { plainMessage } from './push-json.ts';
import type { Mapped, MappingRegistry } from './registry.ts';

/**
 * `{"id", "topic", "payload" (JSON, or a text as it is) or "hex", "received"?, "mapping"?}` to `{"id", "ok",
 * "mapping", "messages"}` or an error. Times are those of the message; `received` (default `nowS`) stands in.
 */
export async function decodeMappedLine(
  text: string,
  registry: MappingRegistry,
  nowS: number,
): Promise<DecodedLine> {
  let fields: LineFields = {};
  const head = decodedLine(text, (line) => {
    fields = line;
    return { ok: true };
  });
  if (!head.ok) return head;
  try {
    const { mapping, messages } = await mappedOf(fields, registry, nowS);
    return { ...head, mapping, messages: messages.map(plainMessage) };
  } catch (error) {
    // Told in the words of every decoded line.
    return decodedLine(text, () => {
      throw error;
    });
  }
}

async function mappedOf(line: LineFields, registry: MappingRegistry, nowS: number): Promise<Mapped> {
  const topic = textField(line, 'topic') ?? '';
  const id = textField(line, 'mapping');
  const bytes = bytesOf(line);
  const receivedS = receivedOf(line) ?? nowS;
  if (id === undefined) {
    const found = await registry.apply(topic, bytes, receivedS);
    if (found === undefined)
      throw mappingErrors.MAPPING_UNKNOWN(`no mapping for topic '${topic.slice(0, 100)}'`);
    return found;
  }
  const messages: MappingResult = await registry.applyNamed(id, bytes, receivedS, topic);
  if (messages === undefined) throw mappingErrors.MAPPING_UNKNOWN(`the message is not for mapping '${id}'`);
  return { mapping: id, messages };
}

function bytesOf(line: LineFields): Uint8Array {
  const bytes = hexField(line, 'hex');
  if (bytes !== undefined) return bytes;
  const { payload } = line;
  if (payload === undefined) throw decodeErrors.DECODE_BAD_FIELD('payload is missing');
  return payloadBytes(payload);
}

function receivedOf({ received }: LineFields): number | undefined {
  if (received === undefined || received === null) return undefined;
  if (typeof received === 'number' && Number.isFinite(received)) return received;
  try {
    return parseInstantMs(String(received)) / 1_000;
  } catch {
    throw decodeErrors.DECODE_BAD_FIELD(
      'received is neither seconds since 1970 nor an ISO time with an offset',
    );
  }
}
