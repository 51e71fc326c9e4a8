/**
 * Bills of an account: cycles are cut where one version of the tariff follows another, and each part is
 * rated with its own determinants. What one bill leaves to the next is handed on.
 */
import { civilDate, formatDay, formatInstant, type Period, zoneTable } from '@openami/model';
import type { Window } from '../calendar/period-map.ts';
import type { Determinants, ReadinessProblem } from '../determinants/determinants.ts';
import { type DayCounts, determinantsFor, type UsageFacts } from '../determinants/for-version.ts';
import { billingErrors } from '../errors.ts';
import { decimalOf, powerOfTen, scaledText } from '../exact.ts';
import type { CompiledTariff } from '../tariff/read.ts';
import type { CompiledVersion } from './compiled.ts';
import { type BillLine, billLine, type Line, totalOf } from './line.ts';
import { rate } from './rate.ts';
import { type Adjustment, type CarryState, type Credits, emptyState, type Rated } from './rating.ts';

/** A bill's time: the whole cycle in local days, and what is billed of it. */
export interface BillingCycle {
  /** Day numbers [from, to) of the whole cycle. */
  readonly cycle: Period;
  /** What is billed, where it is not all of the cycle: an account that begins or ends within it. */
  readonly window?: Window;
  /** The rest of the cycle follows under another tariff: minima of the year and true-up wait for it. */
  readonly isFollowed?: boolean;
}

export interface AccountInput extends UsageFacts {
  readonly tariff: CompiledTariff;
  readonly adjustments?: readonly Adjustment[];
  /** Determinants somebody has worked out already; undefined: they come from the usage. */
  readonly determinants?: (
    version: CompiledVersion,
    window: Window,
    days: DayCounts,
  ) => Determinants | undefined;
}

/** A part of a bill: under one version of the tariff. */
export interface RatedPart {
  readonly version: CompiledVersion;
  readonly days: number;
  readonly cycleDays: number;
  readonly determinants: Determinants;
  readonly rated: Rated;
}

export interface RatedBill {
  readonly fromS: number;
  readonly toS: number;
  readonly parts: readonly RatedPart[];
  readonly state: CarryState;
}

const MAX_DAYS = 400;

/**
 * Rates one cycle. Raises BILLING_PERIOD, TARIFF_NOT_IN_FORCE, BILLING_USAGE, BILLING_RANGE,
 * BILLING_INPUT_MISSING.
 */
export function rateCycle(
  input: AccountInput,
  billing: BillingCycle,
  state: CarryState = emptyState,
): RatedBill {
  const { cycle } = billing;
  const zone = zoneTable(input.zone);
  const whole = { fromS: zone.dayStart(cycle.from), toS: zone.dayStart(cycle.to) };
  const window = billing.window ?? whole;
  const long = cycle.to - cycle.from;
  const inside = window.fromS >= whole.fromS && window.toS <= whole.toS;
  if (long < 1 || long > MAX_DAYS || !inside || window.toS <= window.fromS)
    throw billingErrors.BILLING_PERIOD(
      `${formatInstant(window.fromS)} to ${formatInstant(window.toS)} in a cycle of ${long} days`,
    );
  const pieces = versionPieces(input.tariff, window, input.zone);
  const parts: RatedPart[] = [];
  let carried = state;
  for (const [i, { version, ...piece }] of pieces.entries()) {
    const days = daysStarting(input.zone, piece);
    const counts = { days, cycleDays: long };
    const determinants =
      input.determinants?.(version, piece, counts) ?? determinantsFor(version, piece, counts, input);
    const rated = rate(version, {
      ...{ ...counts, determinants, month: monthOf(cycle.from), state: carried },
      endsCycle: i === pieces.length - 1 && !billing.isFollowed,
      persons: input.persons,
      ...(i === pieces.length - 1 && { adjustments: input.adjustments }),
    });
    parts.push({ version, ...counts, determinants, rated });
    carried = rated.state;
  }
  return { ...window, parts, state: carried };
}

/** Rates cycles one after the other. */
export function rateCycles(
  input: AccountInput,
  cycles: readonly BillingCycle[],
  state: CarryState = emptyState,
): RatedBill[] {
  let carried = state;
  return cycles.map((cycle) => {
    const bill = rateCycle(input, cycle, carried);
    carried = bill.state;
    return bill;
  });
}

/** year × 12 + month - 1 of a day number. */
export function monthOf(day: number): number {
  const { year, month } = civilDate(day);
  return year * 12 + month - 1;
}

/** Local days that start in a window: of two accounts in turn on one day, only one is billed for it. */
export function daysStarting(zoneName: string, { fromS, toS }: Window): number {
  const zone = zoneTable(zoneName);
  const first = (s: number): number => {
    const day = zone.localDayOf(s);
    return zone.dayStart(day) >= s ? day : day + 1;
  };
  return first(toS) - first(fromS);
}

