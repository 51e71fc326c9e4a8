/** The last sessions with meters, in memory and bounded: what people look at when a meter is not read. */
import type { OpenAmiError } from '@openami/model';
import type { Diagnosis } from '../keys/diagnose.ts';
import { logKeys, type MeterAccess, type SessionOutcome, type Stage } from './session.ts';
import type { LogLine, SessionLog } from './session-log.ts';

export type SessionPurpose = 'collection' | 'command' | 'firmware' | 'rotation' | 'keys';

export interface SessionRecord {
  readonly id: number;
  readonly meterId: number;
  readonly purpose: SessionPurpose;
  readonly remote: string;
  /** By the head-end's clock. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly ok: boolean;
  readonly stage: Stage | undefined;
  readonly error: OpenAmiError | undefined;
  readonly diagnosis: Diagnosis | undefined;
  readonly apdusSent: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The counter of the meter that ours was raised above. */
  readonly recoveredAbove: number | undefined;
}

interface Kept extends SessionRecord {
  readonly log: SessionLog;
  readonly startMs: number;
  readonly access: MeterAccess;
}

const ofMeter = 8;
const maxKept = 2_000;
/** Of all APDUs: after an outage every session is a long one. */
const maxKeptBytes = 64 * 2 ** 20;

export class SessionBook {
  readonly #maxBytes: number;
  #bytes = 0;
  readonly #kept = new Map<number, Kept>();
  readonly #byMeter = new Map<number, number[]>();
  #next = 1;

  constructor({ maxBytes = maxKeptBytes } = {}) {
    this.#maxBytes = maxBytes;
  }

  /** `startMs` is of `performance.now()`, as the log's times are. */
  note(
    about: {
      readonly meterId: number;
      readonly purpose: SessionPurpose;
      readonly startedMs: number;
      readonly startMs: number;
      readonly access: MeterAccess;
      readonly log: SessionLog;
    },
    outcome: SessionOutcome<unknown>,
    diagnosis: Diagnosis | undefined,
  ): SessionRecord {
    const { stats } = outcome;
    // Passwords of the authentication are not kept.
    const { authentication: _, ...access } = about.access;
    const record: Kept = {
      ...about,
      access,
      id: this.#next++,
      remote: about.access.source.remote,
      ok: outcome.ok,
      stage: outcome.ok ? undefined : outcome.stage,
      error: outcome.ok ? undefined : outcome.error,
      diagnosis,
      durationMs: stats.durationMs,
      apdusSent: stats.apdusSent,
      bytesSent: stats.bytesSent,
      bytesReceived: stats.bytesReceived,
      recoveredAbove: stats.recoveredAbove,
    };
    this.#kept.set(record.id, record);
    this.#bytes += record.log.bytes;
    const ids = this.#byMeter.get(about.meterId) ?? [];
    ids.push(record.id);
    this.#byMeter.set(about.meterId, ids);
    if (ids.length > ofMeter) this.#drop(ids[0]!);
    while (this.#kept.size > maxKept || (this.#bytes > this.#maxBytes && this.#kept.size > 1)) {
      this.#drop(this.#kept.keys().next().value!);
    }
    return record;
  }

  /** Newest first. */
  of(meterId: number): SessionRecord[] {
    return (this.#byMeter.get(meterId) ?? []).map((id) => this.#kept.get(id)!).reverse();
  }

  /** What was said, opened with the keys of the meter; times by the head-end's clock. */
  async lines(meterId: number, id: number): Promise<LogLine[] | undefined> {
    const kept = this.#kept.get(id);
    if (kept === undefined || kept.meterId !== meterId) return undefined;
    // A key that was retired since opens nothing any more.
    const keys = await logKeys(kept.access).catch(() => undefined);
    const lines = kept.log.lines(keys);
    const shiftMs = kept.startedMs - kept.startMs;
    return lines.map((line) => ({ ...line, atMs: line.atMs === 0 ? 0 : line.atMs + shiftMs }));
  }

  #drop(id: number): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    this.#bytes -= kept.log.bytes;
    const ids = this.#byMeter.get(kept.meterId)!.filter((one) => one !== id);
    if (ids.length === 0) this.#byMeter.delete(kept.meterId);
    else this.#byMeter.set(kept.meterId, ids);
  }
}
