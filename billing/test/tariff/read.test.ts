import { describe, expect, it } from 'vitest';
import { checkTariff, readTariff } from '../../src/tariff/read.ts';
import type { Charge, TariffVersion } from '../../src/tariff/schema.ts';
import { dataOf, dayAndNight } from '../support.ts';

const energy: Charge = { kind: 'energy', id: 'use', price: 0.2 };
const night = (hours: { from: string; to: string; period: string }[]): Partial<TariffVersion> => ({
  calendar: { schedules: [{ id: 'tou', rows: [{ days: ['all'], hours }] }] },
});
const use = (more: object) => ({ ...energy, ...more }) as Charge;

/** A broken tariff: what is said, and where. */
const faults: readonly [string, unknown, string, string][] = [
  ['no tariff', null, 'tariff', 'must be object'],
  ['an unknown field', { ...dataOf([energy]), foo: 1 }, 'tariff', 'does not know foo'],
  [
    'an unknown kind',
    dataOf([{ kind: 'magic', id: 'x' } as never]),
    'versions[0].charges[0].kind',
    'must be one of fixed',
  ],
  [
    'a price in words',
    dataOf([use({ price: 'cheap' })]),
    'versions[0].charges[0].price',
    'must be a decimal',
  ],
  ['an unknown currency', { ...dataOf([energy]), currency: 'XYZ' }, 'currency', 'ISO 4217'],
  ['an unknown zone', { ...dataOf([energy]), zone: 'Mars/Base' }, 'zone', 'no time zone'],
  [
    'a date that is none',
    dataOf([energy], { effectiveFrom: '2026-02-30' }),
    'versions[0].effectiveFrom',
    'no date',
  ],
  ['two charges of one id', dataOf([energy, energy]), 'versions[0].charges[1].id', 'is the id of [0], too'],
  ['no price', dataOf([{ kind: 'energy', id: 'use' }]), 'versions[0].charges[0]', 'either a price or prices'],
  [
    'hours without a period',
    dataOf(
      [use({ schedule: 'tou', price: undefined, prices: { a: 1 } })].map(clean),
      night([{ from: '00:00', to: '08:00', period: 'a' }]),
    ),
    'versions[0].calendar.schedules[0].rows[0].hours',
    'no period from 08:00 to 24:00',
  ],
  [
    'hours twice',
    dataOf(
      [use({ schedule: 'tou' })],
      night([
        { from: '00:00', to: '12:00', period: 'a' },
        { from: '11:00', to: '24:00', period: 'b' },
      ]),
    ),
    'versions[0].calendar.schedules[0].rows[0].hours',
    'two periods from 11:00 on',
  ],
  [
    'an hour that is none',
    dataOf([use({ schedule: 'tou' })], night([{ from: '00:00', to: '24:30', period: 'a' }])),
    'versions[0].calendar.schedules[0].rows[0].hours[0]',
    'no part of a day',
  ],
  [
    'days without a row',
    dataOf([use({ schedule: 's' })], {
      calendar: { schedules: [{ id: 's', rows: [{ days: ['weekday'], period: 'a' }] }] },
    }),
    'versions[0].calendar.schedules[0].rows',
    'no row covers Saturdays',
  ],
  [
    'overlapping seasons',
    dataOf([use({ schedule: 's' })], {
      calendar: {
        seasons: [
          { id: 'summer', ranges: [{ from: '04-01', to: '10-15' }] },
          { id: 'winter', ranges: [{ from: '10-01', to: '03-31' }] },
        ],
        schedules: [
          {
            id: 's',
            rows: [
              { seasons: ['summer'], days: ['all'], period: 'a' },
              { seasons: ['winter'], days: ['all'], period: 'b' },
            ],
          },
        ],
      },
    }),
    'versions[0].calendar.schedules[0].rows[1]',
    'covers Mondays on 10-01, which rows[0] covers too',
  ],
  [
    'a season that is not there',
    dataOf([use({ schedule: 's' })], {
      calendar: { schedules: [{ id: 's', rows: [{ seasons: ['summer'], days: ['all'], period: 'a' }] }] },
    }),
    'versions[0].calendar.schedules[0].rows[0].seasons[0]',
    "no season 'summer'; there is none",
  ],
  [
    'holidays without a rule for weekends',
    dataOf([energy], { calendar: { holidays: [{ month: 1, day: 1 }] } }),
    'versions[0].calendar.observed',
    'say what happens to a holiday on a weekend',
  ],
  [
    'a holiday that is not told apart',
    dataOf([energy], { calendar: { observed: 'actual', holidays: [{ month: 1 }] } }),
    'versions[0].calendar.holidays[0]',
    'must have one of',
  ],
  [
    'a schedule that is not there',
    dataOf([use({ schedule: 'x' })]),
    'versions[0].charges[0].schedule',
    "no schedule 'x'",
  ],
  [
    'an unknown period',
    dataOf([{ kind: 'energy', id: 'use', schedule: 'tou', prices: { peak: 1, night: 1, dusk: 1 } }], {
      calendar: dayAndNight,
    }),
    'versions[0].charges[0].prices.dusk',
    "no period 'dusk'; it has peak, night",
  ],
  [
    'a period without a price',
    dataOf([{ kind: 'energy', id: 'use', schedule: 'tou', prices: { peak: 1 } }], { calendar: dayAndNight }),
    'versions[0].charges',
    'no import price for night',
  ],
  [
    'a tier of zero width',
    dataOf([use({ price: [1, 2, 3], tiers: [{ upTo: 100 }, { upTo: '100.0' }, {}] })]),
    'versions[0].charges[0].tiers[1].upTo',
    'the tier has no width',
  ],
  [
    'descending tiers',
    dataOf([use({ price: [1, 2, 3], tiers: [{ upTo: 100 }, { upTo: 50 }, {}] })]),
    'versions[0].charges[0].tiers[1].upTo',
    'limits must rise',
  ],
  [
    'a tier that ends before it begins',
    dataOf([use({ price: [1, 2], tiers: [{ upTo: 0 }, {}] })]),
    'versions[0].charges[0].tiers[0].upTo',
    'give a limit above 0',
  ],
  [
    'a last tier with an end',
    dataOf([use({ price: [1], tiers: [{ upTo: 100 }] })]),
    'versions[0].charges[0].tiers[0].upTo',
    'must have no end',
  ],
  [
    'too few prices',
    dataOf([use({ price: [1], tiers: [{ upTo: 100 }, {}] })]),
    'versions[0].charges[0].price',
    'has 1 prices for 2 tiers',
  ],
  [
    'limits per kW of nothing',
    dataOf([use({ price: [1, 2], tiers: [{ upTo: 100, unit: 'per-kW' }, {}] })]),
    'versions[0].charges[0].demand',
    'limits per kW need the id of a demand charge',
  ],
  [
    'a percentage of what comes later',
    dataOf([
      energy,
      { kind: 'percent', id: 'p', percent: 5, of: ['vat'] },
      { kind: 'tax', id: 'vat', percent: 19 },
    ]),
    'versions[0].charges[1].of[0]',
    'comes after this charge',
  ],
  [
    'a tax that is paid out',
    dataOf([energy, { kind: 'tax', id: 'vat', percent: -500 }]),
    'versions[0].charges[1].percent',
    'a tax is from -100 to 1000 %',
  ],
  [
    'a tax of nothing',
    dataOf([energy, { kind: 'tax', id: 'vat', percent: 19, of: ['water'] }]),
    'versions[0].charges[1].of[0]',
    "there is no charge 'water'",
  ],
  [
    'a rolling window that does not fit',
    dataOf([{ kind: 'demand', id: 'kw', price: 1, windowMinutes: 30, rollingMinutes: 20 }]),
    'versions[0].charges[0].rollingMinutes',
    'must divide the window of 30 min',
  ],
  [
    'versions in force at once',
    {
      ...dataOf([energy]),
      versions: [
        { charges: [energy], effectiveFrom: '2026-01-01', effectiveTo: '2026-07-01' },
        { charges: [energy], effectiveFrom: '2026-06-01' },
      ],
    },
    'versions[1]',
    'in force at the same time as versions[0]',
  ],
  [
    'a version that ends first',
    dataOf([energy], { effectiveFrom: '2026-07-01', effectiveTo: '2026-01-01' }),
    'versions[0].effectiveTo',
    'must be later than effectiveFrom',
  ],
];

