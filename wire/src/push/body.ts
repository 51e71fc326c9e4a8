/** A whole body in memory: messages one by one, each with its own bytes and its own fate. */
import { OpenAmiError } from '@openami/model';
import { decodePushMessage } from './decode.ts';
import { defaultPushLimits, type PushFormat, type PushLimits, type PushMessage } from './message.ts';
import { PushSplitter, sniffPushFormat } from './split.ts';

/** A message of a body: decoded, or the error that says why not. */
export interface PushPart {
  readonly bytes: Uint8Array;
  readonly message?: PushMessage;
  readonly error?: OpenAmiError;
}

/** One message's bytes decoded; an error is handed back, not thrown. */
export function decodePushPart(format: PushFormat, bytes: Uint8Array, limits: PushLimits): PushPart {
  try {
    return { bytes, message: decodePushMessage(format, bytes, limits) };
  } catch (error) {
    if (error instanceof OpenAmiError) return { bytes, error };
    throw error;
  }
}

/**
 * Every message of a body: one message, an array of them, NDJSON or a CBOR sequence. Never throws on
 * content: what cannot be read is a part with its error.
 */
export function decodePushBody(
  bytes: Uint8Array,
  format: PushFormat = sniffPushFormat(bytes),
  limits: PushLimits = defaultPushLimits,
): PushPart[] {
  // Nearly every body of a device is one message, and then cutting it up first costs as much as reading it.
  if (bytes[0] === 0x7b || (bytes[0]! >= 0xa0 && bytes[0]! < 0xc0)) {
    const whole = decodePushPart(format, bytes, limits);
    if (whole.error === undefined || !errorsOfMany.has(whole.error.code)) return [whole];
  }
  const splitter = new PushSplitter(format, limits);
  const parts: PushPart[] = [];
  const take = (messages: readonly Uint8Array[]) => {
    for (const message of messages) parts.push(decodePushPart(format, message, limits));
  };
  try {
    take(splitter.push(bytes));
    take(splitter.finish());
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    take(splitter.completed());
    parts.push({ bytes, error });
  }
  return parts.length > 0 ? parts : [decodePushPart(format, bytes, limits)];
}

/** Errors that a body of several messages can give when it is read as one; one bad line may cause them. */
const errorsOfMany: ReadonlySet<string> = new Set([
  ...['PUSH_NOT_JSON', 'PUSH_NOT_CBOR', 'PUSH_TOO_LARGE', 'PUSH_TOO_DEEP', 'PUSH_BROKEN_UTF8'],
]);
