/**
 * The ingest pipeline: a message becomes readings of channels, or a reason why not, in one commit.
 *
 *   bytes ─ decode ─▶ device, quantity ─ directory ─▶ channel ─ counts, checks ─▶ commit ─ fsync ─▶ receipt
 *                                          └─ unknown ─▶ "seen, not registered" ─┘
 *
 * Reading a message never waits, so its yield goes straight into the commit being gathered; what waits
 * is the way in (the gate) and the way out (the sink's fsync). The sink owns a commit's batch until its
 * promise settles; the batch is used again afterwards.
 */
import { type Frame, OpenAmiError, Reason, type Source } from '@openami/model';
import {
  decodePushBody,
  decodePushPart,
  type PushFormat,
  type PushMessage,
  PushSplitter,
  sniffPushFormat,
} from '@openami/wire';
import { ingestErrors } from '../errors.ts';
import { type Arrival, refuseAll, type Series, takeReadings, takeUnregistered } from './check.ts';
import { DriftWatch } from './drift.ts';
import { takeDrift, takeEvents } from './events.ts';
import { Gate } from './gate.ts';
import { Gatherer, type OpenCommit } from './gather.ts';
import { defaultIngestLimits } from './limits.ts';
import { formatOfContentType, readBody } from './stream.ts';
import { Tally } from './tally.ts';
import type {
  AcceptSeriesOptions,
  DeviceSeries,
  Ingest,
  IngestInput,
  IngestLimits,
  IngestMetrics,
  IngestOptions,
  IngestReceipt,
} from './types.ts';

/** Starts a pipeline. */
export function createIngest(options: IngestOptions): Ingest {
  return new IngestPipeline(options);
}

type StreamOptions = Pick<IngestInput, 'device' | 'mayReport' | 'receivedMs' | 'lane'>;

/** Rows of a series in memory, for the in-flight account of decoded input. */
const rowBytes = 24;

