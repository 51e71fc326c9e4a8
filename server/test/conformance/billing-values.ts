/** Known bills, read from the files of others and rated by the command. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../helpers/run-command.ts';
import type { KnownValue } from './billing-page.ts';
import { reoptValues, urdbValues } from './billing-urdb.ts';

/** Runs `openami rate` on a tariff in memory. */
export type Rater = (tariff: unknown, ...args: string[]) => Promise<Rated>;

export interface Rated {
  readonly periods: readonly {
    readonly lines: readonly RatedLine[];
    readonly total: string;
    readonly billedDemand?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
  readonly total: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface RatedLine {
  readonly id: string;
  readonly kind: string;
  readonly amount: string;
  readonly unrounded?: string;
}

/** A folder of its own for the files of a run. */
export interface Bench {
  readonly rate: Rater;
  /** Writes a file and returns its path. */
  readonly file: (name: string, text: string) => string;
}

/** Every known value with ours beside it. */
export async function allBillingValues(tariffs: string, standards: string): Promise<KnownValue[]> {
  const folder = mkdtempSync(join(tmpdir(), 'openami-bills-'));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const rate: Rater = async (tariff, ...args) => {
    const path = file('tariff.json', JSON.stringify(tariff));
    const ran = await runCli(['rate', '--tariff', path, ...args], {});
    if (ran.code !== 0) throw new Error(ran.err.trim());
    return ran.json() as Rated;
  };
  try {
    return [
      ...(await samValues(join(tariffs, 'sam_utilityrate5'), rate)),
      ...(await goldenValues(join(standards, 'sam-billing'), rate)),
      ...(await reoptValues(join(tariffs, 'reopt_urdb'), { rate, file })),
      ...(await urdbValues(join(standards, 'urdb'), { rate, file })),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface SamCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly load: string;
  readonly gen: string;
  readonly expects: readonly Expect[];
}

interface Expect {
  readonly output: string;
  readonly index: readonly (number | string)[] | null;
  readonly expected: number;
  readonly tol: number;
  readonly metering_option: number;
}

async function samValues(folder: string, rate: Rater): Promise<KnownValue[]> {
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as SamCase[];
  const values: KnownValue[] = [];
  for (const one of cases) {
    const runs = new Map<string, Readonly<Record<string, unknown>>>();
    for (const expect of one.expects) {
      const system = !/without|wo_sys/.test(expect.output);
      const option = expect.metering_option;
      const key = `${option} ${system}`;
      const shown = `${expect.output}${expect.index === null ? '' : `[${expect.index.join('][')}]`}`;
      const base = { set: 'SAM utilityrate5', case: `${one.name}, option ${option}`, output: shown };
      const known = { ...base, expected: expect.expected, tolerance: expect.tol };
      try {
        if (!runs.has(key)) runs.set(key, await samRun(one, folder, option, system, rate));
        const found = pick(runs.get(key)![expect.output], expect, one.expects);
        const ours = Array.isArray(found) ? worst(found, expect.expected) : found;
        values.push({ ...known, ours });
      } catch (error) {
        values.push({ ...known, ours: Number.NaN, why: (error as Error).message.split('\n')[0]! });
      }
    }
  }
  return values;
}

async function samRun(one: SamCase, folder: string, option: number, system: boolean, rate: Rater) {
  const inputs = { ...one.inputs, ur_metering_option: option };
  const column = (name: string) => join(folder, `${name}.csv.gz`);
  const generation = system ? ['--export-usage', column(one.gen)] : [];
  const args = [
    '--usage',
    column(one.load),
    ...generation,
    '--convention',
    'sam',
    '--years',
    '2',
    '--outputs',
  ];
  return (await rate(inputs, ...args)).outputs!;
}

/** A list of values that are all expected to be the same: the one that is furthest off. */
function worst(found: readonly number[], expected: number): number {
  return found.reduce((far, one) => (Math.abs(one - expected) > Math.abs(far - expected) ? one : far));
}

/**
 * The value at an index. Tables of energy have a row of tiers and a column of periods before it; "i" stands
 * for every tier before the last one (the note that says it begins at 0 counts the column of periods).
 */
function pick(output: unknown, { output: name, index }: Expect, all: readonly Expect[]): number | number[] {
  if (output === undefined) throw new Error('there is no such output');
  if (index === null) return output as number;
  if (index[0] === 'last') return (output as number[]).at(-1)!;
  const [first, second] = index as [number, number | string | undefined];
  if (second === undefined) return (output as number[])[first]!;
  const table = output as number[][];
  if (!name.endsWith('_tp')) return table[first]![second as number]!;
  const row = table[first - 1]!;
  if (second !== 'i') return row[(second as number) - 1]!;
  const last = Math.max(...all.map(({ index: other }) => Number(other?.[1])).filter(Number.isFinite));
  return row.slice(0, last - 1);
}

interface Golden {
  readonly id: string;
  readonly load?: string;
  readonly sameScheduleAs?: string;
  readonly weekday?: number[][];
  readonly weekend?: number[][];
  readonly demandWeekday?: number[][];
  readonly demandWeekend?: number[][];
  readonly demandRates?: readonly { period: number; tier: number; max: number | null; charge: number }[];
  readonly energyRates: readonly {
    period: number;
    tier: number;
    max: number | null;
    maxUnit: string;
    buy: number;
    sell: number;
  }[];
  readonly generation: string | null;
  readonly metering?: string;
  readonly monthlyFixed?: number;
  readonly yearEndSellRate?: number;
  readonly annualMinimum?: number;
  readonly expectedAnnualBill: number;
  readonly expectedTrueUpCredit?: number;
  readonly tolerance: number;
}

async function goldenValues(folder: string, rate: Rater): Promise<KnownValue[]> {
  const { cases } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as { cases: Golden[] };
  const values: KnownValue[] = [];
  for (const one of cases) {
    const like = cases.find(({ id }) => id === one.sameScheduleAs) ?? one;
    const generation = one.generation === null ? [] : ['--export-usage', join(folder, one.generation)];
    const load = join(folder, one.load ?? like.load!);
    const args = ['--usage', load, ...generation, '--convention', 'sam', '--outputs'];
    const rated = await rate(goldenInputs(one, like), ...args);
    const base = { set: 'SAM, worked out again', case: one.id, tolerance: one.tolerance };
    values.push({
      ...base,
      output: 'annual bill',
      expected: one.expectedAnnualBill,
      ours: Number(rated.total),
    });
    if (one.expectedTrueUpCredit === undefined) continue;
    const ours = (rated.outputs!.year1_true_up_credits as number[])[11]!;
    values.push({ ...base, output: 'true-up credit', expected: one.expectedTrueUpCredit, ours });
  }
  return values;
}

const limitUnits = ['kWh', 'kWh/kW', 'kWh daily', 'kWh/kW daily'];

function goldenInputs(one: Golden, like: Golden): Record<string, unknown> {
  const endless = (max: number | null) => max ?? 1e38;
  return {
    ur_metering_option: optionOf(one.metering ?? 'net energy metering'),
    ur_ec_sched_weekday: like.weekday,
    ur_ec_sched_weekend: like.weekend,
    ur_ec_tou_mat: one.energyRates.map(({ period, tier, max, maxUnit, buy, sell }) => {
      return [period, tier, endless(max), limitUnits.indexOf(maxUnit), buy, sell];
    }),
    ...(one.demandRates && {
      ur_dc_enable: 1,
      ur_dc_sched_weekday: one.demandWeekday,
      ur_dc_sched_weekend: one.demandWeekend,
      ur_dc_tou_mat: one.demandRates.map(({ period, tier, max, charge }) => [
        period,
        tier,
        endless(max),
        charge,
      ]),
    }),
    ur_monthly_fixed_charge: one.monthlyFixed ?? 0,
    ur_nm_yearend_sell_rate: one.yearEndSellRate ?? 0,
    ur_annual_min_charge: one.annualMinimum ?? 0,
  };
}

function optionOf(metering: string): number {
  if (metering.startsWith('net billing')) return 2;
  return metering.startsWith('buy all') ? 4 : 0;
}
