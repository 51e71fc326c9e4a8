/** Data sets for tests of IEC 62056-21 and of P1, which are made of them. */
import fc from 'fast-check';
import type { DataSet } from '../../src/iec62056-21/data-set.ts';

/** A data set of one value. */
export const one = (address: string, value: string, unit?: string): DataSet => ({
  address,
  values: [unit === undefined ? { value } : { value, unit }],
});

/** Words of these letters. */
export function wordOf(letters: readonly string[]): (maxLength: number) => fc.Arbitrary<string> {
  return (maxLength) => fc.array(fc.constantFrom(...letters), { maxLength }).map((chars) => chars.join(''));
}

/** Any data set whose parts are such words. */
export function dataSetOf(word: (maxLength: number) => fc.Arbitrary<string>): fc.Arbitrary<DataSet> {
  const value = fc.oneof(
    word(32).map((text) => ({ value: text })),
    fc.record({ value: word(32), unit: word(16) }),
  );
  return fc.record({
    address: word(16).filter((text) => text !== ''),
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  });
}
