import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainDelta } from '../../src/explain/delta.ts';
import type { RatedBill } from '../../src/rating/cycle.ts';
import { totalOf } from '../../src/rating/line.ts';
import type { Charge } from '../../src/tariff/schema.ts';
import { oracleCase } from '../oracle/cases.ts';
import { ourBills } from '../oracle/compare.ts';
import { billOf, dayAndNight, hoursBetween, tariffOf, usageOf } from '../support.ts';

const total = ({ parts }: RatedBill, digits: number) =>
  parts.reduce(
    (sum, { rated, version }) => sum + totalOf(rated.lines) * 10n ** BigInt(digits - version.digits),
    0n,
  );

function expectToAddUp(before: RatedBill, after: RatedBill): void {
  const delta = explainDelta(before, after);
  const [was, is] = [total(before, delta.digits), total(after, delta.digits)];
  expect([delta.before, delta.after, delta.difference]).toEqual([was, is, is - was]);
  expect(delta.lines.reduce((sum, line) => sum + line.difference, 0n)).toBe(delta.difference);
  for (const line of delta.lines) {
    expect(line.after - line.before).toBe(line.difference);
    expect(line.parts.reduce((sum, { amount }) => sum + amount, 0n)).toBe(line.difference);
  }
  expect(Object.values(delta.causes).reduce((sum, amount) => sum + amount, 0n)).toBe(delta.difference);
}

const charges: Charge[] = [
  { kind: 'fixed', id: 'fee', name: 'Basic fee', price: 6, per: 'month' },
  { kind: 'energy', id: 'use', name: 'Energy', schedule: 'tou', prices: { peak: '0.3', night: '0.2' } },
  { kind: 'demand', id: 'kw', name: 'Demand', price: 5, windowMinutes: 60 },
  { kind: 'tax', id: 'vat', name: 'VAT', percent: 20 },
];

function month(
  from: string,
  to: string,
  change: (value: number, hour: number) => number,
  estimated: number[] = [],
) {
  const values = Array.from({ length: hoursBetween(from, to) }, (_, hour) => change(1_000, hour));
  const guesses = values.map((_, hour) => (estimated.includes(hour) ? 1 : 0));
  const tariff = tariffOf(charges, { calendar: dayAndNight });
  return billOf(tariff, usageOf(from, 60, values, { estimated: guesses }), from);
}

describe('the difference of two bills', () => {
  it('adds up exactly for random corrections of random bills', () => {
    fc.assert(
      fc.property(
        oracleCase,
        fc.array(fc.tuple(fc.nat(500), fc.nat(3_000)), { maxLength: 5 }),
        (input, changes) => {
          const drawn = [...input.usage.drawn];
          for (const [at, value] of changes) drawn[at % drawn.length] = value;
          const corrected = ourBills({ ...input, usage: { ...input.usage, drawn } });
          for (const [i, before] of ourBills(input).entries()) expectToAddUp(before, corrected[i]!);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('adds up between two months and between two tariffs', () => {
    const cheap = tariffOf([{ kind: 'energy', id: 'use', price: '0.1' }], { rounding: { digits: 4 } });
    const february = month('2026-02-01', '2026-03-01', (value) => value);
    const march = month('2026-03-01', '2026-04-01', (value, hour) => value + hour);
    expectToAddUp(february, march);
    expectToAddUp(february, billOf(cheap, usageOf('2026-02-01', 60, new Array(672).fill(7)), '2026-02-01'));
  });

  it('says of a correction what changed in the data, and that measured values replaced estimates', () => {
    // hour 10 of Monday 4 May was estimated at 1 kWh; 3.5 kWh were measured, which is a new peak
    const hour = 3 * 24 + 10;
    const before = month('2026-05-01', '2026-06-01', (value) => value, [hour]);
    const after = month('2026-05-01', '2026-06-01', (value, at) => (at === hour ? 3_500 : value));
    const delta = explainDelta(before, after, 'Europe/Berlin');
    expect(delta.words).toEqual([
      'The bill went from 222.00 EUR to 237.90 EUR (+15.90 EUR).',
      '0.75 EUR more for readings that are estimated now, or were before; 12.50 EUR more for what was ' +
        'used; 2.65 EUR more in taxes and other charges that follow from the rest.',
      '1 interval was estimated, 0 are now.',
      'Energy drawn went from 744 to 746.5 kWh.',
      'Energy drawn in peak went from 252 to 254.5 kWh.',
      'The peak went from 1 to 3.5 kW at 2026-05-04T11:00:00+02:00.',
    ]);
    expect(delta.lines.map(({ id, words }) => [id, words])).toEqual([
      ['kw', 'Demand: 1 → 3.5 kW: +12.50 EUR'],
      ['vat', 'VAT: 20 % of 185 → 198.25 EUR: +2.65 EUR'],
      ['use/peak', 'Energy, peak: 252 → 254.5 kWh: +0.75 EUR'],
    ]);
  });

  it('tells days, prices and usage apart between two months', () => {
    const tariff = (price: string) => tariffOf([{ kind: 'energy', id: 'use', price }]);
    const bill = (from: string, to: string, price: string, wattHours: number) =>
      billOf(tariff(price), usageOf(from, 60, new Array(hoursBetween(from, to)).fill(wattHours)), from);
    const june = bill('2026-06-01', '2026-07-01', '0.20', 1_000);
    const july = bill('2026-07-01', '2026-08-01', '0.25', 1_100);
    // 720 kWh × 0.05; a day of 24 kWh at 0.25; 74.4 kWh more at 0.25
    expect(explainDelta(june, july).causes).toEqual({ price: 3_600n, days: 600n, usage: 1_860n });
  });

  it('names the period and the tier of a line', () => {
    const tariff = tariffOf(
      [
        {
          ...{ kind: 'energy', id: 'use', name: 'Energy', schedule: 'tou', tiers: [{ upTo: 300 }, {}] },
          prices: { peak: ['0.3', '0.4'], night: ['0.2', '0.3'] },
        },
      ],
      { calendar: dayAndNight },
    );
    const bill = (value: number) =>
      billOf(tariff, usageOf('2026-05-01', 60, new Array(744).fill(value)), '2026-05-01');
    const { lines } = explainDelta(bill(1_000), bill(2_000));
    const second = lines.find(({ id }) => id === 'use/peak/2')!;
    expect([second.period, second.tier]).toEqual(['peak', 2]);
    expect(second.words).toMatch(/^Energy, peak, tier 2: [\d.]+ → [\d.]+ kWh: \+[\d.]+ EUR$/);
  });

  it('names lines that are new or gone, and says when nothing differs', () => {
    const old = billOf(
      tariffOf([{ kind: 'fixed', id: 'a', price: 1, per: 'month' }]),
      usageOf('2026-06-01', 60, [0]),
      '2026-06-01',
    );
    const now = billOf(
      tariffOf([{ kind: 'fixed', id: 'b', price: 3, per: 'month' }]),
      usageOf('2026-06-01', 60, [0]),
      '2026-06-01',
    );
    expect(explainDelta(old, now).causes).toEqual({ added: 300n, removed: -100n });
    expect(explainDelta(old, old)).toMatchObject({
      lines: [],
      causes: {},
      words: ['The bill is the same: 1.00 EUR.'],
    });
  });
});
