import { parseDay, parseDecimal } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantSeries, gridSeries } from '../../src/determinants/series.ts';
import type { WaterFacts } from '../../src/determinants/water.ts';
import { rateCycles } from '../../src/rating/cycle.ts';
import { readState, stateData } from '../../src/rating/state-data.ts';
import { checkTariff, readTariff } from '../../src/tariff/read.ts';
import type { Charge, TariffVersion } from '../../src/tariff/schema.ts';
import { amounts, dataOf, instant, viewOf, zone } from '../support.ts';

const data = (charges: readonly Charge[], more: Partial<TariffVersion> = {}) => ({
  ...dataOf(charges, more),
  commodity: 'water' as const,
});
const budget = { litresPerPersonDay: 200, cropFactor: '0.7' };
const tiered: Charge = {
  ...{ kind: 'energy', id: 'use', price: [1, 2, 5] },
  tiers: [{ upTo: 1, unit: 'indoor-budget' }, { upTo: '1.0', unit: 'budget' }, {}],
};

/** Litres of each local day from a date on. */
function daily(from: string, litres: readonly number[]) {
  const startS = instant(from);
  const counts = Float64Array.from(litres);
  return { perUnit: 1_000_000, import: [{ startS, intervalS: 86_400, step: 1_000, counts }] };
}

const numberOf = (value: string | number) => constantSeries(parseDecimal(value));

describe('water budgets', () => {
  const may = (litres: number, water: WaterFacts, persons = 1) =>
    viewOf(
      readTariff(data([tiered], { waterBudget: budget })),
      daily('2026-05-01', new Array(31).fill(litres)),
      '2026-05-01',
      undefined,
      {
        ...{ water, persons },
      },
    );

  it('are what people and their land need, day by day', () => {
    // 3 people × 200 l × 31 days; 100 m² × 5 mm × 0.7 a day
    const evapotranspiration = gridSeries(instant('2026-05-01'), 86_400, new Array(31).fill(5), 0);
    const water = { persons: numberOf(3), area: numberOf(100), evapotranspiration, series: 'valley' };
    expect(may(2_000, water).lines.map(({ quantity, price }) => [quantity, price])).toEqual([
      ['18.6', '1'],
      ['10.85', '2'],
      ['32.55', '5'],
    ]);
    // without land all is over the budget of the household; the number with the tariff stands in
    expect(amounts(may(2_000, {}, 2))).toEqual({ 'use/1': '12.40', 'use/3': '248.00' });
    // two more people from the eleventh day on
    const grown = {
      fromS: Float64Array.of(0, instant('2026-05-11')),
      toS: Float64Array.of(instant('2026-05-11'), 2 ** 33),
      ...{ values: Float64Array.of(2, 4), digits: 0 },
    };
    expect(may(5_000, { persons: grown }).lines[0]!.quantity).toBe('20.8');
  });

  it('are not guessed: a day without weather is named', () => {
    const evapotranspiration = gridSeries(instant('2026-05-01'), 86_400, new Array(9).fill(5), 0);
    const land = { area: numberOf(100) };
    expect(() => may(100, { ...land, evapotranspiration, series: 'valley' })).toThrow(
      "evapotranspiration of 'valley' on 2026-05-10",
    );
    expect(() => may(100, land)).toThrow('weather series of a customer with irrigated land');
  });

  it('explain what is wrong with a tariff', () => {
    const faults = (version: ReturnType<typeof data>) =>
      checkTariff(version).map(({ path, message }) => `${path} ${message}`);
    expect(faults(data([tiered]))).toEqual([expect.stringMatching(/charges\[0\]\.tiers .*waterBudget/)]);
    expect(faults(data([tiered], { waterBudget: { ...budget, litresPerPersonDay: 0 } }))).toEqual([
      expect.stringMatching(/litresPerPersonDay must be above 0/),
    ]);
    const electric = { ...data([tiered], { waterBudget: budget }), commodity: 'electricity' };
    expect(checkTariff(electric)[0]).toMatchObject({ path: 'versions[0].waterBudget' });
  });
});

