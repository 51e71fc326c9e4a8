/** Recorded telegrams of real meters, whole and damaged. */
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { decodeMbusLine, decodeWmbusLine, MbusLineState } from '../../src/mbus/index.ts';
import { inTime } from '../cpu.ts';
import { seeded } from '../dlms/link/made.ts';
import { scoreVectors } from './conformance.ts';
import { frameNames, frameText, hasVectors, vectorRoot, wirelessVectors } from './vectors.ts';

describe.skipIf(!hasVectors)('recorded telegrams', () => {
  test('decode to what their origin says', () => {
    const scores = scoreVectors(vectorRoot);
    for (const note of scores.flatMap(({ notes }) => notes)) expect(note).not.toContain('not known why');
    expect(scores.map(({ total, passed }) => `${passed}/${total}`)).toEqual([
      '35/36',
      '9/9',
      '194/201',
      '8/8',
    ]);
  });

  test('damaged, they do no harm', { timeout: 120_000 }, () => {
    const state = new MbusLineState();
    const run = (hex: string, key: string | null, wired: boolean): ReturnType<typeof decodeMbusLine> => {
      const line = inTime(() => {
        return wired ? decodeMbusLine({ hex }, state) : decodeWmbusLine({ hex, key }, state);
      });
      expect(JSON.stringify(line.error ?? null)).not.toContain('INTERNAL');
      return line;
    };
    for (const [hex, key, wired] of telegrams()) {
      const pick = seeded(hex.length * 31 + hex.charCodeAt(10));
      const bytes = bytesOfHex(hex)!;
      for (let n = 0; n < 200; n++) {
        const changed = n % 4 === 0 ? bytes.slice(0, pick(bytes.length)) : bytes.slice();
        if (n % 4 !== 0) changed[pick(bytes.length)]! ^= 1 + pick(255);
        const line = run(hexOf(changed), key, wired);
        // the sum of a wired frame finds every single byte
        if (wired) expect(line.ok).toBe(false);
      }
    }
  });
});

function telegrams(): [hex: string, key: string | null, wired: boolean][] {
  const wired = frameNames(vectorRoot, 'test-frames').map((name): [string, null, boolean] => [
    hexOf(bytesOfHex(frameText(vectorRoot, `test-frames/${name}.hex`)!.trim())!),
    null,
    true,
  ]);
  const wireless = wirelessVectors(vectorRoot).flatMap(({ telegram_hex: hex, key }) =>
    [hex].flat().map((one): [string, string | null, boolean] => [one, key, false]),
  );
  return [...wired, ...wireless];
}
