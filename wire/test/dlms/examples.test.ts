/** The examples run, and what the README shows is in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catchPrinted } from '../printed.ts';

const folder = new URL('../../examples/', import.meta.url);
const readme = readFileSync(new URL('../../src/dlms/README.md', import.meta.url), 'utf8');
// those of other protocols are in the READMEs of theirs
const others = ['c12.ts', 'iec62056-21.ts', 'p1.ts', 'sml.ts'];
const files = readdirSync(folder).filter((name) => !others.includes(name));
const printed = catchPrinted();

test('bytes there and back', async () => {
  await import('../../examples/encode-and-decode.ts');
  expect(printed).toEqual(['64 bytes', '1764975600,1764976500 1000,1010']);
});

test('a day of a meter over TCP', async () => {
  await import('../../examples/read-a-meter.ts');
  const rows = ['2026-03-01T00:15:00.000Z 1000 Wh', '2026-03-02T00:00:00.000Z 24750 Wh'];
  expect(printed).toEqual(['96 rows', ...rows]);
});

test('a push', async () => {
  await import('../../examples/open-a-push.ts');
  expect(printed[0]).toBe('authentic');
  expect(printed).toContain('1.0.1.8.0.255 24750 Wh');
});

test('the README names every example, and shows what is in them', () => {
  for (const file of files) expect(readme).toContain(`\`${file}\``);
  const sources = files.map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const shown = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  expect(shown).toHaveLength(3);
  for (const code of shown) expect(sources.some((source) => source.includes(code))).toBe(true);
});
