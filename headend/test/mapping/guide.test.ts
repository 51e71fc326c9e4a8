/** What the guide shows works. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { libraryMappings } from '../../src/mapping/library.ts';
import { loadMapping } from '../../src/mapping/load.ts';
import { apart, useApart } from './helpers.ts';

const guide = readFileSync(new URL('../../../docs/guides/json-mappings.md', import.meta.url), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)![1]!;

useApart();

test('the mapping of the guide is taken, and its message is the one shown', async () => {
  const mapping = await loadMapping(block('yaml'), { apart });
  expect(mapping.isDirect).toBe(true);
  expect(mapping.file.examples[0]!.payload).toEqual(JSON.parse(block('json')));
});

test('with another value expected it is refused as shown', async () => {
  const file = parse(block('yaml')) as { examples: { expect: { series: { readings: unknown[][] }[] }[] }[] };
  file.examples[0]!.expect[0]!.series[0]!.readings[0]![1] = 48211;
  await expect(loadMapping(JSON.stringify(file), { apart })).rejects.toThrow(block('text').trim());
});

test('with nothing expected the refusal lists what came out', async () => {
  const file = parse(block('yaml')) as { examples: { expect: unknown }[] };
  const [example] = file.examples;
  const [, second] = example!.expect as unknown[];
  example!.expect = [];
  await expect(loadMapping(JSON.stringify(file), { apart })).rejects.toThrow(JSON.stringify(second));
});

test('the ready-made mappings are all named', () => {
  for (const { id } of libraryMappings({ apart })) expect(guide).toContain(`\`${id}\``);
});
