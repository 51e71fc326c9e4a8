import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { decodeLorawanLine } from '../../src/lorawan/index.ts';
import { inTime } from '../cpu.ts';
import { seeded } from '../dlms/link/made.ts';
import { hasVectorsOf, textOfFile, vectorsRoot } from '../vectors.ts';
import { scoreVectors } from './conformance.ts';

const root = join(vectorsRoot, 'lorawan');
const hasVectors = hasVectorsOf('lorawan');

test.skipIf(!hasVectors)('recorded frames and documented messages', () => {
  const scores = scoreVectors(root);
  expect(scores.map(({ set }) => set)).toEqual(['phy-payload', 'chirpstack-v4', 'the-things-stack-v3']);
  for (const { notes, passed, total } of scores) {
    expect(notes).toEqual([]);
    expect(passed).toBe(total);
    expect(total).toBeGreaterThan(0);
  }
});

test.skipIf(!hasVectors)('damaged frames: no crash, nothing slow, nothing wrong that is called right', () => {
  const vectors = JSON.parse(textOfFile(root, 'phy-payload.json')) as Record<string, string>[];
  for (const [index, { phy, ...vector }] of vectors.entries()) {
    if (phy === undefined) continue;
    const keys = {
      ...{
        nwkSKey: vector.nwk_s_key,
        sNwkSIntKey: vector.snwk_s_int_key,
        fNwkSIntKey: vector.fnwk_s_int_key,
      },
      ...{ appSKey: vector.app_s_key, appKey: vector.app_key, nwkKey: vector.nwk_key },
    };
    const pick = seeded(index + 1);
    const golden = bytesOfHex(phy)!;
    for (let i = 0; i < 200; i++) {
      const bytes = golden.slice(0, i % 4 === 0 ? pick(golden.length) : golden.length);
      if (i % 4 !== 0) bytes[pick(bytes.length)]! ^= 1 + pick(255);
      const line = inTime(() => decodeLorawanLine({ hex: hexOf(bytes), ...keys }));
      if (line.ok) expect(line.micOk).not.toBe(true);
      else expect((line.error as { code: string }).code).toMatch(/^LORAWAN_/);
    }
  }
});