/** A stretch of time under one version. */
export interface VersionPiece extends Window {
  readonly version: CompiledVersion;
}

/** The window cut where versions change. Raises TARIFF_NOT_IN_FORCE. */
export function versionPieces(
  { versions, tariff }: CompiledTariff,
  window: Window,
  zoneName: string,
): VersionPiece[] {
  const zone = zoneTable(zoneName);
  const pieces: VersionPiece[] = [];
  let reachedS = window.fromS;
  for (const version of versions) {
    const fromS = Math.max(window.fromS, instantOf(version.fromDay, zoneName));
    const toS = Math.min(window.toS, instantOf(version.toDay, zoneName));
    if (toS <= fromS) continue;
    if (fromS > reachedS) break;
    pieces.push({ version, fromS, toS });
    reachedS = toS;
  }
  if (reachedS >= window.toS) return pieces;
  const day = formatDay(zone.localDayOf(reachedS));
  throw billingErrors.TARIFF_NOT_IN_FORCE(`'${tariff.id}' has no version for ${day}`, {
    tariff: tariff.id,
    day,
  });
}

/** Start of a day; days that no calendar reaches stand for no start and no end. */
function instantOf(day: number, zoneName: string): number {
  if (day < -100_000) return Number.NEGATIVE_INFINITY;
  if (day > 1_000_000) return Number.POSITIVE_INFINITY;
  return zoneTable(zoneName).dayStart(day);
}

/** A bill as it is shown and sent: numbers are decimal text. */
export interface BillView {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly BillLine[];
  readonly total: string;
  readonly currency: string;
  /** Earned by feeding in and credited to a later bill: not part of the total. */
  readonly earned?: readonly BillLine[];
  readonly credits?: Readonly<Record<keyof Credits, string>>;
  readonly billedDemand?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly readings: { readonly expected: number; readonly present: number; readonly estimated: number };
  readonly problems: readonly ReadinessProblem[];
}

/** The sum of an amount of each part, which may have other decimals, as decimal text. */
export function sumText(parts: readonly RatedPart[], of: (part: RatedPart) => bigint): string {
  const digits = Math.max(...parts.map(({ version }) => version.digits));
  const sum = parts.reduce((total, part) => total + of(part) * powerOfTen(digits - part.version.digits), 0n);
  return scaledText(sum, digits);
}

/** What a rated bill comes to, without its lines. */
export function billTotals({ parts }: RatedBill): Pick<BillView, 'total' | 'currency' | 'readings'> {
  const count = (name: 'expected' | 'present' | 'estimated') =>
    parts.reduce((total, { determinants }) => total + determinants[name], 0);
  return {
    total: sumText(parts, (part) => totalOf(part.rated.lines)),
    currency: parts.at(-1)!.version.currency,
    readings: { expected: count('expected'), present: count('present'), estimated: count('estimated') },
  };
}

/** What a rated bill does to credits; undefined where nothing is banked. */
export function billCredits({ parts, state }: RatedBill): BillView['credits'] {
  if (parts.every(({ version }) => version.netMetering === undefined)) return undefined;
  const credit = (name: keyof Credits) => sumText(parts, (part) => part.rated.credits[name]);
  return {
    ...{ earned: credit('earned'), applied: credit('applied'), trueUp: credit('trueUp') },
    left: scaledText(state.credit, parts.at(-1)!.version.digits),
  };
}

/** The view of a rated bill. */
export function billView(bill: RatedBill): BillView {
  const view = (of: (rated: Rated) => readonly Line[]) =>
    bill.parts.flatMap((part) => of(part.rated).map((line) => billLine(line, part.version)));
  const earned = view((rated) => rated.earned);
  const credits = billCredits(bill);
  return {
    ...{ from: formatInstant(bill.fromS), to: formatInstant(bill.toS) },
    ...{ lines: view((rated) => rated.lines), ...billTotals(bill) },
    ...(earned.length > 0 && { earned }),
    ...(credits && { credits }),
    ...demandView(bill),
    problems: bill.parts.flatMap(({ determinants }) => determinants.problems),
  };
}

function demandView({ parts }: RatedBill): Pick<BillView, 'billedDemand'> {
  const { version, rated } = parts.at(-1)!;
  const billed: Record<string, Record<string, string>> = {};
  for (const charge of version.charges) {
    const demand = rated.billedDemand[charge.id];
    if (demand === undefined || charge.kind !== 'demand') continue;
    const names = version.needs.schedules[charge.schedule]!.periods;
    billed[charge.id] = Object.fromEntries(demand.map((value, i) => [names[i]!, decimalOf(value, 6)]));
  }
  return Object.keys(billed).length === 0 ? {} : { billedDemand: billed };
}
