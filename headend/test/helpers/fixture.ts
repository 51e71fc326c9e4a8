/** A sink in memory, a directory of a few meters, and a clock that stands still. */
import {
  type Channel,
  type Commit,
  type CommitSink,
  type Frame,
  ManualClock,
  type MeterEvent,
  ReadingBatch,
  type Rejection,
  type UnregisteredReading,
} from '@openami/model';
import { createIngest, type IngestLimits, InMemoryDirectory } from '../../src/index.ts';

export const nowMs = Date.UTC(2026, 2, 30, 12, 0, 0);
export const nowS = nowMs / 1000;
export const silent = { warn: () => undefined, error: () => undefined };
export const bytes = (text: string) => new TextEncoder().encode(text);

/** Keeps copies, as a store does; `gate` holds commits back, `fail` refuses them. */
export class MemorySink implements CommitSink {
  readonly readings = new ReadingBatch();
  readonly frames: Frame[] = [];
  readonly rejections: Rejection[] = [];
  readonly unregistered: UnregisteredReading[] = [];
  readonly events: MeterEvent[] = [];
  commits = 0;
  gate: Promise<void> | undefined;
  fail: Error | undefined;

  async commit(work: Commit): Promise<void> {
    this.commits += 1;
    await (this.gate ?? Promise.resolve());
    if (this.fail) throw this.fail;
    if (work.readings) this.readings.append(work.readings);
    this.frames.push(...(work.frames ?? []));
    this.rejections.push(...(work.rejections ?? []));
    this.unregistered.push(...(work.unregistered ?? []));
    this.events.push(...(work.events ?? []));
  }

  rows(): [channel: number, end: number, value: number, flags: number][] {
    const { channel, end, value, flags } = this.readings;
    return Array.from({ length: this.readings.length }, (_, i) => [
      channel[i]!,
      end[i]!,
      value[i]!,
      flags[i]!,
    ]);
  }
}

export const importType = '0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0';
const netType = '0.0.2.4.4.1.12.0.0.0.0.0.0.0.0.3.72.0';

export function channel(id: number, meterId: number, more: Partial<Channel> = {}): Channel {
  return {
    id,
    meterId,
    commodity: 'electricity',
    readingType: importType,
    obis: '1-0:1.8.0*255',
    intervalS: 900,
    resolution: 1000,
    unit: 'kWh',
    ...more,
  };
}

/** OA1: import (1) and net (2) each 15 minutes, register (3). OA2: import (4), removed an hour ago. */
export function fixture(limits: Partial<IngestLimits> = {}) {
  const directory = new InMemoryDirectory();
  const installed = { installedFrom: nowS - 86_400 * 30, installedUntil: Number.POSITIVE_INFINITY };
  directory.put({ devices: ['OA1', 'alias-1'], channel: channel(1, 10), ...installed });
  const net = channel(2, 10, { readingType: netType, obis: '', resolution: 1 });
  directory.put({ devices: ['OA1'], channel: net, keys: ['net'], ...installed });
  directory.put({ devices: ['OA1'], channel: channel(3, 10, { intervalS: 0 }), ...installed });
  const removed = { installedFrom: 0, installedUntil: nowS - 3_600 };
  directory.put({ devices: ['OA2'], channel: channel(4, 20), ...removed });
  const sink = new MemorySink();
  const clock = new ManualClock(nowMs);
  const ingest = createIngest({ directory, sink, clock, log: silent, limits });
  return { directory, sink, clock, ingest };
}

/** A message of one import series that ends at `first`. */
export function message(
  meter: string | undefined,
  first: number,
  values: (number | null)[],
  more: object = {},
) {
  const series = [{ quantity: '1.8.0', unit: 'kWh', interval: 900, first, values, ...more }];
  return bytes(JSON.stringify({ meter, series }));
}
