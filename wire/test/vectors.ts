/** Reaches recorded telegrams of every protocol that lie beside the repository, when they do. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with the vectors of all protocols. */
export const vectorsRoot = fileURLToPath(new URL('../../../shared/vectors', import.meta.url));

/** Whether vectors of a protocol are here; prints when they are not. */
export function hasVectorsOf(folder: string): boolean {
  const has = existsSync(join(vectorsRoot, folder, 'README.md'));
  if (!has) console.warn(`skipped: ../shared with recorded ${folder} telegrams is not here`);
  return has;
}

/** Names in a folder that end so, in order; none where the folder is not there. */
export function filesOf(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort();
}

export function bytesOfFile(...path: string[]): Uint8Array {
  return Uint8Array.from(readFileSync(join(...path)));
}

export function textOfFile(...path: string[]): string {
  return readFileSync(join(...path), 'utf8');
}

/** How well one set of vectors is met, and a note for each that is not. */
export interface SetScore {
  readonly set: string;
  readonly total: number;
  readonly passed: number;
  readonly notes: readonly string[];
}
