import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scoreVectors } from './conformance.ts';

const root = fileURLToPath(new URL('../../../../shared/vectors/lorawan', import.meta.url));
const hasVectors = existsSync(`${root}/README.md`);
if (!hasVectors) console.warn('skipped: ../shared with recorded LoRaWAN frames is not here');

test.skipIf(!hasVectors)('recorded frames and documented messages', () => {
  const scores = scoreVectors(root);
  expect(scores.map(({ set }) => set)).toEqual(['phy-payload', 'chirpstack-v4', 'the-things-stack-v3']);
  for (const { notes, passed, total } of scores) {
    expect(notes).toEqual([]);
    expect(passed).toBe(total);
    expect(total).toBeGreaterThan(0);
  }
});
