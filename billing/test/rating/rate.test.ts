import { parseDay } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridSeries, type ValueSeries } from '../../src/determinants/series.ts';
import { decimalOf, scaledText } from '../../src/exact.ts';
import { billView, rateCycles } from '../../src/rating/cycle.ts';
import { totalOf } from '../../src/rating/line.ts';
import { readTariff } from '../../src/tariff/read.ts';
import type { Charge, NetMetering } from '../../src/tariff/schema.ts';
import {
  amounts,
  billOf,
  dataOf,
  dayAndNight,
  hoursBetween,
  instant,
  tariffOf,
  usageOf,
  viewOf,
  zone,
} from '../support.ts';

const hours = (from: string, to: string, wattHours: number) =>
  usageOf(from, 60, new Array(hoursBetween(from, to)).fill(wattHours));
const may = (wattHours: number) => hours('2026-05-01', '2026-06-01', wattHours);
const flat = (price: string | number): Charge => ({ kind: 'energy', id: 'use', price });

describe('lines of a bill', () => {
  it('carry determinant, quantity, price, formula, time and version', () => {
    const tariff = readTariff({
      ...dataOf([]),
      versions: [{ effectiveFrom: '2026-01-01', charges: [{ ...flat('0.18'), name: 'Energy' }] }],
    });
    const { lines, total, readings } = viewOf(tariff, usageOf('2026-05-01', 60, [312_345, 54]), '2026-05-01');
    expect(lines).toEqual([
      {
        ...{
          id: 'use',
          charge: 'use',
          name: 'Energy',
          kind: 'energy',
          determinant: 'energy-import',
          unit: 'kWh',
        },
        ...{ quantity: '312.399', price: '0.18', amount: '56.23', unrounded: '56.23182' },
        formula: '312.399 kWh at 0.18 EUR',
        ...{ from: '2026-04-30T22:00:00Z', to: '2026-05-31T22:00:00Z' },
        ...{ estimatedShare: 0, tariffVersion: 'test@2026-01-01' },
      },
    ]);
    expect([total, readings]).toEqual(['56.23', { expected: 744, present: 2, estimated: 0 }]);
  });

  it('round a half up, or to the even cent, once', () => {
    const cents = (mode: 'half-up' | 'half-even', wh: number) =>
      viewOf(tariffOf([flat('0.1')], { rounding: { mode } }), usageOf('2026-05-01', 60, [wh]), '2026-05-01')
        .total;
    expect([cents('half-up', 250), cents('half-even', 250)]).toEqual(['0.03', '0.02']);
    expect([cents('half-up', 350), cents('half-even', 350)]).toEqual(['0.04', '0.04']);
  });

  it('show the share that is estimated', () => {
    const estimated = new Array(744).fill(0).map((_, i) => (i < 186 ? 1 : 0));
    const usage = usageOf('2026-05-01', 60, new Array(744).fill(100), { estimated });
    expect(viewOf(tariffOf([flat(1)]), usage, '2026-05-01').lines[0]!.estimatedShare).toBe(0.25);
  });
});