class IngestPipeline implements Ingest {
  readonly #options: IngestOptions;
  readonly #limits: IngestLimits;
  readonly #gate: Gate;
  readonly #gatherer: Gatherer;
  readonly #drift: DriftWatch;
  readonly #counters = {
    ...{ messages: 0, bytes: 0, accepted: 0, rejected: 0, unregistered: 0, missing: 0, late: 0, events: 0 },
    rejectedByCode: Object.create(null) as Record<string, number>,
  };
  #closed = false;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#limits = { ...defaultIngestLimits, ...options.limits };
    this.#gate = new Gate(this.#limits);
    this.#drift = new DriftWatch(this.#limits.driftMs);
    this.#gatherer = new Gatherer(options.sink, this.#limits.commitRows, (commit) => {
      if (commit.events.length > 0) options.onEvents?.(commit.events);
    });
  }

  get metrics(): IngestMetrics {
    return {
      ...this.#counters,
      drifting: this.#drift.count,
      commits: this.#gatherer.commits,
      commitFailures: this.#gatherer.failures,
      inFlightMessages: this.#gate.messages,
      inFlightBytes: this.#gate.bytes,
      waiting: this.#gate.waiting,
    };
  }

  accept(input: IngestInput): Promise<IngestReceipt> {
    const bytes = input.payload?.length ?? messagesBytes(input.messages);
    const tally = new Tally(input.source, this.#limits);
    const lane = input.lane ?? input.device ?? '';
    return this.#inside(lane, bytes, tally, input.receivedMs, (receivedMs) => {
      this.#takeInput(input, receivedMs, tally);
      this.#counters.bytes += bytes;
    });
  }

  acceptSeries(
    source: Source,
    device: string,
    series: readonly DeviceSeries[],
    options: AcceptSeriesOptions = {},
  ): Promise<IngestReceipt> {
    const onReject = options.onReject as ConstructorParameters<typeof Tally>[2];
    const tally = new Tally(source, this.#limits, onReject);
    let rows = 0;
    for (const one of series) rows += one.length;
    return this.#inside(options.lane ?? device, rows * rowBytes, tally, options.receivedMs, (receivedMs) => {
      const commit = this.#gatherer.open(receivedMs);
      const kept = options.keepRejections === false ? [] : commit.rejections;
      const arrival = this.#arrival(receivedMs, 0);
      for (const one of series) {
        const before = tally.rejected;
        const name = one.device === '' ? device : one.device;
        tally.begin(name, receivedMs, kept);
        this.#takeSeries(name, this.#options.directory.meter(name), one, arrival, commit, tally);
        tally.end(before);
      }
    });
  }

  async acceptStream(
    source: Source,
    contentType: string,
    body: AsyncIterable<Uint8Array>,
    options: StreamOptions = {},
  ): Promise<IngestReceipt> {
    const total = new StreamTotal(this.#limits.receiptRejections);
    let format = formatOfContentType(contentType);
    let splitter: PushSplitter | undefined;
    const take = async (parts: readonly Uint8Array[]) => {
      if (parts.length > 0) total.add(await this.#acceptParts(source, format!, parts, options));
    };
    try {
      for await (const chunk of readBody(body, this.#limits)) {
        format ??= sniffPushFormat(chunk);
        splitter ??= new PushSplitter(format, this.#limits.push);
        await take(splitter.push(chunk));
      }
      if (splitter !== undefined) await take(splitter.finish());
    } catch (error) {
      if (splitter !== undefined) await take(splitter.completed());
      throw total.explain(error);
    }
    if (splitter === undefined) return this.accept({ ...options, source, payload: new Uint8Array(0) });
    return total.receipt();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#gate.turnAway(ingestErrors.INGEST_CLOSED());
    await this.#gate.idle();
  }

  /** Messages that a chunk of a stream completed: one commit, one place in the gate. */
  #acceptParts(
    source: Source,
    format: PushFormat,
    parts: readonly Uint8Array[],
    options: StreamOptions,
  ): Promise<IngestReceipt> {
    const tally = new Tally(source, this.#limits);
    const lane = options.lane ?? options.device ?? source;
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    return this.#inside(lane, bytes, tally, options.receivedMs, (receivedMs) => {
      const input = { ...options, source };
      for (const part of parts) {
        const { message, error } = decodePushPart(format, part, this.#limits.push);
        this.#takeMessage(input, message, error, part, receivedMs, tally);
      }
      this.#counters.bytes += bytes;
    });
  }

  /**
   * Waits for the gate, does `take` without waiting, waits for the commit. What has waited counts as
   * received when it was let in: the store takes older seconds for settled.
   */
  async #inside(
    lane: string,
    bytes: number,
    tally: Tally,
    receivedMs: number | undefined,
    take: (receivedMs: number) => void,
  ): Promise<IngestReceipt> {
    if (this.#closed) throw ingestErrors.INGEST_CLOSED();
    const entered = this.#gate.enter(lane, bytes);
    if (entered !== undefined) await entered;
    try {
      take(receivedMs ?? this.#options.clock.nowMs());
      if (tally.messages > 0) await this.#gatherer.join();
    } finally {
      this.#gate.leave(bytes);
    }
    tally.addTo(this.#counters);
    return tally.receipt();
  }

  #takeInput(input: IngestInput, receivedMs: number, tally: Tally): void {
    if (input.payload !== undefined) {
      const format = input.format ?? sniffPushFormat(input.payload);
      for (const { bytes, message, error } of decodePushBody(input.payload, format, this.#limits.push)) {
        this.#takeMessage(input, message, error, bytes, receivedMs, tally);
      }
    }
    for (const message of input.messages ?? []) {
      this.#takeMessage(input, message, undefined, undefined, receivedMs, tally);
    }
  }

  /** One message of a body: decoded, or the error that says why not. */
  #takeMessage(
    input: IngestInput,
    message: PushMessage | undefined,
    error: { readonly code: string; readonly message: string } | undefined,
    bytes: Uint8Array | undefined,
    receivedMs: number,
    tally: Tally,
  ): void {
    const commit = this.#gatherer.open(receivedMs);
    const device = message?.device ? message.device : (input.device ?? '');
    const before = tally.rejected;
    const acceptedBefore = tally.accepted;
    const firstRejection = commit.rejections.length;
    tally.begin(device, receivedMs, commit.rejections);
    let meter = 0;
    if (message === undefined) {
      tally.rejectPart(error?.code ?? 'PUSH_NOT_JSON', error?.message ?? '');
    } else if (device === '') {
      tally.rejectPart('DEVICE_MISSING', 'the message names no meter');
    } else if (input.mayReport !== undefined && !input.mayReport(device)) {
      tally.rejectPart('DEVICE_NOT_ALLOWED', `${input.device ?? 'the sender'} may not report for ${device}`);
    } else {
      try {
        meter = this.#options.directory.meter(device);
        this.#takeContent(device, meter, message, input, commit, tally);
      } catch (error) {
        // A mistake of ours must not make a device send the same message for ever.
        this.#options.log.error({ err: error, device }, 'ingest failed on a message');
        tally.rejectPart('INGEST_FAULT', error instanceof Error ? error.message.slice(0, 200) : '');
      }
    }
    tally.end(before);
    if (bytes === undefined) return;
    const outcome = commit.rejections[firstRejection]?.code ?? 'OK';
    const accepted = tally.accepted - acceptedBefore;
    commit.frames.push(this.#frame(input, device, meter, bytes, receivedMs, accepted, outcome));
  }

  #takeContent(
    device: string,
    meter: number,
    message: PushMessage,
    input: IngestInput,
    commit: OpenCommit,
    tally: Tally,
  ): void {
    const { receivedMs } = commit;
    let flags = 0;
    if (message.sentMs !== 0 && !input.redelivered) {
      const driftMs = message.sentMs - receivedMs;
      const drift = this.#drift.check(device, driftMs);
      if (drift.off) flags = Reason.clockShift;
      if (drift.news) takeDrift(device, meter, driftMs, commit, tally);
    }
    const arrival = this.#arrival(receivedMs, flags);
    for (const series of message.series) this.#takeSeries(device, meter, series, arrival, commit, tally);
    if (message.events.length > 0) takeEvents(device, meter, message.events, arrival, commit, tally);
    for (const reject of message.rejects) {
      tally.rejectPart(reject.code, reject.detail, reject.quantity, reject.end, reject.value);
    }
    tally.rejectUndescribed('REJECTIONS_CUT', message.rejectCount - message.rejects.length);
  }

  #takeSeries(
    device: string,
    meter: number,
    series: Series,
    arrival: Arrival,
    commit: OpenCommit,
    tally: Tally,
  ): void {
    if (device === '') {
      refuseAll(series, 'DEVICE_MISSING', tally);
      return;
    }
    const entry =
      meter === 0 ? undefined : this.#options.directory.find(device, series.quantity, series.intervalS);
    if (entry === undefined) takeUnregistered(device, series, arrival, commit, tally);
    else takeReadings(series, entry, arrival, commit, tally);
  }

  #arrival(receivedMs: number, flags: number): Arrival {
    const receivedS = Math.floor(receivedMs / 1000);
    const { futureS, lateS } = this.#limits;
    return { receivedS, futureS: receivedS + futureS, lateS: receivedS - lateS, flags };
  }

  #frame(
    input: IngestInput,
    device: string,
    meter: number,
    bytes: Uint8Array,
    receivedMs: number,
    accepted: number,
    outcome: string,
  ): Frame {
    const { source } = input;
    const payload = bytes.length > this.#limits.frameBytes ? bytes.slice(0, this.#limits.frameBytes) : bytes;
    return { receivedMs, source, device, meter, payload, accepted, outcome };
  }
}

