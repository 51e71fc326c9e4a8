/** Tariffs of the demo's utility, as they stand in files: docs/guides/tariffs.md says what they can say. */

const germanHolidays = [
  { name: 'New Year', month: 1, day: 1 },
  { name: 'Good Friday', easter: -2 },
  { name: 'Easter Monday', easter: 1 },
  { name: 'Labour Day', month: 5, day: 1 },
  { name: 'Ascension', easter: 39 },
  { name: 'Whit Monday', easter: 50 },
  { name: 'Unity Day', month: 10, day: 3 },
  { name: 'Christmas Day', month: 12, day: 25 },
  { name: 'Boxing Day', month: 12, day: 26 },
];
const seasons = [
  { id: 'winter', ranges: [{ from: '10-01', to: '03-31' }] },
  { id: 'summer', ranges: [{ from: '04-01', to: '09-30' }] },
];
const winterDay = [
  { from: '06:00', to: '17:00', period: 'day' },
  { from: '17:00', to: '21:00', period: 'peak' },
  { from: '21:00', to: '06:00', period: 'night' },
];
const summerDay = [
  { from: '06:00', to: '11:00', period: 'day' },
  { from: '11:00', to: '16:00', period: 'night' },
  { from: '16:00', to: '22:00', period: 'day' },
  { from: '22:00', to: '06:00', period: 'night' },
];
const calendar = {
  observed: 'actual',
  holidays: germanHolidays,
  seasons,
  schedules: [
    {
      id: 'tou',
      rows: [
        { seasons: ['winter'], days: ['weekday'], hours: winterDay },
        { seasons: ['summer'], days: ['weekday'], hours: summerDay },
        { days: ['weekend', 'holiday'], period: 'night' },
      ],
    },
  ],
};
const vat = { id: 'vat', kind: 'tax', name: 'Value added tax', percent: 19 };

/** Electricity by time of use in two seasons, with two tiers. */
export const homeTariff = {
  ...{ id: 'home-time', name: 'Home, by time of use', commodity: 'electricity', currency: 'EUR' },
  zone: 'Europe/Berlin',
  versions: [
    {
      calendar,
      charges: [
        { id: 'base', kind: 'fixed', name: 'Base price', price: '11.90', per: 'month' },
        {
          ...{ id: 'energy', kind: 'energy', name: 'Energy', schedule: 'tou', tiers: [{ upTo: 250 }, {}] },
          prices: { day: ['0.2490', '0.2790'], peak: ['0.3390', '0.3690'], night: ['0.1890', '0.2190'] },
        },
        { id: 'levy', kind: 'rider', name: 'Network levy', price: '0.0205' },
        vat,
      ],
    },
  ],
};

/** Electricity of small businesses: energy by time of use, and the highest quarter hour. */
export const businessTariff = {
  ...{ id: 'business-demand', name: 'Business, with demand', commodity: 'electricity', currency: 'EUR' },
  zone: 'Europe/Berlin',
  versions: [
    {
      calendar,
      charges: [
        { id: 'base', kind: 'fixed', name: 'Base price', price: '24.00', per: 'month' },
        {
          ...{ id: 'energy', kind: 'energy', name: 'Energy', schedule: 'tou' },
          prices: { day: '0.1720', peak: '0.2280', night: '0.1310' },
        },
        { id: 'demand', kind: 'demand', name: 'Demand', windowMinutes: 15, price: '8.40' },
        { id: 'levy', kind: 'rider', name: 'Network levy', price: '0.0205' },
        vat,
      ],
    },
  ],
};

/** Water in blocks by the day, so that a short month has smaller ones. */
export const waterTariff = {
  ...{ id: 'water-blocks', name: 'Water, in blocks', commodity: 'water', currency: 'EUR', unit: 'm3' },
  zone: 'Europe/Berlin',
  versions: [
    {
      charges: [
        { id: 'base', kind: 'fixed', name: 'Meter', price: '0.1650', per: 'day' },
        {
          ...{ id: 'water', kind: 'energy', name: 'Water', price: ['1.7900', '2.1900', '2.8900'] },
          tiers: [{ upTo: '0.25', unit: 'daily' }, { upTo: '0.6', unit: 'daily' }, {}],
        },
        { id: 'sewer', kind: 'rider', name: 'Sewage', price: '2.3100' },
        { id: 'vat', kind: 'tax', name: 'Value added tax', percent: 7, of: ['base', 'water'] },
      ],
    },
  ],
};

/** Gas by the cubic metre. */
export const gasTariff = {
  ...{ id: 'gas-flat', name: 'Gas, one price', commodity: 'gas', currency: 'EUR', unit: 'm3' },
  zone: 'Europe/Berlin',
  versions: [
    {
      charges: [
        { id: 'base', kind: 'fixed', name: 'Base price', price: '9.50', per: 'month' },
        { id: 'gas', kind: 'energy', name: 'Gas', price: '0.9850' },
        { id: 'vat', kind: 'tax', name: 'Value added tax', percent: 19 },
      ],
    },
  ],
};

export const demoTariffs = [homeTariff, businessTariff, waterTariff, gasTariff];
