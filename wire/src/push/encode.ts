/** Push message encoding, used by simulated devices and gateways. */
import { encode as encodeCbor } from 'cborg';
import { utf8Bytes } from '../text.ts';
import type { PushBody, PushFormat } from './message.ts';

/** One message, or an array of messages, as bytes. */
export function encodePush(format: PushFormat, body: PushBody | readonly PushBody[]): Uint8Array {
  return format === 'cbor'
    ? encodeCbor(body, { ignoreUndefinedProperties: true })
    : utf8Bytes(JSON.stringify(body));
}

/** NDJSON: one message a line. CBOR: a sequence (RFC 8742). */
export function encodePushSequence(format: PushFormat, bodies: readonly PushBody[]): Uint8Array {
  const parts = bodies.map((body) => encodePush(format, body));
  const gap = format === 'json' ? 1 : 0;
  const out = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length + gap, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
    if (gap === 1) out[at++] = 0x0a;
  }
  return out;
}
