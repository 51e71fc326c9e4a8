import { describe, expect, it } from 'vitest';
import { readTariff } from '../../src/tariff/read.ts';
import { isUrdb, urdbTariff } from '../../src/urdb/import.ts';

const hours = (of: (month: number, hour: number) => number) =>
  Array.from({ length: 12 }, (_, month) => Array.from({ length: 24 }, (_, hour) => of(month, hour)));

const record = {
  label: '5f0c 1',
  utility: 'A Utility',
  name: 'Time of use',
  startdate: 1_372_658_400,
  enddate: 1_383_199_200,
  energyratestructure: [
    [{ rate: 0.1, adj: 0.01, unit: 'kWh', max: 500, sell: 0.05 }, { rate: 0.15 }],
    [{ rate: 0.3, unit: 'kWh', max: 500 }, { rate: 0.35 }],
    [{ rate: 0.2, max: 1e38 }],
  ],
  energyweekdayschedule: hours((month, hour) =>
    month > 4 && month < 9 ? (hour >= 16 && hour < 21 ? 1 : 0) : 2,
  ),
  energyweekendschedule: hours((month) => (month > 4 && month < 9 ? 0 : 2)),
  fueladjustmentsmonthly: [0, 0, 0, 0, 0, 0.002, 0, 0, 0, 0, 0, 0],
  flatdemandstructure: [[{ rate: 11.5, max: 20 }, { rate: 9 }], [{ rate: 10.5 }]],
  flatdemandmonths: [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1],
  demandratestructure: [[{ rate: 0 }], [{ rate: 7 }]],
  demandweekdayschedule: hours((_, hour) => (hour > 11 ? 1 : 0)),
  demandratchetpercentage: new Array(12).fill(35),
  demandreactivepowercharge: 2.7,
  ...{ fixedchargefirstmeter: 0.5, fixedchargeunits: '$/day' },
  ...{ mincharge: 12, minchargeunits: '$/month', annualmincharge: 100 },
  dgrules: 'Net Billing Hourly',
};

describe('a record of the rate database', () => {
  const tariff = urdbTariff({ items: [record] });
  const [version] = tariff.versions;
  const charge = (id: string) => version!.charges.find((one) => one.id === id);

  it('becomes a tariff without faults', () => {
    expect(isUrdb({ items: [record] })).toBe(true);
    expect(isUrdb({ id: 'x', versions: [] })).toBe(false);
    expect(readTariff(tariff).versions).toHaveLength(1);
    expect(tariff).toMatchObject({ id: '5f0c-1', name: 'A Utility: Time of use', currency: 'USD' });
    expect(version).toMatchObject({ effectiveFrom: '2013-07-01', effectiveTo: '2013-11-01' });
    expect(urdbTariff(record, { ignoreDates: true }).versions[0]!.effectiveFrom).toBeUndefined();
  });

  it('has rates with adjustments, periods of like tiers in one charge, and what is paid for feeding in', () => {
    expect(charge('energy-import')).toMatchObject({
      tiers: [{ upTo: 500, unit: 'unit' }, {}],
      prices: { p0: ['0.11', '0.15'], p1: ['0.3', '0.35'] },
    });
    expect(charge('energy-import-2')).toMatchObject({ tiers: [{}], prices: { p2: ['0.2'] } });
    expect(charge('energy-export')).toMatchObject({ flow: 'export', prices: { p0: ['0.05', '0'] } });
    expect(version!.netMetering).toEqual({ treatment: 'net-billing', netting: 'hour' });
    expect(charge('fuel-adjustment')).toMatchObject({
      kind: 'rider',
      monthly: record.fueladjustmentsmonthly,
    });
  });

  it('has demand by month and hour, a ratchet written in percent, reactive power, fixed charges and minima', () => {
    expect(charge('demand')).toMatchObject({
      price: 0,
      ratchet: { lookBackMonths: 11, fraction: new Array(12).fill('0.35') },
    });
    expect(charge('demand-p0')).toMatchObject({
      months: [5, 6, 7, 8, 9, 10],
      billedAs: 'demand',
      tiers: [{ upTo: 20 }, {}],
    });
    expect(charge('tou-demand')).toMatchObject({
      schedule: 'demand',
      windowMinutes: 15,
      prices: { p1: ['7'] },
    });
    expect(charge('reactive-demand')).toMatchObject({ unit: 'kvar', price: 2.7 });
    expect(charge('fixed')).toMatchObject({ price: 0.5, per: 'day' });
    expect([charge('minimum'), charge('annual-minimum')]).toMatchObject([{ per: 'month' }, { per: 'year' }]);
  });

  it('is refused where a bill would come out wrong', () => {
    const refused: readonly [object, string][] = [
      [{ energyratestructure: [[{ rate: 0.1, unit: 'BTU' }]] }, "the unit 'BTU' is not known"],
      [{ ...record, energyratestructure: [[{ rate: 0.1 }]] }, 'energyratestructure has no period 1'],
      [{ ...record, flatdemandunit: 'hp' }, "flatdemandunit: 'hp' is not followed"],
      [{ ...record, fixedchargeunits: '$/week' }, "'$/week' is none of"],
      [{ ...record, dgrules: 'Barter' }, "dgrules: 'Barter'"],
      [{ ...record, energyweekdayschedule: [[1]] }, 'energyweekdayschedule'],
      [{ energyratestructure: [] }, 'no charges'],
    ];
    for (const [data, message] of refused) expect(() => urdbTariff(data)).toThrow(message);
  });

  it('reads look-backs, limits per kW and coincident demand', () => {
    const base = { energyratestructure: [[{ rate: 0.1, max: 200, unit: 'kWh/kW' }, { rate: 0.05 }]] };
    const read = (more: object) => readTariff(urdbTariff({ ...base, ...more })).tariff.versions[0]!.charges;
    expect(read({})[0]).toMatchObject({
      demand: 'demand-of-limits',
      tiers: [{ upTo: 200, unit: 'per-kW' }, {}],
    });
    const flat = { flatdemandstructure: [[{ rate: 1 }]], lookbackpercent: 75 };
    const ratchet = (more: object) => read({ ...flat, ...more }).find(({ id }) => id === 'demand');
    expect(ratchet({ lookbackrange: 6 })).toMatchObject({ ratchet: { fraction: '0.75', lookBackMonths: 6 } });
    expect(ratchet({ lookbackmonths: [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1] })).toMatchObject({
      ratchet: { lookBackMonths: 12, months: [1, 4, 12] },
    });
    const coincident = read({ coincidentratestructure: [[{ rate: 3 }]] }).find(
      ({ id }) => id === 'coincident-demand',
    );
    expect(coincident).toMatchObject({ event: 'coincident-peak', prices: { p0: ['3'] } });
  });
});
