/** A line in memory with a clock of its own: bytes are lost, damaged, split or joined by a seed. */
import { type C12Transport, c12Errors, c1218Times, type LinkTimes } from '../../src/c12/index.ts';

export interface Faults {
  /** Of a hundred chunks each way. */
  readonly lost?: number;
  readonly damaged?: number;
  readonly split?: boolean;
}

export interface Device {
  receive(chunk: Uint8Array): Uint8Array[];
  /** Undefined: a device that waits for nothing. */
  readonly timer?: keyof LinkTimes;
  timeout?(): Uint8Array[];
}

export class MemoryLine implements C12Transport {
  readonly #device: Device;
  readonly #faults: Faults;
  readonly #pick: (limit: number) => number;
  readonly #times: LinkTimes;
  readonly #inbox: Uint8Array[] = [];
  /** Milliseconds the device has been waiting. */
  #waitedMs = 0;
  sent = 0;
  lost = 0;
  isClosed = false;

  constructor(
    device: Device,
    faults: Faults,
    pick: (limit: number) => number,
    times: LinkTimes = c1218Times,
  ) {
    this.#device = device;
    this.#faults = faults;
    this.#pick = pick;
    this.#times = times;
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.isClosed) throw c12Errors.C12_CLOSED();
    this.sent++;
    for (const chunk of this.#carried(bytes)) {
      this.#waitedMs = 0;
      this.#arrive(this.#device.receive(chunk));
    }
  }

  async receive(timeoutMs: number): Promise<Uint8Array | undefined> {
    let leftMs = timeoutMs;
    for (;;) {
      const chunk = this.#inbox.shift();
      if (chunk !== undefined) return chunk;
      const { timer } = this.#device;
      const dueMs = timer === undefined ? Number.POSITIVE_INFINITY : this.#times[timer] - this.#waitedMs;
      if (dueMs > leftMs) {
        this.#waitedMs += leftMs;
        return undefined;
      }
      leftMs -= dueMs;
      this.#waitedMs = 0;
      this.#arrive(this.#device.timeout?.() ?? []);
    }
  }

  #arrive(answers: readonly Uint8Array[]): void {
    for (const answer of answers) this.#inbox.push(...this.#carried(answer));
  }

  /** What is left of bytes on their way. */
  #carried(bytes: Uint8Array): Uint8Array[] {
    const { lost = 0, damaged = 0, split = false } = this.#faults;
    if (this.#pick(100) < lost) {
      this.lost++;
      return [];
    }
    const copy = bytes.slice();
    if (this.#pick(100) < damaged) {
      this.lost++;
      copy[this.#pick(copy.length)]! ^= 1 << this.#pick(8);
    }
    if (!split || copy.length < 2) return [copy];
    const at = 1 + this.#pick(copy.length - 1);
    return [copy.subarray(0, at), copy.subarray(at)];
  }
}
