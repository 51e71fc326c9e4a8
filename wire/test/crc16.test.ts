import { expect, test } from 'vitest';
import { crc16Arc, crc16Kermit, fcs16, fcs16Matches } from '../src/crc16.ts';
import { asciiBytes } from '../src/text.ts';

const digits = asciiBytes('123456789');

// the values that catalogues of checks print for these nine characters
test.each([
  ['X.25', fcs16, 0x906e],
  ['Kermit', crc16Kermit, 0x2189],
  ['ARC', crc16Arc, 0xbb3d],
])('%s', (_, check, expected) => {
  expect(check(digits)).toBe(expected);
  expect(check(asciiBytes('x123456789y'), 1, 10)).toBe(expected);
});

test('the frame check goes low byte first', () => {
  const frame = Uint8Array.of(...digits, 0x6e, 0x90);
  expect(fcs16Matches(frame, 0, 9)).toBe(true);
  expect(fcs16Matches(frame.toReversed(), 0, 9)).toBe(false);
});
