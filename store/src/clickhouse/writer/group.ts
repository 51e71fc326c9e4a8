/**
 * Sorts the readings of a group of commits into new, late, repeated and corrected ones.
 *
 * The writer knows the newest stored end of every channel. A reading behind nothing (end above it) is new and
 * goes straight to the block. Every other one may be late, a repeat or a correction: what is stored under its
 * (channel, end) is looked up and
 *
 *     nothing stored                                  -> stored
 *     same value, resolution, quality and reasons     -> dropped: a repeat changes nothing
 *     different                                       -> the stored one goes to history, the new one in
 *                                                        with revision = max(received, stored revision + 1)
 *
 * Within a group the later arrival counts as the correction of the earlier.
 */
import { type CommitOutcome, Quality, type ReadingBatch, Reason } from '@openami/model';
import { RevisedBatch } from './block.ts';

/**
 * Newest stored end per channel, growing with the channel ids. Until what the store holds is loaded, nothing
 * counts as new: every reading is looked up, which is slower and just as right.
 */
export class HighWater {
  loaded = false;
  private ends = new Uint32Array(4_096);

  /** Channels that have readings, with their newest end. */
  marks(): { channel: Uint32Array; latest: Uint32Array } {
    const channel = Uint32Array.from(this.ends.keys()).filter((id) => this.ends[id]! > 0);
    return { channel, latest: channel.map((id) => this.ends[id]!) };
  }

  /** Raises the mark of a channel; it never falls. */
  raise(channel: number, end: number): void {
    if (channel >= this.ends.length) this.grow(channel + 1);
    if (end > this.ends[channel]!) this.ends[channel] = end;
  }

  /** Marks by channel id for a tight loop; make room for `channel` first. */
  room(channel: number): Uint32Array {
    if (channel >= this.ends.length) this.grow(channel + 1);
    return this.ends;
  }

  private grow(size: number): void {
    const bigger = new Uint32Array(Math.max(size, this.ends.length * 2));
    bigger.set(this.ends);
    this.ends = bigger;
  }
}

/** What is stored now under the keys asked for; rows of `batch` with their revision. */
export type Lookup = (channels: Uint32Array, ends: Uint32Array) => Promise<RevisedBatch>;

export interface SortedGroup {
  /** Rows for `reading`. */
  readonly block: RevisedBatch;
  /** Replaced rows for `reading_history`; to be stored before `block`. */
  readonly history: RevisedBatch;
  /** One of each item handed to `split`. */
  readonly outcomes: readonly CommitOutcome[];
}

/** One commit's readings and the second they were received in. */
export interface Received {
  readonly batch: ReadingBatch;
  readonly revision: number;
}

/** New rows in `block`, all others in `slow`; `slowItem[i]` is the item that slow row i came in. */
export interface Split {
  readonly items: readonly Received[];
  readonly block: RevisedBatch;
  readonly slow: RevisedBatch;
  readonly slowItem: readonly number[];
}

/** First pass: tells new rows from all others. Raises the marks. */
export function split(items: readonly Received[], high: HighWater): Split {
  let rows = 0;
  for (const { batch } of items) rows += batch.length;
  const block = new RevisedBatch(rows);
  const slow = new RevisedBatch(0);
  const slowItem: number[] = [];
  for (const [item, { batch, revision }] of items.entries()) {
    const { channel, end, length } = batch;
    let largest = 0;
    for (let i = 0; i < length; i++) if (channel[i]! > largest) largest = channel[i]!;
    const marks = high.room(largest);
    // Runs of new rows are copied column by column; most batches are one run.
    let runStart = 0;
    for (let i = 0; i < length; i++) {
      const at = channel[i]!;
      if (end[i]! > marks[at]!) {
        marks[at] = end[i]!;
        if (high.loaded) continue;
      }
      if (i > runStart) block.append(batch.view(runStart, i), revision);
      slow.push(batch, i, revision);
      slowItem.push(item);
      runStart = i + 1;
    }
    if (runStart === 0) block.append(batch, revision);
    else if (length > runStart) block.append(batch.view(runStart, length), revision);
  }
  return { items, block, slow, slowItem };
}

