/**
 * Energy that is fed in. Banks of energy and of money go from bill to bill in the state; a
 * true-up month ends them.
 */

import { type CompiledSchedule, DAY_TYPES, dayOfYear } from '../calendar/schedule.ts';
import type { Fraction } from '../exact.ts';
import type { CompiledEnergy, CompiledNetMetering } from './compiled.ts';
import { energyLines, linesOf } from './energy-lines.ts';
import { amountLine, type Line, lineOf, totalOf } from './line.ts';
import type { Bill, Credits } from './rating.ts';

/** Banks after a bill. */
export interface Banks {
  readonly bank: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly surplus: number;
}

/** Works out what is billed of the energy drawn, where what was fed in is set off over the month. */
export function settleBanks(bill: Bill): Banks {
  const { netMetering, charges, needs } = bill.version;
  const treatment = netMetering?.treatment;
  if (treatment !== 'net-metering-energy' && treatment !== 'net-metering-money')
    return { bank: bill.state.bank, surplus: bill.state.surplus };
  const bank: Record<string, Record<string, number>> = {};
  for (const charge of charges) {
    if (charge.kind !== 'energy' || charge.flow !== 'import') continue;
    const schedule = needs.schedules[charge.schedule]!;
    const { import: drawn, export: fed } = bill.input.determinants.energy[charge.schedule]!;
    const carried = treatment === 'net-metering-energy' ? carriedInto(bill, charge, schedule) : [];
    const balance = drawn.map((value, period) => value - fed[period]! - (carried[period] ?? 0));
    bill.balance.set(
      charge.id,
      balance.map((value) => Math.max(0, value)),
    );
    bank[charge.id] = Object.fromEntries(
      schedule.periods.map((name, period) => [name, Math.max(0, -balance[period]!)]),
    );
  }
  if (treatment === 'net-metering-money') return { bank: {}, surplus: 0 };
  const { import: drawn, export: fed } = bill.input.determinants.energy[0]!;
  return { bank, surplus: Math.max(0, bill.state.surplus + fed[0]! - drawn[0]!) };
}

/** Hours at which a period is looked for in the next month: night, morning, noon, evening. */
const PROBES = [0, 5 * 60, 11 * 60, 17 * 60];

/** The bank of the month before, by period of this month. */
function carriedInto(bill: Bill, charge: CompiledEnergy, schedule: CompiledSchedule): number[] {
  const carried = new Array<number>(schedule.periods.length).fill(0);
  const before = bill.state.bank[charge.id] ?? {};
  for (const [name, energy] of Object.entries(before)) {
    if (energy === 0) continue;
    const from = schedule.periods.indexOf(name);
    const to = bill.version.netMetering?.rollover === 'time-of-day' ? targetOf(bill, schedule, from) : from;
    // a period that a new version no longer has: what is banked must not be lost
    carried[Math.max(0, to)]! += energy;
  }
  return carried;
}

function targetOf(bill: Bill, schedule: CompiledSchedule, from: number): number {
  const before = ((bill.state.bankMonth % 12) + 12) % 12;
  for (const probe of PROBES)
    if (workdayPeriod(schedule, before, probe) === from) return workdayPeriod(schedule, bill.ofYear, probe);
  return from;
}

/** Period of a schedule at a minute of the Mondays at the start of a month (0 to 11). */
function workdayPeriod(schedule: CompiledSchedule, month: number, minute: number): number {
  const plan = schedule.plans[schedule.table[dayOfYear(month + 1, 1) * DAY_TYPES + MONDAY]!]!;
  let at = 0;
  while (at + 1 < plan.starts.length && plan.starts[at + 1]! <= minute) at++;
  return plan.periods[at]!;
}

const MONDAY = 0;

/** True when banks end with this bill. */
function truesUp(bill: Bill, netMetering: CompiledNetMetering): boolean {
  return bill.endsCycle && bill.ofYear === netMetering.trueUpMonth - 1;
}

