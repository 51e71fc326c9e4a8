/**
 * Clocks of devices: compares when a device says it sent with when the message came.
 *
 * A message from the future proves a clock ahead. One from the past may only have waited for the network,
 * so a clock counts as behind when two messages in a row are behind by the same amount; messages that
 * waited come with delays that differ. A device is reported once and again when it is off by clearly more
 * or less, not with every message. Remembers a bounded number of devices.
 */
const remembered = 10_000;
/** A change of the drift below this is no news. */
const newsMs = 60_000;

interface Seen {
  readonly driftMs: number;
  readonly reported: boolean;
}

export class DriftWatch {
  readonly #limitMs: number;
  readonly #seen = new Map<string, Seen>();
  /** Devices known to be off now. */
  count = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** `off`: beyond the limit; `news`: and not reported yet. `driftMs` is positive when it is ahead. */
  check(device: string, driftMs: number): { readonly off: boolean; readonly news: boolean } {
    const before = this.#seen.get(device);
    if (Math.abs(driftMs) <= this.#limitMs) {
      if (before !== undefined) this.#forget(device, before);
      return inTime;
    }
    const same = before !== undefined && Math.abs(before.driftMs - driftMs) < newsMs;
    if (same && before.reported) return offAsKnown;
    if (before !== undefined) this.#forget(device, before);
    const reported = driftMs > 0 || same;
    this.#remember(device, { driftMs, reported });
    return reported ? offAndNew : inTime;
  }

  #remember(device: string, seen: Seen): void {
    if (this.#seen.size >= remembered) {
      const [oldest, of] = this.#seen.entries().next().value!;
      this.#forget(oldest, of);
    }
    this.#seen.set(device, seen);
    if (seen.reported) this.count += 1;
  }

  #forget(device: string, seen: Seen): void {
    this.#seen.delete(device);
    if (seen.reported) this.count -= 1;
  }
}

const inTime = { off: false, news: false };
const offAsKnown = { off: true, news: false };
const offAndNew = { off: true, news: true };
