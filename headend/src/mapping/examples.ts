/** The examples of a mapping are its tests: they are run before it is taken. */
import { parseInstantMs } from '@openami/model';
import { utf8Bytes } from '@openami/wire';
import { isFields } from '../fields.ts';
import { mappingErrors } from './errors.ts';
import { isMappingError, Mapping, type MappingOptions, MappingPayload } from './mapping.ts';
import { plainMessage } from './push-json.ts';
import type { MappingExample } from './schema.ts';

const maxLines = 20;
/** Enough for a whole push message: who writes an example takes over what came out. */
const maxShown = 2_000;

/** Raises MAPPING_EXAMPLE with a line for each difference. */
export async function checkExamples(mapping: Mapping, options: MappingOptions): Promise<void> {
  const lines: string[] = [];
  for (const [i, example] of mapping.file.examples.entries()) {
    const place = `examples[${i}]${example.title === undefined ? '' : ` (${example.title})`}`;
    for (const line of await exampleDifferences(mapping, example, options)) lines.push(`${place} ${line}`);
  }
  if (lines.length === 0) return;
  const more = lines.length > maxLines ? [`and ${lines.length - maxLines} more`] : [];
  throw mappingErrors.MAPPING_EXAMPLE([...lines.slice(0, maxLines), ...more].join('\n'), {
    mapping: mapping.id,
  });
}

async function exampleDifferences(
  mapping: Mapping,
  example: MappingExample,
  options: MappingOptions,
): Promise<string[]> {
  const { topic = '', payload, expect, zone = 'UTC', receivedAt } = example;
  const parameters = { [mapping.id]: example.parameters ?? {} };
  // An example says the same wherever it is run.
  const placed = new Mapping(mapping, { ...options, zone, parameters });
  let came: unknown;
  try {
    const read = new MappingPayload(payloadBytes(payload));
    const receivedS = parseInstantMs(receivedAt) / 1_000;
    const messages = await placed.apply({ topic, payload: read, receivedS });
    came = messages?.map(plainMessage) ?? null;
  } catch (error) {
    if (isMappingError(error)) return [`failed: ${error.code} ${error.message}`];
    return [`receivedAt: '${receivedAt.slice(0, 40)}' is no ISO time with an offset`];
  }
  const out: string[] = [];
  differences('expect', expect, came, out);
  return out;
}

/** A text is the message itself; anything else is it as JSON. */
export function payloadBytes(payload: unknown): Uint8Array {
  return utf8Bytes(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

/** One line for each place where two values differ. */
function differences(path: string, expected: unknown, came: unknown, out: string[]): void {
  if (out.length > maxLines) return;
  if (Array.isArray(expected) && Array.isArray(came)) {
    for (let i = 0; i < Math.max(expected.length, came.length); i++) {
      differences(`${path}[${i}]`, expected[i], came[i], out);
    }
  } else if (isFields(expected) && isFields(came)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(came)])) {
      differences(`${path}.${name}`, expected[name], came[name], out);
    }
  } else if (expected !== came) {
    if (came === undefined) out.push(`${path}: ${shown(expected)} was expected and did not come out`);
    else if (expected === undefined) out.push(`${path}: ${shown(came)} came out and was not expected`);
    else out.push(`${path}: expected ${shown(expected)}, came out ${shown(came)}`);
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > maxShown ? `${text.slice(0, maxShown)}...` : text;
}
