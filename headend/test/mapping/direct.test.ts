import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { compileDirect, runDirect } from '../../src/mapping/expression/direct.ts';
import { parseExpression } from '../../src/mapping/expression/node.ts';
import { allowSteps } from '../../src/mapping/expression/values.ts';

const known = new Set(['topic', 'device']);
const variables = { topic: 'a/b/c', device: 'b', levels: { device: 'b' } };

/** What an expression gives as plain JSON, or that it fails. */
function direct(source: string, input: unknown): unknown {
  const compiled = compileDirect(parseExpression(source, 'test'), known);
  if (compiled === undefined) return 'NOT DIRECT';
  allowSteps(1_000_000);
  try {
    return plain(runDirect(compiled, input, { ...variables, $: input }));
  } catch (error) {
    if (!('code' in (error as object))) throw error;
    return 'FAILS';
  }
}

async function reference(source: string, input: unknown): Promise<unknown> {
  try {
    return plain(await jsonata(source).evaluate(input, variables));
  } catch {
    return 'FAILS';
  }
}

/** -0 and the flags of sequences do not come into it. */
function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

const name = fc.constantFrom('a', 'b', 'c', 'power', '`x-y`');
const leaf = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, 1.25, '', '1', '2.5', 'on', 'x/y', null, true, false),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'power', 'x-y'), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

const { expression } = fc.letrec<{ expression: string; path: string; step: string }>((tie) => ({
  step: fc.oneof(
    { weight: 6, arbitrary: name },
    { weight: 2, arbitrary: fc.tuple(name, fc.integer({ min: -2, max: 2 })).map(([n, i]) => `${n}[${i}]`) },
    { weight: 2, arbitrary: fc.tuple(name, tie('expression')).map(([n, e]) => `${n}[${e}]`) },
    { weight: 1, arbitrary: fc.constant('*') },
    { weight: 1, arbitrary: tie('expression').map((e) => `(${e})`) },
    { weight: 1, arbitrary: tie('expression').map((e) => `{"a": ${e}, "b": 1}`) },
  ),
  path: fc
    .tuple(fc.constantFrom('', '', '$.', '$$.'), fc.array(tie('step'), { minLength: 1, maxLength: 3 }))
    .map(([root, steps]) => root + steps.join('.')),
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 6, arbitrary: tie('path') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '1',
        '-2',
        '0.5',
        '"on"',
        '"1"',
        'true',
        'null',
        '$',
        '$$',
        '$topic',
        '$[0]',
      ),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          tie('expression'),
          fc.constantFrom(
            '+',
            '-',
            '*',
            '/',
            '%',
            '=',
            '!=',
            '<',
            '<=',
            '>',
            '>=',
            '&',
            'and',
            'or',
            'in',
            '??',
            '?:',
          ),
          tie('expression'),
        )
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('expression'), tie('expression'))
        .map(([a, b]) => `($v := ${a}; $v = ${b} ? $v : ${b})`),
    },
    { weight: 1, arbitrary: tie('expression').map((e) => `-(${e})`) },
    {
      weight: 1,
      arbitrary: fc.array(tie('expression'), { maxLength: 3 }).map((list) => `[${list.join(', ')}]`),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'number',
            'string',
            'boolean',
            'exists',
            'not',
            'type',
            'keys',
            'lowercase',
            'uppercase',
            'length',
            'trim',
            'abs',
            'floor',
            'ceil',
            'round',
            'sum',
            'max',
            'min',
            'average',
            'count',
            'join',
          ),
          tie('expression'),
        )
        .map(([f, e]) => `$${f}(${e})`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'contains',
            'substringBefore',
            'substringAfter',
            'split',
            'lookup',
            'append',
            'join',
            'round',
          ),
          tie('expression'),
          fc.oneof(fc.constantFrom('"/"', '"a"', '1'), tie('expression')),
        )
        .map(([f, a, b]) => `$${f}(${a}, ${b})`),
    },
  ),
}));

test('direct expressions give what JSONata gives', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(expression, fc.array(json, { minLength: 3, maxLength: 3 }), async (source, inputs) => {
      for (const input of inputs) {
        const found = direct(source, input);
        if (found === 'NOT DIRECT') continue;
        const given = structuredClone(input);
        const wanted = await reference(source, given);
        // JSONata writes into an empty array that an object is made of, and then goes on with what it wrote.
        if (!isDeepStrictEqual(given, input)) continue;
        compared += 1;
        expect(found).toEqual(wanted);
      }
    }),
    {
      numRuns: Number(process.env.MAPPING_RUNS ?? 1_500),
      // What was once different.
      examples: [
        ['$round($$.a.($$), 1)', [[0.5, { a: 0.5 }]]],
        ['*', [[[[]], 0.5]]],
        ['({"a": 1}) in [{"a": 1}]', [{}]],
        ['$split("on", a)', [{}]],
      ],
    },
  );
  expect(compared).toBeGreaterThan(1_000);
}, 600_000);

test('what a mapping usually says is direct', () => {
  const usual = [
    'ENERGY.Total',
    'ENERGY.Power[1]',
    '`total-m3`',
    '$device & "-" & $string(id)',
    '$exists(SML) and type = "SCM"',
    'a_act_power + b_act_power',
    '$number($)',
    '*[Total_in].Total_in',
    'model in ["SCM", "SCM+"]',
    '$lookup($, "em:0").total_act_power',
    '(state = "on" ? 1 : 0)',
  ];
  for (const source of usual) expect(direct(source, {}), source).not.toBe('NOT DIRECT');
});
