/** SAM inputs as a tariff of ours. Year `n` has the prices of the first, grown by inflation. */
import { parseDecimal } from '@openami/model';
import { billingErrors } from '../errors.ts';
import { type Fraction, ONE, plus, scaledText, times } from '../exact.ts';
import {
  isMonthHours,
  type MonthHours,
  monthHourSchedule,
  monthSeasons,
  periodsIn,
} from '../tariff/month-hours.ts';
import type { Charge, ChargeOf, NetMetering, Tariff, TariffSchedule } from '../tariff/schema.ts';
import { nestedTiers, type TierGroup, tierGroups } from '../tariff/tier-groups.ts';
import type { SamInputs } from './inputs.ts';

/** Larger limits are without end. */
const ENDLESS = 1e37;
const limitWords = ['unit', 'per-kW', 'daily', 'per-kW-daily'] as const;
export const BILLING_DEMAND = 'billing-demand';

/** How the price of a year is written. */
type Price = (value: number) => string;

/** The tariff of a year (1 is the first). `windowMinutes`: of demand. Raises TARIFF_FORMAT. */
export function samTariff(inputs: SamInputs, year: number, windowMinutes: number): Tariff {
  const growth = growthOf(inputs, year);
  const price: Price = (value) => decimalText(times(parseDecimal(value), growth));
  const schedules: TariffSchedule[] = [
    scheduleOf('energy', inputs.ur_ec_sched_weekday, inputs.ur_ec_sched_weekend, 'ur_ec_sched'),
  ];
  const charges: Charge[] = [];
  if (inputs.ur_monthly_fixed_charge)
    charges.push({ kind: 'fixed', id: 'fixed', price: price(inputs.ur_monthly_fixed_charge), per: 'month' });
  charges.push(...energyCharges(inputs, price));
  charges.push(...demandCharges(inputs, price, windowMinutes, schedules));
  if (inputs.ur_monthly_min_charge)
    charges.push({
      kind: 'minimum',
      id: 'minimum',
      amount: price(inputs.ur_monthly_min_charge),
      per: 'month',
    });
  if (inputs.ur_annual_min_charge)
    charges.push({
      kind: 'minimum',
      id: 'annual-minimum',
      amount: price(inputs.ur_annual_min_charge),
      per: 'year',
    });
  return {
    ...{ id: 'sam', commodity: 'electricity', unit: 'kWh', currency: 'USD', zone: 'UTC' },
    versions: [
      {
        calendar: { seasons: monthSeasons(), schedules },
        ...{ charges, netMetering: netMeteringOf(inputs, price) },
        // the model compared with does not round
        rounding: { mode: 'half-up', digits: 9 },
      },
    ],
  };
}

/** (1 + (inflation + escalation) / 100)^(year - 1); a list of escalations is by year, without inflation. */
function growthOf({ inflation_rate = 0, rate_escalation = [0] }: SamInputs, year: number): Fraction {
  if (year === 1) return ONE;
  const hundredth = { n: 1n, d: 100n };
  if (rate_escalation.length > 1)
    return plus(ONE, times(parseDecimal(rate_escalation[year - 1] ?? 0), hundredth));
  const percent = plus(parseDecimal(inflation_rate), parseDecimal(rate_escalation[0] ?? 0));
  const step = plus(ONE, times(percent, hundredth));
  let growth = step;
  for (let i = 2; i < year; i++) growth = times(growth, step);
  return growth;
}

/** Exact text of a fraction whose denominator divides a power of ten. */
function decimalText({ n, d }: Fraction): string {
  let digits = 0;
  let scale = 1n;
  while ((n * scale) % d !== 0n && digits < 80) {
    scale *= 10n;
    digits++;
  }
  return scaledText((n * scale) / d, digits);
}

function periodName(period: number): string {
  return `p${period}`;
}

function scheduleOf(id: string, weekday: unknown, weekend: unknown, field: string): TariffSchedule {
  return monthHourSchedule(id, matrixOf(weekday, field), matrixOf(weekend, field), periodName);
}

function matrixOf(value: unknown, field: string): MonthHours {
  if (isMonthHours(value)) return value;
  throw billingErrors.TARIFF_FORMAT(`${field}: 12 rows of 24 periods are wanted`);
}

/** A row of a rate table, by period (or month) and tier. */
interface RateRow {
  readonly max: number;
  readonly unit: number;
  readonly rates: readonly number[];
}

