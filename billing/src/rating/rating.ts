/** What rating works on and hands on: the account-month, and what one bill leaves to the next. */
import type { Determinants } from '../determinants/determinants.ts';
import { type Fraction, ONE, powerOfTen, roundQuotient, ZERO } from '../exact.ts';
import type { CompiledVersion } from './compiled.ts';
import type { DeterminantName, Line, LineKind, OpenLine } from './line.ts';

/** A peak that a ratchet may look back to. */
export interface PastPeak {
  /** year × 12 + month - 1. */
  readonly month: number;
  /** kW (or kVA, kvar) by period. */
  readonly demand: readonly Fraction[];
}

/** What was used in the months of a winter that were billed so far. */
export interface Winter {
  /** The month (year × 12 + month - 1) it began. */
  readonly from: number;
  /** Thousandths of the base unit, and days. */
  readonly used: number;
  readonly days: number;
}

/** What one bill leaves to the next. */
export interface CarryState {
  /** Peaks by demand charge, the newest last. */
  readonly peaks: Readonly<Record<string, readonly PastPeak[]>>;
  /** Banked energy by energy charge and name of the period, thousandths of the base unit. */
  readonly bank: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Month (year × 12 + month - 1) the bank is of. */
  readonly bankMonth: number;
  /** Fed in more than drawn since the last true-up, over all periods. */
  readonly surplus: number;
  /** Decimals of the money here. */
  readonly digits: number;
  /** Credit in 10^-digits of the currency. */
  readonly credit: bigint;
  /** Use in the newest winter, by sewer charge. */
  readonly winters: Readonly<Record<string, Winter>>;
  /** Lines so far in the year, by minimum charge, in 10^-digits of the currency. */
  readonly yearToDate: Readonly<Record<string, bigint>>;
}

/** The state of an account's first bill. */
export const emptyState: CarryState = {
  ...{ peaks: {}, bank: {}, bankMonth: 0, surplus: 0, digits: 0, credit: 0n },
  ...{ winters: {}, yearToDate: {} },
};

/** The state with its money in other decimals: a new version of a tariff may round otherwise. */
export function withDigits(state: CarryState, digits: number): CarryState {
  if (state.digits === digits) return state;
  const scaled = (amount: bigint): bigint =>
    digits > state.digits
      ? amount * powerOfTen(digits - state.digits)
      : roundQuotient(amount, powerOfTen(state.digits - digits));
  const yearToDate = Object.fromEntries(
    Object.entries(state.yearToDate).map(([id, sum]) => [id, scaled(sum)]),
  );
  return { ...state, digits, credit: scaled(state.credit), yearToDate };
}

/** A plain line that is not worked out from usage: deposit, budget billing, balance brought forward. */
export interface Adjustment {
  readonly id: string;
  readonly name: string;
  /** Decimal text in the currency. */
  readonly amount: string;
}

export interface RateInput {
  readonly determinants: Determinants;
  /** Local days that are billed, and days of the whole cycle they are part of. */
  readonly days: number;
  readonly cycleDays: number;
  /** year × 12 + month - 1 of the bill. */
  readonly month: number;
  /** False for a part of a cycle that others follow; minima of the year and true-up wait for the last. */
  readonly endsCycle?: boolean;
  readonly persons?: number;
  readonly adjustments?: readonly Adjustment[];
  readonly state?: CarryState;
}

/** What happened to credits in a bill, in 10^-digits of the currency. */
export interface Credits {
  readonly earned: bigint;
  readonly applied: bigint;
  /** Paid out, or billed as a payment, at true-up. */
  readonly trueUp: bigint;
  /** Left for the next bill. */
  readonly left: bigint;
}

export interface Rated {
  readonly lines: readonly Line[];
  /** What was earned by feeding in and is credited later; not part of the total. */
  readonly earned: readonly Line[];
  readonly credits: Credits;
  /** kW of each demand charge, by period of its schedule. */
  readonly billedDemand: Readonly<Record<string, readonly Fraction[]>>;
  readonly state: CarryState;
}

/** A bill under way. */
export class Bill {
  readonly lines: Line[] = [];
  readonly earned: Line[] = [];
  /** Billed demand by index of the charge. */
  readonly demand: (readonly Fraction[] | undefined)[] = [];
  /** Energy by period that an import charge is billed for, where banks have changed it. */
  readonly balance = new Map<string, readonly number[]>();
  /** Days billed ÷ days of the cycle. */
  readonly share: Fraction;
  /** Thousandths of the base unit in a unit. */
  readonly perUnit: bigint;
  readonly version: CompiledVersion;
  readonly input: RateInput;
  readonly state: CarryState;

  constructor(version: CompiledVersion, input: RateInput, state: CarryState) {
    this.version = version;
    this.input = input;
    this.state = state;
    this.perUnit = BigInt(input.determinants.perUnit);
    this.share = input.days === input.cycleDays ? ONE : { n: BigInt(input.days), d: BigInt(input.cycleDays) };
  }

  /** True for the last part of a cycle. */
  get endsCycle(): boolean {
    return this.input.endsCycle ?? true;
  }

  /** Month of the bill, 0 to 11. */
  get ofYear(): number {
    return ((this.input.month % 12) + 12) % 12;
  }

  /** Begins a line; what is not said is that of a charge without periods and tiers. */
  start(
    charge: { readonly id: string; readonly name: string },
    kind: LineKind,
    determinant: DeterminantName,
    unit: string,
    place: LinePlace = noPlace,
  ): OpenLine {
    const { fromS, toS } = this.input.determinants;
    return {
      id: place.id ?? charge.id,
      charge: charge.id,
      name: charge.name,
      kind,
      period: place.period,
      tier: place.tier,
      determinant,
      unit,
      quantity: ZERO,
      price: ZERO,
      amount: 0n,
      fromS,
      toS,
      estimated: place.estimated,
      version: this.version.label,
      atS: place.atS,
      note: '',
    };
  }
}

/** Where a line stands within its charge. */
export interface LinePlace {
  readonly id: string | undefined;
  readonly period: string;
  readonly tier: number;
  readonly estimated: number;
  readonly atS: number;
}

const noPlace: LinePlace = { id: undefined, period: '', tier: 0, estimated: 0, atS: 0 };
