/** Recorded telegrams of real meters: names and values are those that are known of them. */
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { decodeWmbusLine } from '../../src/mbus/index.ts';
import { inTime } from '../cpu.ts';
import { seeded } from '../dlms/link/made.ts';
import { hasVectors, vectorRoot, wirelessVectors } from '../mbus/vectors.ts';
import { scoreVectors } from './conformance.ts';
import { loadModels } from './files.ts';

describe.skipIf(!hasVectors)('recorded telegrams', () => {
  test('have the names and values of their origin', () => {
    const [asSent, none] = scoreVectors(vectorRoot);
    for (const note of [...asSent!.notes, ...none!.notes]) expect(note).not.toContain('not known why');
    expect(asSent!.passed).toBe(192);
    expect(none!.passed).toBe(187);
  });

  test('by lines, are those of the model found for the meter', () => {
    const models = loadModels();
    const state = models.lineState({ asSent: true });
    let same = 0;
    for (const { telegram_hex: hex, key, expected, driver } of wirelessVectors(vectorRoot)) {
      const line = decodeWmbusLine({ hex, key }, state);
      if (!line.ok || line.model !== driver) continue;
      const values = line.values as Record<string, unknown>;
      const names = Object.keys(expected).filter(
        (name) => !['_', 'name', 'meter', 'timestamp'].includes(name),
      );
      if (names.every((name) => name in values)) same++;
    }
    expect(same).toBeGreaterThan(180);
  });

  test('damaged, raise errors of ours only, in time', { timeout: 60_000 }, () => {
    const models = loadModels();
    const state = models.lineState();
    for (const { telegram_hex: hex, key } of wirelessVectors(vectorRoot)) {
      const bytes = bytesOfHex([hex].flat().at(-1)!)!;
      const pick = seeded(bytes.length * 17 + bytes[5]!);
      for (let n = 0; n < 50; n++) {
        const changed = n % 4 === 0 ? bytes.slice(0, pick(bytes.length)) : bytes.slice();
        if (n % 4 !== 0) changed[pick(bytes.length)]! ^= 1 + pick(255);
        const line = inTime(() => decodeWmbusLine({ hex: hexOf(changed), key }, state));
        const { error } = line as { error?: { code: string } };
        expect(error?.code).not.toBe('INTERNAL');
      }
    }
  });
});
