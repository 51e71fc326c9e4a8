/** What bills and runs say, in words. Pure. */
import type { BillHold, BillItem, BillProblem, BillRunItem } from '@openami/server/contract';
import { formatCount, formatDay, formatShare, unitText } from './format.ts';
import { changeShare, formatMoney } from './money.ts';
import { dayNumber, dayText } from './zone.ts';

/** `March 2026` for a calendar month, else `15 Mar to 14 Apr 2026`; `to` is not part of it. */
export function cycleWords(from: string, to: string): string {
  const [first, end] = [from, to].map(dayNumber);
  // days that no calendar has are said as they are
  if (Number.isNaN(first) || Number.isNaN(end)) return `${from} to ${to}`;
  const last = dayText(end! - 1);
  const wholeMonth = from.endsWith('-01') && to.endsWith('-01') && last.slice(0, 7) === from.slice(0, 7);
  if (wholeMonth) return formatDay(from, 'monthLong');
  return `${formatDay(from, 'short')} to ${formatDay(last, 'short')} ${last.slice(0, 4)}`;
}

/** What a bill says of its readings, each thing once, although two charges may find it. */
export function problemWords(problems: readonly Pick<BillProblem, 'message' | 'count'>[]): readonly string[] {
  return [...new Set(problems.map(oneProblem))];
}

/** With how often, unless that is in it. */
function oneProblem({ message, count }: Pick<BillProblem, 'message' | 'count'>): string {
  const isSaid = message.split(' ').includes(String(count));
  return count > 1 && !isSaid ? `${message} (${formatCount(count)} times)` : message;
}

/** The formula of a line with money as elsewhere on the page: `312.4 kWh at €0.18`. */
export function formulaWords(formula: string, currency: string): string {
  const amounts = new RegExp(`(-?\\d+(?:\\.\\d+)?) ${currency}(?![\\w/])`, 'g');
  const text =
    currency === '' ? formula : formula.replace(amounts, (_, amount) => formatMoney(amount, currency));
  return unitText(text);
}

export const holdWords: Readonly<Partial<Record<BillHold['code'], string>>> = {
  NOT_READY: 'Readings not ready',
  NO_TARIFF: 'No tariff',
  NO_CHANNEL: 'No channel',
  OUTLIER: 'Unlike last time',
  ESTIMATED: 'Much estimated',
  NOT_RATED: 'Not rated',
};

/** A run that makes one bill anew lets it differ from the month before as much as it does. */
const anyDifference = 100_000;

/** By which settings a run holds bills, in words. */
export function heldWhen({ settings, totals }: Pick<BillRunItem, 'settings' | 'totals'>): string {
  const { outlierPercent, outlierAmount, mostEstimated } = settings;
  const [currency, other] = Object.keys(totals);
  const amount =
    currency === undefined || other !== undefined
      ? `${outlierAmount} in its currency`
      : formatMoney(outlierAmount, currency);
  const differs = `it differs by more than ${outlierPercent} % and ${amount} from the one before`;
  const guessed = `more than ${formatShare(mostEstimated)} of it is estimated`;
  return outlierPercent >= anyDifference
    ? `when ${guessed}, however much it differs from the one before`
    : `when ${differs}, or ${guessed}`;
}

/** True where a person can let it through: it has a total. */
export function isReleasable({ state, total }: Pick<BillItem, 'state' | 'total'>): boolean {
  return state === 'held' && total !== null;
}

type HoldCode = BillHold['code'];

/** What bills of a run are held for that have a total; in order of how many. */
export function releasableCodes(releasable: BillRunItem['releasable']): HoldCode[] {
  const codes = [...new Set(Object.keys(releasable).flatMap((key) => key.split(',')))] as HoldCode[];
  const most = new Map(codes.map((code) => [code, releasedBy(releasable, [code])]));
  return codes.sort((a, b) => most.get(b)! - most.get(a)!);
}

