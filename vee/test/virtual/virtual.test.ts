import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dependents,
  emptySeries,
  evaluate,
  inputsOf,
  parseFormula,
  resample,
  type Series,
  type VirtualInput,
  type VirtualMember,
  virtualOrder,
} from '../../src/index.ts';

const startS = 1_700_006_400;
const grid = { startS, intervalS: 900, slots: 4 };
const wh = { baseUnit: 'Wh', resolution: 1_000 };
const code = (wanted: string, text = '') =>
  expect.objectContaining({ code: wanted, message: expect.stringContaining(text) });

function series(
  values: readonly (number | null)[],
  quality: number = Quality.valid,
  intervalS = 900,
): Series {
  const made = emptySeries(startS, intervalS, values.length);
  values.forEach((value, i) => {
    if (value === null) return;
    made.value[i] = value;
    made.quality[i] = quality;
  });
  return made;
}

const input = (
  values: readonly (number | null)[],
  over: Partial<VirtualInput> & { quality?: number; intervalS?: number } = {},
): VirtualInput => ({
  series: series(values, over.quality, over.intervalS),
  ...{ resolution: 1_000, baseUnit: 'Wh', level: false },
  ...over,
});

function run(
  formula: string,
  inputs: Record<number, VirtualInput>,
  groups: Record<string, readonly VirtualMember[]> = {},
  target = wh,
) {
  return evaluate(
    parseFormula(formula),
    grid,
    { input: (channel) => inputs[channel], group: (name) => groups[name] },
    target,
  );
}

describe('parseFormula', () => {
  it('knows what binds more, and what is named', () => {
    expect(parseFormula('#1 - #2 * 2')).toEqual({
      kind: 'binary',
      op: '-',
      left: { kind: 'channel', channel: 1 },
      right: {
        ...{ kind: 'binary', op: '*' },
        left: { kind: 'channel', channel: 2 },
        right: { kind: 'number', value: 2, unit: '' },
      },
    });
    expect(inputsOf(parseFormula('sum(street, #7) - losses(positive(-#9), 3.5) + #7'))).toEqual({
      channels: [7, 9],
      groups: ['street'],
    });
  });

  it.each([
    ['', 'a number, a channel'],
    ['#1 +', 'a number, a channel'],
    ['#1 #2', 'nothing may follow'],
    ['sum(#1', "')' is expected"],
    ['median(#1)', "'median' is no function; there are sum"],
    ['net(#1)', 'net takes 2 arguments, not 1'],
    ['positive(street)', 'positive takes no group'],
    ['#1 & #2', 'nothing of a formula begins like this'],
    [`${'('.repeat(100)}#1${')'.repeat(100)}`, 'nested deeper'],
    ['#1+'.repeat(2_000), 'longer than'],
  ])('says what is wrong with %.20s', (text, why) => {
    expect(() => parseFormula(text)).toThrow(code('VEE_FORMULA', why));
  });

  it('raises nothing but its own error, whatever it is given', () => {
    const bits = fc.constantFrom(
      '#1',
      '2',
      'sum',
      'net',
      '(',
      ')',
      ',',
      '+',
      '-',
      '*',
      '/',
      ' ',
      'kWh',
      'x',
      '#',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(bits).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            parseFormula(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'VEE_FORMULA' });
          }
        },
      ),
    );
  });
});