describe('energy', () => {
  it('is cut into tiers of which every period takes its share', () => {
    const charge: Charge = {
      ...{ kind: 'energy', id: 'use', schedule: 'tou' },
      tiers: [{ upTo: 100 }, { upTo: 10, unit: 'daily' }, {}],
      prices: { peak: ['0.3', '0.4', '0.5'], night: ['0.1', '0.2', '0.25'] },
    };
    const { lines } = viewOf(tariffOf([charge], { calendar: dayAndNight }), may(1_000), '2026-05-01');
    const kwh = (id: string) => Number(lines.find((line) => line.id === id)!.quantity);
    // 744 kWh, of which 21 weekdays × 12 h are peak; limits 100 and 310 kWh
    expect(kwh('use/peak/1') + kwh('use/night/1')).toBeCloseTo(100, 5);
    expect(kwh('use/peak/2') + kwh('use/night/2')).toBeCloseTo(210, 5);
    expect(kwh('use/peak/1')).toBeCloseTo((100 * 252) / 744, 5);
    expect(lines.reduce((sum, line) => sum + Number(line.quantity), 0)).toBeCloseTo(744, 4);
  });

  it('fills running tiers in order of time and splits the interval that crosses a limit', () => {
    const charge: Charge = {
      ...{ kind: 'energy', id: 'use', method: 'running', tiers: [{ upTo: '2.5' }, { upTo: '2.7' }, {}] },
      price: ['1', '2', '3'],
    };
    const view = viewOf(tariffOf([charge]), usageOf('2026-05-01', 60, [1_000, 2_000, 500]), '2026-05-01');
    expect(view.lines.map(({ quantity }) => quantity)).toEqual(['2.5', '0.2', '0.8']);
  });

  it('has limits per person, per kW, prorated in part of a month, and by standard days', () => {
    const quantity = (tiers: object[], more: object, to = '2026-06-01', persons?: number) => {
      const charges = [
        { kind: 'energy', id: 'use', price: [1, 2], tiers, ...more },
        { kind: 'demand', id: 'kw', price: 0, windowMinutes: 60 },
      ] as Charge[];
      return viewOf(tariffOf(charges), may(1_000), '2026-05-01', to, { persons }).lines[0]!.quantity;
    };
    expect(quantity([{ upTo: 40, unit: 'per-person' }, {}], {}, undefined, 3)).toBe('120');
    expect(quantity([{ upTo: 2, unit: 'per-person-daily' }, {}], {}, undefined, 2)).toBe('124');
    expect(quantity([{ upTo: 200, unit: 'per-kW' }, {}], { demand: 'kw' })).toBe('200');
    expect(quantity([{ upTo: 5, unit: 'per-kW-daily' }, {}], { demand: 'kw' })).toBe('155');
    expect(quantity([{ upTo: 310 }, {}], {}, '2026-05-11')).toBe('100');
    expect(quantity([{ upTo: 300 }, {}], { standardDays: 30 })).toBe('310');
  });

  it('cuts a tier per kW by steps of its own, and the next tier goes on where it ends', () => {
    const charges: Charge[] = [
      {
        ...{ kind: 'energy', id: 'use', demand: 'kw', price: [1, 2, 3, 4] },
        tiers: [{ upTo: 300, unit: 'per-kW', steps: [{ upTo: 100 }, {}] }, { upTo: 500, unit: 'per-kW' }, {}],
      },
      { kind: 'demand', id: 'kw', price: 0, windowMinutes: 60 },
    ];
    const { lines } = viewOf(tariffOf(charges), may(1_000), '2026-05-01');
    expect(lines.map(({ quantity, price }) => [quantity, price])).toEqual([
      ['100', '1'],
      ['200', '2'],
      ['200', '3'],
      ['244', '4'],
    ]);
  });

  it('may be cheaper than nothing', () => {
    expect(viewOf(tariffOf([flat('-0.05')]), may(100), '2026-05-01').total).toBe('-3.72');
  });

  it('has lines that add up to the energy of the period and to the total, whatever the tariff', () => {
    const price = fc.integer({ min: -9_999, max: 99_999 }).map((n) => String(n / 1_000));
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 744, maxLength: 744 }),
        fc.array(price, { minLength: 6, maxLength: 6 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 3_000 }), { minLength: 2, maxLength: 2 }),
        (values, [a, b, c, d, e, f], limits) => {
          const [low, high] = limits.sort((x, y) => x - y) as [number, number];
          const charge: Charge = {
            ...{ kind: 'energy', id: 'use', schedule: 'tou', tiers: [{ upTo: low }, { upTo: high }, {}] },
            prices: { peak: [a!, b!, c!], night: [d!, e!, f!] },
          };
          const tariff = tariffOf([charge], { calendar: dayAndNight });
          const bill = billOf(tariff, usageOf('2026-05-01', 60, values), '2026-05-01');
          const { lines } = bill.parts[0]!.rated;
          const energy = lines.reduce(
            (sum, { quantity }) => ({ n: sum.n * quantity.d + quantity.n * sum.d, d: sum.d * quantity.d }),
            { n: 0n, d: 1n },
          );
          const used = BigInt(values.reduce((sum, value) => sum + value, 0));
          expect(energy.n * 1_000n).toBe(used * energy.d);
          const view = billView(bill);
          const cents = view.lines.reduce((sum, line) => sum + Math.round(Number(line.amount) * 100), 0);
          expect(cents).toBe(Math.round(Number(view.total) * 100));
          expect(scaledText(totalOf(lines), 2)).toBe(view.total);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('costs the same when the time is split, where prices are linear and nothing is rounded away', () => {
    const tariff = tariffOf([flat('0.12345'), { kind: 'fixed', id: 'fee', price: '0.31', per: 'day' }], {
      rounding: { digits: 12 },
    });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 744, maxLength: 744 }),
        fc.integer({ min: 2, max: 31 }),
        (values, day) => {
          const usage = usageOf('2026-05-01', 60, values);
          const cut = `2026-05-${String(day).padStart(2, '0')}`;
          const sum = (from: string, to: string) =>
            billOf(tariff, usage, from, to).parts.reduce((s, { rated }) => s + totalOf(rated.lines), 0n);
          expect(sum('2026-05-01', cut) + sum(cut, '2026-06-01')).toBe(sum('2026-05-01', '2026-06-01'));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('fixed charges', () => {
  it('are per day, month or year, by the days of the bill unless the tariff says otherwise', () => {
    const charges: Charge[] = [
      { kind: 'fixed', id: 'day', price: '0.10', per: 'day' },
      { kind: 'fixed', id: 'month', price: '31', per: 'month' },
      { kind: 'fixed', id: 'whole', price: '31', per: 'month', prorate: false },
      { kind: 'fixed', id: 'year', price: '120', per: 'year' },
      { kind: 'fixed', id: 'winter', price: '5', per: 'month', months: [12, 1, 2] },
    ];
    const usage = may(0);
    expect(amounts(viewOf(tariffOf(charges), usage, '2026-05-01'))).toEqual({
      day: '3.10',
      month: '31.00',
      whole: '31.00',
      year: '10.00',
    });
    const part = viewOf(tariffOf(charges), usage, '2026-05-01', '2026-05-11');
    expect(amounts(part)).toEqual({ day: '1.00', month: '10.00', whole: '31.00', year: '3.23' });
  });

  it('bill the day on which an account changes hands once', () => {
    const tariff = tariffOf([{ kind: 'fixed', id: 'day', price: 1, per: 'day' }]);
    const noon = '2026-05-10T10:00:00Z';
    const count = (from: string, to: string) => {
      const cycle = { from: parseDay('2026-05-01'), to: parseDay('2026-06-01') };
      const window = { fromS: instant(from), toS: instant(to) };
      return Number(billView(rateCycles({ tariff, usage: may(0), zone }, [{ cycle, window }])[0]!).total);
    };
    expect([count('2026-05-01', noon), count(noon, '2026-06-01')]).toEqual([10, 21]);
  });
});

describe('demand', () => {
  it('is billed in tiers, with a minimum, by share of the month', () => {
    const charge: Charge = {
      ...{
        kind: 'demand',
        id: 'kw',
        windowMinutes: 60,
        tiers: [{ upTo: 2 }, {}],
        price: [10, 5],
        minimum: '3.5',
      },
    };
    const low = viewOf(tariffOf([charge]), may(1_000), '2026-05-01');
    expect(amounts(low)).toEqual({ 'kw/1': '20.00', 'kw/2': '7.50' });
    const half = viewOf(tariffOf([charge]), may(8_000), '2026-05-01', '2026-05-11');
    expect(half.lines.map(({ quantity }) => quantity)).toEqual(['0.645161', '1.935484']);
    expect(half.billedDemand).toEqual({ kw: { all: '8' } });
  });

  it('looks back over past peaks by their share, and by the own peak where the month is billed by it', () => {
    const charge: Charge = {
      ...{ kind: 'demand', id: 'kw', windowMinutes: 60, price: 10, minimum: 1 },
      ratchet: { fraction: '0.5', lookBackMonths: 2, actualMonths: [5, 6, 7] },
    };
    const peaks = [4, 10, 3, 2, 2];
    const values = peaks.flatMap((kw, i) => {
      const [from, to] = [`2026-0${i + 4}-01`, `2026-0${i + 5}-01`];
      return Array.from({ length: hoursBetween(from, to) }, (_, hour) => (hour === 5 ? kw * 1_000 : 0));
    });
    const cycles = peaks.map((_, i) => ({
      cycle: { from: parseDay(`2026-0${i + 4}-01`), to: parseDay(`2026-0${i + 5}-01`) },
    }));
    const bills = rateCycles(
      { tariff: tariffOf([charge]), usage: usageOf('2026-04-01', 60, values), zone },
      cycles,
    );
    // April is not billed by its own peak: half of 4; June and July look back to May; August no longer
    expect(bills.map((bill) => billView(bill).billedDemand!.kw!.all)).toEqual(['2', '10', '5', '5', '1.5']);
  });

  it('pays for a power factor below the target', () => {
    const charge: Charge = {
      kind: 'demand',
      id: 'kw',
      windowMinutes: 60,
      price: 1,
      powerFactor: { target: '0.9' },
    };
    const billed = (reactive: number) => {
      const usage = usageOf('2026-05-01', 60, new Array(744).fill(800), {
        reactive: new Array(744).fill(reactive),
      });
      return Number(viewOf(tariffOf([charge]), usage, '2026-05-01').billedDemand!.kw!.all);
    };
    // power factor 0.8: 0.8 kW × 0.9 ÷ 0.8; with 0.3 it is above 0.9
    expect(billed(600)).toBeCloseTo(0.9, 6);
    expect(billed(300)).toBe(0.8);
  });
});

describe('riders, percentages, minima, taxes', () => {
  it('follow one another in the order of a bill, each rounded once', () => {
    const charges: Charge[] = [
      { kind: 'tax', id: 'vat', percent: 19, of: ['use', 'fuel', 'extra'] },
      { kind: 'minimum', id: 'least', amount: 100, per: 'month' },
      { kind: 'rider', id: 'fuel', monthly: [0, 0, 0, 0, '0.01', 0, 0, 0, 0, 0, 0, 0] },
      { kind: 'percent', id: 'extra', percent: '2.5', of: ['use', 'fuel'] },
      { kind: 'rider', id: 'grid', price: 2, demand: 'kw' },
      { kind: 'demand', id: 'kw', price: 0, windowMinutes: 60 },
      flat('0.1'),
    ];
    const view = viewOf(tariffOf(charges), may(100), '2026-05-01', undefined, {
      adjustments: [{ id: 'deposit', name: 'Deposit', amount: '-50' }],
    });
    expect(view.lines.map(({ id, amount }) => [id, amount])).toEqual([
      ['use', '7.44'],
      ['fuel', '0.74'],
      ['extra', '0.20'],
      ['grid', '0.20'],
      ['least', '91.42'],
      ['vat', '1.59'],
      ['deposit', '-50.00'],
    ]);
    expect(view.total).toBe('51.59');
    expect(view.lines[2]!.formula).toBe('2.5 % of 8.18 EUR');
  });

  it('tests a minimum of the year in December', () => {
    const tariff = tariffOf([flat('0.1'), { kind: 'minimum', id: 'least', amount: 30, per: 'year' }]);
    const usage = hours('2026-11-01', '2027-01-01', 100);
    const cycles = [11, 12].map((month) => ({
      cycle: { from: parseDay(`2026-${month}-01`), to: parseDay(month === 12 ? '2027-01-01' : '2026-12-01') },
    }));
    const [november, december] = rateCycles({ tariff, usage, zone }, cycles).map(billView);
    expect([november!.total, amounts(december!).least]).toEqual(['7.20', '15.36']);
  });
});

describe('dynamic prices and events', () => {
  it('values each interval by its price, with a factor and an adder', () => {
    const charge: Charge = { kind: 'dynamic', id: 'spot', series: 'spot', factor: '1.1', adder: '0.02' };
    const series = (...prices: number[]) => gridSeries(instant('2026-05-01'), 7_200, prices, 3);
    const usage = usageOf('2026-05-01', 60, [1_000, 2_000, 1_000, 0]);
    const view = viewOf(tariffOf([charge]), usage, '2026-05-01', '2026-05-02', {
      prices: { spot: series(100, -50) },
    });
    // (3 × 0.1 - 1 × 0.05) × 1.1 + 4 × 0.02
    expect(view.lines[0]).toMatchObject({ quantity: '4', amount: '0.36', unrounded: '0.355' });
    const rate = (series: ValueSeries) => () =>
      viewOf(tariffOf([charge]), usage, '2026-05-01', '2026-05-02', { prices: { spot: series } });
    expect(rate(series(100))).toThrow("price of 'spot' at 2026-05-01T00:00:00Z");
    // half hours: which of the two prices an hour was used at nobody knows
    const finer = gridSeries(instant('2026-05-01'), 1_800, [100, 100, 100, 50, 60, 60], 3);
    expect(rate(finer)).toThrow('changes within the interval from 2026-04-30T23:00:00Z');
    expect(() => viewOf(tariffOf([charge]), usage, '2026-05-01')).toThrow("the price series 'spot'");
  });

  it('adds up exactly beyond what a number can hold', () => {
    const charge: Charge = { kind: 'dynamic', id: 'spot', series: 'spot' };
    const prices = {
      spot: gridSeries(instant('2026-05-01'), 3_600, new Array(24).fill(999_999_999), 9),
    };
    const usage = usageOf('2026-05-01', 60, new Array(24).fill(123_456_789));
    const bill = billOf(tariffOf([charge]), usage, '2026-05-01', '2026-05-02', { prices });
    expect(bill.parts[0]!.determinants.dynamic[0]!.valued).toBe(24n * 123_456_789_000n * 999_999_999n);
  });

  it('replaces the price at a critical peak and rebates what was saved of a baseline', () => {
    const calendar = {
      schedules: [{ ...dayAndNight.schedules[0]!, events: [{ event: 'cpp', period: 'critical' }] }],
    };
    const charges: Charge[] = [
      { kind: 'energy', id: 'use', schedule: 'tou', prices: { peak: '0.3', night: '0.1', critical: 2 } },
      { kind: 'rebate', id: 'ptr', event: 'ptr', price: 1 },
    ];
    const at = (hour: number) => instant('2026-05-04') + hour * 3_600;
    const events = { cpp: [{ fromS: at(17), toS: at(19) }], ptr: [{ fromS: at(12), toS: at(14) }] };
    const values = new Array(24).fill(1_000);
    const view = (usage = values, baselines: Record<string, number[]> = { ptr: [2_500_000] }) =>
      viewOf(tariffOf(charges, { calendar }), usageOf('2026-05-04', 60, usage), '2026-05-04', '2026-05-05', {
        events,
        baselines,
      });
    expect(amounts(view())).toEqual({
      'use/peak': '3.00',
      'use/night': '1.20',
      'use/critical': '4.00',
      'ptr/1': '-0.50',
    });
    // a hole in the window is no saving
    expect(amounts(view(values.map((v, i) => (i === 13 ? Number.NaN : v))))['ptr/1']).toBeUndefined();
    expect(amounts(view(values, { ptr: [1_000_000] }))['ptr/1']).toBeUndefined();
    expect(() => view(values, {})).toThrow("1 baselines of event 'ptr', 0 were given");
  });
});

describe('energy that is fed in', () => {
  const charges: Charge[] = [flat('0.3'), { kind: 'energy', id: 'feed', flow: 'export', price: '0.1' }];
  // three months, sunny in the second
  const [mar, apr, mayHours] = [hoursBetween('2026-03-01', '2026-04-01'), 720, 744];
  const fedIn = [...new Array(mar).fill(500), ...new Array(apr).fill(2_500), ...new Array(mayHours).fill(0)];
  const usage = usageOf('2026-03-01', 60, new Array(mar + apr + mayHours).fill(1_000), { fed: fedIn });
  const cycles = [3, 4, 5].map((m) => ({
    cycle: { from: parseDay(`2026-0${m}-01`), to: parseDay(`2026-0${m + 1}-01`) },
  }));
  const totals = (netMetering: NetMetering) => {
    const bills = rateCycles({ tariff: tariffOf(charges, { netMetering }), usage, zone }, cycles).map(
      billView,
    );
    return bills.map(({ total, credits }) => [total, credits!.left]);
  };

  it('is banked as energy, moved to the next month, and paid at true-up', () => {
    // April leaves 1080 kWh, of which May uses 744
    expect(totals({ treatment: 'net-metering-energy', trueUpMonth: 5, trueUpPrice: '0.05' })).toEqual([
      ['111.45', '0.00'],
      ['0.00', '0.00'],
      ['-16.80', '0.00'],
    ]);
  });

  it('is banked as money, applied to the next bills, and paid or forfeited at true-up', () => {
    const rules = { treatment: 'net-metering-money', trueUpMonth: 5 } as const;
    expect(totals(rules)).toEqual([
      ['111.45', '0.00'],
      ['0.00', '108.00'],
      ['115.20', '0.00'],
    ]);
    expect(totals({ ...rules, trueUpMonth: 4 })[1]).toEqual(['-108.00', '0.00']);
    expect(totals({ ...rules, trueUpMonth: 4, trueUp: 'forfeit' })[1]).toEqual(['0.00', '0.00']);
  });

  it('is credited at once, or carried over', () => {
    expect(totals({ treatment: 'net-billing' })).toEqual([
      ['111.45', '0.00'],
      ['-108.00', '0.00'],
      ['223.20', '0.00'],
    ]);
    expect(totals({ treatment: 'net-billing-carry-over' })).toEqual([
      ['111.45', '0.00'],
      ['0.00', '108.00'],
      ['115.20', '0.00'],
    ]);
    expect(totals({ treatment: 'net-billing-carry-over', creditsApply: 'current' })[1]).toEqual([
      '0.00',
      '108.00',
    ]);
  });

  it('is sold as a whole where everything is bought and sold', () => {
    expect(totals({ treatment: 'buy-all-sell-all' })).toEqual([
      ['185.75', '0.00'],
      ['36.00', '0.00'],
      ['223.20', '0.00'],
    ]);
  });

  it('goes into the bank of the period at the same time of day in the next month', () => {
    const row = (season: string, period: string) => ({ seasons: [season], days: ['all' as const], period });
    const calendar = {
      seasons: [
        { id: 'summer', ranges: [{ from: '05-01', to: '09-30' }] },
        { id: 'winter', ranges: [{ from: '10-01', to: '04-30' }] },
      ],
      schedules: [{ id: 's', rows: [row('summer', 'sun'), row('winter', 'snow')] }],
    };
    const energy: Charge[] = [
      { kind: 'energy', id: 'use', schedule: 's', prices: { sun: '0.3', snow: '0.3' } },
    ];
    const left = (rollover: 'period' | 'time-of-day') => {
      const tariff = tariffOf(energy, {
        calendar,
        netMetering: { treatment: 'net-metering-energy', rollover },
      });
      return billView(rateCycles({ tariff, usage, zone }, cycles)[2]!).total;
    };
    expect([left('period'), left('time-of-day')]).toEqual(['223.20', '0.00']);
  });
});

describe('versions', () => {
  const versions = [
    { effectiveTo: '2026-05-16', charges: [flat('0.1')] },
    {
      effectiveFrom: '2026-05-16',
      effectiveTo: '2026-07-01',
      charges: [flat('0.2'), { kind: 'fixed', id: 'fee', price: 31, per: 'month' }],
    },
  ];
  const tariff = readTariff({ ...dataOf([]), versions: [...versions].reverse() });

  it('are split at the instant one follows another, each part with its own days', () => {
    const view = viewOf(tariff, may(1_000), '2026-05-01');
    expect(
      view.lines.map(({ id, quantity, amount, tariffVersion, from }) => [
        id,
        quantity,
        amount,
        tariffVersion,
        from,
      ]),
    ).toEqual([
      ['use', '360', '36.00', 'test', '2026-04-30T22:00:00Z'],
      ['fee', '0.516129', '16.00', 'test@2026-05-16', '2026-05-15T22:00:00Z'],
      ['use', '384', '76.80', 'test@2026-05-16', '2026-05-15T22:00:00Z'],
    ]);
    expect(view.total).toBe('128.80');
  });

  it('hand on credit whatever they round to', () => {
    const feed: Charge = { kind: 'energy', id: 'feed', flow: 'export', price: '0.1' };
    const netMetering = { treatment: 'net-billing-carry-over' } as const;
    const changing = readTariff({
      ...dataOf([]),
      versions: [
        { effectiveTo: '2026-06-01', charges: [feed], netMetering, rounding: { digits: 4 } },
        {
          effectiveFrom: '2026-06-01',
          charges: [{ kind: 'fixed', id: 'fee', price: 1, per: 'month' }],
          netMetering,
        },
      ],
    });
    const usage = usageOf('2026-05-01', 60, [0], { fed: [5_678] });
    const cycles = [5, 6].map((m) => ({
      cycle: { from: parseDay(`2026-0${m}-01`), to: parseDay(`2026-0${m + 1}-01`) },
    }));
    const bills = rateCycles({ tariff: changing, usage, zone }, cycles).map(billView);
    expect(bills.map(({ total, credits }) => [total, credits!.left])).toEqual([
      ['0.0000', '0.5678'],
      ['0.43', '0.00'],
    ]);
  });

  it('must cover the time that is billed', () => {
    expect(() => billOf(tariff, may(1), '2026-07-01')).toThrow("'test' has no version for 2026-07-01");
  });

  it('are billed together with a change of the clock and a meter swap in the same month', () => {
    const swapped = readTariff({
      ...dataOf([]),
      versions: [
        { effectiveTo: '2026-03-16', charges: [flat('0.1')] },
        { effectiveFrom: '2026-03-16', charges: [flat('0.2')] },
      ],
    });
    const first = usageOf('2026-03-01', 60, new Array(20 * 24).fill(1_000)).import[0]!;
    const second = usageOf('2026-03-21', 15, new Array((11 * 24 - 1) * 4).fill(250)).import[0]!;
    const view = viewOf(swapped, { perUnit: 1_000_000, import: [first, second] }, '2026-03-01');
    expect(view.lines.map(({ quantity }) => quantity)).toEqual(['360', '383']);
    expect(view.problems).toEqual([]);
  });

  it('refuse a time that is none', () => {
    const cycle = { from: parseDay('2026-05-01'), to: parseDay('2026-06-01') };
    const input = { tariff, usage: may(1), zone };
    for (const window of [
      { fromS: instant('2026-05-10'), toS: instant('2026-05-10') },
      { fromS: instant('2026-04-10'), toS: instant('2026-05-10') },
    ])
      expect(() => rateCycles(input, [{ cycle, window }])).toThrow('in a cycle of 31 days');
  });
});

it('writes quantities as decimals', () => {
  expect(decimalOf({ n: 1n, d: 3n }, 6)).toBe('0.333333');
  expect([scaledText(-5n, 2), scaledText(0n, 0), scaledText(1_200n, 3, 1)]).toEqual(['-0.05', '0', '1.2']);
});