/** Rows of a table by their first column, in order of tiers. */
function byPeriod(table: readonly (readonly number[])[], units: boolean): Map<number, RateRow[]> {
  const sorted = [...table].sort((a, b) => a[1]! - b[1]!);
  const periods = new Map<number, RateRow[]>();
  for (const row of sorted) {
    const [period, , max] = row as [number, number, number];
    const entry = { max, unit: units ? row[3]! : 0, rates: row.slice(units ? 4 : 3) };
    periods.set(period, [...(periods.get(period) ?? []), entry]);
  }
  return periods;
}

const tierPlan = (rows: readonly RateRow[]) =>
  nestedTiers(rows, ({ max, unit }) => ({
    upTo: max > ENDLESS ? undefined : max,
    unit: limitWords[unit] ?? 'unit',
  }));

/** Periods with the same tiers, which one charge can hold. */
function groupsOf(
  table: readonly (readonly number[])[],
  used: readonly number[],
  units: boolean,
): TierGroup<RateRow>[] {
  const rows = byPeriod(table, units);
  return tierGroups(
    used.map((period) => {
      const own = rows.get(period);
      if (own === undefined)
        throw billingErrors.TARIFF_FORMAT(`the rate table has no row for period ${period}`);
      return [period, tierPlan(own)] as const;
    }),
  );
}

function energyCharges(inputs: SamInputs, price: Price): Charge[] {
  const charges: Charge[] = [];
  const used = periodsIn(inputs.ur_ec_sched_weekday, inputs.ur_ec_sched_weekend);
  const groups = groupsOf(inputs.ur_ec_tou_mat, used, true);
  const banked = inputs.ur_metering_option === 0;
  for (const [i, flow] of (['import', 'export'] as const).entries()) {
    const series = flow === 'import' ? inputs.ur_en_ts_buy_rate : inputs.ur_en_ts_sell_rate;
    if (series) charges.push({ kind: 'dynamic', id: `ts-${flow}`, flow, series: flow });
    const sells = groups.some(({ periods }) => [...periods.values()].flat().some(({ rates }) => rates[1]));
    if (series || (flow === 'export' && (banked || !sells))) continue;
    for (const [g, { tiers, periods }] of groups.entries()) {
      const prices = Object.fromEntries(
        [...periods].map(([period, rows]) => [
          periodName(period),
          rows.map(({ rates }) => price(rates[i] ?? 0)),
        ]),
      );
      const perKw = tiers.some(({ unit }) => unit?.startsWith('per-kW'));
      // from option 2 on the model fills tiers step by step
      const running = inputs.ur_metering_option >= 2 && tiers.length > 1 && mixesPeriods(inputs);
      if (running && perKw)
        throw billingErrors.TARIFF_FORMAT(
          'net billing with limits per kW and more than one period is not followed',
        );
      charges.push({
        ...{ kind: 'energy', id: g === 0 ? `energy-${flow}` : `energy-${flow}-${g + 1}`, flow, prices },
        ...{ schedule: 'energy', tiers: [...tiers], ...(perKw && { demand: BILLING_DEMAND }) },
        ...(running && { method: 'running' }),
      });
    }
  }
  return charges;
}

/** True where a month has more than one period: only then does it matter in which order tiers fill. */
function mixesPeriods({ ur_ec_sched_weekday: weekday, ur_ec_sched_weekend: weekend }: SamInputs): boolean {
  return weekday.some((row, month) => new Set([...row, ...weekend[month]!]).size > 1);
}

