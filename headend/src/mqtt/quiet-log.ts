/** Logs one line a kind in ten seconds and says how many it left out: thousands of devices may err alike. */
import type { IngestLog } from '../ingest/types.ts';

const everyMs = 10_000;

export class QuietLog {
  readonly #log: IngestLog;
  readonly #clock: { nowMs(): number };
  readonly #kinds = new Map<string, { atMs: number; suppressed: number }>();

  constructor(log: IngestLog, clock: { nowMs(): number }) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `kind` is one of a fixed set and is the message. */
  warn(kind: string, data: object): void {
    const nowMs = this.#clock.nowMs();
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.atMs < everyMs) {
      last.suppressed += 1;
      return;
    }
    this.#kinds.set(kind, { atMs: nowMs, suppressed: 0 });
    this.#log.warn({ ...data, suppressed: last?.suppressed ?? 0 }, kind);
  }
}
