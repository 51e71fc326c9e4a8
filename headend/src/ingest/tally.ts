/** Counts what becomes of one message, body part or file part, and holds its rejections within limits. */
import type { Rejection, Source } from '@openami/model';
import type { DecodedSeries } from '@openami/wire';
import { titleOf } from '../errors.ts';
import type { IngestLimits, IngestMetrics, IngestReceipt } from './types.ts';

/** The counters a tally adds to. */
export type TallyTotals = Pick<
  IngestMetrics,
  | 'messages'
  | 'accepted'
  | 'rejected'
  | 'rejectedByCode'
  | 'rejectedCut'
  | 'unregistered'
  | 'missing'
  | 'late'
  | 'events'
>;

export type RejectListener = (rejection: Rejection, series: DecodedSeries, row: number) => void;

/** What one body may have kept of what was refused, over all its parts; the rest is counted by code. */
export class RejectionBudget {
  #rejections: number;
  #frames: number;
  #cutByCode: Map<string, number> | undefined;
  /** Sender of what was cut; '' when there were several. */
  #device: string | undefined;

  constructor(limits: Pick<IngestLimits, 'keptRejections' | 'emptyFrames'>) {
    this.#rejections = limits.keptRejections;
    this.#frames = limits.emptyFrames;
  }

  /** True while one more rejection may be kept. */
  get room(): boolean {
    return this.#rejections > 0;
  }

  /** True when something was counted that is not kept one by one. */
  get hasCut(): boolean {
    return this.#cutByCode !== undefined;
  }

  keepRejection(): void {
    this.#rejections -= 1;
  }

  /** Whether the frame of a message that nothing was taken from may be kept. */
  keepFrame(): boolean {
    this.#frames -= 1;
    return this.#frames >= 0;
  }

  cut(code: string, count: number, device: string): void {
    this.#cutByCode ??= new Map();
    this.#cutByCode.set(code, (this.#cutByCode.get(code) ?? 0) + count);
    this.#device = this.#device === undefined || this.#device === device ? device : '';
  }

  /** The one rejection that stands for those that were cut; undefined when none was. */
  summary(source: Source, receivedMs: number): Rejection | undefined {
    if (this.#cutByCode === undefined) return undefined;
    let total = 0;
    for (const count of this.#cutByCode.values()) total += count;
    const codes = [...this.#cutByCode].map(([code, count]) => `${count} ${code}`).join(', ');
    const device = this.#device ?? '';
    const detail = `${total} more were refused: ${codes}`;
    const code = 'REJECTIONS_CUT';
    return { receivedMs, source, device, quantity: '', end: 0, value: `${total}`, code, detail };
  }
}

export class Tally {
  readonly source: Source;
  readonly budget: RejectionBudget;
  readonly #limits: IngestLimits;
  readonly #onReject: RejectListener | undefined;
  #receivedMs = 0;
  #device = '';
  #kept: Rejection[] = [];
  #listed: Rejection[] | undefined;
  #codes: Map<string, number> | undefined;
  messages = 0;
  accepted = 0;
  rejected = 0;
  cut = 0;
  unregistered = 0;
  missing = 0;
  late = 0;
  events = 0;

  /** `budget` is handed in when what is counted here is a part of a body. */
  constructor(source: Source, limits: IngestLimits, budget?: RejectionBudget, onReject?: RejectListener) {
    this.source = source;
    this.#limits = limits;
    this.budget = budget ?? new RejectionBudget(limits);
    this.#onReject = onReject;
  }

  /** Rejections that follow are this device's and go to this list. */
  begin(device: string, receivedMs: number, kept: Rejection[]): void {
    this.#device = device;
    this.#receivedMs = receivedMs;
    this.#kept = kept;
    this.messages += 1;
  }

  /** What was read and kept of messages so far; a message that adds nothing to it was of no use. */
  get taken(): number {
    return this.accepted + this.unregistered + this.missing + this.events;
  }

  /** Refuses one reading. */
  reject(code: string, series: DecodedSeries, row: number): void {
    this.#count(code, 1);
    if (!this.budget.room && this.#listIsFull() && this.#onReject === undefined) {
      this.#cutOff(code, 1);
      return;
    }
    const { quantity } = series;
    const end = storableEnd(series.end[row]!);
    const rejection = this.#rejection(code, quantity, end, `${series.value[row]}`, titleOf(code));
    this.#hold(rejection);
    this.#onReject?.(rejection, series, row);
  }

  /** Refuses a message or a part of it. */
  rejectPart(code: string, detail: string, quantity = '', end = 0, value = ''): void {
    this.#count(code, 1);
    this.#hold(this.#rejection(code, quantity, storableEnd(end), value, detail));
  }

  /** Counts rejects that nobody described. */
  rejectUndescribed(code: string, count: number): void {
    if (count <= 0) return;
    this.#count(code, count);
    this.#cutOff(code, count);
  }

  receipt(): IngestReceipt {
    return {
      messages: this.messages,
      accepted: this.accepted,
      rejected: this.#listed ?? noRejections,
      rejectedTotal: this.rejected,
      rejectedCut: this.cut,
      unregistered: this.unregistered,
      missing: this.missing,
      events: this.events,
    };
  }

  addTo(metrics: TallyTotals): void {
    metrics.messages += this.messages;
    metrics.accepted += this.accepted;
    metrics.rejected += this.rejected;
    metrics.rejectedCut += this.cut;
    metrics.unregistered += this.unregistered;
    metrics.missing += this.missing;
    metrics.late += this.late;
    metrics.events += this.events;
    if (this.#codes === undefined) return;
    for (const [code, count] of this.#codes) {
      metrics.rejectedByCode[code] = (metrics.rejectedByCode[code] ?? 0) + count;
    }
  }

  #count(code: string, count: number): void {
    this.rejected += count;
    this.#codes ??= new Map();
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + count);
  }

  #hold(rejection: Rejection): void {
    if (this.budget.room) {
      this.budget.keepRejection();
      this.#kept.push(rejection);
    } else this.#cutOff(rejection.code, 1);
    if (this.#listIsFull()) return;
    this.#listed ??= [];
    this.#listed.push(rejection);
  }

  #cutOff(code: string, count: number): void {
    this.cut += count;
    this.budget.cut(code, count, this.#device);
  }

  #listIsFull(): boolean {
    return (this.#listed?.length ?? 0) >= this.#limits.receiptRejections;
  }

  #rejection(code: string, quantity: string, end: number, value: string, detail: string): Rejection {
    const { source } = this;
    return { receivedMs: this.#receivedMs, source, device: this.#device, quantity, end, value, code, detail };
  }
}

/** Seconds the store can hold; 0, unknown, for others. */
function storableEnd(end: number): number {
  return end > 0 && end < 2 ** 32 ? Math.round(end) % 2 ** 32 : 0;
}

const noRejections: readonly Rejection[] = [];
