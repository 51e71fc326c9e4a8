/** Files of meter models: those that come with the program, and those of a folder of one's own. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { checkLibrary, type Library, ModelSet } from '@openami/wire/models';
import { radioErrors } from './errors.ts';

const libraryName = 'library.json';
const libraryPath = createRequire(import.meta.url).resolve(`@openami/wire/models/${libraryName}`);

/** All models; `folder`: more of them, of one's own. Raises RADIO_MODELS, MODEL_INVALID. */
export function loadMeterModels(folder = ''): ModelSet {
  const folders = [dirname(libraryPath), ...(folder === '' ? [] : [folder])];
  const files = folders.flatMap((one) =>
    namesIn(one).map((name) => [name, jsonOf(join(one, name))] as const),
  );
  return ModelSet.load(files, jsonOf(libraryPath));
}

/** Fields that many models share. */
export function readModelLibrary(): Library {
  return checkLibrary(jsonOf(libraryPath));
}

function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== libraryName);
    return names.sort();
  } catch (error) {
    throw radioErrors.RADIO_MODELS(`${folder}: ${(error as { code?: string }).code}`, {}, error);
  }
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw radioErrors.RADIO_MODELS(`${path}: ${(error as Error).message}`, {}, error);
  }
}
