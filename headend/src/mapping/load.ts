/** Mapping files as text: read, compiled, and taken only when their examples come out. */
import { parse } from 'yaml';
import { mappingErrors } from './errors.ts';
import { checkExamples } from './examples.ts';
import { Mapping, type MappingOptions } from './mapping.ts';

const maxFileChars = 500_000;

/**
 * The mapping of a YAML or JSON text. Rejects with MAPPING_MALFORMED, MAPPING_EXPRESSION, MAPPING_TOPIC,
 * MAPPING_UNIT, MAPPING_EXAMPLE.
 */
export async function loadMapping(text: string, options: MappingOptions): Promise<Mapping> {
  const mapping = readMapping(text, options);
  await checkExamples(mapping, options);
  return mapping;
}

/** Like `loadMapping`, for texts whose examples were run before: the ready-made ones are by the tests. */
export function readMapping(text: string, options: MappingOptions): Mapping {
  if (text.length > maxFileChars)
    throw mappingErrors.MAPPING_MALFORMED(`more than ${maxFileChars} characters`);
  let file: unknown;
  try {
    file = parse(text);
  } catch (error) {
    throw mappingErrors.MAPPING_MALFORMED(error instanceof Error ? error.message.slice(0, 500) : undefined);
  }
  return new Mapping(file, options);
}
