/** What the guide shows works. */
import { readFileSync } from 'node:fs';
import { parseDecimal } from '@openami/model';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { constantSeries, gridSeries } from '../../src/determinants/series.ts';
import { readTariff } from '../../src/tariff/read.ts';
import { chargeSchemas } from '../../src/tariff/schema.ts';
import { urdbTariff } from '../../src/urdb/import.ts';
import { urdbNotes } from '../../src/urdb/notes.ts';
import { amounts, instant, usageOf, viewOf } from '../support.ts';

const guide = readFileSync(new URL('../../../docs/guides/tariffs.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  Array.from(guide.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g')), ([, text]) => text!);
const block = (language: string) => blocks(language)[0]!;
const [, market, critical, water] = blocks('yaml').map((text) => readTariff(parse(text)));

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

const day = usageOf('2026-05-01', 60, new Array(24).fill(1_000));

it('bills a day by the price of each hour as the guide says', () => {
  const hours = [...new Array(12).fill(80), ...new Array(4).fill(-20), ...new Array(8).fill(200)];
  const prices = { spot: gridSeries(instant('2026-05-01'), 3_600, hours, 3) };
  const shown = viewOf(market!, day, '2026-05-01', '2026-05-02', { prices });
  expect(amounts(shown)).toEqual({ spot: '2.89', 'hedged/block': '1.08', hedged: '1.24' });
  for (const amount of Object.values(amounts(shown))) expect(guide).toContain(`${amount} EUR`);
});

it('bills a critical peak and pays a rebate as the guide says', () => {
  const window = { fromS: instant('2026-05-01T15:00:00Z'), toS: instant('2026-05-01T18:00:00Z') };
  const shown = viewOf(critical!, day, '2026-05-01', '2026-05-02', {
    events: { cpp: [window], ptr: [window] },
    baselines: { ptr: [4_500_000] },
  });
  expect(amounts(shown)).toEqual({ 'use/usual': '3.99', 'use/critical': '3.30', 'saved/1': '-1.13' });
  for (const amount of ['3.99', '3.30', '1.13'])
    expect(guide.replace(/\s+/g, ' ')).toContain(`${amount} EUR`);
});

it('has the energy of gas that the guide says', () => {
  const grid = { startS: instant('2026-05-01'), intervalS: 31 * 86_400, step: 1_000 };
  const usage = { perUnit: 1_000_000, import: [{ ...grid, counts: Float64Array.of(100_000) }] };
  const tariff = readTariff({
    ...{ id: 'gas', commodity: 'gas', unit: 'kWh', currency: 'EUR' },
    versions: [{ charges: [{ kind: 'energy', id: 'use', price: '0.07' }] }],
  });
  const [correction, calorific] = ['1.02264', '39.5'].map((text) => constantSeries(parseDecimal(text)));
  const gas = { correction: correction!, calorific: calorific!, series: 'north' };
  const { formula } = viewOf(tariff, usage, '2026-05-01', undefined, { gas }).lines[0]!;
  const [, energy, words] = /^(\S+) kWh \((.*)\)/.exec(formula)!;
  expect(guide).toContain(`are ${energy} kWh, and the line says \`${words}\``);
});

it('has the water budget that the guide says', () => {
  const grid = { startS: instant('2026-05-01'), intervalS: 86_400, step: 1_000 };
  const usage = { perUnit: 1_000_000, import: [{ ...grid, counts: new Float64Array(31).fill(2_000) }] };
  const [persons, area] = [3, 100].map((one) => constantSeries(parseDecimal(one)));
  const evapotranspiration = gridSeries(grid.startS, 86_400, new Array(31).fill(5), 0);
  const facts = { persons, area, evapotranspiration, series: 'valley' };
  const { lines } = viewOf(water!, usage, '2026-05-01', undefined, { water: facts });
  const [indoor, budget, over] = lines.map(({ quantity }) => quantity);
  expect(guide.replace(/\s+/g, ' ')).toContain(
    `of 62 m³ they pay ${indoor} at 1, ${budget} at 2 and ${over} at 5 USD`,
  );
});

it('notes of the record of the guide what the guide says', () => {
  const record = JSON.parse(block('json'));
  expect(readTariff(urdbTariff(record)).versions).toHaveLength(1);
  const notes = urdbNotes(record).map(({ path, message }) => `${path && `${path}: `}${message}`);
  expect(blocks('text')[1]!.trim().split('\n')).toEqual(notes);
});