/** The true-up of banked energy: what is paid for it, and the banks that are left. */
export function trueUpEnergy(
  bill: Bill,
  banks: Banks,
): { paid: bigint; line: Line | undefined; banks: Banks } {
  const { netMetering, charges } = bill.version;
  if (netMetering?.treatment !== 'net-metering-energy' || !truesUp(bill, netMetering))
    return { paid: 0n, line: undefined, banks };
  const empty = { bank: {}, surplus: 0 };
  const first = charges.find((charge) => charge.kind === 'energy' && charge.flow === 'import');
  const ofPeriods = Object.values(banks.bank[first?.id ?? ''] ?? {}).reduce((sum, value) => sum + value, 0);
  const energy = netMetering.bankScope === 'total' ? banks.surplus : ofPeriods;
  if (energy === 0 || netMetering.trueUp === 'forfeit') return { paid: 0n, line: undefined, banks: empty };
  const start = bill.start({ id: 'true-up', name: 'True-up' }, 'true-up', 'bank', bill.version.unit);
  const quantity: Fraction = { n: BigInt(energy), d: BigInt(bill.input.determinants.perUnit) };
  const line = lineOf(start, quantity, -netMetering.trueUpPrice, bill.version);
  return { paid: -line.amount, line, banks: empty };
}

/** Lines of what is fed in, energy or money, where it is credited; `later` when into the bank of money. */
export function exportLines(bill: Bill): { lines: Line[]; later: boolean } {
  const { netMetering, charges, needs } = bill.version;
  const treatment = netMetering?.treatment;
  const lines: Line[] = [];
  if (treatment === 'net-metering-energy') return { lines, later: false };
  for (const charge of charges) {
    if (charge.kind !== 'energy' || charge.flow !== 'export') continue;
    if (charge.months !== undefined && !charge.months[bill.ofYear]) continue;
    if (treatment !== 'net-metering-money') lines.push(...energyLines(bill, charge));
    else {
      const { import: drawn, export: fed } = bill.input.determinants.energy[charge.schedule]!;
      const surplus = needs.schedules[charge.schedule]!.periods.map((_, period) =>
        Math.max(0, fed[period]! - drawn[period]!),
      );
      lines.push(...linesOf(bill, charge, surplus, true));
    }
  }
  return { lines, later: treatment === 'net-billing-carry-over' || treatment === 'net-metering-money' };
}

/** Applies credit to the lines so far. Returns what happened to it; the true-up comes later. */
export function applyCredit(bill: Bill, earned: bigint): Credits {
  const { netMetering } = bill.version;
  const before = bill.state.credit;
  const available = netMetering?.creditsApply === 'current' ? before + earned : before;
  const due = totalOf(bill.lines);
  let applied = 0n;
  if (due > 0n && available > 0n) applied = due;
  if (applied > available && available > 0n) applied = available;
  if (applied > 0n) {
    const start = bill.start({ id: 'credit', name: 'Credit' }, 'credit', 'bank', bill.version.currency);
    bill.lines.push(amountLine(start, -applied, bill.version));
  }
  return { earned, applied, trueUp: 0n, left: before + earned - applied };
}

/** Pays out, keeps or drops the money that is left at true-up. */
export function trueUpMoney(bill: Bill, credits: Credits): { credits: Credits; line: Line | undefined } {
  const { netMetering } = bill.version;
  const banked = netMetering && bankingMoney.has(netMetering.treatment);
  if (!banked || !truesUp(bill, netMetering) || netMetering.trueUp === 'credit' || credits.left === 0n)
    return { credits, line: undefined };
  if (netMetering.trueUp === 'forfeit') return { credits: { ...credits, left: 0n }, line: undefined };
  const start = bill.start({ id: 'true-up', name: 'True-up' }, 'true-up', 'bank', bill.version.currency);
  const line = amountLine(start, -credits.left, bill.version);
  return { credits: { ...credits, trueUp: credits.left, left: 0n }, line };
}

const bankingMoney: ReadonlySet<string> = new Set(['net-billing-carry-over', 'net-metering-money']);
