/** The files of wire/models, as a program reads them. */
import { readdirSync, readFileSync } from 'node:fs';
import { ModelSet } from '../../src/models/index.ts';

const folder = new URL('../../models/', import.meta.url);
const LIBRARY = 'library.json';

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));

export const modelFiles: string[] = readdirSync(folder).filter(
  (file) => file.endsWith('.json') && file !== LIBRARY,
);
export const readModel = read;
export const readLibrary = (): unknown => read(LIBRARY);

export function loadModels(): ModelSet {
  return ModelSet.load(
    modelFiles.map((file) => [file, read(file)] as const),
    readLibrary(),
  );
}
