/**
 * The push message: what OpenAMI devices and gateways send over MQTT and HTTP, as JSON or CBOR.
 *
 *   { "meter": "OA1000001", "sent": "2026-03-29T02:00:05Z",
 *     "series": [
 *       { "quantity": "1-0:1.8.0", "unit": "kWh", "interval": 900,
 *         "first": "2026-03-29T01:00:00Z", "values": [0.12, null, 0.2], "quality": "raw" },
 *       { "quantity": "1-0:1.8.0", "unit": "kWh", "readings": [["2026-03-29T00:00:00Z", 1234.5]] } ],
 *     "events": [ { "code": "3.26.0.85", "at": "2026-03-29T01:12:00Z", "detail": "phase L2" } ] }
 *
 * Times are ISO-8601 with an offset, or seconds since 1970. `first` is the END of the first interval;
 * `null` says that the meter has no value for that interval. `interval` is absent or 0 for a register.
 */

/** What a sender writes: the shape on the wire. */
export interface PushBody {
  readonly meter?: string;
  readonly sent?: string | number;
  readonly series?: readonly PushSeries[];
  readonly events?: readonly PushEventBody[];
}

export interface PushSeries {
  /** OBIS code, CIM reading type or channel alias. */
  readonly quantity: string;
  readonly unit: string;
  /** Seconds between interval ends; absent or 0: a register. */
  readonly interval?: number;
  /** End of the first interval, for `values`. */
  readonly first?: string | number;
  readonly values?: readonly (number | null)[];
  /** One name for all values, or one a value. */
  readonly quality?: string | readonly string[];
  /** `[end, value, quality?]` rows, instead of `first` and `values`; with both the series is refused. */
  readonly readings?: readonly (readonly [string | number, number | null, string?])[];
}

export interface PushEventBody {
  /** CIM end-device event `type.domain.subdomain.action`. */
  readonly code: string;
  readonly at: string | number;
  readonly detail?: string;
}

/** One series as columns; row i is `end[i] value[i] quality[i]`, rows in use: `length`. */
export interface DecodedSeries {
  readonly quantity: string;
  readonly unit: string;
  /** Seconds; 0 for a register. */
  readonly intervalS: number;
  /** Interval end, seconds since 1970 (may be any finite number: the pipeline checks it). */
  readonly end: Float64Array;
  /** In `unit`; NaN where the sender said null (quality is then `missing`). */
  readonly value: Float64Array;
  /** Quality state codes of the model. */
  readonly quality: Uint8Array;
  readonly length: number;
}

export interface PushEvent {
  readonly code: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly detail: string;
}

/** A part of a message that could not be read; the rest of the message stands. */
export interface PushReject {
  /** As the sender named it; empty when that is what is broken. */
  readonly quantity: string;
  /** Seconds since 1970; 0 when unknown. */
  readonly end: number;
  /** The value as text, as it came (shortened). */
  readonly value: string;
  readonly code: string;
  /** What is wrong and where, e.g. `series[0].values[3]: not a number`. */
  readonly detail: string;
}

/** A decoded message. */
export interface PushMessage {
  /** Empty when the sender left it to the topic or the URL. */
  readonly device: string;
  /** The sender's clock when it sent, ms since 1970; 0 when not told. */
  readonly sentMs: number;
  readonly series: readonly DecodedSeries[];
  readonly events: readonly PushEvent[];
  /** The first thousand. */
  readonly rejects: readonly PushReject[];
  readonly rejectCount: number;
}

export type PushFormat = 'json' | 'cbor';

/** Limits on one message; a larger one is refused as a whole with a typed error. */
export interface PushLimits {
  readonly messageBytes: number;
  /** Arrays and objects within each other. */
  readonly depth: number;
  readonly series: number;
  /** Values of all series together. */
  readonly values: number;
  readonly events: number;
  /** Characters of `meter`, `quantity` and `unit`; longer ones are refused. */
  readonly nameChars: number;
  /** Characters of `detail`; longer ones are cut. */
  readonly detailChars: number;
}

export const defaultPushLimits: PushLimits = {
  messageBytes: 10 * 1024 * 1024,
  depth: 8,
  series: 1_000,
  values: 1_000_000,
  events: 1_000,
  nameChars: 128,
  detailChars: 500,
};