interface Version {
  readonly rows: RevisedBatch;
  readonly row: number;
  readonly revision: number;
}

type Versions = Map<number, Map<number, Version | undefined>>;

/** Second pass: decides the slow rows and adds the survivors to `block`. */
export async function settle({ items, block, slow, slowItem }: Split, lookup: Lookup): Promise<SortedGroup> {
  const history = new RevisedBatch(0);
  const outcomes = items.map(({ batch }) => ({ stored: batch.length, corrections: 0, repeats: 0 }));
  if (slow.length === 0) return { block, history, outcomes };
  const versions = keysOf(slow);
  const { channels, ends } = sortedKeys(versions);
  const current = await lookup(channels, ends);
  remember(versions, current);
  // A new row of this very group may be what a later one repeats or corrects.
  remember(versions, block);
  for (let i = 0; i < slow.length; i++) {
    const byEnd = versions.get(slow.rows.channel[i]!)!;
    const end = slow.rows.end[i]!;
    const before = byEnd.get(end);
    const outcome = outcomes[slowItem[i]!]!;
    if (before && (same(before.rows.rows, before.row, slow.rows, i) || saysLess(slow.rows, i, before))) {
      outcome.repeats++;
      outcome.stored--;
      continue;
    }
    let revision = slow.revision[i]!;
    if (before) {
      outcome.corrections++;
      history.push(before.rows.rows, before.row, before.revision);
      revision = Math.max(revision, before.revision + 1);
    }
    block.push(slow.rows, i, revision);
    byEnd.set(end, { rows: slow, row: i, revision });
  }
  return { block, history, outcomes };
}

function keysOf(slow: RevisedBatch): Versions {
  const versions: Versions = new Map();
  for (let i = 0; i < slow.length; i++) {
    const channel = slow.rows.channel[i]!;
    let byEnd = versions.get(channel);
    if (!byEnd) {
      byEnd = new Map();
      versions.set(channel, byEnd);
    }
    byEnd.set(slow.rows.end[i]!, undefined);
  }
  return versions;
}

function sortedKeys(versions: Versions): { channels: Uint32Array; ends: Uint32Array } {
  let keys = 0;
  for (const byEnd of versions.values()) keys += byEnd.size;
  const channels = new Uint32Array(keys);
  const ends = new Uint32Array(keys);
  let at = 0;
  for (const channel of Uint32Array.from(versions.keys()).sort()) {
    const sorted = Uint32Array.from(versions.get(channel)!.keys()).sort();
    channels.fill(channel, at, at + sorted.length);
    ends.set(sorted, at);
    at += sorted.length;
  }
  return { channels, ends };
}

function remember(versions: Versions, found: RevisedBatch): void {
  const { channel, end } = found.rows;
  for (let i = 0; i < found.length; i++) {
    const byEnd = versions.get(channel[i]!);
    if (byEnd?.has(end[i]!)) byEnd.set(end[i]!, { rows: found, row: i, revision: found.revision[i]! });
  }
}

/** That nothing is there does not take away what is. */
function saysLess(rows: ReadingBatch, i: number, before: Version): boolean {
  return rows.quality[i] === Quality.missing && before.rows.rows.quality[before.row] !== Quality.missing;
}

/** Reasons that tell how a reading arrived, not what it says: a repeat that comes late is still a repeat. */
const arrival = Reason.late | Reason.duplicate;

function same(a: ReadingBatch, i: number, b: ReadingBatch, j: number): boolean {
  return (
    a.value[i] === b.value[j] &&
    a.resolution[i] === b.resolution[j] &&
    a.quality[i] === b.quality[j] &&
    ((a.flags[i]! ^ b.flags[j]!) & ~arrival) === 0
  );
}
