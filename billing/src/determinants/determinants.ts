/**
 * Billing determinants: the few numbers a bill is made of. A plain structure of whole numbers, so that
 * whoever computes it (from columns here, or by SQL over the same period maps) must come to the same.
 *
 * Energy is in thousandths of the base unit (mWh, mL), `perUnit` of them are one unit of the tariff.
 */

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
  readonly energy: number;
  /** Sum of energy × price, in thousandths of the base unit × 10^-digits of the currency. */
  readonly valued: bigint;
  readonly digits: number;
}

/** Energy drawn in one window of an event. */
export interface EventEnergy {
  readonly fromS: number;
  readonly toS: number;
  readonly energy: number;
  /** Intervals of the window that are missing. */
  readonly missing: number;
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
    | 'event-missing';
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
}

/** A price for each interval of a grid. Prices are whole numbers of 10^-digits of the currency. */
export interface PriceSeries {
  readonly startS: number;
  readonly intervalS: number;
  readonly digits: number;
  /** NaN where no price is known. */
  readonly prices: Float64Array;
}
