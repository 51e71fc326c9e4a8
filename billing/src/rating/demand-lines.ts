/** Demand charges: the billing demand with ratchet, minimum and power factor, and its lines. */
import { apparent } from '../determinants/demand.ts';
import { kilowatts } from '../determinants/units.ts';
import { above, type Fraction, larger, ONE, times, ZERO } from '../exact.ts';
import type { CompiledDemand, CompiledRatchet } from './compiled.ts';
import { lineOf } from './line.ts';
import type { Bill, PastPeak } from './rating.ts';
import { cutByTiers, tierEnds } from './tiers.ts';

/** Peaks of this bill by period, before ratchet and minimum, corrected for power factor. */
function ownPeaks(bill: Bill, charge: CompiledDemand): Fraction[] {
  const { determinants } = bill.input;
  const { energy, windowS } = determinants.demand[charge.need]!;
  const peaks = energy.map((value) => kilowatts(value, windowS, determinants.perUnit));
  const factor = charge.powerFactor && powerFactorShare(bill, charge.powerFactor);
  return factor === undefined ? peaks : peaks.map((peak) => times(peak, factor));
}

/** target ÷ power factor of the bill, where that is below the target. */
function powerFactorShare(bill: Bill, target: Fraction): Fraction | undefined {
  const { energy, reactive } = bill.input.determinants;
  const active = energy[0]!.import.reduce((sum, value) => sum + value, 0);
  if (active <= 0) return undefined;
  const share = times(target, { n: BigInt(apparent(active, reactive)), d: BigInt(active) });
  return share.n > share.d ? share : undefined;
}

/**
 * Billing demand: the largest of the minimum, the own peak (in months billed by it), and the shares of the
 * own and of past peaks. `past` holds the peaks of earlier bills.
 */
function billingDemand(
  charge: CompiledDemand,
  own: readonly Fraction[],
  month: number,
  past: readonly PastPeak[],
): Fraction[] {
  const { ratchet, minimum, prices } = charge;
  return own.map((peak, period) => {
    if (prices[period] === undefined) return ZERO;
    if (ratchet === undefined) return larger(peak, minimum);
    return ratcheted(ratchet, larger(minimum, ownShare(ratchet, peak, month)), period, month, past);
  });
}

function ownShare({ actual, fractions }: CompiledRatchet, peak: Fraction, month: number): Fraction {
  const ofYear = ((month % 12) + 12) % 12;
  return actual[ofYear] ? peak : times(peak, fractions[ofYear]!);
}

function ratcheted(
  { fractions, lookBackMonths }: CompiledRatchet,
  least: Fraction,
  period: number,
  month: number,
  past: readonly PastPeak[],
): Fraction {
  let demand = least;
  for (let i = past.length - 1; i >= 0; i--) {
    const { month: then, demand: peaks } = past[i]!;
    if (then > month || then < month - lookBackMonths) continue;
    const peak = peaks[period];
    if (peak === undefined) continue;
    demand = larger(demand, times(peak, fractions[((then % 12) + 12) % 12]!));
  }
  return demand;
}

/** Works out the billing demand of every demand charge, in their order. Returns the peaks to remember. */
export function settleDemand(bill: Bill): Record<string, readonly PastPeak[]> {
  const { charges } = bill.version;
  const peaks: Record<string, readonly PastPeak[]> = { ...bill.state.peaks };
  for (const [at, charge] of charges.entries()) {
    if (charge.kind !== 'demand' || charge.billedAs >= 0) continue;
    const own = ownPeaks(bill, charge);
    const past = bill.state.peaks[charge.id] ?? [];
    bill.demand[at] = billingDemand(charge, own, bill.input.month, past);
    if (charge.ratchet === undefined) continue;
    const oldest = bill.input.month - Math.max(charge.ratchet.lookBackMonths, 1);
    const kept = past.filter(({ month }) => month >= oldest);
    peaks[charge.id] = [...kept, { month: bill.input.month, demand: own }];
  }
  for (const [at, charge] of charges.entries())
    if (charge.kind === 'demand' && charge.billedAs >= 0) bill.demand[at] = borrowed(bill, charge);
  return peaks;
}

/** The billing demand of another charge, in every period this one has a price for. */
function borrowed(bill: Bill, { billedAs, prices }: CompiledDemand): Fraction[] {
  const demand = largestDemand(bill, billedAs);
  return prices.map((price) => (price === undefined ? ZERO : demand));
}

/** The largest billing demand of a charge over its periods. */
export function largestDemand(bill: Bill, charge: number): Fraction {
  return (bill.demand[charge] ?? []).reduce((most, one) => larger(most, one), ZERO);
}

/** Lines of a demand charge: one a period and tier. */
export function demandLines(bill: Bill, at: number, charge: CompiledDemand): void {
  const { determinants } = bill.input;
  const { atS, estimated } = determinants.demand[charge.need]!;
  const names = bill.version.needs.schedules[charge.schedule]!.periods;
  // a charge without any price is there for others to go by
  if (charge.prices.every((prices) => prices?.every((price) => price === 0n) ?? true)) return;
  const share = charge.prorate ? bill.share : ONE;
  for (const [period, demand] of bill.demand[at]!.entries()) {
    const prices = charge.prices[period];
    if (prices === undefined || !above(demand, ZERO)) continue;
    for (const [tier, part] of demandParts(charge, demand).entries()) {
      if (part.n === 0n) continue;
      const start = bill.start(charge, 'demand', 'demand', charge.unit, {
        id: charge.ids[period]![tier]!,
        period: charge.schedule === 0 ? '' : names[period]!,
        tier: charge.tiers.length === 1 ? 0 : tier + 1,
        estimated: estimated[period]!,
        atS: atS[period]!,
      });
      bill.lines.push(lineOf(start, times(part, share), prices[tier]!, bill.version));
    }
  }
}

function demandParts({ tiers }: CompiledDemand, demand: Fraction): readonly Fraction[] {
  if (tiers.length === 1) return [demand];
  const ends = tierEnds(tiers, { perUnit: 1n, days: 1, share: ONE, demand: ZERO, persons: 1 });
  return cutByTiers(demand, ends);
}
