/** What the guide shows works. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readTariff } from '../../src/tariff/read.ts';
import { chargeSchemas } from '../../src/tariff/schema.ts';
import { usageOf, viewOf } from '../support.ts';

const guide = readFileSync(new URL('../../../docs/guides/tariffs.md', import.meta.url), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)![1]!;

it('bills May as the guide says', () => {
  const tariff = readTariff(parse(block('yaml')));
  const { lines, total } = viewOf(
    tariff,
    usageOf('2026-05-01', 60, new Array(744).fill(1_000)),
    '2026-05-01',
  );
  const shown = [...lines.map(({ id, formula, amount }) => [id, formula, amount]), ['total', '', total]];
  const words = (text: string) => text.trim().split(/\s+/).join(' ');
  expect(block('text').trim().split('\n').map(words)).toEqual(shown.map((line) => words(line.join(' '))));
});

it('names every kind of charge', () => {
  for (const kind of Object.keys(chargeSchemas)) expect(guide).toContain(`| \`${kind}\` |`);
});
