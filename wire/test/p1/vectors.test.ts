import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { meaningOfP1, P1Stream } from '../../src/p1/index.ts';
import { inTime } from '../cpu.ts';
import { mutations } from '../dlms/link/made.ts';
import { bytesOfFile, filesOf, hasVectorsOf, vectorsRoot } from '../vectors.ts';
import { scoreVectors } from './conformance.ts';

const folders = ['athombv', 'ndokter'].map((name) => join(vectorsRoot, 'dsmr', name));
const files = folders.flatMap((folder) => filesOf(folder, '.txt').map((name) => [name, folder] as const));

describe.skipIf(!hasVectorsOf('dsmr'))('recorded telegrams', () => {
  test('as other programs read them', () => {
    for (const { set, total, passed, notes } of scoreVectors(vectorsRoot)) {
      expect(total, set).toBeGreaterThan(0);
      expect(passed, notes.join('\n')).toBe(total);
    }
  });

  test.each(files)('%s: damage gives no wrong value and takes no time', (name, folder) => {
    const bytes = bytesOfFile(folder, name);
    const right = shapes(bytes);
    const isChecked = right.length > 0 && framesOf(bytes)[0]!.check === 'ok';
    for (const changed of mutations(bytes, 200)) {
      const found = inTime(() => shapes(changed));
      if (isChecked) for (const shape of found) expect(right).toContain(shape);
    }
  });
});

function framesOf(bytes: Uint8Array) {
  const stream = new P1Stream();
  return [...stream.push(bytes), ...stream.flush()].flatMap(({ frame }) => frame ?? []);
}

function shapes(bytes: Uint8Array): string[] {
  return framesOf(bytes).map((frame) =>
    JSON.stringify([meaningOfP1(frame), frame.records], (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  );
}
