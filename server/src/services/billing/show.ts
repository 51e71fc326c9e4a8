/** Bills, runs and tariffs as the API shows them. */
import {
  type BillDelta,
  type BillLine,
  type CompiledVersion,
  type Determinants,
  decimalOf,
  dividedBy,
  type EventWindow,
  type Fraction,
  kilowatts,
  scaledText,
} from '@openami/billing';
import { formatInstant } from '@openami/model';
import type {
  AccountEntry,
  BillRecord,
  BillRun,
  BillSummary,
  RunFigures,
  TariffSummary,
  TariffVersionRecord,
} from '@openami/store';
import type { BillRunItem, RunSettings } from '../../contract/bill-runs.ts';
import type {
  BillDeltaItem,
  BillDetail,
  BillDeterminants,
  BillItem,
  BillLineItem,
} from '../../contract/billing.ts';
import type { TariffItem, TariffVersionItem } from '../../contract/tariffs.ts';
import type { NameOf } from '../../identity/names.ts';
import { negated } from './amounts.ts';

/** Energy in thousandths of the base unit has as many decimals in the units of tariffs. */
const QUANTITY_DIGITS = 9;

export function showLines(lines: readonly BillLine[]): BillLineItem[] {
  return lines.map((line, i) => ({ number: i + 1, ...line }));
}

export function showDeterminants(
  determinants: Determinants,
  version: CompiledVersion,
  days: number,
  source: BillDeterminants['source'],
  tariff: string,
): BillDeterminants {
  const { fromS, toS, perUnit, expected, present, estimated, energy, demand } = determinants;
  const { needs, label, unit } = version;
  const text = (value: number) => quantityText(value, perUnit);
  return {
    ...{ tariff, tariffVersion: label, from: formatInstant(fromS), to: formatInstant(toS), days, unit },
    ...{ expected, present, estimated, source },
    energy: energy.flatMap((of, s) =>
      needs.schedules[s]!.periods.map((period, p) => ({
        ...{ schedule: needs.schedules[s]!.id, period: s === 0 ? '' : period, import: text(of.import[p]!) },
        ...{ export: text(of.export[p]!), estimated: text(of.estimated[p]!) },
      })),
    ),
    demand: demand.flatMap(({ windowS, energy: peaks, atS, estimated: guessed }, d) => {
      const need = needs.demands[d]!;
      const schedule = needs.schedules[need.schedule]!;
      return schedule.periods.map((period, p) => ({
        ...{ schedule: schedule.id, period: need.schedule === 0 ? '' : period, unit: need.unit },
        value: decimalOf(kilowatts(peaks[p]!, windowS, perUnit), QUANTITY_DIGITS),
        windowMinutes: windowS / 60,
        at: atS[p]! > 0 ? formatInstant(atS[p]!) : null,
        estimated: guessed[p] === 1,
      }));
    }),
    ...showInputs(determinants, version),
  };
}

/** Thousandths of the base unit as decimal text in a unit that has so many of them. */
export function quantityText(value: number, perUnit: number): string {
  return decimalOf({ n: BigInt(Math.round(value)), d: BigInt(perUnit) }, QUANTITY_DIGITS);
}

/** A litre has a thousand of them, and a cubic metre a thousand litres. */
const PER_M3 = 1_000_000;

const meanPrice = (valued: bigint, energy: number, digits: number): Fraction =>
  dividedBy({ n: valued, d: 10n ** BigInt(digits) }, { n: BigInt(energy), d: 1n });

/** What the bill knew besides readings. */
function showInputs(
  { perUnit, dynamic, events, windows = {}, gas, budget }: Determinants,
  { needs }: CompiledVersion,
): Pick<BillDeterminants, 'prices' | 'events' | 'gas' | 'budget'> {
  const text = (value: number) => quantityText(value, perUnit);
  const shown = (event: string, { id, fromS, toS }: EventWindow) => ({
    ...{ event, id: id ?? null, from: formatInstant(fromS), to: formatInstant(toS) },
  });
  return {
    prices: dynamic.map(({ energy, valued, digits, block, revision = 0 }, i) => ({
      ...{ series: needs.dynamic[i]!.series, revision, energy: text(energy) },
      block: block === undefined ? null : text(block),
      average: energy === 0 ? null : decimalOf(meanPrice(valued, energy, digits), QUANTITY_DIGITS),
    })),
    events: [
      ...Object.entries(windows).flatMap(([event, called]) =>
        called.map((one) => ({ ...shown(event, one), energy: null, baseline: null })),
      ),
      ...events.flatMap((called, i) =>
        called.map((one) => ({
          ...shown(needs.events[i]!.event, one),
          energy: text(one.energy),
          baseline: one.baseline === undefined ? null : text(one.baseline),
        })),
      ),
    ],
    gas:
      gas === undefined
        ? null
        : {
            ...{ volume: quantityText(gas.volume, PER_M3), correction: gas.correction },
            ...{ calorific: gas.calorific, revision: gas.revision ?? 0 },
          },
    budget: budget
      ? { indoor: quantityText(budget.indoor, PER_M3), total: quantityText(budget.total, PER_M3) }
      : null,
  };
}

