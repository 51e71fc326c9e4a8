/** Records of the Utility Rate Database with known results. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownValue } from './billing-page.ts';
import type { Bench, Rated } from './billing-values.ts';

const HOURS = 8_760;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Hours of each month of a year without leap day, in order. */
function hourly(kwOf: (month: number, hourOfYear: number) => number): string {
  const rows: number[] = [];
  for (const [month, days] of monthDays.entries())
    for (let hour = 0; hour < days * 24; hour++) rows.push(kwOf(month, rows.length));
  return rows.join('\n');
}

/** The sum of lines of some kinds, before they were rounded. */
function sumOf(rated: Rated, ...kinds: string[]): number {
  let sum = 0;
  for (const { lines } of rated.periods)
    for (const { kind, amount, unrounded } of lines)
      if (kinds.includes(kind)) sum += Number(unrounded ?? amount);
  return sum;
}

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

export async function reoptValues(folder: string, { rate, file }: Bench): Promise<KnownValue[]> {
  const values: KnownValue[] = [];
  const add = (name: string, output: string, expected: number, ours: number, tolerance = 0.01) =>
    values.push({ set: 'REopt', case: name, output, expected, tolerance, ours });
  const urdb = (name: string) => read(join(folder, `${name}.json`)).ElectricTariff.urdb_response;
  const flat = (kw: number) =>
    file(
      'flat.csv',
      hourly(() => kw),
    );
  const sam = (usage: string) => ['--usage', usage, '--convention', 'sam'];

  const tou = await rate(urdb('tiered_tou_demand'), ...sam(flat(1_000_000 / HOURS)));
  add('tiered_tou_demand', 'demand of a year', 9_238.36, sumOf(tou, 'demand'));
  const tiered = await rate(urdb('tiered_energy_demand'), ...sam(flat(100)));
  add('tiered_energy_demand', 'energy of a year, tier 1 alone', 876_000 * 0.1, sumOf(tiered, 'energy'));
  add('tiered_energy_demand', 'demand of a year, tier 1 alone', 12 * 100 * 10, sumOf(tiered, 'demand'));
  const blended = await rate(plain([energy(0.1), demand(10)]), ...sam(flat(10_000 / HOURS)));
  add('no_techs', 'energy of a year', 1_000, sumOf(blended, 'energy'));
  add('no_techs', 'demand of a year', 136.99, sumOf(blended, 'demand'));
  await coincident(folder, { rate, file }, add);
  await leapYear(urdb('leap_year'), { rate, file }, add);
  await lookBack({ rate, file }, add);
  const [kwh, kw] = await tierLimits(join(folder, 'multi_tier_urdb_response.json'), { rate, file });
  add('multi_tier_urdb_response', 'first tier of energy, kWh', 20_000, kwh);
  add('multi_tier_urdb_response', 'first tier of demand, kW', 100, kw);
  return values;
}

type Add = (name: string, output: string, expected: number, ours: number, tolerance?: number) => void;

const energy = (price: number) => ({ kind: 'energy', id: 'energy', price });
const demand = (price: number) => ({ kind: 'demand', id: 'demand', price, windowMinutes: 60 });
const plain = (charges: object[]) => ({
  ...{ id: 'known', commodity: 'electricity', currency: 'USD' },
  versions: [{ charges }],
});

/** Charges per kW in named steps of the year (1-based), of a flat load of 1 kW. */
async function coincident(folder: string, { rate, file }: Bench, add: Add): Promise<void> {
  const { ElectricTariff: tariff } = read(join(folder, 'coincident_peak.json'));
  const steps = tariff.coincident_peak_load_active_time_steps as number[][];
  const prices = tariff.coincident_peak_load_charge_per_kw as number[];
  const start = Date.UTC(2018, 0, 1);
  const stamp = (hours: number) => new Date(start + hours * 3_600_000).toISOString();
  const events = Object.fromEntries(
    steps.map((list, i) => [`peak-${i}`, list.map((step) => ({ from: stamp(step - 1), to: stamp(step) }))]),
  );
  const charges = prices.map((price, i) => ({ ...demand(price), id: `peak-${i}`, event: `peak-${i}` }));
  const rows = Array.from({ length: HOURS }, (_, i) => `${stamp(i + 1)},1`);
  const usage = file('ones.csv', ['end,kWh', ...rows].join('\n'));
  const args = [
    '--usage',
    usage,
    '--timezone',
    'UTC',
    '--events',
    file('events.json', JSON.stringify(events)),
  ];
  const rated = await rate(plain(charges), ...args);
  const charged = new Map<string, number>();
  for (const { lines } of rated.periods)
    for (const { id, amount } of lines) charged.set(id, Math.max(charged.get(id) ?? 0, Number(amount)));
  // each charge is of its highest demand in the year
  add(
    'coincident_peak',
    'charges of a year',
    15,
    [...charged.values()].reduce((a, b) => a + b, 0),
  );
}

