import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkTariff } from '../../src/tariff/read.ts';
import { oracleCase } from '../oracle/cases.ts';
import { ourBills } from '../oracle/compare.ts';
import { dataOf } from '../support.ts';

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    -1,
    0,
    1e300,
    Number.NaN,
    '',
    '-0',
    '1e5',
    'constructor',
    '__proto__',
    [],
    {},
    true,
  ),
  fc.string({ maxLength: 8 }),
  fc.integer(),
);

/** Every place of a value: an object or list, and a key of it. */
function places(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
    ...places((value as Record<string, unknown>)[key]),
  ]);
}

it('is refused with faults, or rated, whatever was done to it', () => {
  fc.assert(
    fc.property(
      oracleCase,
      fc.array(fc.tuple(fc.nat(), fc.option(junk, { nil: undefined })), { minLength: 1, maxLength: 3 }),
      (input, damages) => {
        const version = JSON.parse(JSON.stringify(input.version));
        for (const [at, value] of damages) {
          const all = places(version);
          const [parent, key] = all[at % all.length]!;
          if (value === undefined && Array.isArray(parent)) parent.splice(Number(key), 1);
          else if (value === undefined) delete parent[key];
          else parent[key] = value;
        }
        const faults = checkTariff({ ...dataOf([]), versions: [version] });
        for (const { path, message } of faults)
          expect([typeof path, message.length > 5]).toEqual(['string', true]);
        if (faults.length > 0) return;
        try {
          ourBills({ ...input, version });
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      },
    ),
    { numRuns: 400 },
  );
});
