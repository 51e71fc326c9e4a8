/** A tariff version made ready for rating: names are indexes, prices whole numbers of one scale. */
import type { Rounding } from '@openami/model';
import type { CompiledSchedule } from '../calendar/schedule.ts';
import type { DemandNeed, DynamicNeed, EventNeed } from '../determinants/determinants.ts';
import type { Netting } from '../determinants/usage.ts';
import type { BudgetRule } from '../determinants/water.ts';
import type { Fraction } from '../exact.ts';
import type { Charge, ChargeKind, LimitUnit, NetMetering, TariffCalendar } from '../tariff/schema.ts';

export interface Limit {
  readonly value: Fraction;
  readonly unit: LimitUnit;
}

/** The lowest of the limits ends the tier; none: the last one. */
export interface CompiledTier {
  readonly limits: readonly Limit[];
}

interface Common {
  readonly id: string;
  readonly name: string;
  readonly kind: ChargeKind;
  /** Months of bills it is in, by month - 1; undefined is all. */
  readonly months: readonly boolean[] | undefined;
}

export interface CompiledFixed extends Common {
  readonly kind: 'fixed';
  readonly price: bigint;
  readonly per: 'day' | 'month' | 'year';
  readonly prorate: boolean;
}

/** Prices by period and tier; undefined where the charge has no price for a period. */
export type PriceTable = readonly (readonly bigint[] | undefined)[];

export interface CompiledEnergy extends Common {
  readonly kind: 'energy';
  readonly flow: 'import' | 'export';
  readonly schedule: number;
  readonly prices: PriceTable;
  /** Ids of the lines, by period and tier. */
  readonly ids: readonly (readonly string[])[];
  readonly tiers: readonly CompiledTier[];
  readonly method: 'proportional' | 'running';
  /** Index into `needs.running`; -1 when proportional. */
  readonly running: number;
  readonly standardDays: number | undefined;
  /** Index of the demand charge among `charges`; -1 when no limit is per kW. */
  readonly demand: number;
}

export interface CompiledRatchet {
  /** By calendar month of the past peak; 0 for months that do not count. */
  readonly fractions: readonly Fraction[];
  readonly lookBackMonths: number;
  readonly actual: readonly boolean[];
}

export interface CompiledDemand extends Common {
  readonly kind: 'demand';
  readonly unit: 'kW' | 'kVA' | 'kvar';
  /** Index into `needs.demands`. */
  readonly need: number;
  readonly schedule: number;
  readonly prices: PriceTable;
  readonly ids: readonly (readonly string[])[];
  readonly tiers: readonly CompiledTier[];
  readonly minimum: Fraction;
  readonly prorate: boolean;
  readonly ratchet: CompiledRatchet | undefined;
  readonly powerFactor: Fraction | undefined;
  /** Index of the charge whose billing demand is billed; -1 for a peak of its own. */
  readonly billedAs: number;
}

export interface CompiledDynamic extends Common {
  readonly kind: 'dynamic';
  readonly flow: 'import' | 'export';
  /** Index into `needs.dynamic`. */
  readonly need: number;
  readonly factor: Fraction;
  readonly adder: Fraction;
  /** Price of a unit of the block. */
  readonly blockPrice: bigint;
}

export interface CompiledSewer extends Common {
  readonly kind: 'sewer';
  readonly price: bigint;
  readonly share: Fraction;
  /** By month - 1; undefined where no winter limits it. */
  readonly winter: readonly boolean[] | undefined;
  readonly usualPerDay: Fraction | undefined;
}

export interface CompiledRebate extends Common {
  readonly kind: 'rebate';
  readonly event: string;
  /** Index into `needs.events`. */
  readonly need: number;
  readonly price: bigint;
}

export interface CompiledRider extends Common {
  readonly kind: 'rider';
  readonly flow: 'import' | 'export';
  /** By calendar month. */
  readonly prices: readonly bigint[];
  /** Index of the demand charge it is per kW of; -1 for energy. */
  readonly demand: number;
}

export interface CompiledPercent extends Common {
  readonly kind: 'percent' | 'tax';
  readonly percent: Fraction;
  /** Charges it is of; undefined is all before it, of a tax those that are no tax. */
  readonly of: ReadonlySet<string> | undefined;
}

export interface CompiledMinimum extends Common {
  readonly kind: 'minimum';
  readonly amount: bigint;
  readonly per: 'day' | 'month' | 'year';
  readonly of: ReadonlySet<string> | undefined;
}

export type CompiledCharge =
  | CompiledFixed
  | CompiledEnergy
  | CompiledDemand
  | CompiledDynamic
  | CompiledRebate
  | CompiledSewer
  | CompiledRider
  | CompiledPercent
  | CompiledMinimum;

/** What must be known of the usage. */
export interface Needs {
  /** The first is the schedule with one period. */
  readonly schedules: readonly CompiledSchedule[];
  readonly demands: readonly DemandNeed[];
  /** Indexes of the energy charges whose tiers fill in order of time. */
  readonly running: readonly number[];
  readonly dynamic: readonly DynamicNeed[];
  readonly events: readonly EventNeed[];
}

export interface CompiledNetMetering extends Omit<NetMetering, 'trueUpPrice'> {
  readonly trueUpMonth: number;
  readonly trueUpPrice: bigint;
  readonly bankScope: 'period' | 'total';
  readonly rollover: 'period' | 'time-of-day';
  readonly trueUp: 'pay' | 'credit' | 'forfeit';
  readonly creditsApply: 'current' | 'next';
}

export interface CompiledVersion {
  readonly tariff: string;
  /** Name of the version on a bill: id and the date it is in force from. */
  readonly label: string;
  readonly unit: string;
  readonly currency: string;
  /** Day numbers [from, to) in which it is in force. */
  readonly fromDay: number;
  readonly toDay: number;
  readonly zone: string | undefined;
  readonly calendar: TariffCalendar;
  /** In the order of a bill. */
  readonly charges: readonly CompiledCharge[];
  /** The charges as they were written. */
  readonly written: readonly Charge[];
  readonly needs: Needs;
  readonly netMetering: CompiledNetMetering | undefined;
  readonly netting: Netting;
  readonly waterBudget: BudgetRule | undefined;
  /** Prices are whole numbers of 10^-priceDigits of the currency. */
  readonly priceDigits: number;
  /** Amounts are whole numbers of 10^-digits of the currency. */
  readonly digits: number;
  readonly rounding: Rounding;
  readonly scales: Scales;
}

/** Powers of ten that lines are worked out with. */
export interface Scales {
  /** 10^priceDigits and 10^digits. */
  readonly price: bigint;
  readonly amount: bigint;
  /** amount = quantity × price × up ÷ down. */
  readonly up: bigint;
  readonly down: bigint;
}