/** How many bills are held for none but these. */
export function releasedBy(releasable: BillRunItem['releasable'], codes: readonly string[]): number {
  return Object.entries(releasable).reduce(
    (sum, [key, bills]) => (key.split(',').every((code) => codes.includes(code)) ? sum + bills : sum),
    0,
  );
}

/** True while a run changes by itself. */
export function isMoving({ state }: Pick<BillRunItem, 'state'>): boolean {
  return state === 'draft' || state === 'calculating' || state === 'issuing';
}

/** By which bills sort as their change is shown; those with none before come first. */
export function changeRank({ before, total }: Pick<BillItem, 'before' | 'total'>): number {
  return changeShare(before, total) ?? Number.NEGATIVE_INFINITY;
}

/** Edges of change against the bill before; below the first and above the last there are bars, too. */
const edges = [-0.5, -0.2, -0.1, -0.02, 0.02, 0.1, 0.2, 0.5] as const;

export interface ChangeBin {
  /** In percent. */
  readonly label: string;
  readonly count: number;
  /** Those of them that are held, whatever for. */
  readonly held: number;
}

const percent = (share: number) => `${share > 0 ? '+' : ''}${Math.round(share * 100)}`;

/** How bills differ from those before, from much less to much more; bills with none before are not in it. */
export function changeBins(bills: readonly Pick<BillItem, 'total' | 'before' | 'state'>[]): ChangeBin[] {
  const bins = Array.from({ length: edges.length + 1 }, (_, i) => ({
    label: labelOf(i),
    count: 0,
    held: 0,
  }));
  for (const { before, total, state } of bills) {
    const share = changeShare(before, total);
    if (share === undefined) continue;
    const found = edges.findIndex((edge) => share < edge);
    const bin = bins[found < 0 ? edges.length : found]!;
    bin.count++;
    if (state === 'held') bin.held++;
  }
  return bins;
}

function labelOf(bin: number): string {
  if (bin === 0) return `below ${percent(edges[0])}`;
  if (bin === edges.length) return `above ${percent(edges.at(-1)!)}`;
  return `${percent(edges[bin - 1]!)} to ${percent(edges[bin]!)}`;
}

export const causeWords = {
  price: 'Price',
  days: 'Days',
  usage: 'Usage',
  estimation: 'Estimation',
  added: 'New lines',
  removed: 'Lines gone',
  follows: 'Taxes and shares that follow',
} as const;
export type Cause = keyof typeof causeWords;

/** A bar of a waterfall, in the currency. */
export interface Step {
  readonly name: string;
  readonly amount: string;
  readonly low: number;
  readonly high: number;
  readonly kind: 'total' | 'rise' | 'fall';
}

/** From the total before, cause by cause, to the total after. What changed nothing is left out. */
export function waterfall(before: string, after: string, causes: Readonly<Record<string, string>>): Step[] {
  const moved = (Object.keys(causeWords) as Cause[]).filter((cause) => Number(causes[cause] ?? 0) !== 0);
  let at = Number(before);
  const changes = moved.map((cause): Step => {
    const amount = causes[cause]!;
    const next = at + Number(amount);
    const [low, high] = [Math.min(at, next), Math.max(at, next)];
    at = next;
    return { name: causeWords[cause], amount, low, high, kind: Number(amount) > 0 ? 'rise' : 'fall' };
  });
  return [totalStep('Before', before), ...changes, totalStep('After', after)];
}

function totalStep(name: string, amount: string): Step {
  const value = Number(amount);
  return { name, amount, low: Math.min(0, value), high: Math.max(0, value), kind: 'total' };
}

/** Where the axis of a waterfall begins and ends: cut above 0 where the changes are small against totals. */
export function waterfallRange(steps: readonly Step[]): readonly [from: number, to: number] {
  const top = Math.max(...steps.map(({ high }) => high));
  const least = Math.min(...steps.map(({ kind, low, amount }) => (kind === 'total' ? Number(amount) : low)));
  if (least <= 0) return [least, Math.max(top, least + 1)];
  const from = least - (top - least) * 0.8;
  return [top === least || from < top * 0.3 ? 0 : from, top];
}
