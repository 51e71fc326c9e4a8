/**
 * What rules are shown. The caller fills it; what is not known is left out, and rules that need it
 * then say nothing.
 */
import type { Period, ReadingBatch } from '@openami/model';
import type { ChannelFacts, QuantityKind } from './facts.ts';
import type { Series } from './series.ts';
import type { ChannelStatistics } from './statistics.ts';

/** Day types of the statistics: working days 0, Saturdays 1, Sundays and holidays 2. */
export type DayType = 0 | 1 | 2;

/** How a block of readings was fetched: for the rules about clocks, serials and set-up. */
export interface Collection {
  /** Meter clock less UTC at the moment of reading, seconds. */
  readonly meterClockOffsetS?: number;
  /** Collector's clock less UTC as its time source tells, seconds. */
  readonly collectorOffsetS?: number;
  /** Serial the device answered with, and the one on record for the day. */
  readonly serialRead?: string;
  readonly serialOnRecord?: string;
  /** Unit the device reported, and the channel's. */
  readonly unitRead?: string;
  readonly unitOnRecord?: string;
}

/** Rows of one channel as they come in, and what is known when they do. */
export interface IngestInput {
  readonly facts: ChannelFacts;
  readonly batch: ReadingBatch;
  /** As of before this batch. */
  readonly statistics: ChannelStatistics | undefined;
  readonly collection: Collection | undefined;
  readonly nowS: number;
}

/** Rows [from, to) of a batch, all of one channel, with what one pass over them found. */
export interface ReadingRun extends IngestInput {
  readonly from: number;
  readonly to: number;
  /** Smallest and largest value and end of the run; all flags or-ed together. */
  readonly minimum: number;
  readonly maximum: number;
  readonly firstEndS: number;
  readonly lastEndS: number;
  readonly anyFlags: number;
  /** False when an end is not later than the one before it. */
  readonly ascending: boolean;
  /** False when an end does not lie on the channel's grid. */
  readonly onGrid: boolean;
}

/** What placing the day's rows on the grid found (place.ts). */
export interface Arrival {
  /** Rows that came for the day, all kinds together. */
  readonly rows: number;
  /** Rows that repeat an end with the same value, and with another one. */
  readonly duplicates: number;
  readonly conflicts: number;
  /** Rows whose end lies between two slots' ends. */
  readonly offGrid: number;
  /** Rows of one length stamped on the grid of another: the spacing seen most, seconds; 0 if unknown. */
  readonly spacingS: number;
}

/** What the register moved between two readings of it (registers/). */
export interface RegisterSpan {
  readonly fromS: number;
  readonly toS: number;
  /** Advance in counts of the channel, multiplier applied. */
  readonly advance: number;
  /** One step of the register in counts of the channel, multiplier applied. */
  readonly step: number;
  /** Why the advance cannot be taken at its word. */
  readonly fault?: 'decrease' | 'replaced' | 'implausible';
}

/** Another channel of the same device over the same days, on the same grid. */
export interface Sibling {
  readonly facts: ChannelFacts;
  readonly kind: QuantityKind;
  readonly series: Series;
  readonly statistics?: ChannelStatistics;
}

/** Voltage or current of one phase, as means or samples a slot, on the grid of the day's series. */
export interface PhaseLevel {
  readonly phase: 1 | 2 | 3;
  readonly quantity: 'voltage' | 'current';
  /** Nominal value in the series' counts; voltage only. */
  readonly nominal?: number;
  readonly series: Series;
}

/** A finding of an earlier day, for the prior-pattern handler. */
export interface PriorFinding {
  readonly rule: number;
  readonly severity: number;
  readonly day: number;
}

/** One local day of one channel with all that is known around it. */
export interface DayContext {
  readonly facts: ChannelFacts;
  /** Spans the day and what is known before and after it. */
  readonly series: Series;
  /** Slots of the day: [from, to) of the series; 92, 96 or 100 of them. */
  readonly from: number;
  readonly to: number;
  /** Local date as a day number. */
  readonly day: number;
  readonly dayType: DayType;
  /** Of the days before this one. */
  readonly statistics?: ChannelStatistics;
  readonly arrival?: Arrival;
  /** Spans of the register that touch the day. */
  readonly spans?: readonly RegisterSpan[];
  /** Confirmed supply outages and disconnections, UTC seconds. */
  readonly outages?: readonly Period[];
  readonly disconnects?: readonly Period[];
  /** Returns of the supply whose loss nobody told of, UTC seconds. */
  readonly returns?: readonly number[];
  readonly siblings?: readonly Sibling[];
  /** Kinds of channel the device must have on this day. */
  readonly expectedSiblings?: readonly QuantityKind[];
  readonly phases?: readonly PhaseLevel[];
  readonly prior?: readonly PriorFinding[];
}

/** Daily totals of a billing period of one channel. */
export interface PeriodContext {
  readonly facts: ChannelFacts;
  /** Local date of the first day. */
  readonly firstDay: number;
  /** Counts a day; NaN where the day has no complete total. */
  readonly totals: Float64Array;
  /** Slots a day that are estimated, and that are expected. */
  readonly estimated: Uint16Array;
  readonly expected: Uint16Array;
  /** Average daily use, counts, of the same month last year and of the last period, where known. */
  readonly sameMonthLastYear?: number;
  readonly lastPeriod?: number;
  /** What weather alone would make of the reference: this period's expectation over the reference's. */
  readonly weatherFactor?: number;
  /** Generators: counts the period would hold had it produced per kilowatt what its neighbours did. */
  readonly peersTotal?: number;
}
