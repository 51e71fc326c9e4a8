/** Counts what becomes of one message or file part, and holds its rejections within limits. */
import type { Rejection, Source } from '@openami/model';
import type { DecodedSeries } from '@openami/wire';
import { titleOf } from '../errors.ts';
import type { IngestLimits, IngestMetrics, IngestReceipt } from './types.ts';

/** The counters a tally adds to. */
export type TallyTotals = Pick<
  IngestMetrics,
  'messages' | 'accepted' | 'rejected' | 'rejectedByCode' | 'unregistered' | 'missing' | 'late' | 'events'
>;

export type RejectListener = (rejection: Rejection, series: DecodedSeries, row: number) => void;

export class Tally {
  readonly source: Source;
  readonly #limits: IngestLimits;
  readonly #onReject: RejectListener | undefined;
  #receivedMs = 0;
  #device = '';
  #kept: Rejection[] = [];
  #keptCount = 0;
  #listed: Rejection[] | undefined;
  #codes: Map<string, number> | undefined;
  messages = 0;
  accepted = 0;
  rejected = 0;
  unregistered = 0;
  missing = 0;
  late = 0;
  events = 0;

  constructor(source: Source, limits: IngestLimits, onReject?: RejectListener) {
    this.source = source;
    this.#limits = limits;
    this.#onReject = onReject;
  }

  /** Rejections that follow are this device's and go to this list. */
  begin(device: string, receivedMs: number, kept: Rejection[]): void {
    this.#device = device;
    this.#receivedMs = receivedMs;
    this.#kept = kept;
    this.#keptCount = 0;
    this.messages += 1;
  }

  /** Ends the message; says how many rejections are not kept one by one. */
  end(rejectedBefore: number): void {
    const cut = this.rejected - rejectedBefore - this.#keptCount;
    if (cut > 0) this.#kept.push(this.#rejection('REJECTIONS_CUT', '', 0, '', `${cut} more were refused`));
  }

  /** Refuses one reading. */
  reject(code: string, series: DecodedSeries, row: number): void {
    const rejected = this.rejected;
    this.#count(code);
    if (rejected >= this.#limits.receiptRejections && this.#keptCount >= this.#limits.keptRejections) {
      if (this.#onReject === undefined) return;
    }
    const end = series.end[row]!;
    const rejection = this.#rejection(
      code,
      series.quantity,
      end > 0 && end < 2 ** 32 ? Math.round(end) : 0,
      `${series.value[row]}`,
      titleOf(code),
    );
    this.#hold(rejection);
    this.#onReject?.(rejection, series, row);
  }

  /** Refuses a message or a part of it. */
  rejectPart(code: string, detail: string, quantity = '', end = 0, value = ''): void {
    this.#count(code);
    this.#hold(
      this.#rejection(code, quantity, end > 0 && end < 2 ** 32 ? Math.round(end) : 0, value, detail),
    );
  }

  /** Counts rejects that nobody described. */
  rejectUndescribed(code: string, count: number): void {
    if (count <= 0) return;
    this.rejected += count;
    this.#codes ??= new Map();
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + count);
  }

  receipt(): IngestReceipt {
    return {
      messages: this.messages,
      accepted: this.accepted,
      rejected: this.#listed ?? noRejections,
      rejectedTotal: this.rejected,
      unregistered: this.unregistered,
      missing: this.missing,
      events: this.events,
    };
  }

  addTo(metrics: TallyTotals): void {
    metrics.messages += this.messages;
    metrics.accepted += this.accepted;
    metrics.rejected += this.rejected;
    metrics.unregistered += this.unregistered;
    metrics.missing += this.missing;
    metrics.late += this.late;
    metrics.events += this.events;
    if (this.#codes === undefined) return;
    for (const [code, count] of this.#codes) {
      metrics.rejectedByCode[code] = (metrics.rejectedByCode[code] ?? 0) + count;
    }
  }

  #count(code: string): void {
    this.rejected += 1;
    this.#codes ??= new Map();
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
  }

  #hold(rejection: Rejection): void {
    if (this.#keptCount < this.#limits.keptRejections) {
      this.#kept.push(rejection);
      this.#keptCount += 1;
    }
    this.#listed ??= [];
    if (this.#listed.length < this.#limits.receiptRejections) this.#listed.push(rejection);
  }

  #rejection(code: string, quantity: string, end: number, value: string, detail: string): Rejection {
    const { source } = this;
    return { receivedMs: this.#receivedMs, source, device: this.#device, quantity, end, value, code, detail };
  }
}

const noRejections: readonly Rejection[] = [];
