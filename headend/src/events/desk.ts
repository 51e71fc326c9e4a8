/**
 * Between what meters reported and what people see: repeats are dropped, storms are counted and summed up, a
 * last gasp passes at once. Comes after the store, which keeps every event: a repeat that was told but not
 * stored would be lost for good. Pure but for what it remembers, which is bounded; time is handed in.
 */
import { eventSeverity, isLastGasp, type MeterEvent } from '@openami/model';

export interface EventDeskLimits {
  /** Events of one code of one meter in a window that are raised one by one. */
  readonly ofMeter: number;
  /** Events of one code, of all meters, in a window that are raised one by one. */
  readonly ofCode: number;
  readonly windowMs: number;
  /** What happened longer before it was told is no news: a log that is read from its beginning. */
  readonly newsMs: number;
  /** Events remembered to tell repeats. */
  readonly remembered: number;
  /** Meters and codes counted at a time. */
  readonly counted: number;
}

export const defaultEventDeskLimits: EventDeskLimits = {
  ...{ ofMeter: 20, ofCode: 100, windowMs: 60_000, newsMs: 48 * 3_600_000 },
  ...{ remembered: 200_000, counted: 50_000 },
};

interface Window {
  readonly sinceMs: number;
  passed: number;
  held: number;
  firstAt: number;
  lastAt: number;
  last: MeterEvent | undefined;
  readonly devices: Set<string>;
}

export interface DeskCounters {
  taken: number;
  repeats: number;
  /** Not raised because they are long ago. */
  old: number;
  /** Not raised one by one. */
  quieted: number;
  summaries: number;
}

const keptDevices = 10_000;

export class EventDesk {
  readonly #limits: EventDeskLimits;
  readonly #seen = new Set<string>();
  readonly #ofMeter = new Map<string, Window>();
  readonly #ofCode = new Map<string, Window>();
  readonly counters: DeskCounters = { taken: 0, repeats: 0, old: 0, quieted: 0, summaries: 0 };

  constructor(limits: Partial<EventDeskLimits> = {}) {
    this.#limits = { ...defaultEventDeskLimits, ...limits };
  }

  /** Events that were told before it was there. */
  remember(events: readonly MeterEvent[]): void {
    for (const event of events) this.#isRepeat(event);
  }

  /** Takes events in the order in which they came; gives those to raise, and sums of storms that are over. */
  take(events: readonly MeterEvent[], nowMs: number): MeterEvent[] {
    const raise = this.flush(nowMs);
    const { ofMeter, ofCode } = this.#limits;
    for (const event of events) {
      this.counters.taken++;
      if (this.#isRepeat(event)) this.counters.repeats++;
      else if (event.receivedMs - event.at * 1000 > this.#limits.newsMs) this.counters.old++;
      else if (
        isLastGasp(event.code) ||
        (this.#passes(this.#ofMeter, `${event.device}\0${event.code}`, event, ofMeter, nowMs, raise) &&
          this.#passes(this.#ofCode, event.code, event, ofCode, nowMs, raise))
      )
        raise.push(event);
      else this.counters.quieted++;
    }
    return raise;
  }

  /** Sums of storms whose window has ended: ask once a second, and at the end with `all`. */
  flush(nowMs: number, all = false): MeterEvent[] {
    const sums: MeterEvent[] = [];
    for (const windows of [this.#ofMeter, this.#ofCode]) {
      for (const [key, window] of windows) {
        // In the order of their beginnings. A clock that was set back ends them, too.
        if (!all && nowMs >= window.sinceMs && nowMs < window.sinceMs + this.#limits.windowMs) break;
        windows.delete(key);
        if (window.held > 0) sums.push(this.#sum(window, windows === this.#ofMeter, nowMs));
      }
    }
    return sums;
  }

  /** The same event of a meter: from its log read again, or from the log after the push. */
  #isRepeat({ device, code, at, detail }: MeterEvent): boolean {
    const key = `${device}\0${code}\0${at}\0${detail}`;
    if (this.#seen.has(key)) return true;
    if (this.#seen.size >= this.#limits.remembered)
      this.#seen.delete(this.#seen.values().next().value as string);
    this.#seen.add(key);
    return false;
  }

  #passes(
    windows: Map<string, Window>,
    key: string,
    event: MeterEvent,
    most: number,
    nowMs: number,
    sums: MeterEvent[],
  ): boolean {
    let window = windows.get(key);
    if (window === undefined) {
      if (windows.size >= this.#limits.counted) this.#evict(windows, nowMs, sums);
      window = {
        ...{ sinceMs: nowMs, passed: 0, held: 0, firstAt: 0, lastAt: 0 },
        last: undefined,
        devices: new Set(),
      };
      windows.set(key, window);
    }
    if (window.passed < most) {
      window.passed++;
      return true;
    }
    if (window.held === 0) window.firstAt = event.at;
    window.held++;
    window.lastAt = event.at;
    window.last = event;
    if (window.devices.size < keptDevices) window.devices.add(event.device);
    return false;
  }

  /** The oldest window makes room; what it held is told now. */
  #evict(windows: Map<string, Window>, nowMs: number, sums: MeterEvent[]): void {
    const [key, window] = windows.entries().next().value as [string, Window];
    windows.delete(key);
    if (window.held > 0) sums.push(this.#sum(window, windows === this.#ofMeter, nowMs));
  }

  #sum({ held, firstAt, lastAt, last, devices }: Window, single: boolean, nowMs: number): MeterEvent {
    this.counters.summaries++;
    const { code, device, meter, at } = last!;
    const iso = (second: number) => new Date(second * 1000).toISOString();
    const span = `between ${iso(Math.min(firstAt, lastAt))} and ${iso(Math.max(firstAt, lastAt))}`;
    const meters = devices.size >= keptDevices ? `${keptDevices} or more` : String(devices.size);
    const detail = single ? `${held} more ${span}` : `${held} more of ${meters} meters ${span}`;
    return {
      ...{ at, code, detail, receivedMs: nowMs, severity: eventSeverity(code) },
      ...(single ? { device, meter } : { device: '', meter: 0 }),
    };
  }
}
