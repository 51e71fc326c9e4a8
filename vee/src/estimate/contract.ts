/**
 * What an estimate is made from and what it says of itself.
 *
 *   EstimateContext ──findGaps──▶ Gap[] ──ladder──▶ Estimate[]      values, method, days used, 90 % interval
 */
import type { Period } from '@openami/model';
import type { ClockGrid } from '../clock-grid.ts';
import type { ChannelFacts } from '../facts.ts';
import type { RegisterTrack } from '../registers/track.ts';
import type { Series } from '../series.ts';
import type { GapView } from './gap-view.ts';

/** A time-of-use register and the slots it counted: `slots[i]` is 1 where it did. */
export interface TouBucket {
  readonly track: RegisterTrack;
  readonly slots: Uint8Array;
}

/** Mean course of a customer class: relative use by sort of day and clock position. */
export interface ClassProfile {
  readonly workday: Float64Array;
  readonly saturday: Float64Array;
  readonly sunday: Float64Array;
}

export interface EstimateContext {
  readonly facts: ChannelFacts;
  /**
   * The day and what is known around it: history, and what came after when it came. Slots that are absent,
   * missing, estimated or projected are open; whatever else holds a value stays as it is.
   */
  readonly series: Series;
  /** The wall clock of the same window. */
  readonly clock: ClockGrid;
  /** Local day numbers of public holidays. */
  readonly holidays?: ReadonlySet<number>;
  /** Local day numbers never to learn from: demand-response events, test days. */
  readonly excludedDays?: ReadonlySet<number>;
  /** Confirmed outages and disconnections, UTC seconds: true zeros. */
  readonly outages?: readonly Period[];
  readonly disconnected?: readonly Period[];
  /** The total register of the channel. */
  readonly register?: RegisterTrack;
  /** Time-of-use registers; together they count every slot once. */
  readonly buckets?: readonly TouBucket[];
  /** Check meter, or parent less siblings, on the same window and in the channel's counts. */
  readonly check?: Series;
  /** The same window a year (364 days) earlier, in the channel's counts. */
  readonly previousYear?: Series;
  /** Outside temperature of each slot in °C; NaN where unknown. */
  readonly temperatureC?: Float64Array;
  readonly classProfile?: ClassProfile;
}

/** What estimates may be made from besides readings of the channel, of its register and of outages. */
export type EstimateHelp = Pick<
  EstimateContext,
  'buckets' | 'check' | 'temperatureC' | 'previousYear' | 'classProfile'
>;

/** Adjoining open slots [from, to) that are treated alike. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** A confirmed outage or disconnection covers it: zero, and nothing is estimated. */
  readonly dead: boolean;
  /** Nothing measured follows it in the window: an estimate ahead of the last actual. */
  readonly ahead: boolean;
}

export type MethodId =
  | 'check-meter'
  | 'zero'
  | 'linear'
  | 'like-day'
  | 'average-like-day'
  | 'recent-days'
  | 'neighbour-days'
  | 'typical-day'
  | 'smoothed-day'
  | 'bridged-2h'
  | 'bridged-8h'
  | 'bridged-24h'
  | 'level-day'
  | 'weather'
  | 'previous-year'
  | 'class-profile'
  | 'flat'
  | 'blend';

/** What a method is called where: in words, and in the codes of others. */
export interface MethodFacts {
  readonly id: MethodId;
  readonly title: string;
  /** Clause or practice it follows. */
  readonly source: string;
  /** Bits of model's `Reason` that its values carry. */
  readonly reasons: number;
  /** CIM ReadingQualityType. */
  readonly cim: string;
  /** ESPI QualityOfReading. */
  readonly espi: number;
  /** AEMO metrology method: retrospective, and ahead of the last actual. */
  readonly aemo: number;
  readonly aemoAhead: number;
}

/** A method that works from like days and the neighbourhood of the gap; one a file. */
export interface EstimateMethod extends MethodFacts {
  /**
   * Writes what it says of slot `k` of the gap to `out[at + k]`: not rounded, not scaled to a register,
   * NaN where what it needs is not there.
   */
  fill(view: GapView, out: Float64Array, at: number): void;
}

/** Energy of the whole gap in counts, with its 90 % interval. */
export interface EnergyRange {
  readonly counts: number;
  readonly lower: number;
  readonly upper: number;
}

export interface MethodShare {
  readonly method: MethodId;
  /** 0 to 1; all shares add up to 1. */
  readonly share: number;
}

export interface Estimate {
  readonly gap: Gap;
  readonly method: MethodId;
  /** Methods mixed and their shares, the greatest first; empty unless `method` is `blend`. */
  readonly shares: readonly MethodShare[];
  /** Whole counts, one a slot of the gap. */
  readonly value: Float64Array;
  /** Interval that holds each value with 90 % probability. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly energy: EnergyRange;
  /** `Quality.estimated`, `derived` (check meter) or `projected` (ahead of the last actual). */
  readonly quality: number;
  /** Bits of model's `Reason`. */
  readonly flags: number;
  /** Local day numbers the values were taken from, nearest first. */
  readonly days: readonly number[];
  /** The values add up to a register advance. */
  readonly registerScaled: boolean;
  /** The register counted less than the measured slots hold: nothing was scaled, a person must look. */
  readonly registerConflict: boolean;
}

export interface LadderOptions {
  /** Default true. */
  readonly useRegisters?: boolean;
  /** Use this method alone (where it can) instead of the ladder's choice. */
  readonly only?: MethodId;
  /** Estimate ahead of the last actual. Default false: such gaps stay open unless a register bounds them. */
  readonly allowAhead?: boolean;
  /**
   * `back-test` (default) weighs the methods by how well they did on this channel; `fixed` takes the first
   * of the handbook's ladder that applies, for markets that prescribe it.
   */
  readonly choice?: 'back-test' | 'fixed';
}
