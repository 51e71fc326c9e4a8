/** What goes into the ingest pipeline and what comes out of it. */
import type {
  ChannelDirectory,
  CommitSink,
  MeterEvent,
  OpenAmiError,
  Rejection,
  Source,
} from '@openami/model';
import type { DecodedSeries, PushFormat, PushLimits, PushMessage, RegisterColumns } from '@openami/wire';

/** The part of a logger that is used here; pino fits. */
export interface IngestLog {
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export interface IngestOptions {
  readonly directory: ChannelDirectory;
  /** Owns a commit's batch until its promise settles; the batch is used again after that. */
  readonly sink: CommitSink;
  readonly clock: { nowMs(): number };
  readonly log: IngestLog;
  readonly limits?: Partial<IngestLimits>;
  /** Told of every event that was stored (live stream, alarms). Must not throw or wait. */
  readonly onEvents?: (events: readonly MeterEvent[]) => void;
}

/** One message, as bytes or already decoded. */
export interface IngestInput {
  readonly source: Source;
  /** Who sent it: the topic's serial, a token's name. Stands in where a message names no meter. */
  readonly device?: string;
  /** Who is named in a rejection that names no meter, such as that of a whole body. */
  readonly sender?: string;
  /** The body: one message, an array of messages, NDJSON or a CBOR sequence. */
  readonly payload?: Uint8Array;
  /** Told from the first byte when absent. */
  readonly format?: PushFormat;
  /** Decoded messages, instead of `payload`. */
  readonly messages?: readonly PushMessage[];
  /** The bytes that `messages` were decoded from, kept as their frame. */
  readonly frame?: Uint8Array;
  /** What is proven not to exist is kept as a reading of quality `missing`, so that nobody asks again. */
  readonly keepMissing?: boolean;
  /** Default: the clock's now when it is let in; decides the revision of its readings. */
  readonly receivedMs?: number;
  /** Whether the sender may speak for this meter; default: any. Else DEVICE_NOT_ALLOWED. */
  readonly mayReport?: (device: string) => boolean;
  /** Sent before (MQTT DUP): its `sent` says nothing about the device's clock. */
  readonly redelivered?: boolean;
  /** Whose turn it is counted as when the pipeline is full; default: device. */
  readonly lane?: string;
}

/** A message that is refused before it is read. */
export type RefusedInput = Pick<
  IngestInput,
  'source' | 'device' | 'sender' | 'payload' | 'receivedMs' | 'lane'
>;

/** Readings of one device and quantity from a file; `SeriesChunk` of exchange fits. */
export interface DeviceSeries extends DecodedSeries {
  readonly device: string;
  /** Reason bits. */
  readonly flags?: Uint32Array;
  /** Quality in the words of the file. */
  readonly stated?: readonly (string | undefined)[];
  /** Source line of each row, handed back with its rejection. */
  readonly line?: Uint32Array;
}

export interface AcceptSeriesOptions {
  readonly receivedMs?: number;
  /** Each refused row, with its row number in the series. Called before the promise resolves. */
  readonly onReject?: (rejection: Rejection, series: DeviceSeries, row: number) => void;
  /** Also keep the rejections in the store; default true. */
  readonly keepRejections?: boolean;
  readonly lane?: string;
}

/** What became of a message; given only after it is stored for good. */
export interface IngestReceipt {
  readonly messages: number;
  /** Readings handed to the store under a channel (repeats of stored ones included). */
  readonly accepted: number;
  /** The first rejections, at most `limits.receiptRejections`. */
  readonly rejected: readonly Rejection[];
  readonly rejectedTotal: number;
  /** Of them, those that are counted but not kept one by one. */
  readonly rejectedCut: number;
  /** Readings of meters or quantities that are not registered: kept, see "seen, not registered". */
  readonly unregistered: number;
  /** Nulls: intervals the sender says it has no value for. */
  readonly missing: number;
  readonly events: number;
}

export interface IngestLimits {
  /** Bytes of messages between arrival and fsync; more wait. */
  readonly inFlightBytes: number;
  readonly inFlightMessages: number;
  /** Callers that may wait; more get INGEST_BUSY. */
  readonly waiting: number;
  /** Bytes that they may hold together; a lone one may be larger. */
  readonly waitingBytes: number;
  /** Rows gathered into one commit. */
  readonly commitRows: number;
  /** Rejections stored of one body; the rest is counted, by code, in one more. */
  readonly keptRejections: number;
  /** Rejections listed in a receipt. */
  readonly receiptRejections: number;
  /** Frames kept of those messages of a body that nothing was taken from. */
  readonly emptyFrames: number;
  /** Bytes of one message kept as its frame; a longer one is cut. */
  readonly frameBytes: number;
  /** Bytes of a streamed body. */
  readonly bodyBytes: number;
  /** Longest pause between two chunks of a streamed body. */
  readonly bodyIdleMs: number;
  /** Longest time a streamed body may take to arrive; time it waits for us does not count. */
  readonly bodyMs: number;
  /** Parts of a streamed body that may be on their way to the disk while the next is read. */
  readonly bodyParts: number;
  /** Messages of one body; what follows them is refused with PUSH_TOO_MANY. */
  readonly bodyMessages: number;
  /** An interval end may lie this far ahead of our clock. */
  readonly futureS: number;
  /** Older than this on arrival: flagged late. */
  readonly lateS: number;
  /** A device clock off by more is flagged and reported. */
  readonly driftMs: number;
  readonly push: PushLimits;
}

/** Counters since start, plain numbers: read them for metrics. */
export interface IngestMetrics {
  messages: number;
  bytes: number;
  accepted: number;
  rejected: number;
  /** By stable code. */
  rejectedByCode: Record<string, number>;
  /** Of the rejected, those that are counted but not kept one by one. */
  rejectedCut: number;
  unregistered: number;
  missing: number;
  late: number;
  events: number;
  drifting: number;
  commits: number;
  commitFailures: number;
  inFlightMessages: number;
  inFlightBytes: number;
  waiting: number;
}

/** The pipeline as its users see it. */
export interface Ingest {
  /**
   * Takes one body; resolves after the sink's commit. Faults of content never reject: they are kept
   * as rejections and told in the receipt. Rejects with INGEST_BUSY, INGEST_CLOSED, or what the sink
   * raised; then nothing is acknowledged and the sender must send again.
   */
  accept(input: IngestInput): Promise<IngestReceipt>;
  /** Takes decoded messages of registers as columns; the columns are the pipeline's until it resolves. */
  acceptRegisters(
    source: Source,
    columns: RegisterColumns,
    options?: Pick<IngestInput, 'receivedMs' | 'lane'>,
  ): Promise<IngestReceipt>;
  /**
   * Takes a body as it arrives (NDJSON, a JSON array, a CBOR sequence or array), a bounded part at a
   * time; the next parts are read while the last are on their way to the disk. Rejects with
   * BODY_TOO_LARGE, BODY_TIMEOUT, BODY_BROKEN (truncated gzip, reset connection), PUSH_TRUNCATED,
   * PUSH_TOO_DEEP or PUSH_TOO_MANY, kept as one rejection; what was complete before is stored and counted
   * in `data.receipt`.
   */
  acceptStream(
    source: Source,
    contentType: string,
    body: AsyncIterable<Uint8Array>,
    options?: Pick<IngestInput, 'device' | 'sender' | 'mayReport' | 'receivedMs' | 'lane'>,
  ): Promise<IngestReceipt>;
  /** Keeps one rejection, with its frame when there is a payload: the sender was not allowed, say. */
  refuse(error: OpenAmiError, input: RefusedInput): Promise<IngestReceipt>;
  /** Takes series of a file; all of a call are one commit. */
  acceptSeries(
    source: Source,
    device: string,
    series: readonly DeviceSeries[],
    options?: AcceptSeriesOptions,
  ): Promise<IngestReceipt>;
  readonly metrics: IngestMetrics;
  /** Refuses new work and resolves when what was taken is stored or failed. */
  close(): Promise<void>;
}
