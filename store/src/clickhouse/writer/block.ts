/** Columns of the store's tables as Native blocks, straight from what a commit holds. */
import type { Frame, MeterEvent, Rejection, StatedQuality, UnregisteredReading } from '@openami/model';
import { ReadingBatch } from '@openami/model';
import { type Column, encodeBlock } from '../native.ts';

/** Readings with the revision each gets: the rows of `reading` and of `reading_history`. */
export class RevisedBatch {
  readonly rows: ReadingBatch;
  revision: Uint32Array;

  constructor(capacity = 64) {
    this.rows = new ReadingBatch(capacity);
    this.revision = new Uint32Array(this.rows.capacity);
  }

  get length(): number {
    return this.rows.length;
  }

  /** Copies row `row` of `from`. */
  push(from: ReadingBatch, row: number, revision: number): void {
    this.rows.push(
      from.channel[row]!,
      from.end[row]!,
      from.value[row]!,
      from.resolution[row]!,
      from.quality[row]!,
      from.flags[row]!,
    );
    this.grow();
    this.revision[this.length - 1] = revision;
  }

  /** Copies all rows of `from`, column by column. */
  append(from: ReadingBatch, revision: number): void {
    const start = this.length;
    this.rows.append(from);
    this.grow();
    this.revision.fill(revision, start, this.length);
  }

  private grow(): void {
    if (this.revision.length >= this.rows.capacity) return;
    const bigger = new Uint32Array(this.rows.capacity);
    bigger.set(this.revision);
    this.revision = bigger;
  }
}

/** Block of `reading` or `reading_history`. */
export function readingBlock({ rows, revision }: RevisedBatch): Buffer {
  return encodeBlock(
    [
      { name: 'channel', type: 'UInt32', data: rows.channel },
      { name: 'end', type: "DateTime('UTC')", data: rows.end },
      { name: 'value', type: 'Int64', data: rows.value },
      { name: 'resolution', type: 'UInt32', data: rows.resolution },
      { name: 'quality', type: 'UInt8', data: rows.quality },
      { name: 'flags', type: 'UInt32', data: rows.flags },
      { name: 'revision', type: "DateTime('UTC')", data: revision },
    ],
    rows.length,
  );
}

function u32<T>(
  items: readonly T[],
  name: string,
  of: (item: T) => number,
  type: Column['type'] = 'UInt32',
): Column {
  return { name, type, data: Uint32Array.from(items, of) };
}

function f64<T>(items: readonly T[], name: string, type: Column['type'], of: (item: T) => number): Column {
  return { name, type, data: Float64Array.from(items, of) };
}

function str<T>(items: readonly T[], name: string, of: (item: T) => string | Uint8Array): Column {
  return { name, type: 'String', data: items.map(of) };
}

function received<T extends { receivedMs: number }>(items: readonly T[]): Column {
  return f64(items, 'received', "DateTime64(3, 'UTC')", (item) => Math.round(item.receivedMs));
}

export function frameBlock(items: readonly Frame[]): Buffer {
  const columns = [
    received(items),
    str(items, 'source', (frame) => frame.source),
    str(items, 'device', (frame) => frame.device),
    u32(items, 'meter', (frame) => frame.meter),
    str(items, 'payload', (frame) => frame.payload),
    u32(items, 'accepted', (frame) => frame.accepted),
    str(items, 'outcome', (frame) => frame.outcome),
  ];
  return encodeBlock(columns, items.length);
}

export function rejectionBlock(items: readonly Rejection[]): Buffer {
  const columns = [
    received(items),
    str(items, 'source', (refused) => refused.source),
    str(items, 'device', (refused) => refused.device),
    str(items, 'quantity', (refused) => refused.quantity),
    u32(items, 'end', (refused) => refused.end, "DateTime('UTC')"),
    str(items, 'value', (refused) => refused.value),
    str(items, 'code', (refused) => refused.code),
    str(items, 'detail', (refused) => refused.detail),
  ];
  return encodeBlock(columns, items.length);
}

export function unregisteredBlock(items: readonly UnregisteredReading[]): Buffer {
  const columns: Column[] = [
    received(items),
    str(items, 'source', (reading) => reading.source),
    str(items, 'device', (reading) => reading.device),
    str(items, 'quantity', (reading) => reading.quantity),
    str(items, 'unit', (reading) => reading.unit),
    u32(items, 'intervalS', (reading) => reading.intervalS),
    u32(items, 'end', (reading) => reading.end, "DateTime('UTC')"),
    f64(items, 'value', 'Float64', (reading) => reading.value),
    { name: 'quality', type: 'UInt8', data: Uint8Array.from(items, (reading) => reading.quality) },
  ];
  return encodeBlock(columns, items.length);
}

export function eventBlock(items: readonly MeterEvent[]): Buffer {
  const columns = [
    u32(items, 'at', (event) => event.at, "DateTime('UTC')"),
    received(items),
    u32(items, 'meter', (event) => event.meter),
    str(items, 'device', (event) => event.device),
    str(items, 'code', (event) => event.code),
    str(items, 'severity', (event) => event.severity),
    str(items, 'detail', (event) => event.detail),
  ];
  return encodeBlock(columns, items.length);
}

export function statedBlock(items: readonly StatedQuality[]): Buffer {
  const columns = [
    u32(items, 'channel', (stated) => stated.channel),
    u32(items, 'end', (stated) => stated.end, "DateTime('UTC')"),
    f64(items, 'value', 'Int64', (stated) => stated.value),
    u32(items, 'resolution', (stated) => stated.resolution),
    str(items, 'words', (stated) => stated.words),
    received(items),
  ];
  return encodeBlock(columns, items.length);
}
