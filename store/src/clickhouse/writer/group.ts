/**
 * Sorts the readings of a group of commits into new, late, repeated and corrected ones.
 *
 * The writer knows the newest stored end of every channel. A reading behind nothing (end above it) is new and
 * goes straight to the block. Every other one may be late, a repeat or a correction: what is stored under its
 * (channel, end) is looked up and
 *
 *     nothing stored       -> stored
 *     says nothing new     -> dropped: a repeat changes nothing
 *     different            -> the stored one goes to history, the new one in
 *                             with revision = max(received, stored revision + 1)
 *
 * precedence.ts says what is new and which of the two holds.
 *
 * Within a group the later arrival counts as the correction of the earlier.
 */
import type { CommitOutcome, ReadingBatch } from '@openami/model';
import { RevisedBatch } from './block.ts';
import { isMeasured, type Judged, judge, needsMeasured } from './precedence.ts';

/**
 * Newest stored end per channel, growing with the channel ids. Until what the store holds is loaded, nothing
 * counts as new: every reading is looked up, which is slower and just as right.
 */
export class HighWater {
  loaded = false;
  private ends = new Uint32Array(4_096);

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

/** What is stored under the keys asked for; rows with their revision. */
export type Lookup = (channels: Uint32Array, ends: Uint32Array) => Promise<RevisedBatch>;

export interface SortedGroup {
  /** Rows for `reading`. */
  readonly block: RevisedBatch;
  /** Replaced rows for `reading_history`; to be stored before `block`. */
  readonly history: RevisedBatch;
  /** One of each item handed to `split`. */
  readonly outcomes: readonly CommitOutcome[];
}

/** What the second pass fills. */
interface Decided extends SortedGroup {
  readonly outcomes: readonly { -readonly [K in keyof CommitOutcome]: CommitOutcome[K] }[];
}

/** One commit's readings, the second they were received in, and what the commit was based on (see Commit). */
export interface Received {
  readonly batch: ReadingBatch;
  readonly revision: number;
  readonly basis?: Uint32Array | undefined;
}

/** New rows in `block`, all others in `slow`; slow row i is row `slowRow[i]` of item `slowItem[i]`. */
export interface Split {
  readonly items: readonly Received[];
  readonly block: RevisedBatch;
  readonly slow: RevisedBatch;
  readonly slowItem: readonly number[];
  readonly slowRow: readonly number[];
}

/** First pass: tells new rows from all others. Raises the marks. */
export function split(items: readonly Received[], high: HighWater): Split {
  let rows = 0;
  for (const { batch } of items) rows += batch.length;
  const block = new RevisedBatch(rows);
  const slow = new RevisedBatch(0);
  const slowItem: number[] = [];
  const slowRow: number[] = [];
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
      slowRow.push(i);
      runStart = i + 1;
    }
    if (runStart === 0) block.append(batch, revision);
    else if (length > runStart) block.append(batch.view(runStart, length), revision);
  }
  return { items, block, slow, slowItem, slowRow };
}

interface Version {
  readonly rows: RevisedBatch;
  readonly row: number;
  readonly revision: number;
}

type Versions = Map<number, Map<number, Version | undefined>>;

/** Where the second pass finds what is stored. */
export interface Lookups {
  /** The current version of each key. */
  readonly current: Lookup;
  /** The newest measured version of each key among the replaced ones. */
  readonly measured: Lookup;
}

/** Second pass: decides the slow rows and adds the survivors to `block`. */
export async function settle(parts: Split, lookups: Lookups): Promise<SortedGroup> {
  const { items, block, slow } = parts;
  const history = new RevisedBatch(0);
  const outcomes = items.map(({ batch }) => ({ stored: batch.length, corrections: 0, repeats: 0, stale: 0 }));
  if (slow.length === 0) return { block, history, outcomes };
  const versions = keysOf(slow);
  const { channels, ends } = sortedKeys(versions);
  const current = await lookups.current(channels, ends);
  remember(versions, current);
  // A new row of this very group may be what a later one repeats or corrects.
  remember(versions, block);
  const measured = await measuredOf(parts, versions, lookups.measured);
  for (let i = 0; i < slow.length; i++) {
    decide(parts, i, versions, measured, { block, history, outcomes });
  }
  return { block, history, outcomes };
}