describe('sewer charges', () => {
  const sewer: Charge = { kind: 'sewer', id: 'sewer', price: 2, share: '0.9', winterMonths: [12, 1, 2] };
  const months = ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03', '2026-04'];
  const bills = (perDay: readonly number[], charge: Charge = sewer, water: WaterFacts = {}) => {
    const tariff = readTariff(data([charge]));
    const cycles = months.map((month, i) => ({
      cycle: { from: parseDay(`${month}-01`), to: parseDay(`${months[i + 1] ?? '2026-05'}-01`) },
    }));
    const usage = {
      perUnit: 1_000_000,
      import: cycles.map(({ cycle }, i) => ({
        startS: instant(`${months[i]}-01`),
        ...{
          intervalS: instant(`${months[i + 1] ?? '2026-05'}-01`) - instant(`${months[i]}-01`),
          step: 1_000,
        },
        counts: Float64Array.of(perDay[i]! * (cycle.to - cycle.from)),
      })),
    };
    return rateCycles({ tariff, usage, zone, water }, cycles);
  };
  const quantities = (...args: Parameters<typeof bills>) =>
    bills(...args).map(({ parts }) => {
      const [line] = parts[0]!.rated.lines;
      return line === undefined ? 0 : Number(line.quantity.n) / Number(line.quantity.d) / 0.9;
    });

  it('go by use in winter, and in other months by no more than the mean of the last winter', () => {
    // 300 l a day in winter but for 400 in January: (31·300 + 31·400 + 28·300) ÷ 90
    const mean = (31 * 0.3 + 31 * 0.4 + 28 * 0.3) / 90;
    const found = quantities([500, 300, 400, 300, 800, 200]);
    for (const [i, expected] of [30 * 0.5, 31 * 0.3, 31 * 0.4, 28 * 0.3, mean * 31, 30 * 0.2].entries())
      expect(found[i]).toBeCloseTo(expected, 9);
    const line = bills([500, 300, 400, 300, 800, 200])[4]!.parts[0]!.rated.lines[0]!;
    expect(line.note).toBe(', at most 0.334444 m3 a day (the mean of last winter)');
  });

  it('know a winter that is stated, or a usual one, and hand on what they saw', () => {
    expect(
      quantities([500, 300, 400, 300, 800, 200], sewer, { winterAverage: numberOf(100) })[4],
    ).toBeCloseTo(3.1);
    const usual = { ...sewer, usualPerDay: '0.25' };
    expect(quantities([500, 300, 400, 300, 800, 200], usual)[0]).toBeCloseTo(30 * 0.25);
    const { state } = bills([500, 300, 400, 300, 800, 200]).at(-1)!;
    expect(readState(JSON.parse(JSON.stringify(stateData(state))))).toEqual(state);
    expect(state.winters.sewer).toMatchObject({ days: 90 });
  });

  it('never charge more than was used, nor more than the winter allows', () => {
    const use = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(use, (perDay) => {
        const found = quantities(perDay);
        const winter = (31 * perDay[1]! + 31 * perDay[2]! + 28 * perDay[3]!) / 90;
        for (const [i, days] of [30, 31, 31, 28, 31, 30].entries()) {
          const used = (perDay[i]! * days) / 1_000;
          const most = i < 4 ? used : Math.min(used, (winter * days) / 1_000);
          expect(found[i]).toBeCloseTo(most, 6);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('explain what is wrong with them', () => {
    const faultOf = (charge: object) => checkTariff(data([{ ...sewer, ...charge } as Charge]))[0]!.message;
    expect(faultOf({ share: '1.1' })).toContain('at most 1');
    expect(faultOf({ winterMonths: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] })).toContain('every month');
    expect(faultOf({ winterMonths: undefined, usualPerDay: 1 })).toContain('winterMonths');
    expect(checkTariff(dataOf([sewer]))[0]!.message).toContain('of water in m3');
  });
});
