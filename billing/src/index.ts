export { budgetEntry, evenAmount } from './account/budget.ts';
export { depositInterest } from './account/deposit.ts';
export * from './calendar/event-rules.ts';
export * from './calendar/holidays.ts';
export * from './calendar/period-map.ts';
export * from './calendar/schedule.ts';
export { type BaselineMethod, baselineReachS } from './determinants/baseline.ts';
export { endsWindow, windowPlan } from './determinants/demand.ts';
export * from './determinants/determinants.ts';
export * from './determinants/determine.ts';
export * from './determinants/for-version.ts';
export type { GasFacts } from './determinants/gas.ts';
export { constantSeries, gridSeries, type ValueSeries } from './determinants/series.ts';
export * from './determinants/span-table.ts';
export * from './determinants/units.ts';
export * from './determinants/usage.ts';
export type { WaterFacts } from './determinants/water.ts';
export * from './disputes/facts.ts';
export type { Finding, Verdict } from './disputes/findings.ts';
export { disputeRules, type Weighed, weighDispute } from './disputes/weigh.ts';
export * from './errors.ts';
export { above, decimalOf, dividedBy, type Fraction, plus, scaledText, sizeOf } from './exact.ts';
export { type DataChange, dataChanges } from './explain/data-changes.ts';
export * from './explain/delta.ts';
export * from './explain/why.ts';
export * from './prepay/ledger.ts';
export * from './prepay/policy.ts';
export * from './prepay/state.ts';
export {
  type DayKind,
  type DayTotals,
  dayKinds,
  forecastDays,
  type KindOf,
  type Spread,
  spreadOf,
  usualSpread,
} from './projection/like-days.ts';
export * from './projection/project.ts';
export * from './rating/compiled.ts';
export * from './rating/cycle.ts';
export * from './rating/line.ts';
export * from './rating/rate.ts';
export * from './rating/rating.ts';
export * from './rating/state-data.ts';
export * from './sam/inputs.ts';
export * from './sam/outputs.ts';
export * from './sam/rate.ts';
export * from './sam/tariff.ts';
export type { TariffFault } from './tariff/faults.ts';
export * from './tariff/read.ts';
export * from './tariff/schema.ts';
export { type UrdbOptions, urdbTariff } from './urdb/import.ts';
export { urdbNotes } from './urdb/notes.ts';
export { isUrdb } from './urdb/records.ts';
