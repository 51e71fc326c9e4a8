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

/** V8's depth of the stack an error notes; elsewhere it means nothing. */
const errorKind = Error as unknown as { stackTraceLimit?: number };

/** One message's bytes decoded; an error is handed back, not thrown. */
export function decodePushPart(format: PushFormat, bytes: Uint8Array, limits: PushLimits): PushPart {
  const { stackTraceLimit } = errorKind;
  // The stack of a sender's mistake says nothing, and noting it is most of what a body of bad lines costs.
  errorKind.stackTraceLimit = 0;
  try {
    return { bytes, message: decodePushMessage(format, bytes, limits) };
  } catch (error) {
    if (error instanceof OpenAmiError) return { bytes, error };
    throw error;
  } finally {
    if (stackTraceLimit === undefined) delete errorKind.stackTraceLimit;
    else errorKind.stackTraceLimit = stackTraceLimit;
  }
}

const sliceBytes = 16_384;

/** Bytes as the splitter is best given them: what it cuts off a slice is read before more is cut. */
export function* slicesOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

/**
 * A body that is one message; undefined when it may be several. Nearly every body of a device is one, and
 * then cutting it up first costs as much as reading it.
 */
export function wholePart(
  bytes: Uint8Array,
  format: PushFormat = sniffPushFormat(bytes),
  limits: PushLimits = defaultPushLimits,
): PushPart | undefined {
  if (bytes[0] !== 0x7b && !(bytes[0]! >= 0xa0 && bytes[0]! < 0xc0)) return undefined;
  const whole = decodePushPart(format, bytes, limits);
  return whole.error === undefined || !errorsOfMany.has(whole.error.code) ? whole : undefined;
}

/**
 * Every message of a body that is no `wholePart`, read when it is asked for: an array of messages, NDJSON, a
 * CBOR sequence. Never throws on content: what cannot be read is a part with its error.
 */
export function* splitParts(
  bytes: Uint8Array,
  format: PushFormat = sniffPushFormat(bytes),
  limits: PushLimits = defaultPushLimits,
): Generator<PushPart, void, undefined> {
  const splitter = new PushSplitter(format, limits);
  let none = true;
  for (const { cut, error } of cutUp(splitter, bytes)) {
    for (const message of cut) yield decodePushPart(format, message, limits);
    if (error !== undefined) yield { bytes, error };
    if (cut.length > 0 || error !== undefined) none = false;
  }
  if (none) yield decodePushPart(format, bytes, limits);
}

/** The messages of each slice of a body; an error ends it. */
function* cutUp(
  splitter: PushSplitter,
  bytes: Uint8Array,
): Generator<{ cut: Uint8Array[]; error?: OpenAmiError }, void, undefined> {
  try {
    for (const slice of slicesOf(bytes)) yield { cut: splitter.push(slice) };
    yield { cut: splitter.finish() };
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    yield { cut: splitter.completed(), error };
  }
}

/** All messages of a body at once. */
export function decodePushBody(bytes: Uint8Array, format?: PushFormat, limits?: PushLimits): PushPart[] {
  const whole = wholePart(bytes, format, limits);
  return whole === undefined ? [...splitParts(bytes, format, limits)] : [whole];
}

/** Errors that a body of several messages can give when it is read as one; one bad line may cause them. */
const errorsOfMany: ReadonlySet<string> = new Set([
  ...['PUSH_NOT_JSON', 'PUSH_NOT_CBOR', 'PUSH_TOO_LARGE', 'PUSH_TOO_DEEP', 'PUSH_BROKEN_UTF8'],
]);
