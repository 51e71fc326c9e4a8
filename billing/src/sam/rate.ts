/**
 * Rates inputs of SAM by its conventions: years of 8,760 hours that begin on a Monday, without summer time,
 * holidays or leap days; usage in kW as bare columns.
 */
import { billingMonths, DAY_S, dayNumber, parseDecimal } from '@openami/model';
import { gridSeries, type ValueSeries } from '../determinants/series.ts';
import type { Usage, UsageSegment } from '../determinants/usage.ts';
import { billingErrors } from '../errors.ts';
import { type Fraction, powerOfTen, roundQuotient } from '../exact.ts';
import {
  type AccountInput,
  type BillingCycle,
  type RatedBill,
  rateCycle,
  rateCycles,
} from '../rating/cycle.ts';
import { type CarryState, emptyState } from '../rating/rating.ts';
import { type CompiledTariff, readTariff } from '../tariff/read.ts';
import type { SamInputs } from './inputs.ts';
import { BILLING_DEMAND, samTariff } from './tariff.ts';

/** A year that begins on a Monday and has no leap day stands for every year. */
const SAM_YEAR = 2018;
export const SAM_ZONE = 'UTC';
const HOURS = 8_760;
const FIRST_DAY = dayNumber(SAM_YEAR, 1, 1);
const FIRST_S = FIRST_DAY * DAY_S;

/** Counts in a kWh: inputs have more digits than a meter, they are taken to the billionth of a kWh. */
const PER_KWH = 1_000_000_000;

/** Mean power of each interval, kW, one year or more: as text or numbers. */
export type PowerColumn = readonly (string | number)[];

/** The twelve calendar months of the year. */
const cycles: readonly BillingCycle[] = billingMonths(FIRST_DAY, 1, 12).map((cycle) => ({ cycle }));

/** Intervals an hour of a column that holds whole years. Raises BILLING_USAGE. */
function stepsPerHour(length: number): number {
  const steps = length / HOURS;
  if (steps >= 1 && Number.isInteger(steps) && 60 % steps === 0) return steps;
  throw billingErrors.BILLING_USAGE(
    `${length} rows are not a year of ${HOURS} hours or of equal parts of them: give 8760 or 35040 rows`,
  );
}

/** How many years a column is, and in which steps: 17,520 rows are two years of hours with `years` 2. */
export interface ColumnShape {
  readonly years: number;
  readonly steps: number;
}

/** Shape of generation: with lifetime output years follow each other, else it is one year. */
export function shapeOf(rows: number, lifetime: boolean): ColumnShape {
  if (!lifetime || rows <= HOURS || rows === HOURS * 4) return { years: 1, steps: stepsPerHour(rows) };
  if (rows % (HOURS * 4) === 0) return { years: rows / (HOURS * 4), steps: 4 };
  stepsPerHour(rows % HOURS === 0 ? HOURS : rows);
  return { years: rows / HOURS, steps: 1 };
}

/** Reads a number of a column exactly. */
type Reading = (value: string | number) => Fraction;

/** The model holds usage in single precision: 0.4086477 stands for 0.40864765644073486. */
const inSinglePrecision: Reading = (value) => parseDecimal(Math.fround(Number(value)));

/** A year of a column as energy, repeated to `steps` an hour. */
function samSegment(
  column: PowerColumn,
  shape: ColumnShape,
  year: number,
  steps: number,
  read: Reading,
): UsageSegment {
  const length = HOURS * shape.steps;
  const from = (year % shape.years) * length;
  const repeat = steps / shape.steps;
  const counts = new Float64Array(HOURS * steps);
  for (let i = 0; i < length; i++) {
    const { n, d } = read(column[from + i]!);
    counts.fill(Number(roundQuotient(n * BigInt(PER_KWH), d * BigInt(steps))), i * repeat, (i + 1) * repeat);
  }
  return { startS: FIRST_S, intervalS: 3_600 / steps, step: 1, counts };
}

export interface SamUsage {
  readonly load: PowerColumn;
  readonly generation?: PowerColumn;
}

/** What `rateSam` works with in a year: for outputs that go below the month. */
export interface SamYear {
  readonly bills: readonly RatedBill[];
  readonly input: AccountInput;
}

/** A year's usage in the steps both columns fit into. */
interface SamShapes {
  readonly load: ColumnShape;
  readonly generation: ColumnShape | undefined;
  readonly steps: number;
  readonly years: number;
}

function shapesOf({ load, generation }: SamUsage, lifetime: boolean, years: number | undefined): SamShapes {
  const loadShape = shapeOf(load.length, lifetime);
  const shape = generation === undefined ? undefined : shapeOf(generation.length, lifetime);
  const covered = Math.max(loadShape.years, shape?.years ?? 1);
  return {
    ...{ load: loadShape, generation: shape, years: Math.min(years ?? covered, MAX_YEARS) },
    steps: Math.max(loadShape.steps, shape?.steps ?? 1),
  };
}

