/**
 * What agreements paid, and would pay on another tariff, over the same cycles. Bills are made as a run makes
 * them, a page of agreements at a time, cycle by cycle, since one bill carries to the next; of a bill only
 * its total is kept.
 */
import { scaledText, sizeOf, totalOf } from '@openami/billing';
import { type AccessContext, billingMonthOf, formatDay, type Period } from '@openami/model';
import type { BilledAgreement, BillHoldRecord, ImpactRow, ReadingStore } from '@openami/store';
import { type BillTask, type Calculated, type CalculateOptions, calculate, windowOf } from '../calculate.ts';
import type { BookedTariff } from '../tariff-book.ts';
import { onTariff } from '../test-bill.ts';
import { asOfDay, tariffOn } from './tariff-choice.ts';
import { yearDeterminants } from './year-determinants.ts';

export interface ImpactQuestion {
  readonly tariff: BookedTariff;
  readonly versions: 'current' | 'history';
  /** Day numbers: cycles that end in (from, to]. */
  readonly fromDay: number;
  readonly toDay: number;
}

type Options = Omit<CalculateOptions, 'tariffs'> & {
  readonly store: Pick<ReadingStore, 'readings' | 'classSums'>;
};

/** Decimals that hold any total. */
const SUM_DIGITS = 12;
const MONEY_DIGITS = 2;

/** One row an agreement, in order. Throws OUT_OF_SCOPE and what the stores throw. */
export async function impactRows(
  ctx: AccessContext,
  agreements: readonly BilledAgreement[],
  question: ImpactQuestion,
  booked: ReadonlyMap<string, BookedTariff>,
  options: Options,
): Promise<ImpactRow[]> {
  const lastDay = question.toDay - 1;
  const now = new Map(
    [...booked].map(([code, one]) => [code, question.versions === 'current' ? asOfDay(one, lastDay) : one]),
  );
  const other = question.versions === 'current' ? asOfDay(question.tariff, lastDay) : question.tariff;
  const sides = [
    agreements.map((one) => sideOf(question.versions === 'current' ? onOwn(one, lastDay) : one)),
    agreements.map((one) => sideOf(onTariff(one, OTHER))),
  ] as const;
  const tariffs = [now, new Map([[OTHER, other]])] as const;
  const turns = cyclesByTurn(agreements, question);
  const tasks = agreements.map((agreement, i) => ({
    sides: sides.map((side) => side[i]!.agreement),
    windows: turns.map((cycles) => cycles[i] && windowOf(agreement, cycles[i])),
  }));
  const { registry, store, revision } = options;
  const sql = await yearDeterminants(store, ctx, tasks, tariffs, revision, options.sql);
  for (const cycles of turns) {
    const made: ReadonlyMap<number, Calculated>[] = [];
    for (const [at, side] of sides.entries())
      made.push(await rateTurn(ctx, side, cycles, { registry, store, revision, sql, tariffs: tariffs[at]! }));
    addTurn(sides, made);
  }
  return agreements.map((one, i) => rowOf(one, sides[0][i]!, sides[1][i]!, lastDay, now, other));
}

const OTHER = '(other)';

/** An agreement on its way through the cycles, on one tariff. */
interface Side {
  readonly agreement: BilledAgreement;
  state: BillTask['carryIn'];
  /** 10^-12 of the currency. */
  sum: bigint;
  cycles: number;
  hold: BillHoldRecord | undefined;
}

function sideOf(agreement: BilledAgreement): Side {
  return { agreement, state: undefined, sum: 0n, cycles: 0, hold: undefined };
}

/** As if it had always had what it has on a day; one that has none is left as it is, and says so. */
function onOwn(agreement: BilledAgreement, day: number): BilledAgreement {
  const code = tariffOn(agreement, formatDay(day));
  return code === undefined ? agreement : onTariff(agreement, code);
}

