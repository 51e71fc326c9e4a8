/** Reaches the recorded telegrams that lie beside the repository, when they do. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const vectorRoot = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url));
export const hasVectors = existsSync(`${vectorRoot}mbus/README.md`);
if (!hasVectors) console.warn('skipped: ../shared with recorded M-Bus telegrams is not here');

/** One telegram of wmbusmeters.jsonl. */
export interface WirelessVector {
  readonly driver: string;
  readonly id: string;
  readonly key: string | null;
  readonly telegram_hex: string | readonly string[];
  readonly expected: Readonly<Record<string, unknown>>;
}

/** One of spec-examples.json. */
export interface SpecExample {
  readonly id: string;
  readonly link: string;
  readonly key: string | null;
  readonly telegram_hex?: string;
  readonly full_frame?: string;
  readonly format_frame?: string;
  readonly compact_frame?: string;
  readonly expected: {
    readonly [name: string]: unknown;
    readonly records?: readonly {
      readonly quantity: string;
      readonly value: unknown;
      readonly unit?: string;
    }[];
  };
}

export function wirelessVectors(root: string): WirelessVector[] {
  return readFileSync(`${root}wmbus/wmbusmeters.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WirelessVector);
}

export function specExamples(root: string): SpecExample[] {
  return JSON.parse(readFileSync(`${root}wmbus/spec-examples.json`, 'utf8')) as SpecExample[];
}

/** Names of frames in a folder of mbus/, without their ending. */
export function frameNames(root: string, folder: string): string[] {
  return readdirSync(`${root}mbus/${folder}`)
    .filter((name) => name.endsWith('.hex'))
    .map((name) => name.slice(0, -4));
}

/** A text file of mbus/; undefined where there is none. */
export function frameText(root: string, path: string): string | undefined {
  const full = `${root}mbus/${path}`;
  return existsSync(full) ? readFileSync(full, 'latin1') : undefined;
}
