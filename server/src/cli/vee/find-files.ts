/** Which files an input stands for. */
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { serverErrors } from '../../errors.ts';

const isCsv = /\.csv(\.gz)?$/i;

/** The file itself, or the CSV files below a folder in the order of their names. Throws USAGE. */
export async function csvFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw serverErrors.USAGE(`--input: ${path} is not there`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && isCsv.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  if (files.length === 0) throw serverErrors.USAGE(`--input: there are no CSV files below ${path}`);
  return files.sort();
}

/** Those of `files` that a pattern means, by their path below `folder`. */
export function matching(files: readonly string[], folder: string, pattern: string): string[] {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]*');
  const matches = new RegExp(`^${source}$`);
  return files.filter((file) => matches.test(relative(folder, file).split(sep).join('/')));
}

/** Sizes of files together, in bytes. */
export async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
