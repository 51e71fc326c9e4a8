import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParamSpec, param, paramProblemsOf } from '../src/index.ts';

const spec = {
  type: 'record',
  fields: {
    count: param.whole(1, 10),
    share: param.number(0, 1),
    code: param.text(4, '[a-z]+'),
    way: param.word('in', 'out'),
    list: param.list(param.whole(0, 9), 1, 3),
  },
  optional: ['share'],
} as const;
const right = { count: 1, share: 0.5, code: 'ab', way: 'in', list: [0] };

describe('parameters', () => {
  it.each<[object, string[]]>([
    [right, []],
    [{ ...right, share: undefined }, []],
    [{ ...right, count: 0 }, ['count must be a whole number from 1 to 10']],
    [{ ...right, count: 1.5 }, ['count must be a whole number from 1 to 10']],
    [{ ...right, share: 1.5 }, ['share must be a number from 0 to 1']],
    [{ ...right, share: Number.NaN }, ['share must be a number from 0 to 1']],
    [{ ...right, code: 'abcde' }, ['code must be a text of 1 to 4 characters']],
    [{ ...right, code: 'AB' }, ['code must look like [a-z]+']],
    [{ ...right, way: 'up' }, ['way must be one of in, out']],
    [{ ...right, list: [] }, ['list must be a list of 1 to 3']],
    [{ ...right, list: [0, 10] }, ['list[1] must be a whole number from 0 to 9']],
    [{ ...right, more: 1 }, ['more is not known']],
    [{ ...right, way: undefined }, ['way is missing']],
  ])('%j', (value, problems) => {
    expect(paramProblemsOf(spec, value)).toEqual(problems);
  });

  it('say what is wrong with anything, and never raise', () => {
    const parts: readonly ParamSpec[] = [spec, ...Object.values(spec.fields)];
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.anything(), (of, value) => {
        for (const problem of paramProblemsOf(of, value)) expect(problem).not.toBe('');
      }),
    );
  });
});
