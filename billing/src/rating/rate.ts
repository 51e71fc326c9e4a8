/**
 * Rates one account for one bill, from determinants. Lines come in the order of a bill: fixed → energy →
 * demand → dynamic → riders and percentages → credits → minimum → taxes → true-up → adjustments.
 */
import type { CompiledCharge, CompiledVersion } from './compiled.ts';
import { demandLines, settleDemand } from './demand-lines.ts';
import { energyLines } from './energy-lines.ts';
import { dynamicLines, rebateLines } from './event-lines.ts';
import { totalOf } from './line.ts';
import { applyCredit, exportLines, settleBanks, trueUpEnergy, trueUpMoney } from './net-metering.ts';
import { adjustmentLines, fixedLine, minimumLine, percentLine, riderLine } from './other-lines.ts';
import { Bill, emptyState, type Rated, type RateInput, type Winter, withDigits } from './rating.ts';
import { sewerLine } from './sewer-line.ts';

/** Rates a bill. Raises BILLING_INPUT_MISSING. */
export function rate(version: CompiledVersion, input: RateInput): Rated {
  const bill = new Bill(version, input, withDigits(input.state ?? emptyState, version.digits));
  const { state, lines } = bill;
  const peaks = settleDemand(bill);
  const settled = settleBanks(bill);
  const yearToDate = { ...state.yearToDate };
  const winters = { ...state.winters };
  const charges = version.charges.filter(({ months }) => months === undefined || months[bill.ofYear]);
  for (const charge of charges) addLines(bill, charge, winters);
  const fedIn = exportLines(bill);
  if (fedIn.later) bill.earned.push(...fedIn.lines);
  else lines.push(...fedIn.lines);
  const applied = applyCredit(bill, -totalOf(bill.earned));
  for (const charge of charges) if (charge.kind === 'minimum') minimumLine(bill, charge, yearToDate);
  for (const charge of charges) if (charge.kind === 'tax') percentLine(bill, charge);
  const money = trueUpMoney(bill, applied);
  const energy = trueUpEnergy(bill, settled);
  let { credits } = money;
  if (money.line) lines.push(money.line);
  if (energy.line) {
    const keeps = version.netMetering?.trueUp === 'credit';
    (keeps ? bill.earned : lines).push(energy.line);
    credits = keeps
      ? { ...credits, earned: credits.earned + energy.paid, left: credits.left + energy.paid }
      : { ...credits, trueUp: energy.paid };
  }
  adjustmentLines(bill);
  return {
    lines,
    earned: bill.earned,
    credits,
    billedDemand: demandByCharge(bill),
    state: {
      peaks,
      yearToDate,
      winters,
      bankMonth: input.month,
      credit: credits.left,
      digits: version.digits,
      bank: energy.banks.bank,
      surplus: energy.banks.surplus,
    },
  };
}

/** Minima and taxes come after the credits. */
function addLines(bill: Bill, charge: CompiledCharge, winters: Record<string, Winter>): void {
  if (charge.kind === 'fixed') fixedLine(bill, charge);
  else if (charge.kind === 'demand') demandLines(bill, bill.version.charges.indexOf(charge), charge);
  else if (charge.kind === 'dynamic') dynamicLines(bill, charge);
  else if (charge.kind === 'sewer') sewerLine(bill, charge, winters);
  else if (charge.kind === 'rebate') rebateLines(bill, charge);
  else if (charge.kind === 'rider') riderLine(bill, charge);
  else if (charge.kind === 'percent') percentLine(bill, charge);
  else if (charge.kind === 'energy' && charge.flow === 'import')
    bill.lines.push(...energyLines(bill, charge));
}

function demandByCharge(bill: Bill): Rated['billedDemand'] {
  const billed: Record<string, NonNullable<Bill['demand'][number]>> = {};
  for (const [at, demand] of bill.demand.entries())
    if (demand !== undefined) billed[bill.version.charges[at]!.id] = demand;
  return billed;
}
