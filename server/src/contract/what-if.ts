/**
 * Contract: what an agreement's cycle has cost so far and will cost, and what it would have paid on other
 * tariffs:
 *
 *   GET  /agreements/{code}/bill-to-date       the cycle so far, and projected to its end with a range
 *   POST /agreements/{code}/tariff-comparison  its past on other tariffs, month by month, the best first
 *
 * All below /api/v1. Nothing is stored. Money and quantities are exact decimal text.
 */
import { type Static, Type } from 'typebox';
import { BillHold, BillLineItem, BillProblem } from './billing.ts';
import { Count, Currency, Money, Quantity, TariffCode, TariffDocument } from './billing-common.ts';
import { Instant, LocalDate, nullable, oneOf } from './common.ts';
import { TariffFaultItem } from './tariffs.ts';

export const AgreementParams = Type.Object({ code: Type.String({ minLength: 1, maxLength: 200 }) });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Assumptions = Type.Array(Type.String(), { description: 'What the figures stand on, in words' });

export const BillToDateQuery = Type.Object({
  coverage: Type.Optional(
    Type.Number({
      ...{ minimum: 0.5, maximum: 0.95, default: 0.8 },
      description: 'How many in one of the true totals are to lie between low and high',
    }),
  ),
});
export const BillToDate = Type.Object({
  agreement: Type.String(),
  account: Type.String(),
  usagePoint: Type.String(),
  tariff: nullable(Type.String()),
  currency: nullable(Currency),
  unit: nullable(Type.String()),
  /** Local dates [from, to) of the cycle that is running. */
  cycleFrom: LocalDate,
  cycleTo: LocalDate,
  asOf: Instant,
  /** End of the last reading that is used; null: none of the cycle yet. */
  lastReadingAt: nullable(Instant),
  /** As if the agreement ended with the last reading: fees and limits by the days so far. */
  toDate: nullable(
    Type.Object({
      ...{ from: Instant, to: Instant, total: Money, usage: Quantity },
      intervals: Count,
      missingShare: Share,
      estimatedShare: Share,
      lines: Type.Array(BillLineItem),
      problems: Type.Array(BillProblem),
    }),
  ),
  /** The whole cycle: what was measured, and a forecast for the rest. */
  projection: nullable(
    Type.Object({
      ...{ total: Money, low: Money, high: Money, coverage: Share },
      ...{ usage: Quantity, usageLow: Quantity, usageHigh: Quantity },
      forecastShare: Type.Number({ description: 'Intervals of the cycle that are forecast, 0 to 1' }),
      method: oneOf(['like-days', 'daily-mean'] as const),
      trials: Type.Integer({
        description: 'Forecasts of the own past that the range was learnt from; 0: the usual range',
      }),
      yearFactor: Type.Number({ description: 'What the year before moved the forecast by; 1 for nothing' }),
      lines: Type.Array(BillLineItem),
    }),
  ),
  /** The newest bill, to compare with; null while it is not issued. */
  before: nullable(Type.Object({ id: Count, total: Money, currency: Currency })),
  /** Why there are no figures. */
  holds: Type.Array(BillHold),
  assumptions: Assumptions,
});
export type BillToDate = Static<typeof BillToDate>;

/** `current`: each tariff as it stands at the end of the time, throughout; `history`: as it stood then. */
export const TariffVersionsUsed = oneOf(['current', 'history'] as const);

export const TariffComparisonBody = Type.Object({
  tariffs: Type.Optional(
    Type.Array(TariffCode, { maxItems: 50, description: 'Default: all of the same commodity' }),
  ),
  document: Type.Optional(TariffDocument),
  from: Type.Optional(LocalDate),
  to: Type.Optional(
    Type.String({ format: 'date', description: 'Not part of it. Default: the last twelve whole cycles' }),
  ),
  versions: Type.Optional(TariffVersionsUsed),
});
export type TariffComparisonBody = Static<typeof TariffComparisonBody>;

const ComparedMonth = Type.Object({
  from: LocalDate,
  to: LocalDate,
  total: Money,
  usage: Quantity,
  missingShare: Share,
  estimatedShare: Share,
});
export const ComparedTariff = Type.Object({
  tariff: Type.String(),
  name: Type.String(),
  /** What the agreement has. */
  isCurrent: Type.Boolean(),
  isStored: Type.Boolean(),
  /** Null where it cannot be rated: `needs` says why. */
  total: nullable(Money),
  currency: Currency,
  /** What is paid now less this; null where one of both is not known, or the currencies differ. */
  saving: nullable(Money),
  savingPercent: nullable(Type.Number()),
  months: Type.Array(ComparedMonth),
  needs: Type.Array(BillHold, { description: 'What is missing to rate it' }),
});
export type ComparedTariff = Static<typeof ComparedTariff>;
export const TariffComparison = Type.Object({
  ok: Type.Boolean({ description: 'False where the document has faults' }),
  faults: Type.Array(TariffFaultItem),
  agreement: Type.String(),
  account: Type.String(),
  usagePoint: Type.String(),
  unit: nullable(Type.String()),
  /** Local dates [from, to) of the cycles that are compared. */
  from: LocalDate,
  to: LocalDate,
  versions: TariffVersionsUsed,
  /** Cycles of the time without any reading: left out everywhere. */
  monthsWithoutReadings: Count,
  /** The cheapest first; those that cannot be rated last. */
  tariffs: Type.Array(ComparedTariff),
  assumptions: Assumptions,
});
export type TariffComparison = Static<typeof TariffComparison>;
