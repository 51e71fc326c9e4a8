import { afterAll, expect, test } from 'vitest';
import { ApartEvaluator } from '../../src/mapping/expression/apart.ts';
import { defaultMappingLimits } from '../../src/mapping/limits.ts';
import { longestPause } from './pauses.ts';

const apart = new ApartEvaluator({ ...defaultMappingLimits, apartMs: 150 });
afterAll(() => apart.close());

const scope = (input: unknown) => [{ input, variables: { topic: 'a/b' } }];

test('expressions of all of JSONata are evaluated, beside each other', async () => {
  const results = await apart.evaluate(
    'm',
    ['$map(a, function($v) { $v * 2 })', '$sum(a)', 'b', '$topic', 'a + "x"', '1 / 0'],
    [...scope({ a: [1, 2] }), ...scope({ a: [5], b: null })],
  );
  expect(results[0]!.slice(0, 4)).toEqual(['[2,4]', '3', '', '"a/b"']);
  expect(results[0]![4]).toMatchObject({ code: 'T2001' });
  expect(results[0]![5]).toBe('"Infinity"');
  expect(results[1]!.slice(0, 3)).toEqual(['10', '5', 'null']);
});

const hostile: [string, string, unknown][] = [
  ['a loop without end', '($f := function($n) { $f($n + 1) }; $f(1))', {}],
  ['recursion that grows', '($f := function($n) { $f($n + 1) + 1 }; $f(1))', {}],
  ['a regular expression that backtracks', '$match(a, /^(x+x+)+y/)', { a: 'x'.repeat(5_000) }],
  ['a text without bounds', '$length($pad("", 500000000, "xyz"))', {}],
  ['numbers without bounds', '$sum([1..10000000])', {}],
  [
    'text that doubles',
    `($a := "x"; ${'$a := $string($a) & $string($a); '.repeat(40)} $length($uppercase($a & "x")))`,
    {},
  ],
  ['products of lists', '$count(a.($$.a.($$.a.($$.a))))', { a: Array.from({ length: 3_000 }, (_, i) => i) }],
];

test.each(hostile)('%s is ended, and the event loop goes on', async (_, source, input) => {
  await apart.evaluate('m', ['1'], scope({}));
  let paused = Number.POSITIVE_INFINITY;
  // Other programs can hold this one up; they do not do so every time.
  for (let attempt = 0; attempt < 10 && paused >= 50; attempt++) {
    const once = await longestPause(async () => {
      const outcome = await apart.evaluate('m', [source], scope(input)).catch((error: unknown) => error);
      const isFault = outcome instanceof Error || typeof (outcome as unknown[][])[0]![0] === 'object';
      expect(isFault).toBe(true);
    });
    paused = Math.min(paused, once);
  }
  expect(paused).toBeLessThan(50);
  // The next one is served again.
  expect(await apart.evaluate('m', ['a'], scope({ a: 1 }))).toEqual([['1']]);
});

const loop = '($f := function($n) { $f($n + 1) }; $f(1))';

test('who waits behind one that is ended is served', async () => {
  const first = apart.evaluate('m', [loop], scope({}));
  const behind = Array.from({ length: 5 }, (_, i) => apart.evaluate('m', ['a'], scope({ a: i })));
  await first.catch(() => undefined);
  expect(await Promise.all(behind)).toEqual([0, 1, 2, 3, 4].map((i) => [[String(i)]]));
});

test('mappings take turns: one that is ended again and again holds up no other for long', async () => {
  await apart.evaluate('m', ['1'], scope({}));
  const order: string[] = [];
  const asked = ['bad', 'bad', 'bad', 'good', 'good'].map(async (lane) => {
    await apart.evaluate(lane, [lane === 'bad' ? loop : 'a'], scope({ a: 1 })).catch(() => undefined);
    order.push(lane);
  });
  await Promise.all(asked);
  // The first one was taken at once, when nobody else waited.
  expect(order).toEqual(['bad', 'bad', 'good', 'bad', 'good']);
});

test('too many are refused, of one mapping sooner than of all', async () => {
  const small = new ApartEvaluator({ ...defaultMappingLimits, apartWaiting: 4 });
  const lanes = ['a', 'a', 'a', 'b', 'b', 'c'];
  const asked = await Promise.allSettled(lanes.map((lane) => small.evaluate(lane, ['1'], scope({}))));
  expect(asked.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true, false]);
  expect(asked[2]).toMatchObject({ reason: { code: 'MAPPING_BUSY' } });
  await small.close();
});
