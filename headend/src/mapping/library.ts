/** The ready-made mappings: the files of `library/`. */
import { readdirSync, readFileSync } from 'node:fs';
import { readMapping } from './load.ts';
import type { Mapping, MappingOptions } from './mapping.ts';

// The same folder from `src/mapping` and from `dist/mapping`: data files are not compiled.
const folder = new URL('../../src/mapping/library/', import.meta.url);

/** Texts of the ready-made mappings by file name. */
export function libraryTexts(): Map<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return new Map(names.sort().map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
}

/** The ready-made mappings, compiled. Their examples are run by the tests and not again. */
export function libraryMappings(options: MappingOptions): Mapping[] {
  return [...libraryTexts().values()].map((text) => readMapping(text, options));
}
