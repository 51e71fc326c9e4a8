/** Rates a case with the code under test and with the oracle, and says where they differ. */
import { billingMonthOf, parseDay } from '@openami/model';
import { gridSeries } from '../../src/determinants/series.ts';
import { type RatedBill, rateCycle } from '../../src/rating/cycle.ts';
import { readTariff } from '../../src/tariff/read.ts';
import { dayStart } from './clock.ts';
import { type OracleInput, type OracleWindow, oracleBills } from './oracle.ts';

/** Bills of the code under test. */
export function ourBills(given: OracleInput): RatedBill[] {
  const { version, zone, usage, months, persons, critical, saving } = given;
  const tariff = readTariff({ id: 'case', commodity: 'electricity', currency: 'EUR', versions: [version] });
  const grid = { startS: usage.startS, intervalS: usage.intervalS, step: usage.step };
  const input = {
    ...{ tariff, zone, persons, prices: { spot: priceSeries(usage) } },
    events: { critical, saving },
    usage: {
      perUnit: 1_000_000,
      import: [{ ...grid, counts: Float64Array.from(usage.drawn) }],
      ...(usage.fed && { export: [{ ...grid, counts: Float64Array.from(usage.fed) }] }),
    },
  };
  const bills: RatedBill[] = [];
  for (const { from, to } of months) {
    const window = { fromS: dayStart(zone, from), toS: dayStart(zone, to) };
    const baselines = { saving: baselinesIn(saving, window) };
    const cycle = billingMonthOf(parseDay(from), 1);
    bills.push(rateCycle({ ...input, baselines }, { cycle, window }, bills.at(-1)?.state));
  }
  return bills;
}

function priceSeries({ startS, intervalS, intervalsPerPrice, prices }: OracleInput['usage']) {
  return gridSeries(startS, intervalS * intervalsPerPrice, prices, 3);
}

function baselinesIn(windows: readonly OracleWindow[], bill: { fromS: number; toS: number }): number[] {
  return windows
    .filter(({ fromS }) => fromS >= bill.fromS && fromS < bill.toS)
    .map(({ baseline }) => baseline);
}

/** What differs, in words; empty when nothing does. */
export function differences(input: OracleInput): string[] {
  const found: string[] = [];
  const expected = oracleBills(input);
  for (const [month, bill] of ourBills(input).entries()) {
    const [part] = bill.parts;
    const ours: Record<string, bigint> = {};
    let total = 0n;
    for (const { id, amount } of part!.rated.lines) {
      if (id in ours) found.push(`bill ${month}: two lines ${id}`);
      if (amount !== 0n) ours[id] = amount;
      total += amount;
    }
    const theirs = expected[month]!;
    for (const id of new Set([...Object.keys(ours), ...Object.keys(theirs.lines)]))
      if (ours[id] !== theirs.lines[id])
        found.push(`bill ${month}: ${id} is ${ours[id]}, not ${theirs.lines[id]}`);
    if (total !== theirs.total) found.push(`bill ${month}: total is ${total}, not ${theirs.total}`);
    if (bill.state.credit !== theirs.creditLeft)
      found.push(`bill ${month}: credit left is ${bill.state.credit}, not ${theirs.creditLeft}`);
  }
  return found;
}
