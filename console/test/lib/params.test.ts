import type { ParamRecord, ParamSpec } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandKindNames, kindOf, paramProblems } from '../../../headend/src/index.ts';
import { blankDraft, draftOf, isMoment, paramLabel, paramValue } from '../../src/lib/params.ts';

/** Values that fit a spec; texts without a pattern, moments on whole minutes. */
function valuesOf(spec: ParamSpec): fc.Arbitrary<unknown> {
  switch (spec.type) {
    case 'whole':
      return isMoment(spec)
        ? fc.integer({ min: 0, max: 71_000_000 }).map((minutes) => minutes * 60)
        : fc.integer({ min: spec.min, max: spec.max });
    case 'number':
      return fc.double({ min: spec.min, max: spec.max, noNaN: true }).map((value) => value + 0);
    case 'text':
      return fc.string({ minLength: 1, maxLength: spec.max });
    case 'word':
      return fc.constantFrom(...spec.words);
    case 'list':
      return fc.array(valuesOf(spec.of), {
        minLength: spec.min,
        maxLength: Math.min(spec.max, spec.min + 3),
      });
    case 'record': {
      const fields = Object.entries(spec.fields).map(([name, field]) => [name, valuesOf(field)] as const);
      const needed = Object.keys(spec.fields).filter((name) => !spec.optional?.includes(name));
      return fc.record(Object.fromEntries(fields), { requiredKeys: needed });
    }
  }
}

describe('forms of parameters', () => {
  it.each(commandKindNames)('holds every value of the kind %s without loss', (name) => {
    const spec = kindOf(name).params as ParamRecord;
    fc.assert(
      fc.property(valuesOf(spec), (value) => {
        expect(paramValue(spec, draftOf(spec, value))).toEqual(value);
      }),
      { numRuns: 50 },
    );
  });

  it.each(commandKindNames)('begins the kind %s with every field, and leaves out what is empty', (name) => {
    const { params } = kindOf(name);
    const value = paramValue(params as ParamRecord, blankDraft(params as ParamRecord));
    // What an empty form lacks is said to be missing, and nothing else is wrong with it.
    for (const problem of paramProblems(name, value)) expect(problem).toMatch(/missing|must be/);
    expect(JSON.stringify(value)).not.toContain('NaN');
  });

  it('names fields with their units', () => {
    const whole = { type: 'whole', min: 0, max: 100 } as const;
    expect(paramLabel('thresholdW', whole)).toBe('Threshold, W');
    expect(paramLabel('minOverS', whole)).toBe('Min over, s');
    expect(paramLabel('activateAtS', { type: 'whole', min: 0, max: 4_294_967_295 })).toBe('Activate at, UTC');
    expect(paramLabel('obis', { type: 'text', max: 24 })).toBe('OBIS code');
    expect(paramLabel('switches', { type: 'list', of: whole, min: 0, max: 2 })).toBe('Switches');
  });
});
