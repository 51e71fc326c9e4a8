/** A commit in the writer's queue. */
import type { Commit, CommitOutcome } from '@openami/model';
import { readingStoreErrors } from '../errors.ts';

export interface Job {
  readonly work: Commit;
  /** Readings and pieces of evidence. */
  readonly rows: number;
  readonly bytes: number;
  /** Second in which it was received. */
  readonly revision: number;
  /** Its caller was told how it ended. */
  settled?: boolean;
  resolve(outcome: CommitOutcome): void;
  reject(error: Error): void;
}

const readingBytes = 29;
const evidenceBytes = 160;
const highestId = 50_000_000;

/** Items and bytes (about) that a commit holds. */
export function sizeOf(work: Commit): { rows: number; bytes: number } {
  const readings = work.readings?.length ?? 0;
  const frames = work.frames ?? [];
  const { rejections, unregistered, events, stated } = work;
  let others = 0;
  for (const items of [rejections, unregistered, events, stated]) others += items?.length ?? 0;
  let bytes = readings * readingBytes + (frames.length + others) * evidenceBytes;
  for (const frame of frames) bytes += frame.payload.length;
  return { rows: readings + frames.length + others, bytes };
}

/** Refuses what a column cannot hold exactly. Throws BAD_READING. */
export function checkCommit(work: Commit): void {
  const { readings, receivedMs } = work;
  if (receivedMs !== undefined && !(receivedMs >= 0 && receivedMs < 4_294_967_295_000)) {
    throw readingStoreErrors.BAD_READING(`Received at ${receivedMs} ms`);
  }
  if (!readings) return;
  const { value, channel, end, length } = readings;
  for (let i = 0; i < length; i++) {
    if (Number.isSafeInteger(value[i]!) && channel[i]! < highestId && end[i]! > 0) continue;
    const data = { row: i, channel: channel[i], end: end[i], value: value[i] };
    throw readingStoreErrors.BAD_READING(
      `Row ${i}: channel ${data.channel}, end ${data.end}, value ${data.value}`,
      data,
    );
  }
}
