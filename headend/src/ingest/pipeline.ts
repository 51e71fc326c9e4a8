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
import { OpenAmiError, Reason, type Source } from '@openami/model';
import { type PushFormat, type PushMessage, type RegisterColumns, wholePart } from '@openami/wire';
import { ingestErrors } from '../errors.ts';
import { type Arrival, arrivalAt, refuseAll, type Series, takeReadings, takeUnregistered } from './check.ts';
import { DriftWatch } from './drift.ts';
import { takeDrift, takeEvents } from './events.ts';
import { frameOf, MessageYield } from './frame.ts';
import { Gate, laneOf } from './gate.ts';
import { Gatherer, type OpenCommit } from './gather.ts';
import { defaultIngestLimits } from './limits.ts';
import { OneRegister } from './one-register.ts';
import { decodedParts, partsOf, type ReadPart } from './parts.ts';
import { formatOfContentType, readBody } from './stream.ts';
import { StreamTaker } from './stream-taker.ts';
import { StreamTotal } from './stream-total.ts';
import { RejectionBudget, Tally } from './tally.ts';
import type {
  AcceptSeriesOptions,
  DeviceSeries,
  Ingest,
  IngestInput,
  IngestLimits,
  IngestMetrics,
  IngestOptions,
  IngestReceipt,
  RefusedInput,
} from './types.ts';
import { messagesBytes, rowBytes } from './weight.ts';

/** Starts a pipeline. */
export function createIngest(options: IngestOptions): Ingest {
  return new IngestPipeline(options);
}

type StreamOptions = Pick<IngestInput, 'device' | 'sender' | 'mayReport' | 'receivedMs' | 'lane'>;

/** Time a body is read in one turn of the event loop, so that one of many messages holds nobody up. */
const turnMs = 4;
/** Messages read before the time is looked at. */
const turnMessages = 16;

/** What is read in one turn; true while there is more. */
type Take = (receivedMs: number) => boolean;

