/**
 * Billing determinants: the few numbers a bill is made of. A plain structure of whole numbers, so that
 * whoever computes it (from columns here, or by SQL over the same period maps) must come to the same.
 *
 * Energy is in thousandths of the base unit (mWh, mL), `perUnit` of them are one unit of the tariff.
 */

import type { EventWindows } from '../calendar/period-map.ts';
import type { Fraction } from '../exact.ts';
import type { BaselineMethod } from './baseline.ts';

/** Energy of one schedule, by period. */
export interface PeriodEnergy {
  readonly import: readonly number[];
  readonly export: readonly number[];
  /** Of `import` and `export` together, what comes from intervals that are not measured. */
  readonly estimated: readonly number[];
}

/** The highest demand of each period, as energy within the window. */
export interface PeriodDemand {
  /** Length of the windows, seconds: kW = energy × 3600 ÷ windowS ÷ perUnit. */
  readonly windowS: number;
  readonly energy: readonly number[];
  /** UTC second at which the window ends; 0 where there was none. */
  readonly atS: readonly number[];
  /** 1 where the window holds estimated intervals. */
  readonly estimated: readonly number[];
}

/** Energy valued by a price series. */
export interface DynamicEnergy {
  /** What is billed at the price of each interval: without the block, where there is one. */
  readonly energy: number;
  /** Sum of energy × price, in thousandths of the base unit × 10^-digits of the currency. */
  readonly valued: bigint;
  readonly digits: number;
  /** Energy of the block at its fixed price. */
  readonly block?: number;
  /** The newest upload of the series that the bill knew. */
  readonly revision?: number;
}

/** Energy drawn in one window of an event. */
export interface EventEnergy {
  readonly fromS: number;
  readonly toS: number;
  readonly energy: number;
  /** Intervals of the window that are missing. */
  readonly missing: number;
  /** What would have been drawn had nothing been called; absent where nobody knows. */
  readonly baseline?: number;
  /** The declared event. */
  readonly id?: number;
}

/** Volume of gas that became energy. */
export interface GasVolume {
  /** Thousandths of a litre. */
  readonly volume: number;
  /** Means by volume, decimal text: the factor to reference conditions, and MJ/m3. */
  readonly correction: string;
  readonly calorific: string;
  readonly revision?: number;
}

/** What a customer may use at the lower prices, thousandths of a litre. */
export interface WaterBudget {
  /** People × litres a day × days. */
  readonly indoor: number;
  /** With what irrigated land needs. */
  readonly total: number;
}

export interface ReadinessProblem {
  readonly code:
    | 'missing'
    | 'estimated'
    | 'negative'
    | 'straddles'
    | 'demand-coarse'
    | 'demand-unknown'
    | 'no-reactive'
    | 'no-export'
    | 'event-missing'
    | 'no-baseline';
  /** What it is and what it means for the bill, in words. */
  readonly message: string;
  readonly count: number;
}

export interface Determinants {
  readonly fromS: number;
  readonly toS: number;
  readonly perUnit: number;
  /** Intervals of the window: all, those with a value, and of these those not measured. */
  readonly expected: number;
  readonly present: number;
  readonly estimated: number;
  /** By schedule, in the order of `needs.schedules`. */
  readonly energy: readonly PeriodEnergy[];
  /** In the order of `needs.demands`. */
  readonly demand: readonly PeriodDemand[];
  /** In the order of `needs.running`: energy by period and tier, `[period * tiers + tier]`. */
  readonly running: readonly (readonly number[])[];
  readonly dynamic: readonly DynamicEnergy[];
  readonly events: readonly (readonly EventEnergy[])[];
  /** Reactive energy drawn in the window; 0 where there is no such channel. */
  readonly reactive: number;
  /** Windows of events that decided the period of intervals. */
  readonly windows?: EventWindows;
  readonly gas?: GasVolume;
  readonly budget?: WaterBudget;
  /** Thousandths of a litre a day that a sewer charge goes by, where somebody stated it. */
  readonly winterAverage?: number;
  readonly problems: readonly ReadinessProblem[];
}

/** A demand to be found. */
export interface DemandNeed {
  /** Index into `schedules`. */
  readonly schedule: number;
  readonly unit: 'kW' | 'kVA' | 'kvar';
  readonly flow: 'import' | 'export';
  readonly windowS: number;
  /** 0: blocks by the local clock. */
  readonly rollingS: number;
  readonly straddle: boolean;
  readonly estimatedCanPeak: boolean;
  /** Only in the windows of this event. */
  readonly event?: string;
}

/** Tiers that fill in order of time: limits in thousandths of the base unit, ascending, without the last. */
export interface RunningNeed {
  readonly schedule: number;
  readonly flow: 'import' | 'export';
  /** The periods that fill the tiers. */
  readonly periods: readonly boolean[];
  readonly limits: readonly number[];
}

export interface DynamicNeed {
  readonly flow: 'import' | 'export';
  readonly series: string;
  /** A block of constant power at a price of its own; the rest is at the price of the interval. */
  readonly block?: {
    readonly kW: Fraction;
    /** What is not used of the block is credited at the price of the interval; else only use is billed. */
    readonly credited: boolean;
  };
}

/** Energy in the windows of an event, against a baseline. */
export interface EventNeed {
  readonly event: string;
  readonly method: BaselineMethod;
}