/** The first cycle of each agreement, the second, and so on; a cycle is that of its account. */
function cyclesByTurn(
  agreements: readonly BilledAgreement[],
  { fromDay, toDay }: ImpactQuestion,
): readonly (readonly (Period | undefined)[])[] {
  const byAnchor = new Map<number, Period[]>();
  for (const { anchorDay } of agreements) {
    if (byAnchor.has(anchorDay)) continue;
    const cycles: Period[] = [];
    for (let cycle = billingMonthOf(fromDay, anchorDay); cycle.to <= toDay; ) {
      cycles.push(cycle);
      cycle = billingMonthOf(cycle.to, anchorDay);
    }
    byAnchor.set(anchorDay, cycles);
  }
  const most = Math.max(0, ...[...byAnchor.values()].map(({ length }) => length));
  return Array.from({ length: most }, (_, turn) =>
    agreements.map(({ anchorDay }) => byAnchor.get(anchorDay)![turn]),
  );
}

/** Bills of one turn, by place of the agreement; what is held already or does not hold then has none. */
async function rateTurn(
  ctx: AccessContext,
  sides: readonly Side[],
  cycles: readonly (Period | undefined)[],
  options: CalculateOptions,
): Promise<ReadonlyMap<number, Calculated>> {
  const places: number[] = [];
  const tasks: BillTask[] = [];
  for (const [i, { agreement, state, hold }] of sides.entries()) {
    const cycle = cycles[i];
    const window = cycle && hold === undefined ? windowOf(agreement, cycle) : undefined;
    if (cycle === undefined || window === undefined) continue;
    places.push(i);
    tasks.push({ agreement, cycle, window, ...(state && { carryIn: state }) });
  }
  if (tasks.length === 0) return new Map();
  const made = await calculate(ctx, tasks, options);
  return new Map(made.map((one, i) => [places[i]!, one]));
}

/** A cycle counts where both sides have a bill of it and something was read. */
function addTurn(
  sides: readonly (readonly Side[])[],
  made: readonly ReadonlyMap<number, Calculated>[],
): void {
  for (const i of new Set(made.flatMap((turn) => [...turn.keys()]))) {
    const bills = made.map((turn) => turn.get(i));
    for (const [at, one] of bills.entries())
      if (one !== undefined && one.bill === undefined) sides[at]![i]!.hold = one.holds[0];
    const rated = bills.flatMap((one) => one?.bill ?? []);
    if (rated.length < bills.length || !rated[0]!.parts.some(({ determinants }) => determinants.present > 0))
      continue;
    for (const [at, bill] of rated.entries()) {
      const side = sides[at]![i]!;
      for (const { version, rated: part } of bill.parts)
        side.sum += totalOf(part.lines) * 10n ** BigInt(SUM_DIGITS - version.digits);
      side.state = bill.state;
      side.cycles++;
    }
  }
}

function rowOf(
  agreement: BilledAgreement,
  own: Side,
  other: Side,
  lastDay: number,
  now: ReadonlyMap<string, BookedTariff>,
  tariff: BookedTariff,
): ImpactRow {
  const code = tariffOn(agreement, formatDay(lastDay)) ?? '';
  const currency = now.get(code)?.record.currency ?? tariff.record.currency;
  const hold = own.hold ?? other.hold ?? unlike(own, currency, tariff.record.currency);
  const row = { agreementId: agreement.id, serviceClass: agreement.serviceClass, tariff: code };
  if (hold !== undefined)
    return {
      ...{ ...row, cycles: own.cycles, before: null, after: null, percent: null },
      ...{ reason: hold.code, message: hold.message },
    };
  const [before, after] = [own.sum, other.sum];
  // in hundredths of a percent
  const percent = before === 0n ? null : Number(((after - before) * 10_000n) / sizeOf(before)) / 100;
  const text = (sum: bigint) => scaledText(sum, SUM_DIGITS, MONEY_DIGITS);
  return {
    ...{ ...row, cycles: own.cycles, before: text(before), after: text(after), percent },
    ...{ reason: '', message: '' },
  };
}

function unlike({ cycles }: Side, paid: string, asked: string): BillHoldRecord | undefined {
  if (paid !== asked) return { code: 'CURRENCY', message: `It pays in ${paid}, the tariff is in ${asked}.` };
  if (cycles > 0) return undefined;
  return { code: 'NO_READINGS', message: 'Nothing was read of any cycle of the time.' };
}
