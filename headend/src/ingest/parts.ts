/** The messages of a body, one after the other. */
import { decodePushPart, type PushFormat, type PushPart, splitParts } from '@openami/wire';
import { tooMany } from './stream-taker.ts';
import type { IngestInput, IngestLimits } from './types.ts';

/** A message as a body gives it; without bytes where it came decoded. */
export type ReadPart = Omit<PushPart, 'bytes'> & Partial<PushPart>;

export function* partsOf(
  { payload, format, messages = [], frame }: IngestInput,
  limits: IngestLimits,
): Generator<ReadPart, void, undefined> {
  let left = limits.bodyMessages;
  for (const part of payload === undefined ? [] : splitParts(payload, format, limits.push)) {
    yield left > 0 ? part : { bytes: part.bytes, error: tooMany(limits) };
    if (left === 0) break;
    left -= 1;
  }
  for (const message of messages) yield frame === undefined ? { message } : { message, bytes: frame };
}

/** Of parts that were split already. */
export function* decodedParts(
  format: PushFormat,
  parts: readonly Uint8Array[],
  limits: IngestLimits,
): Generator<ReadPart, void, undefined> {
  for (const part of parts) yield decodePushPart(format, part, limits.push);
}