function clean(charge: Charge): Charge {
  return Object.fromEntries(Object.entries(charge).filter(([, value]) => value !== undefined)) as Charge;
}

describe('a tariff that is read', () => {
  it.each(faults)('says of %s where it is and what to do', (_, data, path, message) => {
    const found = checkTariff(data);
    expect(found.map((fault) => fault.path)).toContain(path);
    expect(
      found
        .filter((fault) => fault.path === path)
        .map((fault) => fault.message)
        .join(' '),
    ).toContain(message);
    expect(() => readTariff(data)).toThrow(path);
  });

  it('has no fault when it is good, and says all faults at once otherwise', () => {
    expect(checkTariff(dataOf([energy]))).toEqual([]);
    const twice = dataOf([use({ price: 'x' }), { kind: 'fixed', id: 'f', price: 1, per: 'week' } as never]);
    expect(checkTariff(twice).map(({ path }) => path)).toEqual([
      'versions[0].charges[0].price',
      'versions[0].charges[1].per',
    ]);
  });

  it('says with faults of shape what its other parts say of each other, and nothing that only follows', () => {
    const tax = (more: object) => ({ kind: 'tax', id: 'vat', percent: 19, ...more }) as never;
    const found = (data: unknown) => checkTariff(data).map(({ path }) => path.replace('versions[0].', ''));
    const one = dataOf(
      [
        { kind: 'energy', id: 'use', schedule: 'none', prices: { peak: 'dear', dusk: 1 } } as never,
        { kind: 'energy', id: 'use', schedule: 'tou', prices: { peak: 1, night: 1, dusk: 1 } },
        { kind: 'energie', id: 'other' } as never,
        tax({ percent: 'abc', of: ['use'] }),
        tax({ id: 'vat2', of: ['nothing'] }),
      ],
      { calendar: dayAndNight, effectiveFrom: '2026-13-01' },
    );
    expect(found(one).sort()).toEqual([
      ...['charges[0].prices.peak', 'charges[0].schedule', 'charges[1].id', 'charges[1].prices.dusk'],
      ...['charges[2].kind', 'charges[3].percent', 'effectiveFrom'],
    ]);
    // the kind of one is not known: nobody can say that a charge is not there
    const two = dataOf([use({ price: 1 }), tax({ percent: 'abc', of: ['nothing'] })]);
    expect(checkTariff(two).map(({ message }) => message)).toEqual([
      'must be a percentage such as 19',
      "there is no charge 'nothing'",
    ]);
    const noCalendar = dataOf([use({ schedule: 'tou', price: 1 }), tax({ of: ['x'] })], {
      calendar: { ...dayAndNight, observed: 'never', schedules: 'tou' } as never,
    });
    expect(found(noCalendar)).toEqual(['calendar.observed', 'calendar.schedules', 'charges[1].of[0]']);
    const kinds = Array.from({ length: 30 }, (_, i) => ({ kind: 'fixed', id: `f${i}`, price: 1, per: 'x' }));
    expect(checkTariff({ ...dataOf(kinds as never), currency: 'EURO' })).toHaveLength(31);
  });

  it('never says more than fifty faults, nor fails in another way, whatever it is given', () => {
    const bad = Array.from({ length: 200 }, (_, i) => ({ kind: 'fixed', id: `f${i}`, price: [], per: 1 }));
    expect(checkTariff(dataOf(bad as never)).length).toBe(50);
    for (const data of [
      undefined,
      1,
      'x',
      [],
      { versions: [null] },
      { versions: [{ charges: [null, 1, []] }] },
    ])
      expect(checkTariff(data).length).toBeGreaterThan(0);
  });
});
