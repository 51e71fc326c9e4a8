/**
 * The budget of a customer of water (handbook §2.10), day by day:
 *
 *   indoor   people × litres a person a day
 *   outdoor  irrigated area (m²) × evapotranspiration ET0 (mm, of a reference crop) × Kc of what grows there;
 *            a millimetre on a square metre is a litre
 *
 * Tiers end at shares of it. It is exact, and rounded once, to thousandths of a litre.
 */
import { formatDay, formatInstant, type ZoneTable } from '@openami/model';
import type { Window } from '../calendar/period-map.ts';
import { billingErrors } from '../errors.ts';
import { type Fraction, plus, roundQuotient, times, ZERO } from '../exact.ts';
import type { WaterBudget } from './determinants.ts';
import { amountOver, SeriesCursor, type ValueSeries } from './series.ts';

/** What a tariff says of budgets. */
export interface BudgetRule {
  readonly litresPerPersonDay: Fraction;
  /** Kc. */
  readonly cropFactor: Fraction;
}

/** What is known of a customer of water. */
export interface WaterFacts {
  /** In place of the number that came with the tariff. */
  readonly persons?: ValueSeries;
  /** Irrigated land, m²; none where nothing is said. */
  readonly area?: ValueSeries;
  /** ET0 in mm, spread evenly over each span. */
  readonly evapotranspiration?: ValueSeries;
  /** Name of that series, for messages. */
  readonly series?: string;
  /** Litres a day that a sewer charge goes by. */
  readonly winterAverage?: ValueSeries;
}

/** Days are those that start in the window. Raises BILLING_INPUT_MISSING. */
export function waterBudget(
  { litresPerPersonDay, cropFactor }: BudgetRule,
  { fromS, toS }: Window,
  zone: ZoneTable,
  persons: number,
  facts: WaterFacts,
): WaterBudget {
  const [people, areas] = [facts.persons, facts.area].map((one) => one && new SeriesCursor(one));
  let [personDays, outdoor] = [ZERO, ZERO];
  const firstDay = zone.localDayOf(fromS);
  for (let day = firstDay; zone.dayStart(day) < toS; day++) {
    const [startS, endS] = [zone.dayStart(day), zone.dayStart(day + 1)];
    if (startS < fromS) continue;
    const here = people && at(people, facts.persons!, startS);
    personDays = plus(personDays, here ?? { n: BigInt(persons), d: 1n });
    const area = areas && at(areas, facts.area!, startS);
    if (area === undefined || area.n === 0n) continue;
    outdoor = plus(outdoor, times(area, needOf(facts, day, startS, endS)));
  }
  const indoorL = times(personDays, litresPerPersonDay);
  const totalL = plus(indoorL, times(outdoor, cropFactor));
  return { indoor: thousandths(indoorL), total: thousandths(totalL) };
}

/** ET0 of a day, mm. */
function needOf(
  { evapotranspiration, series }: WaterFacts,
  day: number,
  fromS: number,
  toS: number,
): Fraction {
  const found = evapotranspiration && amountOver(evapotranspiration, fromS, toS);
  if (found !== undefined) return found;
  if (series === undefined)
    throw billingErrors.BILLING_INPUT_MISSING('the weather series of a customer with irrigated land');
  throw billingErrors.BILLING_INPUT_MISSING(
    `the evapotranspiration of '${series}' on ${formatDay(day)} (from ${formatInstant(fromS)})`,
    { series },
  );
}

/** The value that holds at an instant; undefined where none does. */
function at(cursor: SeriesCursor, { digits }: ValueSeries, atS: number): Fraction | undefined {
  const value = cursor.value(atS, atS + 1);
  return Number.isNaN(value) ? undefined : { n: BigInt(value), d: 10n ** BigInt(digits) };
}

function thousandths({ n, d }: Fraction): number {
  const whole = Number(roundQuotient(n * 1_000n, d));
  if (Number.isSafeInteger(whole)) return whole;
  throw billingErrors.BILLING_RANGE(`a water budget of ${whole} thousandths of a litre`);
}

/** Thousandths of a litre a day that hold when a window begins; undefined where nobody stated them. */
export function winterAverageOf({ winterAverage }: WaterFacts, { fromS }: Window): number | undefined {
  if (winterAverage === undefined) return undefined;
  const value = at(new SeriesCursor(winterAverage), winterAverage, fromS);
  return value && thousandths(value);
}
