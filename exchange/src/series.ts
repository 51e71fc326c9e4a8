/**
 * What every parser yields and every writer takes: readings as columns, refused rows with their
 * reason, and how far the input has been read. No object a reading.
 */
import type { OpenAmiError } from '@openami/model';

/** Rows in one chunk at most. */
export const chunkRows = 8192;

/** What NEM12 says of a data stream besides what it measures. */
export interface NemStream {
  /** All suffixes of the NMI. */
  readonly configuration: string;
  readonly register: string;
  readonly dataStream: string;
  /** Of the meter that hangs there. */
  readonly serial: string;
}

/** What the rows of a chunk have in common. */
export interface SeriesHead {
  /** Meter serial, usage point id, NMI or column name: as the file names it. */
  readonly device: string;
  /** OBIS code, CIM reading type, NEM12 suffix, or the file's own name. */
  readonly quantity: string;
  /** Unit of the values as a symbol `parseUnit` knows, e.g. `kWh`; empty when the file says none. */
  readonly unit: string;
  /** Seconds of one interval; 0 for a register. */
  readonly intervalS: number;
  /** CIM reading type, when the file says enough to tell. */
  readonly readingType?: string;
  /** IANA zone or fixed offset the file's clock runs in, when it is known. */
  readonly zone?: string;
  readonly stream?: NemStream;
}

/**
 * Rows of one series, in file order. **The arrays are reused**: they are good until the next item is
 * asked for, and only the first `length` places count; copy with `slice` to keep them.
 */
export interface SeriesChunk extends SeriesHead {
  readonly kind: 'series';
  /** Interval end, or moment of a register reading: epoch seconds, UTC. */
  readonly end: Float64Array;
  /** In `unit`; never NaN or infinite: nulls are skipped and counted. */
  readonly value: Float64Array;
  /** Quality state of the model. */
  readonly quality: Uint8Array;
  /** Reason bits of the model. */
  readonly flags: Uint32Array;
  /** Quality in the file's own words, where the states and reasons of the model say less. */
  readonly stated?: readonly (string | undefined)[];
  /** Line of a text file, or number of the IntervalReading in an XML file; from 1. */
  readonly line: Uint32Array;
  /** Rows in use. */
  readonly length: number;
}

/** A row, cell or record that was refused. Nothing else of the file is lost. */
export interface Reject {
  readonly line: number;
  readonly device: string;
  readonly quantity: string;
  /** Epoch seconds; 0 when unknown. */
  readonly end: number;
  /** The value as text, as it came (cut to 200 characters). */
  readonly value: string;
  /** Code of an error of `exchangeErrors`; its hint says what to do. */
  readonly code: string;
  readonly detail: string;
}

export interface RejectChunk {
  readonly kind: 'rejects';
  readonly rejects: readonly Reject[];
}

/** Counts so far; comes about once an input chunk that moved, and once at the end with `done`. */
export interface Progress {
  readonly kind: 'progress';
  /** Bytes of input read. */
  readonly bytes: number;
  /** Lines (text) or elements that carry a reading (XML) read. */
  readonly lines: number;
  /** Readings yielded. */
  readonly accepted: number;
  /** Rejects yielded. */
  readonly rejected: number;
  /** Explicit or empty nulls skipped. */
  readonly nulls: number;
  readonly done: boolean;
}

/** A total that the file itself states (UsageSummary), for a check against the readings. */
export interface StatedTotal {
  readonly kind: 'total';
  readonly device: string;
  /** Name of the element, e.g. `overallConsumptionLastPeriod`. */
  readonly name: string;
  /** Period in epoch seconds, when stated: [start, end). */
  readonly start?: number;
  readonly end?: number;
  readonly value: number;
  readonly unit: string;
}

export type ExchangeItem = SeriesChunk | RejectChunk | Progress | StatedTotal;

/** Bytes of a file or request, as they come. */
export type ByteSource = AsyncIterable<Uint8Array>;

/**
 * A parser. Refused rows are yielded; it throws an `OpenAmiError` only when the rest cannot be read,
 * after everything read before has been yielded.
 */
export type Parser<O> = (input: ByteSource, options: O) => AsyncGenerator<ExchangeItem, void, undefined>;

/** What a writer takes: chunks as the parsers or the store yield them. */
export type SeriesSource = AsyncIterable<SeriesChunk> | Iterable<SeriesChunk>;

/** Builds a reject from an error of ours; long values are cut. */
export function rejectOf(
  error: OpenAmiError,
  at: { line: number; device?: string; quantity?: string; end?: number; value?: string },
): Reject {
  return {
    line: at.line,
    device: (at.device ?? '').slice(0, 200),
    quantity: (at.quantity ?? '').slice(0, 200),
    end: at.end ?? 0,
    value: (at.value ?? '').slice(0, 200),
    code: error.code,
    detail: error.message,
  };
}
