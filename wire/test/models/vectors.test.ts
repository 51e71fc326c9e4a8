/** Recorded telegrams of real meters: names and values are those that are known of them. */
import { describe, expect, test } from 'vitest';
import { hasVectors, vectorRoot } from '../mbus/vectors.ts';
import { scoreVectors } from './conformance.ts';

/** What the origin of a telegram says otherwise than its bytes do, or words of bits that are not public. */
const known = [
  // reactive energy: a correction by 10^-1 that is read as if it were not there
  'em24 66666666',
  // a date that is none, as the calendar of a computer counts it
  'gwfgas 23115250',
  'sensostar 20480057',
  // the values were changed and the CRC of the full frame was not
  'kamwater 23813076',
  // one telegram with two names for one value
  'kamwater 76348799',
  // a duration that is called a flow
  'qwater 60113189',
  // words of error bits
  'aptmbusna 00345157',
  'c5isf 55445555',
  'eurisii 88018801',
  'ultrimisv2 80291792',
];

describe.skipIf(!hasVectors)('recorded telegrams', () => {
  test('have the names and values of their origin', () => {
    const [asSent, none] = scoreVectors(vectorRoot);
    for (const note of asSent!.notes)
      expect(
        known.some((one) => note.startsWith(one)),
        note,
      ).toBe(true);
    expect(asSent!.passed).toBe(191);
    expect(none!.passed).toBe(186);
  });
});
