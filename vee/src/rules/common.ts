/** What several rules need: amounts per slot, covered time, words. */
import { commodityTable, type Period, Quality } from '@openami/model';
import type { ChannelFacts } from '../facts.ts';
import type { Findings } from '../finding.ts';

const HOUR_S = 3_600;

/** Counts in one slot of a flow of `perHour` base units an hour. */
export function countsPerSlot(facts: ChannelFacts, perHour: number): number {
  return (perHour * facts.intervalS * 1_000) / (HOUR_S * facts.resolution);
}

/** Base units an hour of `counts` in one slot. */
export function perHourOf(facts: ChannelFacts, counts: number): number {
  return (counts * facts.resolution * HOUR_S) / (1_000 * facts.intervalS);
}

/** True for energy and volume: what adds up over slots. */
export function isSummed(facts: ChannelFacts): boolean {
  return facts.kind !== 'level' && facts.intervalS > 0;
}

/** True for what can never be less than nothing. */
export function isOneWay(facts: ChannelFacts): boolean {
  return facts.kind === 'delivered' || facts.kind === 'received';
}

/** True when rules may judge a slot: the meter's own value, and nobody has verified it. */
export function isJudged(quality: number): boolean {
  return quality === Quality.raw || quality === Quality.valid || quality === Quality.questionable;
}

/** Seconds of [fromS, toS) that lie in one of the periods, which do not overlap each other. */
export function coveredS(periods: readonly Period[] | undefined, fromS: number, toS: number): number {
  let covered = 0;
  for (const period of periods ?? []) {
    const overlap = Math.min(toS, period.to) - Math.max(fromS, period.from);
    if (overlap > 0) covered += overlap;
  }
  return covered;
}

/** Sum of a period's complete days, and how many there are; the others are NaN. */
export function completeDays(totals: Float64Array): { readonly sum: number; readonly days: number } {
  let sum = 0;
  let days = 0;
  for (const total of totals) {
    if (Number.isNaN(total)) continue;
    sum += total;
    days++;
  }
  return { sum, days };
}

const GROUPING = 1_000;
const DIGITS = 4;

function short(amount: number): string {
  return String(Number(amount.toPrecision(DIGITS)));
}

/** `1.2 kWh`, `35 L` of counts. */
export function amount(facts: ChannelFacts, counts: number): string {
  const unit = facts.baseUnit ?? commodityTable[facts.commodity].baseUnits[0];
  const size = (counts * facts.resolution) / GROUPING;
  if (Math.abs(size) < GROUPING) return `${short(size)} ${unit}`;
  return unit === 'L' ? `${short(size / GROUPING)} m³` : `${short(size / GROUPING)} k${unit}`;
}

/** `12 %` of a share. */
export function percent(share: number): string {
  return `${short(share * 100)} %`;
}

export function number(value: number): string {
  return short(value);
}

/** Adds one finding for each run of rows in [from, to) that `wrong` says yes to. */
export function addRuns(
  findings: Findings,
  from: number,
  to: number,
  wrong: (i: number) => boolean,
  measure: (i: number) => number,
  limit: number,
): void {
  let first = -1;
  let worst = 0;
  for (let i = from; i <= to; i++) {
    if (i < to && wrong(i)) {
      const m = measure(i);
      if (first < 0 || Math.abs(m) > Math.abs(worst)) worst = m;
      if (first < 0) first = i;
    } else if (first >= 0) {
      findings.add(first, i - 1, worst, limit);
      first = -1;
    }
  }
}
