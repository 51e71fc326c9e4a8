/** Files for the tests: made on the spot, and the real ones where they are. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';

/** A folder of the test file's own, removed at its end. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openami-vee-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes lines; a name that ends in .gz is packed. */
export function writeCsv(folder: string, name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const text = `${lines.join('\n')}\n`;
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Folder of the real sets; undefined, with a line that says so, where they are not. */
export function realData(): string | undefined {
  const folder = process.env.OPENAMI_REAL_DATA ?? resolve(root, '../shared/data');
  if (existsSync(join(folder, 'electricity'))) return folder;
  console.log(
    `Tests on real meters are skipped: there is no folder ${folder} (OPENAMI_REAL_DATA names another).`,
  );
  return undefined;
}

/** Local stamps `yyyy-MM-ddTHH:mm` of a whole day that no clock change touches, every `minutes`. */
export function wallStamps(day: string, minutes: number, label: 'start' | 'end' = 'start'): string[] {
  const startMs = Date.parse(`${day}T00:00:00Z`);
  const first = label === 'start' ? 0 : 1;
  return Array.from({ length: 1440 / minutes }, (_, i) =>
    new Date(startMs + (i + first) * minutes * 60_000).toISOString().slice(0, 16),
  );
}
