/** The meter models that come with the program: the files of `wire/models`. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { checkLibrary, type Library, ModelSet } from '@openami/wire/models';

const LIBRARY = 'library.json';
const libraryFile = createRequire(import.meta.url).resolve(`@openami/wire/models/${LIBRARY}`);

/** Fields that many models share. */
export function readModelLibrary(): Library {
  return checkLibrary(jsonOf(libraryFile));
}

/** All ready-made models. Each call reads them anew: some milliseconds. */
export function readMeterModels(): ModelSet {
  const folder = dirname(libraryFile);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== LIBRARY);
  return ModelSet.load(
    files.sort().map((name) => [name, jsonOf(join(folder, name))] as const),
    readModelLibrary(),
  );
}

function jsonOf(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