function usageOf({ load, generation }: SamUsage, shapes: SamShapes, year: number, read: Reading): Usage {
  const { steps } = shapes;
  return {
    perUnit: PER_KWH,
    import: [samSegment(load, shapes.load, year, steps, read)],
    ...(generation && { export: [samSegment(generation, shapes.generation!, year, steps, read)] }),
  };
}

/**
 * Rates the load, and what the generation leaves of it where there is one. `years`: default as many as the
 * columns have; with more they are repeated. Raises TARIFF_FORMAT, TARIFF_INVALID, BILLING_USAGE,
 * BILLING_RANGE.
 */
export function rateSam(inputs: SamInputs, usage: SamUsage, years?: number): SamYear[] {
  if ([...(inputs.load_escalation ?? []), ...(inputs.degradation ?? [])].some((value) => value !== 0))
    throw billingErrors.TARIFF_FORMAT('load_escalation and degradation are not followed: they must be 0');
  const shapes = shapesOf(usage, Boolean(inputs.system_use_lifetime_output ?? 1), years);
  const prices = pricesOf(inputs);
  let state = startState(inputs);
  return Array.from({ length: shapes.years }, (_, year): SamYear => {
    const tariff = readTariff(samTariff(inputs, year + 1, 60 / shapes.steps));
    const input = { tariff, prices, zone: SAM_ZONE, usage: usageOf(usage, shapes, year, inSinglePrecision) };
    const bills = cycles.map((cycle, month) => {
      const bill = rateCycle(input, cycle, state);
      state = asSam(inputs, bill, state, year > 0 && month === 0);
      return bill;
    });
    state = nextYear(state);
    return { bills, input };
  });
}

/** Rates any tariff on the calendar of SAM. Raises BILLING_USAGE, BILLING_RANGE, TARIFF_NOT_IN_FORCE. */
export function rateSamTariff(tariff: CompiledTariff, usage: SamUsage, years?: number): SamYear[] {
  const shapes = shapesOf(usage, true, years);
  let state = emptyState;
  return Array.from({ length: shapes.years }, (_, year): SamYear => {
    const input = { tariff, usage: usageOf(usage, shapes, year, parseDecimal), zone: SAM_ZONE };
    const bills = rateCycles(input, cycles, state);
    state = nextYear(bills.at(-1)!.state);
    return { bills, input };
  });
}

/**
 * What the model carries on where it differs from any tariff we know, so that its results can be compared:
 * the surplus of later years leaves out their January where true-up is not in December; and with rollover,
 * net metering in money keeps what it has paid out.
 */
function asSam(inputs: SamInputs, bill: RatedBill, before: CarryState, laterJanuary: boolean): CarryState {
  const { ur_metering_option: option, ur_nm_credit_month: creditMonth = 11 } = inputs;
  const { state } = bill;
  if (option === 0 && laterJanuary && creditMonth !== 11 && creditMonth !== 0)
    return { ...state, surplus: before.surplus };
  if (option !== 1 || !inputs.ur_nm_credit_rollover) return state;
  const paid = bill.parts.reduce((sum, { rated }) => sum + rated.credits.trueUp, 0n);
  return { ...state, credit: state.credit + paid };
}

const MAX_YEARS = 25;

/** Every year is the same calendar year: what a year leaves is a year older in the next. */
function nextYear(state: CarryState): CarryState {
  const peaks = Object.fromEntries(
    Object.entries(state.peaks).map(([id, past]) => [
      id,
      past.map((peak) => ({ ...peak, month: peak.month - 12 })),
    ]),
  );
  return { ...state, peaks, bankMonth: state.bankMonth - 12 };
}

/** Peaks of the year before the first. */
function startState(inputs: SamInputs): CarryState {
  const before = inputs.ur_yearzero_usage_peaks;
  if (!inputs.ur_enable_billing_demand || before?.length !== 12) return emptyState;
  const peaks = before.map((kw, i) => ({
    month: (SAM_YEAR - 1) * 12 + i,
    demand: [parseDecimal(kw), parseDecimal(kw)],
  }));
  return { ...emptyState, peaks: { [BILLING_DEMAND]: peaks } };
}

/** Prices of each step; a series that ends early is 0 from there on. */
function pricesOf(inputs: SamInputs): Readonly<Record<string, ValueSeries>> {
  return {
    import: priceSeries(inputs.ur_ts_buy_rate ?? []),
    export: priceSeries(inputs.ur_ts_sell_rate ?? []),
  };
}

const PRICE_DIGITS = 9;

function priceSeries(rates: readonly number[]): ValueSeries {
  const steps = rates.length <= HOURS ? 1 : stepsPerHour(rates.length);
  const prices = new Float64Array(HOURS * steps);
  for (const [i, rate] of rates.entries()) {
    const { n, d } = parseDecimal(rate);
    prices[i] = Number(roundQuotient(n * powerOfTen(PRICE_DIGITS), d));
  }
  return gridSeries(FIRST_S, 3_600 / steps, prices, PRICE_DIGITS);
}
