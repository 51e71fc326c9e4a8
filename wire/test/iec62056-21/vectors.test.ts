import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Iec62056Stream } from '../../src/iec62056-21/index.ts';
import { inTime } from '../cpu.ts';
import { mutations } from '../dlms/link/made.ts';
import { bytesOfFile, filesOf, hasVectorsOf, vectorsRoot } from '../vectors.ts';
import { scoreVectors } from './conformance.ts';

const folder = join(vectorsRoot, 'iec62056-21', 'readouts');

describe.skipIf(!hasVectorsOf('iec62056-21'))('recorded readouts and messages', () => {
  test('as other programs read them', () => {
    for (const { set, total, passed, notes } of scoreVectors(vectorsRoot)) {
      expect(total, set).toBeGreaterThan(0);
      expect(passed, notes.join('\n')).toBe(total);
    }
  });

  test.each(filesOf(folder, '.txt'))(
    '%s: damage takes no time, and gives no wrong value where there is a check',
    (name) => {
      const bytes = bytesOfFile(folder, name);
      const [right] = pushesIn(bytes);
      for (const changed of mutations(bytes, 200)) {
        const found = inTime(() => pushesIn(changed));
        if (right!.trailer === '') continue;
        for (const { records } of found) expect(records).toEqual(right!.records);
      }
    },
  );
});

function pushesIn(bytes: Uint8Array) {
  const stream = new Iec62056Stream({ push: true });
  return [...stream.push(bytes), ...stream.flush()].flatMap(({ frame }) =>
    frame?.kind === 'push' ? [frame] : [],
  );
}
