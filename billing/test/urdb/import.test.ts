import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTariff, readTariff } from '../../src/tariff/read.ts';
import { urdbTariff } from '../../src/urdb/import.ts';
import { urdbNotes } from '../../src/urdb/notes.ts';
import { isUrdb } from '../../src/urdb/records.ts';

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

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** What is wrong; nothing else may be thrown. */
function faultsOf(work: () => unknown): readonly Fault[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return error.data.faults as readonly Fault[];
  }
}

/** Something like the field, or anything. */
function values(field: string): fc.Arbitrary<unknown> {
  const own = (record as Readonly<Record<string, unknown>>)[field];
  const month = fc.array(fc.nat(3), { minLength: 23, maxLength: 24 });
  const row = fc.record({
    max: fc.double(),
    rate: fc.double(),
    unit: fc.constantFrom('kWh', 'kWh/kW', 'hp'),
  });
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(own) },
    fc.anything(),
    fc.array(month, { minLength: 12, maxLength: 12 }),
    fc.array(fc.array(row, { maxLength: 3 }), { maxLength: 4 }),
  );
}

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
    expect(charge('fixed')).toMatchObject({ name: 'Fixed charge', price: 0.5, per: 'day' });
    expect(version!.charges.every(({ name }) => name !== undefined)).toBe(true);
    expect([charge('minimum'), charge('annual-minimum')]).toMatchObject([{ per: 'month' }, { per: 'year' }]);
  });

  it('is refused where a bill would come out wrong', () => {
    const refused: readonly [object, string][] = [
      [{ energyratestructure: [[{ rate: 0.1, unit: 'BTU' }]] }, "the unit 'BTU' is not known"],
      [{ ...record, energyratestructure: [[{ rate: 0.1 }]] }, 'energyratestructure: has no period 1'],
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

  it('says at once all that is wrong with it, each with its field', () => {
    const broken = {
      ...{ energyratestructure: [[{ rate: 'dear' }]], energyweekdayschedule: hours(() => 0).slice(1) },
      ...{ fixedchargefirstmeter: '5', lookbackrange: {} },
    };
    expect(faultsOf(() => urdbTariff({ items: [broken] })).map(({ path }) => path)).toEqual([
      'items[0].energyratestructure[0][0].rate',
      'items[0].energyweekdayschedule',
      'items[0].lookbackrange',
      'items[0].fixedchargefirstmeter',
    ]);
    const wrong = { ...record, fixedchargeunits: '$/week', flatdemandunit: 'hp', dgrules: 'Barter' };
    expect(faultsOf(() => urdbTariff(wrong)).map(({ path }) => path)).toEqual([
      ...['fixedchargeunits', 'dgrules', 'flatdemandunit'],
    ]);
  });

  it('is one of several, by its label or its place', () => {
    const items = [
      { ...record, label: 'a' },
      { ...record, label: 'b', name: 'Flat' },
      { label: 'b', dgrules: 'Barter' },
    ];
    expect(isUrdb({ items })).toBe(true);
    expect(urdbTariff({ items }, { label: 'a' }).id).toBe('a');
    expect(urdbTariff({ items }, { index: 1, id: 'mine', zone: 'America/New_York' })).toMatchObject({
      ...{ id: 'mine', zone: 'America/New_York', name: 'A Utility: Flat' },
    });
    expect(() => urdbTariff({ items }, { index: 2 })).toThrow('items[2].dgrules');
    expect(() => urdbTariff({ items })).toThrow(
      '3 rates: 0: a (A Utility: Time of use); 1: b (A Utility: Flat)',
    );
    expect(() => urdbTariff({ items }, { label: 'b' })).toThrow('2 of 3 rates are the one asked for');
    expect(() => urdbTariff({ items }, { index: 3 })).toThrow('0 of 3 rates');
    expect(() => urdbTariff({ items: [] })).toThrow('0 rates');
  });

  it('notes all that its tariff does not say', () => {
    const told = (more: object) =>
      urdbNotes({ ...record, ...more }).map(({ path, message }) => `${path}: ${message}`);
    const paths = (more: object) => urdbNotes({ ...record, ...more }).map(({ path }) => path);
    expect(told({})).toEqual([
      expect.stringContaining('in USD'),
      expect.stringMatching(/^enddate: /),
      expect.stringMatching(/^energyweekdayschedule: .*no holidays/),
      expect.stringMatching(/^demandweekendschedule: /),
      expect.stringMatching(/^demandwindow: .*15 minutes/),
      expect.stringMatching(/^demandratchetpercentage: .*percent/),
    ]);
    expect(told({ energycomments: 'Riders change monthly', energyattrs: [{ Rider: '$0.01/kWh' }] })).toEqual(
      expect.arrayContaining([
        'energycomments: It says: Riders change monthly',
        expect.stringContaining('Not read: energyattrs'),
      ]),
    );
    expect(paths({ demandweekdayschedule: undefined })).toContain('demandweekdayschedule');
    expect(paths({ fixedchargeeaaddl: 3, fixedchargeunits: undefined, fixedmonthlycharge: 2 })).toEqual(
      expect.arrayContaining(['fixedchargeunits', 'fixedmonthlycharge', 'fixedchargeeaaddl']),
    );
    expect(paths({ dgrules: '', peakkwcapacitymax: 50, country: 'CAN', servicetype: 'Delivery' })).toEqual(
      expect.arrayContaining(['energyratestructure', 'peakkwcapacitymax', 'country', 'servicetype']),
    );
    expect(paths({ lookbackpercent: 50, demandratchetpercentage: undefined })).toContain('lookbackpercent');
    const hostile = JSON.parse(`{"__proto__": {"x": 1}, "energyratestructure": [[{"rate": 0.1}]]}`);
    expect(
      urdbNotes(hostile)
        .map(({ message }) => message)
        .join(),
    ).toContain('Not read: __proto__');
    expect(urdbTariff(hostile).versions[0]!.charges).toHaveLength(1);
  });

  it('becomes a tariff without faults or is refused, whatever its fields hold', () => {
    const any = fc.record(
      Object.fromEntries(
        Object.keys(record).map((field) => [field, fc.oneof(fc.constant(undefined), values(field))]),
      ),
    );
    fc.assert(
      fc.property(any, (data) => {
        const faults = faultsOf(() => checkTariff(urdbTariff(data)));
        expect(faults.every(({ path, message }) => typeof path === 'string' && message !== '')).toBe(true);
        if (faults.length === 0) urdbNotes(data);
      }),
      { numRuns: 200 },
    );
  });
});