class IngestPipeline implements Ingest {
  readonly #options: IngestOptions;
  readonly #limits: IngestLimits;
  readonly #gate: Gate;
  readonly #gatherer: Gatherer;
  readonly #drift: DriftWatch;
  readonly #counters = {
    ...{ messages: 0, bytes: 0, accepted: 0, rejected: 0, unregistered: 0, missing: 0, late: 0, events: 0 },
    rejectedCut: 0,
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
    const lane = laneOf(input);
    let take: Take | undefined;
    return this.#inside(lane, bytes, tally, input.receivedMs, (receivedMs) => {
      const { payload, format } = input;
      const whole = payload && take === undefined ? wholePart(payload, format, this.#limits.push) : undefined;
      if (whole !== undefined) this.#takeMessage(input, whole, receivedMs, tally);
      else take ??= this.#takeParts(input, partsOf(input, this.#limits), tally);
      const more = take?.(receivedMs) ?? false;
      if (!more) this.#keepSummary(tally.budget, input.source, receivedMs);
      return more;
    });
  }

  acceptSeries(
    source: Source,
    device: string,
    series: readonly DeviceSeries[],
    options: AcceptSeriesOptions = {},
  ): Promise<IngestReceipt> {
    const onReject = options.onReject as ConstructorParameters<typeof Tally>[3];
    const tally = new Tally(source, this.#limits, undefined, onReject);
    let rows = 0;
    for (const one of series) rows += one.length;
    return this.#inside(options.lane ?? device, rows * rowBytes, tally, options.receivedMs, (receivedMs) => {
      const commit = this.#gatherer.open(receivedMs);
      const kept = options.keepRejections === false ? [] : commit.rejections;
      const arrival = arrivalAt(receivedMs, 0, this.#limits);
      for (const one of series) {
        const name = one.device === '' ? device : one.device;
        tally.begin(name, receivedMs, kept);
        this.#takeSeries(name, this.#options.directory.meter(name), one, arrival, commit, tally);
      }
      if (options.keepRejections !== false) this.#keepSummary(tally.budget, source, receivedMs);
      return false;
    });
  }

  acceptRegisters(
    source: Source,
    columns: RegisterColumns,
    options: Pick<IngestInput, 'receivedMs' | 'lane'> = {},
  ): Promise<IngestReceipt> {
    const tally = new Tally(source, this.#limits);
    const one = new OneRegister();
    let next = 0;
    const lane = options.lane ?? source;
    return this.#inside(lane, columns.length * rowBytes, tally, options.receivedMs, (receivedMs) => {
      const commit = this.#gatherer.open(receivedMs);
      const until = Math.min(columns.messages, next + turnMessages * 64);
      while (next < until) this.#takeRegisters(columns, next++, one, commit, tally);
      const more = next < columns.messages;
      if (!more) this.#keepSummary(tally.budget, source, receivedMs);
      return more;
    });
  }

  async acceptStream(
    source: Source,
    contentType: string,
    body: AsyncIterable<Uint8Array>,
    options: StreamOptions = {},
  ): Promise<IngestReceipt> {
    const budget = new RejectionBudget(this.#limits);
    const total = new StreamTotal(this.#limits);
    const taker = new StreamTaker(formatOfContentType(contentType), this.#limits, (format, parts) =>
      total.add((read) => this.#acceptParts(source, format, parts, options, budget, read)),
    );
    let failure: unknown;
    try {
      for await (const chunk of readBody(body, this.#limits)) {
        await taker.take(chunk);
        if (total.failed) break;
      }
      if (!total.failed) await taker.finish();
    } catch (error) {
      failure = error;
      if (!total.failed) await taker.rescue();
    }
    await total.settle();
    if (failure instanceof OpenAmiError) {
      const refused = failure;
      await total.add(() => this.refuse(refused, { ...options, source }, budget));
    } else if (taker.isBlank) return this.accept({ ...options, source, payload: new Uint8Array(0) });
    if (budget.hasCut) await total.add(() => this.#acceptSummary(source, options, budget));
    await total.settle();
    if (total.failed) throw total.explain(total.failure);
    if (failure !== undefined) throw total.explain(failure);
    return total.receipt();
  }

  refuse(
    { code, message }: OpenAmiError,
    input: RefusedInput,
    budget?: RejectionBudget,
  ): Promise<IngestReceipt> {
    const { source, sender = '', device = sender, payload } = input;
    const tally = new Tally(source, this.#limits, budget);
    const bytes = payload?.length ?? 0;
    return this.#inside(laneOf(input), bytes, tally, input.receivedMs, (receivedMs) => {
      const commit = this.#gatherer.open(receivedMs);
      tally.begin(device, receivedMs, commit.rejections);
      tally.rejectPart(code, message);
      if (payload !== undefined) {
        const meter = this.#options.directory.meter(device);
        const became = { accepted: 0, outcome: code };
        commit.frames.push(frameOf(source, device, meter, payload, receivedMs, became, this.#limits));
      }
      return false;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#gate.turnAway(ingestErrors.INGEST_CLOSED());
    await this.#gate.idle();
  }

  /** Messages that a chunk of a stream completed: one place in the gate. */
  #acceptParts(
    source: Source,
    format: PushFormat,
    parts: readonly Uint8Array[],
    options: StreamOptions,
    budget: RejectionBudget,
    read: () => void,
  ): Promise<IngestReceipt> {
    const tally = new Tally(source, this.#limits, budget);
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    const take = this.#takeParts({ ...options, source }, decodedParts(format, parts, this.#limits), tally);
    return this.#inside(laneOf({ ...options, source }), bytes, tally, options.receivedMs, (receivedMs) => {
      const more = take(receivedMs);
      if (!more) read();
      return more;
    });
  }

  /** Keeps how many rejections of a body were not kept one by one. */
  #acceptSummary(source: Source, options: StreamOptions, budget: RejectionBudget): Promise<IngestReceipt> {
    const tally = new Tally(source, this.#limits, budget);
    return this.#inside(laneOf({ ...options, source }), 0, tally, options.receivedMs, (receivedMs) => {
      this.#keepSummary(budget, source, receivedMs);
      return false;
    });
  }

  #keepSummary(budget: RejectionBudget, source: Source, receivedMs: number): void {
    const summary = budget.summary(source, receivedMs);
    if (summary !== undefined) this.#gatherer.open(receivedMs).rejections.push(summary);
  }

  /**
   * Waits for the gate, does `take` without waiting, turn by turn, waits for the commits. What has waited
   * counts as received when it was let in: the store takes older seconds for settled.
   */
  async #inside(
    lane: string,
    bytes: number,
    tally: Tally,
    receivedMs: number | undefined,
    take: Take,
  ): Promise<IngestReceipt> {
    if (this.#closed) throw ingestErrors.INGEST_CLOSED();
    const entered = this.#gate.enter(lane, bytes);
    if (entered !== undefined) await entered;
    try {
      const now = () => receivedMs ?? this.#options.clock.nowMs();
      if (!take(now())) await this.#gatherer.join();
      else await this.#inTurns(take, now);
    } finally {
      this.#gate.leave(bytes);
    }
    this.#counters.bytes += bytes;
    tally.addTo(this.#counters);
    return tally.receipt();
  }

  /** The first turn has been; the others let the event loop do something else before them. */
  async #inTurns(take: Take, now: () => number): Promise<void> {
    const stored = new Set([this.#gatherer.join()]);
    for (let more = true; more; ) {
      await new Promise((done) => setImmediate(done));
      more = take(now());
      stored.add(this.#gatherer.join());
    }
    await Promise.all(stored);
  }

  /** Takes the messages of an input, some a turn. */
  #takeParts(input: IngestInput, parts: Iterator<ReadPart, void>, tally: Tally): Take {
    return (receivedMs) => {
      let untilMs = 0;
      do {
        for (let read = 0; read < turnMessages; read++) {
          const next = parts.next();
          if (next.done) return false;
          this.#takeMessage(input, next.value, receivedMs, tally);
        }
        // Most bodies are one message and never look at the clock.
        if (untilMs === 0) untilMs = performance.now() + turnMs;
      } while (performance.now() < untilMs);
      return true;
    };
  }

  /** One message of a body: decoded, or the error that says why not. */
  #takeMessage(
    input: IngestInput,
    { message, error, bytes }: ReadPart,
    receivedMs: number,
    tally: Tally,
  ): void {
    const commit = this.#gatherer.open(receivedMs);
    const device = message?.device ? message.device : (input.device ?? '');
    const came = new MessageYield(commit, tally);
    tally.begin(device === '' ? (input.sender ?? '') : device, receivedMs, commit.rejections);
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
    if (bytes !== undefined) came.keepFrame(device, meter, bytes, this.#limits);
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
    const flags = input.redelivered ? 0 : this.#driftFlags(device, meter, message.sentMs, commit, tally);
    const arrival = {
      ...arrivalAt(receivedMs, flags, this.#limits),
      keepMissing: input.keepMissing === true,
    };
    for (const series of message.series) this.#takeSeries(device, meter, series, arrival, commit, tally);
    if (message.events.length > 0) takeEvents(device, meter, message.events, arrival, commit, tally);
    for (const reject of message.rejects) {
      tally.rejectPart(reject.code, reject.detail, reject.quantity, reject.end, reject.value);
    }
    tally.rejectUndescribed('REJECTIONS_CUT', message.rejectCount - message.rejects.length);
  }

  /** Reason bits of readings whose sender's clock is off; its being off is an event. */
  #driftFlags(device: string, meter: number, sentMs: number, commit: OpenCommit, tally: Tally): number {
    if (sentMs === 0) return 0;
    const driftMs = sentMs - commit.receivedMs;
    const { off, news } = this.#drift.check(device, driftMs);
    if (news) takeDrift(device, meter, driftMs, commit, tally);
    return off ? Reason.clockShift : 0;
  }

  /** One message of columns; `one` stands for each of its rows in turn. */
  #takeRegisters(
    columns: RegisterColumns,
    at: number,
    one: OneRegister,
    commit: OpenCommit,
    tally: Tally,
  ): void {
    const device = columns.device[at]!;
    const { receivedMs } = commit;
    const came = new MessageYield(commit, tally);
    tally.begin(device, receivedMs, commit.rejections);
    const meter = this.#options.directory.meter(device);
    const flags = this.#driftFlags(device, meter, columns.sentMs[at]!, commit, tally);
    const arrival = arrivalAt(receivedMs, flags, this.#limits);
    const end = columns.endRow(at);
    for (let row = columns.firstRow[at]!; row < end; row++) {
      this.#takeSeries(device, meter, one.at(columns, row), arrival, commit, tally);
    }
    came.keepFrame(device, meter, columns.frame[at]!, this.#limits);
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
}
