/** Reaches the recorded telegrams that lie beside the repository, when they do. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../../shared/vectors/dlms/', import.meta.url));
export const hasVectors = existsSync(`${folder}README.md`);
if (!hasVectors) console.warn('skipped: ../shared with recorded DLMS telegrams is not here');

export function vectorText(path: string): string {
  return readFileSync(folder + path, 'utf8').replace(/^\uFEFF/, '');
}

export function vectorLines<T>(path: string): T[] {
  if (!hasVectors) return [];
  return vectorText(path)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Bytes of hex with any blanks. */
export function hex(text: string): Uint8Array {
  const packed = text.replace(/\s+/g, '');
  return Uint8Array.from({ length: packed.length / 2 }, (_, i) =>
    Number.parseInt(packed.slice(i * 2, i * 2 + 2), 16),
  );
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
