/** Recorded telegrams of makers' own formats: what decoders say is what their origin says. */
import { OpenAmiError } from '@openami/model';
import { describe, expect, test } from 'vitest';
import { bytesOfHex } from '../../../src/bytes.ts';
import { MbusLineState } from '../../../src/mbus/index.ts';
import { AesKey } from '../../../src/mbus/security/key.ts';
import { decoders } from '../../../src/models/decoders/index.ts';
import { inTime } from '../../cpu.ts';
import { seeded } from '../../dlms/link/made.ts';
import { hasVectors, vectorRoot, wirelessVectors } from '../../mbus/vectors.ts';
import { valuesBy } from './made.ts';

const state = new MbusLineState();

interface Recorded {
  readonly driver: string;
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly key: AesKey | undefined;
  readonly expected: Readonly<Record<string, unknown>>;
}

function recorded(): Recorded[] {
  return wirelessVectors(vectorRoot)
    .filter(({ driver }) => Object.hasOwn(decoders, driver))
    .map(({ driver, id, key, telegram_hex: hex, expected }) => {
      const ready = key ? state.key(key) : undefined;
      const bytes = bytesOfHex([hex].flat().at(-1)!)!;
      return { driver, id, bytes, key: ready instanceof AesKey ? ready : undefined, expected };
    });
}

describe.skipIf(!hasVectors)('recorded telegrams', () => {
  test('say by decoders what their origin says', () => {
    const faults: string[] = [];
    let values = 0;
    for (const { driver, id, bytes, key, expected } of recorded()) {
      for (const [name, value] of Object.entries(valuesBy(driver, bytes, key, true))) {
        values++;
        const want = expected[name];
        const same =
          typeof value === 'number' && typeof want === 'number'
            ? Math.abs(value - want) <= 1e-6
            : value === want;
        if (!same) faults.push(`${driver} ${id}: ${name} ${String(value)}, not ${String(want)}`);
      }
    }
    expect(faults).toEqual([]);
    expect(values).toBeGreaterThan(350);
  });

  test('damaged, they raise errors of ours only', { timeout: 60_000 }, () => {
    for (const { driver, bytes, key } of recorded()) {
      const pick = seeded(bytes.length * 31 + bytes[4]!);
      for (let n = 0; n < 200; n++) {
        const changed = n % 4 === 0 ? bytes.slice(0, pick(bytes.length)) : bytes.slice();
        if (n % 4 !== 0) changed[pick(bytes.length)]! ^= 1 + pick(255);
        inTime(() => {
          try {
            valuesBy(driver, changed, key);
          } catch (error) {
            expect(error).toBeInstanceOf(OpenAmiError);
          }
        });
      }
    }
  });
});
