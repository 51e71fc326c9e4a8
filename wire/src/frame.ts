/** Frame formats by name: bytes in, plain JSON-able values out; what `openami decode` prints. */
import { renderApduBytes } from './dlms/render.ts';
import { wireErrors } from './errors.ts';
import { decodePushBody } from './push/body.ts';
import type { PushFormat, PushMessage } from './push/message.ts';

type FrameDecoder = (bytes: Uint8Array) => unknown[];

const decoders: Readonly<Record<string, FrameDecoder>> = {
  push: (bytes) => pushValues(bytes),
  'push-json': (bytes) => pushValues(bytes, 'json'),
  'push-cbor': (bytes) => pushValues(bytes, 'cbor'),
  'dlms-apdu': (bytes) => [renderApduBytes(bytes)],
};

/** Names `decodeFrame` knows. */
export const frameFormats: readonly string[] = Object.keys(decoders);

/**
 * The values in a frame, one entry a message; an entry of an unreadable message is
 * `{error: {code, detail, hint}}`. Throws FRAME_UNKNOWN_FORMAT, and decode errors of DLMS.
 */
export function decodeFrame(format: string, bytes: Uint8Array): unknown[] {
  const decoder = Object.hasOwn(decoders, format) ? decoders[format] : undefined;
  if (decoder === undefined) {
    throw wireErrors.FRAME_UNKNOWN_FORMAT(`"${format}"; known: ${frameFormats.join(', ')}`);
  }
  return decoder(bytes);
}

function pushValues(bytes: Uint8Array, format?: PushFormat): unknown[] {
  return decodePushBody(bytes, format).map(({ message, error }) =>
    message === undefined
      ? { error: { code: error?.code, detail: error?.message, hint: error?.hint } }
      : plainMessage(message),
  );
}

function plainMessage(message: PushMessage): object {
  return {
    meter: message.device,
    sent: message.sentMs === 0 ? null : new Date(message.sentMs).toISOString(),
    series: message.series.map((series) => ({
      quantity: series.quantity,
      unit: series.unit,
      intervalS: series.intervalS,
      end: Array.from(series.end.subarray(0, series.length)),
      value: Array.from(series.value.subarray(0, series.length), (v) => (Number.isNaN(v) ? null : v)),
      quality: Array.from(series.quality.subarray(0, series.length)),
    })),
    events: message.events,
    rejects: message.rejects,
  };
}