function messagesBytes(messages: readonly PushMessage[] = []): number {
  let rows = 0;
  for (const message of messages) for (const series of message.series) rows += series.length;
  return rows * rowBytes;
}

type SumKey = Exclude<keyof IngestReceipt, 'rejected'>;

/** Sum of the receipts of a stream's parts. */
class StreamTotal {
  readonly #listed: IngestReceipt['rejected'][number][] = [];
  readonly #listLimit: number;
  readonly #sum: Record<SumKey, number> = {
    ...{ messages: 0, accepted: 0, rejectedTotal: 0, unregistered: 0, missing: 0, events: 0 },
  };

  constructor(listLimit: number) {
    this.#listLimit = listLimit;
  }

  add(part: IngestReceipt): void {
    for (const key of Object.keys(this.#sum) as SumKey[]) this.#sum[key] += part[key];
    for (const rejection of part.rejected) {
      if (this.#listed.length < this.#listLimit) this.#listed.push(rejection);
    }
  }

  receipt(): IngestReceipt {
    return { ...this.#sum, rejected: this.#listed };
  }

  /**
   * The error, telling in `data.receipt` what was stored before it. A copy, because all messages of a
   * commit share the error of its failure.
   */
  explain(error: unknown): unknown {
    if (!(error instanceof OpenAmiError)) return error;
    const { code, fault, status, hint, message, data } = error;
    const told = { ...data, receipt: this.receipt() };
    return new OpenAmiError(code, { fault, status, title: message, hint }, message, told, error);
  }
}
