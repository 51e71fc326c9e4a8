/** Results under the names of SAM's outputs, so that they can be put beside each other. */
import { rationalToNumber, zoneTable } from '@openami/model';
import { periodMapsOf } from '../determinants/for-version.ts';
import { stepAmounts } from '../determinants/step-amounts.ts';
import { flowsOf } from '../determinants/usage.ts';
import { ONE } from '../exact.ts';
import type { CompiledEnergy } from '../rating/compiled.ts';
import type { RatedBill, RatedPart } from '../rating/cycle.ts';
import { type Line, totalOf } from '../rating/line.ts';
import { tierEnds } from '../rating/tiers.ts';
import { SAM_ZONE, type SamYear } from './rate.ts';
import { BILLING_DEMAND } from './tariff.ts';

/** Money and energy by name; lists are by month, lists of lists by year (0 is unused) and month. */
export type SamOutputs = Readonly<
  Record<string, number | readonly number[] | readonly (readonly number[])[]>
>;

type ByMonth = (bill: RatedBill) => number;
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const NO_YEAR = new Array<number>(12).fill(0);

const partOf = (bill: RatedBill): RatedPart => bill.parts[0]!;
const money = (amount: bigint, { version }: RatedPart) => Number(amount) / 10 ** version.digits;
const linesOf = (bill: RatedBill, of: (line: Line) => boolean): number =>
  money(totalOf(partOf(bill).rated.lines.filter(of)), partOf(bill));

const billed: ByMonth = (bill) => linesOf(bill, () => true);
const trueUp: ByMonth = (bill) => money(partOf(bill).rated.credits.trueUp, partOf(bill));
const minimum: ByMonth = (bill) => linesOf(bill, ({ kind }) => kind === 'minimum');
const applied: ByMonth = (bill) => money(partOf(bill).rated.credits.applied, partOf(bill));
const sold: ByMonth = (bill) => -linesOf(bill, ({ determinant }) => determinant === 'energy-export') + 0;
const billingDemand: ByMonth = (bill) => {
  const demand = partOf(bill).rated.billedDemand[BILLING_DEMAND];
  return demand === undefined ? 0 : Math.max(...demand.map(rationalToNumber));
};

/** By year and month; year 0 is empty, as in the model. */
function byYear(years: readonly SamYear[], of: ByMonth): number[][] {
  return [NO_YEAR, ...years.map(({ bills }) => bills.map(of))];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Outputs of a load alone, or with generation (`w_sys`). */
export function samOutputs(years: readonly SamYear[], system: boolean): SamOutputs {
  const suffix = system ? 'w_sys' : 'wo_sys';
  const bill = byYear(years, billed);
  const demand = byYear(years, billingDemand);
  const outputs: Record<string, SamOutputs[string]> = {
    [`utility_bill_${suffix}`]: bill.map(sum),
    [`utility_bill_${suffix}_year1`]: sum(bill[1]!),
    [`utility_bill_${suffix}_ym`]: bill,
    [`charge_${suffix}_minimum_ym`]: byYear(years, minimum),
    [`billing_demand_${suffix}_ym`]: demand,
  };
  for (const [month, name] of monthNames.entries())
    outputs[`energy_${suffix}_ec_${name}_tp`] = energyByTier(years[0]!.bills[month]!);
  if (!system) return outputs;
  const option = partOf(years[0]!.bills[0]!).version.netMetering?.treatment;
  const credits = option === 'net-billing' ? byYear(years, sold) : byYear(years, applied);
  return {
    ...outputs,
    true_up_credits_ym: byYear(years, trueUp),
    year1_true_up_credits: byYear(years, trueUp)[1]!,
    nm_dollars_applied_ym: byYear(years, applied),
    year1_nm_dollars_applied: byYear(years, applied)[1]!,
    net_billing_credits_ym: credits,
    two_meter_sales_ym: byYear(years, sold),
    year1_hourly_salespurchases_with_system: salesByStep(years[0]!),
  };
}

/** Energy drawn by period (rows) and tier (columns), kWh; tiers without width are left out. */
function energyByTier(bill: RatedBill): number[][] {
  const rows = new Map<string, number[]>();
  for (const line of partOf(bill).rated.lines) {
    if (line.kind !== 'energy' || line.determinant === 'energy-export') continue;
    const row = rows.get(line.period) ?? [];
    row.push(rationalToNumber(line.quantity));
    rows.set(line.period, row);
  }
  return [...rows.values()];
}

/** Sales (positive) and purchases of each step of the year, tiers filled step by step. */
function salesByStep({ bills, input }: SamYear): number[] {
  const sales: number[] = [];
  for (const bill of bills) {
    const { version, days } = partOf(bill);
    const window = { fromS: bill.fromS, toS: bill.toS };
    const maps = periodMapsOf(version, window, SAM_ZONE);
    const flows = flowsOf(input.usage, window, version.netting, zoneTable(SAM_ZONE));
    const steps = new Array<number>(flows.reduce((total, flow) => total + flow.import.length, 0)).fill(0);
    for (const charge of version.charges) {
      if (charge.kind !== 'energy') continue;
      const limits = limitsOf(charge, days, input.usage.perUnit);
      const sign = charge.flow === 'export' ? 1 : -1;
      const amounts = stepAmounts(
        version,
        charge,
        flows,
        maps[charge.schedule]!,
        limits,
        input.usage.perUnit,
      );
      let at = 0;
      for (const part of amounts) for (const amount of part) steps[at++]! += sign * amount;
    }
    sales.push(...steps);
  }
  return sales;
}

function limitsOf(charge: CompiledEnergy, days: number, perUnit: number): number[] {
  const ends = tierEnds(charge.tiers, {
    perUnit: BigInt(perUnit),
    days,
    share: ONE,
    demand: ONE,
    persons: 1,
  });
  return ends.slice(0, -1).map((end) => rationalToNumber(end!));
}
