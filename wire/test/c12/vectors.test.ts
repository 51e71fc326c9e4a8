import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeC12, renderC12 } from '../../src/c12/index.ts';
import { codeOf } from '../code-of.ts';
import { inTime } from '../cpu.ts';
import { seeded } from '../dlms/link/made.ts';
import { vectorsRoot } from '../vectors.ts';
import { captures } from './captures.ts';
import { bytesOf, scoreVectors } from './conformance.ts';

const all = captures(join(vectorsRoot, 'c1222'));
if (all.length === 0) console.warn('skipped: ../shared with captures of C12.22 is not here');

describe.skipIf(all.length === 0)('captures', () => {
  test('all fields of the logs agree', () => {
    const scores = scoreVectors(vectorsRoot);
    expect(scores.flatMap(({ notes }) => notes)).toEqual([]);
    expect(scores.every(({ passed, total }) => total > 0 && passed === total)).toBe(true);
  });

  test.each(all.map((capture) => [capture.name, capture] as const))(
    '%s: damage raises our errors only, at once',
    (_, capture) => {
      const pick = seeded(7);
      const whole = bytesOf(capture);
      for (let i = 0; i < 200; i++) {
        const bytes = i % 4 === 0 ? whole.slice(0, pick(whole.length)) : whole.slice();
        if (i % 4 !== 0) bytes[pick(bytes.length)] = pick(256);
        inTime(() => codeOf(() => renderC12(decodeC12(bytes))));
      }
    },
  );
});
