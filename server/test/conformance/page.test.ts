/** The page of scores: what it shows, and that the one in docs is what is decoded now. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pageOf } from './page.ts';
import { scoreAll } from './scores.ts';

const vectors = fileURLToPath(new URL('../../../../shared/vectors', import.meta.url));
const hasVectors = existsSync(`${vectors}/mbus/README.md`);
if (!hasVectors) console.warn('skipped: ../shared with recorded telegrams is not here');

it('has a row for each set, their sum, and every note', () => {
  const page = pageOf([
    { title: 'A', scores: [{ set: 'a*b', total: 3, passed: 2, notes: ['x: <1>,\n not 2 (wrong sample)'] }] },
    { title: 'B', scores: [{ set: 'c', total: 4, passed: 4, notes: [] }] },
  ]);
  expect(page).toContain('npm run conformance -- wire');
  expect(page).toContain('| A | a\\*b | 2 | 3 |\n| B | c | 4 | 4 |\n| **all** | | **6** | **7** |');
  expect(page).toContain('## A\n\n### a\\*b\n\n- x: \\<1\\>, not 2 (wrong sample)\n');
  expect(page).not.toContain('## B');
});

it.skipIf(!hasVectors)('in docs, is current and names no path', { timeout: 60_000 }, async () => {
  const kept = readFileSync(new URL('../../../docs/conformance/wire.md', import.meta.url), 'utf8');
  // written by `npm run conformance -- wire`
  expect(pageOf(await scoreAll(vectors, undefined))).toBe(kept);
  expect(kept).not.toMatch(/(^|[\s("'`])\/(\w+\/)+|file:/m);
  expect(kept).not.toContain('not known why');
});
