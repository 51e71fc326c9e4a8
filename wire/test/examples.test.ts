/** The examples of the smaller protocols run, and what their READMEs show is in them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catchPrinted } from './printed.ts';

const printed = catchPrinted();

const examples: readonly [name: string, run: () => Promise<unknown>, prints: string[]][] = [
  ['iec62056-21', () => import('../examples/iec62056-21.ts'), ['0.0.0 00012345 ', '1.8.0 001234.567 kWh']],
  [
    'p1',
    () => import('../examples/p1.ts'),
    ['2026-03-03T11:15:00 1-0:1.8.1 1234.567 kWh', 'G0099000765432126 321.500 m3'],
  ],
  ['sml', () => import('../examples/sml.ts'), ['1OAM0012345678 1-0:1.8.0*255 12345678.9 Wh']],
];

test.each(examples)('%s', async (name, run, prints) => {
  await run();
  expect(printed).toEqual(prints);
  const at = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(at(`../src/${name}/README.md`))!;
  expect(at(`../examples/${name}.ts`)).toContain(shown);
});
