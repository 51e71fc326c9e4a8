import { zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apparent } from '../../src/determinants/demand.ts';
import { gasEnergyKwh, perUnitOf, sameBase } from '../../src/determinants/units.ts';
import { flowsOf } from '../../src/determinants/usage.ts';
import { decimalOf } from '../../src/exact.ts';
import type { Charge } from '../../src/tariff/schema.ts';
import { billOf, dayAndNight, instant, tariffOf, usageOf, zone } from '../support.ts';

const demand = (more: Partial<Extract<Charge, { kind: 'demand' }>> = {}): Charge => ({
  ...{ kind: 'demand', id: 'kw', price: 10, windowMinutes: 30 },
  ...more,
});
const energy: Charge = { kind: 'energy', id: 'use', price: '0.1' };

function determinants(
  charges: readonly Charge[],
  usage: ReturnType<typeof usageOf>,
  from: string,
  to: string,
) {
  return billOf(tariffOf(charges, { calendar: dayAndNight }), usage, from, to).parts[0]!.determinants;
}

const problems = (found: { problems: readonly { code: string; count: number }[] }) =>
  Object.fromEntries(found.problems.map(({ code, count }) => [code, count]));

describe('determinants', () => {
  it('count what is expected, present and estimated, on days of 23 and 25 hours, too', () => {
    for (const [from, to, hours] of [
      ['2026-03-29', '2026-03-30', 23],
      ['2026-10-25', '2026-10-26', 25],
      ['2026-05-01', '2026-05-02', 24],
    ] as const) {
      const usage = usageOf(from, 15, new Array(hours * 4).fill(100));
      const found = determinants([energy], usage, from, to);
      expect([found.expected, found.present, found.estimated]).toEqual([hours * 4, hours * 4, 0]);
      expect(found.energy[0]!.import).toEqual([hours * 400 * 1_000]);
      expect(found.problems).toEqual([]);
    }
  });

  it('never take what is missing for zero: it is counted and said', () => {
    const values = new Array(24).fill(1_000);
    values[3] = Number.NaN;
    const estimated = new Array(24).fill(0);
    estimated[5] = 1;
    const usage = usageOf('2026-05-01', 60, values, { estimated });
    const found = determinants([energy], usage, '2026-05-01', '2026-05-03');
    expect([found.expected, found.present, found.estimated]).toEqual([48, 23, 1]);
    expect(problems(found)).toEqual({ missing: 25, estimated: 1 });
    expect(found.energy[0]!.estimated).toEqual([1_000_000]);
    const nothing = determinants([energy], { perUnit: 1_000_000, import: [] }, '2026-05-01', '2026-05-02');
    expect([nothing.expected, nothing.present]).toEqual([24, 0]);
  });

  it('joins segments of different lengths, as after a meter swap, and counts the hole between them', () => {
    const first = usageOf('2026-05-01', 60, new Array(10).fill(1_000)).import[0]!;
    const second = {
      ...usageOf('2026-05-01', 15, new Array(48).fill(250)).import[0]!,
      startS: instant('2026-05-01') + 12 * 3_600,
    };
    const found = determinants(
      [energy],
      { perUnit: 1_000_000, import: [first, second] },
      '2026-05-01',
      '2026-05-02',
    );
    expect([found.expected, found.present]).toEqual([10 + 2 + 48, 58]);
    expect(found.energy[0]!.import).toEqual([22_000_000]);
  });

  it('refuse usage that cannot be counted', () => {
    const good = usageOf('2026-05-01', 60, [1, 2]).import[0]!;
    const bad = (segment: object, message: string) =>
      expect(() =>
        determinants(
          [energy],
          { perUnit: 1e6, import: [{ ...good, ...segment }] },
          '2026-05-01',
          '2026-05-02',
        ),
      ).toThrow(message);
    bad({ counts: Float64Array.of(0.5) }, 'not a whole count');
    bad({ counts: Float64Array.of(2 ** 53) }, 'not a whole count');
    bad({ intervalS: 0 }, 'an interval of 0 s');
    bad({ step: 0.5 }, 'a step of 0.5');
    const twice = { perUnit: 1e6, import: [good, good] };
    expect(() => determinants([energy], twice, '2026-05-01', '2026-05-02')).toThrow(
      'within the one before it',
    );
    const apart = { perUnit: 1e6, import: [good], export: [{ ...good, startS: good.startS + 900 }] };
    expect(() => determinants([energy], apart, '2026-05-01', '2026-05-02')).toThrow('not on one grid');
    const much = usageOf('2026-05-01', 60, new Array(24).fill(8e12));
    expect(() => determinants([energy], much, '2026-05-01', '2026-05-02')).toThrow(
      'thousandths of the base unit in one period',
    );
  });
});

