import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readingsOfSml, type SmlFile } from '../../src/sml/index.ts';
import { inTime } from '../cpu.ts';
import { mutations } from '../dlms/link/made.ts';
import { bytesOfFile, filesOf, hasVectorsOf, vectorsRoot } from '../vectors.ts';
import { filesIn, scoreVectors } from './conformance.ts';

const folder = join(vectorsRoot, 'sml');

describe.skipIf(!hasVectorsOf('sml'))('recorded captures', () => {
  test('as another program reads them', () => {
    for (const { total, passed, notes } of scoreVectors(vectorsRoot)) {
      expect(total).toBeGreaterThan(0);
      expect(passed, notes.join('\n')).toBe(total);
    }
  });

  test.each(filesOf(folder, '.bin'))('%s: damage gives no wrong value and takes no time', (name) => {
    const bytes = bytesOfFile(folder, name);
    const right = new Set(filesIn(bytes).map(shape));
    for (const changed of mutations(bytes, 200)) {
      const found = inTime(() => filesIn(changed));
      for (const file of found) expect(right.has(shape(file))).toBe(true);
    }
  });
});

function shape(file: SmlFile): string {
  return JSON.stringify(readingsOfSml(file), (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