describe('evaluate', () => {
  it('adds and takes away exactly, each in its own resolution', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -1e12, max: 1e12 }), fc.integer({ min: -1e12, max: 1e12 })), {
          minLength: 4,
          maxLength: 4,
        }),
        (pairs) => {
          const a = input(pairs.map(([x]) => x));
          const b = input(
            pairs.map(([, y]) => y),
            { resolution: 100 },
          );
          const target = { ...wh, resolution: 100 };
          const { series: sum } = run('#1 - #2', { 1: a, 2: b }, {}, target);
          expect([...sum.value]).toEqual(pairs.map(([x, y]) => x * 10 - y + 0));
        },
      ),
    );
  });

  it('lets an input that is lacking take the slot with it, and counts what there was', () => {
    const inputs = { 1: input([1, 2, 3, null]), 2: input([1, null, 1, 1], { quality: Quality.estimated }) };
    const { series: sum, expected, present, estimated } = run('#1 + #2', inputs);
    expect([...sum.value]).toEqual([2, 0, 4, 0]);
    const { estimated: made, missing } = Quality;
    expect([...sum.quality]).toEqual([made, missing, made, missing]);
    expect([[...expected], [...present], [...estimated]]).toEqual([
      [2, 2, 2, 2],
      [2, 1, 2, 1],
      [1, 0, 1, 1],
    ]);
    expect([...run('#1', inputs).series.quality]).toEqual([7, 7, 7, missing]);
  });

  it('follows the members of a group as they come and go', () => {
    const inputs = { 1: input([1, 1, 1, 1]), 2: input([10, 10, null, null]), 3: input([5, 5, 5, 5]) };
    const at = (slot: number) => startS + slot * 900;
    const groups = {
      street: [
        { channel: 1, from: 0, to: Number.POSITIVE_INFINITY },
        { channel: 2, from: 0, to: at(2) },
        { channel: 3, from: at(2), to: at(3) },
      ],
      none: [],
    };
    const { series: sum, expected } = run('sum(street)', inputs, groups);
    expect([...sum.value]).toEqual([11, 11, 6, 1]);
    expect([...sum.quality]).toEqual([7, 7, 7, 7]);
    expect([...expected]).toEqual([2, 2, 2, 1]);
    expect([...run('max(street)', inputs, groups).series.value]).toEqual([10, 10, 5, 1]);
    expect([...run('mean(street)', inputs, groups, { ...wh, resolution: 500 }).series.value]).toEqual([
      11, 11, 6, 2,
    ]);
    expect([...run('sum(none)', inputs, groups).series.quality]).toEqual([7, 7, 7, 7]);
    expect([...run('max(none) + #1', inputs, groups).series.quality]).toEqual([9, 9, 9, 9]);
  });

  it('knows net, positive, losses and conversion', () => {
    const inputs = { 1: input([10, 2, 0, 4]), 2: input([4, 5, 0, 4]) };
    expect([...run('net(#1, #2)', inputs).series.value]).toEqual([6, -3, 0, 0]);
    expect([...run('positive(net(#1, #2))', inputs).series.value]).toEqual([6, 0, 0, 0]);
    expect([...run('losses(#1, 20)', inputs).series.value]).toEqual([13, 3, 0, 5]);
    const gas = { 3: input([100, 0, 1, 7], { baseUnit: 'L' }) };
    expect([...run('convert(#3, 11.22 Wh)', gas).series.value]).toEqual([1_122, 0, 11, 79]);
    expect([...run('#1 / #2 * 1 kWh', inputs).series.quality]).toEqual([7, 7, 9, 7]);
  });

  it.each([
    ['#1 + #3', 'Wh and L do not go together'],
    ['#1 + 1', 'Wh and plain numbers do not go together'],
    ['#1 * #2', 'nothing that is metered'],
    ['#3', 'the result is in L, the channel in Wh'],
    ['#9', 'there is no channel #9'],
    ['sum(nowhere)', "there is no group 'nowhere'"],
    ['losses(#1, 100)', 'from 0 to below 100'],
    ['#4', 'which do not make up those of the result'],
  ])('says why %s cannot be worked out', (formula, why) => {
    const inputs = {
      ...{ 1: input([1, 1, 1, 1]), 2: input([1, 1, 1, 1]), 3: input([1, 1, 1, 1], { baseUnit: 'L' }) },
      4: input([1, 1], { intervalS: 1_800 }),
    };
    expect(() => run(formula, inputs)).toThrow(code('VEE_FORMULA', why));
  });
});

describe('resample', () => {
  it('keeps the sum of whole slots, and no slot with something lacking', () => {
    const values = fc.array(fc.option(fc.integer({ min: 0, max: 1e9 })), { minLength: 0, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: -3, max: 3 }), (list, shift) => {
        const whole = { startS: startS + shift * 900, intervalS: 3_600, slots: 12 };
        const made = resample(series(list), whole);
        for (let slot = 0; slot < whole.slots; slot++) {
          const parts = [0, 1, 2, 3].map((k) => list[shift + slot * 4 + k] ?? null);
          const lacking = parts.includes(null);
          expect(made.value[slot]).toBe(lacking ? 0 : parts.reduce<number>((sum, x) => sum + x!, 0));
          expect(made.quality[slot]).toBe(lacking ? 0 : Quality.valid);
        }
      }),
    );
    expect([...resample(series([2, 4]), { startS, intervalS: 1_800, slots: 1 }, true).value]).toEqual([3]);
  });
});

describe('virtualOrder', () => {
  it('puts each after what it is made of, and finds what depends on a change', () => {
    const inputs = new Map([
      [10, [11, 1]],
      [11, [12]],
      [12, [2]],
      [13, [1]],
    ]);
    const order = virtualOrder(inputs);
    expect(order.indexOf(12)).toBeLessThan(order.indexOf(11));
    expect(order.indexOf(11)).toBeLessThan(order.indexOf(10));
    expect(dependents(order, inputs, [2])).toEqual([12, 11, 10]);
    expect(dependents(order, inputs, [1]).sort()).toEqual([10, 13]);
  });

  it('names the ring, and bears a long chain', () => {
    const ring = new Map([
      [1, [2]],
      [2, [3]],
      [3, [2]],
    ]);
    expect(() => virtualOrder(ring)).toThrow(code('VEE_FORMULA_CYCLE', '#2 needs #3 needs #2'));
    const chain = new Map(Array.from({ length: 50_000 }, (_, i) => [i, [i + 1]] as const));
    expect(virtualOrder(chain)[0]).toBe(49_999);
  });
});