/**
 * What was measured under the keys where it may matter: the stored version stands in the place of something
 * measured, or another row of the same group may put itself there.
 */
async function measuredOf(
  { items, slow, slowItem, slowRow }: Split,
  versions: Versions,
  lookup: Lookup,
): Promise<Versions> {
  const wanted: Versions = new Map();
  const seen: Versions = new Map();
  for (let i = 0; i < slow.length; i++) {
    const channel = slow.rows.channel[i]!;
    const end = slow.rows.end[i]!;
    const before = versions.get(channel)?.get(end);
    if (!before) continue;
    const basis = items[slowItem[i]!]!.basis?.[slowRow[i]!];
    const again = seen.get(channel)?.has(end) ?? false;
    if (!again) add(seen, channel, end);
    if (again || needsMeasured(versionOf(slow, i), versionOf(before.rows, before.row), basis))
      add(wanted, channel, end);
  }
  if (wanted.size === 0) return wanted;
  const { channels, ends } = sortedKeys(wanted);
  remember(wanted, await lookup(channels, ends));
  return wanted;
}

function decide(
  { items, slow, slowItem, slowRow }: Split,
  i: number,
  versions: Versions,
  measured: Versions,
  { block, history, outcomes }: Decided,
): void {
  const channel = slow.rows.channel[i]!;
  const end = slow.rows.end[i]!;
  const byEnd = versions.get(channel)!;
  const before = byEnd.get(end);
  const outcome = outcomes[slowItem[i]!]!;
  const put = (rows: RevisedBatch, row: number, revision: number) => {
    block.push(rows.rows, row, revision);
    byEnd.set(end, { rows, row, revision });
  };
  if (!before) {
    put(slow, i, slow.revision[i]!);
    return;
  }
  const known = measured.get(channel)?.get(end);
  const arriving = versionOf(slow, i);
  const verdict = judge(
    arriving,
    { ...versionOf(before.rows, before.row), revision: before.revision },
    known && versionOf(known.rows, known.row),
    items[slowItem[i]!]!.basis?.[slowRow[i]!],
  );
  if (verdict === 'repeat' || verdict === 'stale') {
    outcome[verdict === 'repeat' ? 'repeats' : 'stale']++;
    outcome.stored--;
    return;
  }
  outcome.corrections++;
  history.push(before.rows.rows, before.row, before.revision);
  const revision = Math.max(slow.revision[i]!, before.revision + 1);
  // What was measured is put aside here: a later arrival in this group may say it once more.
  if (isMeasured(before.rows.rows.quality[before.row]!)) add(measured, channel, end, before);
  if (verdict === 'underEdit') {
    add(measured, channel, end, { rows: slow, row: i, revision });
    history.push(slow.rows, i, revision);
    put(before.rows, before.row, revision + 1);
  } else put(slow, i, revision);
}

function versionOf({ rows }: RevisedBatch, i: number): Judged {
  return {
    value: rows.value[i]!,
    resolution: rows.resolution[i]!,
    quality: rows.quality[i]!,
    flags: rows.flags[i]!,
  };
}

function keysOf(slow: RevisedBatch): Versions {
  const versions: Versions = new Map();
  for (let i = 0; i < slow.length; i++) add(versions, slow.rows.channel[i]!, slow.rows.end[i]!);
  return versions;
}

function add(versions: Versions, channel: number, end: number, version?: Version): void {
  let byEnd = versions.get(channel);
  if (!byEnd) {
    byEnd = new Map();
    versions.set(channel, byEnd);
  }
  byEnd.set(end, version);
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
