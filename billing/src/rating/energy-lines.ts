/** Energy charges: energy of each period, cut by tiers, at the price of both. */
import { type Fraction, ONE, ZERO } from '../exact.ts';
import type { CompiledEnergy } from './compiled.ts';
import { largestDemand } from './demand-lines.ts';
import { energyNote } from './event-lines.ts';
import { type Line, lineOf } from './line.ts';
import type { Bill } from './rating.ts';
import { cutByTiers, tierEnds } from './tiers.ts';

/** Lines of an energy charge. Export lines are credits: their amounts are negative. */
export function energyLines(bill: Bill, charge: CompiledEnergy): Line[] {
  const { determinants } = bill.input;
  const banked = charge.flow === 'import' ? bill.balance.get(charge.id) : undefined;
  const energy = banked ?? determinants.energy[charge.schedule]![charge.flow];
  return linesOf(bill, charge, energy, banked !== undefined);
}

/** Lines of given energies by period. */
export function linesOf(bill: Bill, charge: CompiledEnergy, energy: readonly number[], net: boolean): Line[] {
  if (charge.method === 'running') return runningLines(bill, charge, energy);
  const priced = energy.map((value, period) => (charge.prices[period] === undefined ? 0 : value));
  const total = priced.reduce((sum, value) => sum + value, 0);
  const lines: Line[] = [];
  if (charge.tiers.length === 1) {
    for (const [period, value] of priced.entries())
      if (value !== 0) lines.push(energyLine(bill, charge, period, 0, { n: BigInt(value), d: 1n }, net));
    return lines;
  }
  const parts = cutByTiers({ n: BigInt(total), d: 1n }, energyTierEnds(bill, charge));
  for (const [period, value] of priced.entries()) {
    if (value === 0) continue;
    for (const [tier, part] of parts.entries()) {
      if (total <= 0) {
        if (tier === 0) lines.push(energyLine(bill, charge, period, 0, { n: BigInt(value), d: 1n }, net));
      } else if (part.n !== 0n) {
        // each period takes its share of every tier: energy of the period × part ÷ total
        const quantity = { n: BigInt(value) * part.n, d: part.d * BigInt(total) };
        lines.push(energyLine(bill, charge, period, tier, quantity, net));
      }
    }
  }
  return lines;
}

function runningLines(bill: Bill, charge: CompiledEnergy, energy: readonly number[]): Line[] {
  const sums = bill.input.determinants.running[charge.running]!;
  const tiers = charge.tiers.length;
  const lines: Line[] = [];
  for (let period = 0; period < energy.length; period++) {
    if (charge.prices[period] === undefined) continue;
    for (let tier = 0; tier < tiers; tier++) {
      const value = sums[period * tiers + tier]!;
      if (value !== 0) lines.push(energyLine(bill, charge, period, tier, { n: BigInt(value), d: 1n }, false));
    }
  }
  return lines;
}

/** Where the tiers of an energy charge end in this bill, in thousandths of the base unit. */
function energyTierEnds(bill: Bill, charge: CompiledEnergy): (Fraction | undefined)[] {
  const { days, persons = 1 } = bill.input;
  const { standardDays } = charge;
  return tierEnds(charge.tiers, {
    days,
    persons,
    perUnit: bill.perUnit,
    budget: bill.input.determinants.budget,
    share: standardDays === undefined ? bill.share : { n: BigInt(days), d: BigInt(standardDays) },
    demand: charge.demand < 0 ? ONE : largestDemand(bill, charge.demand),
  });
}

function energyLine(
  bill: Bill,
  charge: CompiledEnergy,
  period: number,
  tier: number,
  counts: Fraction,
  net: boolean,
): Line {
  const { version } = bill;
  const imported = charge.flow === 'import';
  const determinant = net ? 'energy-net' : imported ? 'energy-import' : 'energy-export';
  const names = version.needs.schedules[charge.schedule]!.periods;
  const start = bill.start(charge, 'energy', determinant, version.unit, {
    id: charge.ids[period]![tier]!,
    period: charge.schedule === 0 ? '' : names[period]!,
    tier: charge.tiers.length === 1 ? 0 : tier + 1,
    estimated: estimatedShare(bill, charge.schedule, period),
    atS: 0,
  });
  start.note = energyNote(bill, charge, period);
  const price = charge.prices[period]![tier]!;
  const quantity = { n: counts.n, d: counts.d === 1n ? bill.perUnit : counts.d * bill.perUnit };
  return lineOf(start, quantity, imported ? price : -price, version);
}

/** Share of a period's energy that is not measured. */
function estimatedShare(bill: Bill, schedule: number, period: number): number {
  const { import: drawn, export: fed, estimated } = bill.input.determinants.energy[schedule]!;
  const guessed = estimated[period]!;
  if (guessed === 0) return 0;
  const all = Math.abs(drawn[period]! + fed[period]!);
  return all === 0 ? 0 : Math.min(1, Math.abs(guessed) / all);
}

/** Energy of a flow over all periods, thousandths of the base unit. */
export function totalEnergy(bill: Bill, flow: 'import' | 'export'): Fraction {
  const sum = bill.input.determinants.energy[0]![flow][0]!;
  return sum === 0 ? ZERO : { n: BigInt(sum), d: 1n };
}
