/** Logs one line a kind in ten seconds and says how many it left out: thousands of devices may err alike. */
import type { IngestLog } from './ingest/types.ts';

const everyMs = 10_000;
/** Peers that have lines of their own at a time; those beyond share the line of the kind. */
const remembered = 200;

export class QuietLog {
  readonly #log: IngestLog;
  readonly #clock: { nowMs(): number };
  /** In the order of their last lines. */
  readonly #lines = new Map<string, { atMs: number; suppressed: number }>();

  constructor(log: IngestLog, clock: { nowMs(): number }) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `kind` is one of a fixed set and is the message; `peer`: one line for each of them. */
  warn(kind: string, data: object, peer = ''): void {
    const nowMs = this.#clock.nowMs();
    const name = this.#nameOf(kind, peer, nowMs);
    const last = this.#lines.get(name);
    // a clock that was set back must not silence the log until it has caught up
    if (last !== undefined && Math.abs(nowMs - last.atMs) < everyMs) {
      last.suppressed += 1;
      return;
    }
    this.#lines.delete(name);
    this.#lines.set(name, { atMs: nowMs, suppressed: 0 });
    this.#log.warn({ ...data, suppressed: last?.suppressed ?? 0 }, kind);
  }

  #nameOf(kind: string, peer: string, nowMs: number): string {
    const name = `${kind} ${peer}`;
    if (peer === '' || this.#lines.has(name) || this.#lines.size < remembered) return name;
    const [oldest, { atMs }] = this.#lines.entries().next().value!;
    if (Math.abs(nowMs - atMs) < everyMs) return `${kind} `;
    this.#lines.delete(oldest);
    return name;
  }
}
