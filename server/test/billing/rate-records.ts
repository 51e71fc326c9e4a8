/** Records in the shape of the OpenEI Utility Rate Database, with the fields it documents. */

/** 12 months × 24 hours. */
export function monthHours(of: (month: number, hour: number) => number): number[][] {
  return Array.from({ length: 12 }, (_, month) => Array.from({ length: 24 }, (_, hour) => of(month, hour)));
}

const isSummer = (month: number) => month >= 5 && month <= 8;

/** A home: two seasons, tiers, a peak in summer, and a price for what is fed in. */
export const homeRecord = {
  ...{ label: '6a01home', utility: 'Lakeside Light', name: 'R-1 Time of use', sector: 'Residential' },
  ...{ uri: 'https://example.org/rates/6a01home', approved: true, servicetype: 'Bundled' },
  startdate: Date.UTC(2026, 0, 1, 5) / 1_000,
  energyratestructure: [
    [{ max: 400, rate: 0.1, adj: 0.01, sell: 0.04, unit: 'kWh' }, { rate: 0.16 }],
    [{ max: 400, rate: 0.24, adj: 0.01, sell: 0.04, unit: 'kWh' }, { rate: 0.31 }],
  ],
  energyweekdayschedule: monthHours((month, hour) => (isSummer(month) && hour >= 14 && hour < 20 ? 1 : 0)),
  energyweekendschedule: monthHours(() => 0),
  ...{ fixedchargefirstmeter: 9.5, fixedchargeunits: '$/month', mincharge: 12, minchargeunits: '$/month' },
  dgrules: 'Net Billing Hourly',
  energycomments: 'The fuel rider changes every quarter.',
} as const;

/** A business: demand by season and hour with a ratchet, and power that is not shown in any price list. */
export const shopRecord = {
  ...{ label: '6a02shop', utility: 'Lakeside Light', name: 'GS-3 Demand', sector: 'Commercial' },
  ...{ peakkwcapacitymin: 20, peakkwcapacitymax: 500, voltagecategory: 'Secondary' },
  energyratestructure: [[{ rate: 0.062, unit: 'kWh' }]],
  energyweekdayschedule: monthHours(() => 0),
  energyweekendschedule: monthHours(() => 0),
  flatdemandstructure: [[{ rate: 4.5 }], [{ rate: 7.25 }]],
  flatdemandmonths: [0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0],
  demandratestructure: [[{ rate: 0 }], [{ max: 100, rate: 6 }, { rate: 5 }]],
  demandweekdayschedule: monthHours((_, hour) => (hour >= 12 && hour < 18 ? 1 : 0)),
  demandweekendschedule: monthHours(() => 0),
  demandratchetpercentage: [0, 0, 0, 0, 0, 0.6, 0.6, 0.6, 0.6, 0, 0, 0],
  ...{ demandwindow: 30, demandrateunit: 'kW', flatdemandunit: 'kW' },
  ...{ fixedchargefirstmeter: 1.5, fixedchargeunits: '$/day', fixedchargeeaaddl: 0.5 },
} as const;
