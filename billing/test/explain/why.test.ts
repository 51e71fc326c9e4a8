import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BillWhy, reasons, whyDifferent, whyWords } from '../../src/explain/why.ts';
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

function expectToAddUp(before: RatedBill, after: RatedBill): BillWhy {
  const why = whyDifferent(before, after);
  expect([why.before, why.after]).toEqual([total(before, why.digits), total(after, why.digits)]);
  expect(why.difference).toBe(why.after - why.before);
  expect(reasons.reduce((sum, reason) => sum + why.reasons[reason], 0n)).toBe(why.difference);
  return why;
}

function monthOf(from: string, to: string, price: string, wattHours: number, estimated = 0): RatedBill {
  const hours = hoursBetween(from, to);
  const charges: Charge[] = [
    { kind: 'fixed', id: 'fee', price: 6, per: 'day' },
    { kind: 'energy', id: 'use', price },
    { kind: 'tax', id: 'vat', percent: 20 },
  ];
  const values = new Array(hours).fill(wattHours);
  const guesses = values.map((_, hour) => (hour < estimated ? 1 : 0));
  return billOf(tariffOf(charges), usageOf(from, 60, values, { estimated: guesses }), from);
}

describe('why a bill is another than the one before', () => {
  it('adds up exactly between any two bills of any tariff, and both ways round', () => {
    fc.assert(
      fc.property(oracleCase, oracleCase, fc.array(fc.tuple(fc.nat(500), fc.nat(3_000))), (a, b, changes) => {
        const drawn = [...a.usage.drawn];
        for (const [at, value] of changes) drawn[at % drawn.length] = value;
        const bills = [...ourBills(a), ...ourBills({ ...a, usage: { ...a.usage, drawn } })].slice(0, 6);
        for (const [i, before] of bills.entries())
          for (const after of [bills[(i + 1) % bills.length]!, ourBills(b)[0]!]) {
            const [why, back] = [expectToAddUp(before, after), expectToAddUp(after, before)];
            expect(back.difference).toBe(-why.difference);
          }
      }),
      { numRuns: 30 },
    );
  });

  it('tells price, days and use apart, and lets the tax follow them', () => {
    const june = monthOf('2026-06-01', '2026-07-01', '0.20', 1_000);
    const july = monthOf('2026-07-01', '2026-08-01', '0.25', 1_100);
    // 720 kWh × 0.05; a day: 24 kWh at 0.25 and the fee; 74.4 kWh more at 0.25; all with a fifth of tax
    const why = expectToAddUp(june, july);
    expect(why.reasons).toEqual({ price: 4_320n, days: 1_440n, usage: 2_232n, estimation: 0n, other: 0n });
    expect(why.basis.after).toEqual({ days: 31, usage: '818.4', estimated: '0' });
    expect(whyWords(why)).toEqual([
      'The bill is 79.92 EUR higher than the one before.',
      'Prices changed: 43.20 EUR more.',
      'How much you used, and when: 22.32 EUR more (24 → 26.4 kWh a day).',
      'The bill covers 31 days, the one before 30: 14.40 EUR more.',
    ]);
  });

  it('says how much of what was used more is estimated', () => {
    const june = monthOf('2026-06-01', '2026-07-01', '0.20', 1_000);
    const guessed = monthOf('2026-06-01', '2026-07-01', '0.20', 1_500, 100);
    const why = expectToAddUp(june, guessed);
    // 150 of the 360 kWh more are estimated
    expect(why.reasons).toEqual({ usage: 5_040n, estimation: 3_600n, price: 0n, days: 0n, other: 0n });
    // what was estimated before and is measured now is no reason of its own when less was used
    expect(expectToAddUp(guessed, june).reasons).toMatchObject({ estimation: -3_600n, usage: -5_040n });
  });

  it('counts more use in a dearer tier as use, and a charge that is new as other', () => {
    const charges: Charge[] = [
      {
        kind: 'energy',
        id: 'use',
        schedule: 'tou',
        tiers: [{ upTo: 100 }, {}],
        prices: { peak: ['0.3', '0.4'], night: ['0.2', '0.3'] },
      },
    ];
    const levy: Charge = { kind: 'fixed', id: 'levy', price: 5, per: 'month' };
    const bill = (wattHours: number, more: Charge[] = []) =>
      billOf(
        tariffOf([...charges, ...more], { calendar: dayAndNight }),
        usageOf('2026-06-01', 60, new Array(720).fill(wattHours)),
        '2026-06-01',
      );
    const why = expectToAddUp(bill(100), bill(500, [levy]));
    expect(why.reasons).toMatchObject({ price: 0n, days: 0n, other: 500n });
    expect(why.reasons.usage).toBe(why.difference - 500n);
  });
});