/** 10 kW in one hour, which is a weekend hour in 2023 and a weekday hour after the leap day in 2024. */
async function leapYear(record: object, { rate, file }: Bench, add: Add): Promise<void> {
  const hour = 31 * 24 + 29 * 24 + 3 * 24 + 16;
  for (const [year, energyPrice, touDemand] of [
    [2023, 0.28, 0],
    [2024, 0.36, 10],
  ] as const) {
    const start = Date.UTC(year, 0, 1);
    const length = (Date.UTC(year + 1, 0, 1) - start) / 3_600_000;
    const rows = Array.from({ length }, (_, i) => {
      return `${new Date(start + (i + 1) * 3_600_000).toISOString()},${i === hour - 1 ? 10 : 0}`;
    });
    const usage = file('year.csv', ['end,kWh', ...rows].join('\n'));
    const rated = await rate(record, '--usage', usage, '--timezone', 'UTC');
    add(`leap_year ${year}`, 'energy', 10 * energyPrice, sumOf(rated, 'energy'));
    add(`leap_year ${year}`, 'demand', 10 * (18.05 + touDemand), sumOf(rated, 'demand'));
  }
}

/** Ratchets over named months and over a range, in the second of two equal years. */
async function lookBack({ rate, file }: Bench, add: Add): Promise<void> {
  const peaks = new Map([
    [0, 200],
    [3, 400],
    [5, 500],
    [11, 300],
  ]);
  let last = -1;
  const kw = (month: number) => {
    const first = month !== last;
    last = month;
    return first ? (peaks.get(month) ?? 100) : 1;
  };
  const usage = file('peaks.csv', hourly(kw));
  const flags = Array.from({ length: 12 }, (_, i) => ([0, 3, 11].includes(i) ? 1 : 0));
  const record = {
    energyratestructure: [[{ rate: 0 }]],
    ...{ flatdemandstructure: [[{ rate: 10 }]], flatdemandmonths: new Array(12).fill(0) },
    ...{ demandwindow: 60, lookbackpercent: 0.75, lookbackmonths: flags },
  };
  const months = [300, 300, 300, 400, 300, 500, 300, 300, 300, 300, 300, 300];
  const range = [225, 225, 225, 400, 300, 500, 375, 375, 375, 375, 375, 375];
  for (const [name, rated, expected] of [
    [
      'look-back over Jan, Apr, Dec',
      await rate(record, '--usage', usage, '--convention', 'sam', '--years', '2'),
      months,
    ],
    [
      'look-back of 6 months',
      await rate({ ...record, lookbackrange: 6 }, '--usage', usage, '--convention', 'sam', '--years', '2'),
      range,
    ],
  ] as const) {
    for (const [month, kilowatts] of expected.entries())
      add(name, `billing demand, month ${month + 1}`, kilowatts, demandIn(rated, 12 + month));
  }
}

function demandIn(rated: Rated, period: number): number {
  return Number(rated.periods[period]!.billedDemand!.demand!.all);
}

/** Energy and demand that the first tiers take, of a load above both limits. */
async function tierLimits(path: string, { rate, file }: Bench): Promise<[number, number]> {
  const usage = file(
    'much.csv',
    hourly(() => 150),
  );
  const rated = await rate(read(path), '--usage', usage, '--convention', 'sam');
  const june = rated.periods[5]!.lines as unknown as {
    id: string;
    tier?: number;
    quantity: string;
    kind: string;
  }[];
  const first = (kind: string) =>
    Number(june.find((line) => line.kind === kind && line.tier === 1)!.quantity);
  return [first('energy'), first('demand')];
}

export async function urdbValues(folder: string, { rate, file }: Bench): Promise<KnownValue[]> {
  const { items } = read(join(folder, 'urdb-sample.json'));
  const usage = file(
    'months.csv',
    hourly((month) => 2_000 / (monthDays[month]! * 24)),
  );
  const tiered = await rate(items[1], '--usage', usage, '--convention', 'sam');
  // 400 kW in one hour of January, 100 kW in one of each other month
  let last = -1;
  const kw = (month: number) => {
    const first = month !== last;
    last = month;
    return first ? (month === 0 ? 400 : 100) : 0;
  };
  const ratchet = await rate(items[0], '--usage', file('ratchet.csv', hourly(kw)), '--convention', 'sam');
  const price = (month: number) => ([0, 1, 2, 3, 10, 11].includes(month) ? 10.5 : 11.5);
  const expected = Array.from({ length: 12 }, (_, m) => (m === 0 ? 400 : 140) * price(m));
  const set = 'URDB';
  return [
    {
      ...{ set, case: 'sample-tiered', output: 'energy of a year', expected: 2_342.88, tolerance: 0.01 },
      ours: sumOf(tiered, 'energy'),
    },
    {
      ...{
        set,
        case: 'Wallingford primary',
        output: 'demand of a year with a 35 % ratchet',
        tolerance: 0.01,
      },
      ...{ expected: expected.reduce((a, b) => a + b, 0), ours: sumOf(ratchet, 'demand') },
    },
    {
      ...{ set, case: 'Wallingford primary', output: 'fixed charges of a year', tolerance: 0.01 },
      ...{ expected: 12 * 275, ours: sumOf(ratchet, 'fixed') },
    },
  ];
}