function demandCharges(
  inputs: SamInputs,
  price: Price,
  windowMinutes: number,
  schedules: TariffSchedule[],
): Charge[] {
  const perKw = inputs.ur_ec_tou_mat.some(([, , , unit]) => unit === 1 || unit === 3);
  const lookBack = Boolean(inputs.ur_enable_billing_demand);
  const charges: Charge[] = [];
  if (perKw || lookBack) charges.push(billingDemand(inputs, windowMinutes, schedules));
  if (!inputs.ur_dc_enable) return charges;
  const [weekday, weekend] = [inputs.ur_dc_sched_weekday, inputs.ur_dc_sched_weekend];
  schedules.push(scheduleOf('demand', weekday, weekend, 'ur_dc_sched'));
  const used = periodsIn(weekday as MonthHours, weekend as MonthHours);
  const flagged = lookBack ? flaggedPeriods(inputs) : [];
  for (const [g, { tiers, periods }] of groupsOf(inputs.ur_dc_tou_mat ?? [], used, false).entries()) {
    for (const billedAs of [undefined, BILLING_DEMAND]) {
      const of = [...periods].filter(([period]) => flagged.includes(period) === (billedAs !== undefined));
      if (of.every(([, rows]) => rows.every(({ rates }) => !rates[0]))) continue;
      const prices = Object.fromEntries(
        of.map(([p, rows]) => [periodName(p), rows.map(({ rates }) => price(rates[0]!))]),
      );
      const id = `tou-demand-${g + 1}${billedAs === undefined ? '' : '-ratchet'}`;
      charges.push({
        kind: 'demand',
        id,
        schedule: 'demand',
        prices,
        tiers: [...tiers],
        windowMinutes,
        billedAs,
      });
    }
  }
  for (const [month, rows] of byPeriod(inputs.ur_dc_flat_mat ?? [], false)) {
    if (rows.every(({ rates }) => !rates[0])) continue;
    const { tiers, rows: priced } = tierPlan(rows);
    charges.push({
      ...{ kind: 'demand', id: `flat-demand-${month + 1}`, months: [month + 1], windowMinutes, tiers },
      ...{
        price: priced.map(({ rates }) => price(rates[0]!)),
        billedAs: lookBack ? BILLING_DEMAND : undefined,
      },
    });
  }
  return charges.map(withoutUndefined);
}

function withoutUndefined(charge: Charge): Charge {
  return Object.fromEntries(Object.entries(charge).filter(([, value]) => value !== undefined)) as Charge;
}

function flaggedPeriods(inputs: SamInputs): number[] {
  return (inputs.ur_dc_billing_demand_periods ?? [])
    .filter(([, flag]) => flag === 1)
    .map(([period]) => period!);
}

/** The demand that limits per kW and ratcheted demand charges go by; it has no price of its own. */
function billingDemand(
  inputs: SamInputs,
  windowMinutes: number,
  schedules: TariffSchedule[],
): ChargeOf<'demand'> {
  const plain = { kind: 'demand', id: BILLING_DEMAND, windowMinutes } as const;
  if (!inputs.ur_enable_billing_demand) return { ...plain, price: 0 };
  const percentages = inputs.ur_billing_demand_lookback_percentages ?? [];
  if (percentages.length !== 12)
    throw billingErrors.TARIFF_FORMAT('ur_billing_demand_lookback_percentages: 12 rows are wanted');
  const flagged = flaggedPeriods(inputs);
  const mark = (rows: unknown) =>
    matrixOf(rows, 'ur_dc_sched').map((row) => row.map((period) => (flagged.includes(period) ? 1 : 0)));
  const schedule = monthHourSchedule(
    BILLING_DEMAND,
    mark(inputs.ur_dc_sched_weekday),
    mark(inputs.ur_dc_sched_weekend),
    (flag) => (flag === 1 ? 'counts' : 'other'),
  );
  schedules.push(schedule);
  const hundredth = { n: 1n, d: 100n };
  return {
    ...{ ...plain, schedule: BILLING_DEMAND, prices: { counts: 0 } },
    minimum: inputs.ur_billing_demand_minimum ?? 0,
    ratchet: {
      fraction: percentages.map(([percent]) => decimalText(times(parseDecimal(percent ?? 0), hundredth))),
      lookBackMonths: Math.max(1, inputs.ur_billing_demand_lookback_period ?? 1),
      actualMonths: percentages.flatMap(([, actual], i) => (actual === 1 ? [i + 1] : [])),
    },
  };
}

function netMeteringOf(inputs: SamInputs, price: Price): NetMetering {
  const trueUpMonth = (inputs.ur_nm_credit_month ?? 11) + 1;
  const common = { trueUpMonth, netting: 'interval' } as const;
  switch (inputs.ur_metering_option) {
    case 0:
      return {
        ...{ ...common, treatment: 'net-metering-energy', bankScope: 'total', rollover: 'time-of-day' },
        trueUpPrice: price(inputs.ur_nm_yearend_sell_rate ?? 0),
        trueUp: inputs.ur_nm_credit_rollover ? 'credit' : 'pay',
      };
    case 1:
      return { ...common, treatment: 'net-metering-money', trueUp: 'pay' };
    case 2:
      return { netting: 'interval', treatment: 'net-billing' };
    case 3:
      return {
        ...{ ...common, treatment: 'net-billing-carry-over' },
        trueUp: inputs.ur_nb_credit_expire ? 'forfeit' : 'pay',
        creditsApply: inputs.ur_nb_apply_credit_current_month ? 'current' : 'next',
      };
    default:
      return { treatment: 'buy-all-sell-all' };
  }
}