export function showDelta(
  { digits, currency, before, after, difference, lines, causes, data, words }: BillDelta,
  against: Pick<BillSummary, 'id' | 'fromS' | 'toS' | 'total'>,
): BillDeltaItem {
  const text = (amount: bigint) => scaledText(amount, digits);
  return {
    against: {
      ...{ id: against.id, from: formatInstant(against.fromS), to: formatInstant(against.toS) },
      total: against.total!,
    },
    ...{ currency, before: text(before), after: text(after), difference: text(difference) },
    causes: Object.fromEntries(Object.entries(causes).map(([cause, amount]) => [cause, text(amount)])),
    lines: lines.map(({ id, name, period, tier, words: line, parts, ...amounts }) => ({
      ...{ id, name, period, tier, words: line },
      ...{ before: text(amounts.before), after: text(amounts.after), difference: text(amounts.difference) },
      parts: parts.map(({ cause, amount }) => ({ cause, amount: text(amount) })),
    })),
    data: data.map((change) => ({ ...change })),
    words: [...words],
  };
}

export function showBill(bill: BillSummary | BillRecord): BillItem {
  const { id, runId, kind, state, account, customer, agreement, usagePoint, commodity, tariff } = bill;
  const { cycleFrom, cycleTo, total, currency, before, usage, unit, estimatedShare } = bill;
  return {
    ...{ id, runId, kind, state, account, customer, agreement, usagePoint, commodity, tariff },
    usagePointId: bill.usagePointId,
    ...{ from: formatInstant(bill.fromS), to: formatInstant(bill.toS), cycleFrom, cycleTo },
    ...{ total, currency, prepaid: bill.prepaid, due: bill.due, before, usage, unit, estimatedShare },
    holds: bill.holds.map((hold) => ({ ...hold })) as BillItem['holds'],
    ...{ replaces: bill.replaces, replacedBy: bill.replacedBy, affectedBy: bill.affectedBy },
    changedReadings: bill.state === 'issued' ? bill.changedReadings : 0,
    issuedAt: bill.issuedAt?.toISOString() ?? null,
  };
}

/** What stands below the total of a bill: with it, it adds up to what is due. */
export function showEntries(
  { prepaid, total }: Pick<BillSummary, 'prepaid' | 'total'>,
  entries: readonly AccountEntry[],
): BillDetail['entries'] {
  const shown: BillDetail['entries'] = entries.map(({ kind, amount, words }) => ({ kind, amount, words }));
  if (!prepaid || total === null) return shown;
  return [{ kind: 'prepaid', amount: negated(total), words: 'Taken from prepaid credit' }, ...shown];
}

export function showRun(run: BillRun, figures: RunFigures, nameOf: NameOf): BillRunItem {
  const { id, kind, cycle, fromDay, toDay, state, settings, revision, agreements, done, reason } = run;
  const share = agreements === 0 ? (state === 'draft' ? 0 : 1) : Math.min(1, done / agreements);
  return {
    ...{ id, kind, cycle, from: fromDay, to: toDay, state, settings: settings as RunSettings },
    ...{ readingRevision: revision, agreements, done, progress: share, reason },
    ...{ tariff: run.tariff ?? null, serviceClass: run.serviceClass ?? null },
    accounts: run.accounts?.length ?? null,
    ...{ counts: { ...figures.counts }, holds: { ...figures.holds }, totals: { ...figures.totals } },
    releasable: { ...figures.releasable },
    entries: { ...figures.entries },
    error: run.error === null ? null : { ...run.error },
    ...{ createdBy: run.requestedBy, createdByName: nameOf(run.requestedBy) },
    createdAt: run.createdAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    ...{ approvedBy: run.approvedBy, approvedByName: nameOf(run.approvedBy) },
    approvedAt: run.approvedAt?.toISOString() ?? null,
    issuedAt: run.issuedAt?.toISOString() ?? null,
    version: run.version,
  };
}

export function showTariff({ id: _id, createdAt, commodity, ...rest }: TariffSummary): TariffItem {
  return { ...rest, commodity, createdAt: createdAt.toISOString() };
}

export function showVersion(record: TariffVersionRecord): TariffVersionItem {
  const { number, label, effectiveFrom, effectiveTo, note, createdBy, createdAt } = record;
  return { number, label, effectiveFrom, effectiveTo, note, createdBy, createdAt: createdAt.toISOString() };
}