describe('demand', () => {
  const quarters = (changes: Readonly<Record<number, number>>) =>
    Array.from({ length: 96 }, (_, i) => changes[i] ?? 100);
  const peakOf = (charge: Charge, changes: Readonly<Record<number, number>>) => {
    const found = determinants(
      [charge],
      usageOf('2026-05-04', 15, quarters(changes)),
      '2026-05-04',
      '2026-05-05',
    );
    return { ...found.demand[0]!, problems: problems(found) };
  };

  it('is the highest block by the local clock, or the highest rolling window', () => {
    // 400 Wh in the second quarter of one block and the first of the next
    const changes = { 41: 400, 42: 400 };
    expect(peakOf(demand(), changes).energy).toEqual([500_000]);
    expect(peakOf(demand({ rollingMinutes: 15 }), changes).energy).toEqual([800_000]);
    expect(peakOf(demand({ rollingMinutes: 15 }), changes).atS).toEqual([instant('2026-05-04') + 43 * 900]);
  });

  it('does not reach over the end of a period unless the tariff says so', () => {
    // peak hours begin at 08:00, quarter 32
    const tou = { schedule: 'tou', price: undefined, prices: { peak: 1, night: 1 }, rollingMinutes: 15 };
    const strip = (charge: Charge) => JSON.parse(JSON.stringify(charge)) as Charge;
    const changes = { 31: 400, 32: 400 };
    expect(peakOf(strip(demand(tou)), changes).energy).toEqual([500_000, 500_000]);
    expect(peakOf(strip(demand({ ...tou, straddle: true })), changes).energy).toEqual([500_000, 800_000]);
  });

  it('is not known of a window with a missing interval, and may leave out estimated ones', () => {
    const lost = peakOf(demand(), { 40: Number.NaN, 41: 9_000, 50: 300 });
    expect(lost.energy).toEqual([400_000]);
    expect(lost.problems).toEqual({ missing: 1, 'demand-unknown': 1 });
    const estimated = Array.from({ length: 96 }, (_, i) => (i === 41 ? 1 : 0));
    const usage = usageOf('2026-05-04', 15, quarters({ 41: 900 }), { estimated });
    const peak = (charge: Charge) => determinants([charge], usage, '2026-05-04', '2026-05-05').demand[0]!;
    expect(peak(demand())).toMatchObject({ energy: [1_000_000], estimated: [1] });
    expect(peak(demand({ estimatedCanPeak: false }))).toMatchObject({ energy: [200_000], estimated: [0] });
  });

  it('takes the mean of longer intervals, and says so', () => {
    const usage = usageOf('2026-05-04', 60, new Array(24).fill(3_000));
    const found = determinants([demand()], usage, '2026-05-04', '2026-05-05');
    expect(found.demand[0]).toMatchObject({ windowS: 3_600, energy: [3_000_000] });
    expect(problems(found)).toEqual({ 'demand-coarse': 1 });
  });

  it('is of the windows of an event alone where it is coincident', () => {
    const events = {
      system: [{ fromS: instant('2026-05-04') + 10 * 3_600, toS: instant('2026-05-04') + 11 * 3_600 }],
    };
    const tariff = tariffOf([demand({ event: 'system' })]);
    const usage = usageOf('2026-05-04', 15, quarters({ 42: 300, 60: 900 }));
    const [part] = billOf(tariff, usage, '2026-05-04', '2026-05-05', { events }).parts;
    expect(part!.determinants.demand[0]!.energy).toEqual([400_000]);
    expect(() => billOf(tariff, usage, '2026-05-04', '2026-05-05')).toThrow("the windows of event 'system'");
  });

  it('is apparent power to the nearest whole number, exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (p, q) => {
        const [a, b] = [Math.floor(p / 4), Math.floor(q / 4)];
        const root = BigInt(apparent(a, b));
        // (2·root - 1)² < 4·(a² + b²) <= (2·root + 1)²
        const square = 4n * (BigInt(a) ** 2n + BigInt(b) ** 2n);
        expect((2n * root - 1n) ** 2n < square || root === 0n).toBe(true);
        expect(square <= (2n * root + 1n) ** 2n).toBe(true);
      }),
    );
    const usage = usageOf('2026-05-04', 15, quarters({ 40: 300, 41: 300 }), {
      reactive: quarters({ 40: 400, 41: 400 }),
    });
    const of = (unit: 'kVA' | 'kvar') =>
      determinants([demand({ unit })], usage, '2026-05-04', '2026-05-05').demand[0]!.energy;
    expect([of('kVA'), of('kvar')]).toEqual([[1_000_000], [800_000]]);
    // what is not known of reactive energy is not zero
    const hole = usageOf('2026-05-04', 15, quarters({}), { reactive: quarters({ 40: Number.NaN }) });
    const found = determinants([demand({ unit: 'kVA' })], hole, '2026-05-04', '2026-05-05');
    expect(problems(found)).toEqual({ 'demand-unknown': 1 });
  });
});

describe('setting off', () => {
  const net = (netting: 'interval' | 'hour' | 'none', drawn: number[], fed: number[], minutes = 30) => {
    const usage = usageOf('2026-05-04', minutes, drawn, { fed });
    const window = { fromS: instant('2026-05-04'), toS: instant('2026-05-05') };
    const [flow] = flowsOf(usage, window, netting, zoneTable(zone));
    return [[...flow!.import].map((v) => v / 1_000), [...flow!.export!].map((v) => v / 1_000)];
  };

  it('is done within the interval, within the hour, or not', () => {
    const [drawn, fed] = [
      [300, 100, 50, 0],
      [100, 200, 150, 150],
    ];
    expect(net('none', drawn, fed)).toEqual([drawn, fed]);
    expect(net('interval', drawn, fed)).toEqual([
      [200, 0, 0, 0],
      [0, 100, 100, 150],
    ]);
    expect(net('hour', drawn, fed)).toEqual([
      [100, 0, 0, 0],
      [0, 0, 250, 0],
    ]);
    expect(net('hour', [Number.NaN, 100], [0, 0])).toEqual([
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
    ]);
  });
});

describe('units', () => {
  it('are whole thousandths of their base unit', () => {
    expect([perUnitOf('kWh'), perUnitOf('MWh'), perUnitOf('m3')]).toEqual([1e6, 1e9, 1e6]);
    expect(() => perUnitOf('GJ')).toThrow('no whole number');
    expect([sameBase('Wh', 'kWh'), sameBase('m3', 'kWh'), sameBase('nonsense', 'kWh')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('turn cubic metres of gas into energy', () => {
    // the British example: 100 m³, C 1.02264, CV 39.5 MJ/m³
    expect(decimalOf(gasEnergyKwh(100, '1.02264', '39.5'), 2)).toBe('1122.06');
  });
});
