/** What the README shows, so that it runs. */
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { CounterBook, decodeChirpstack, frameTime, openData } from '../../src/lorawan/index.ts';
import { chirpstackUp } from './golden.ts';

const counters = new CounterBook();

/** A message of a network server. */
export function uplink(payload: Uint8Array | string, receivedMs: number): string {
  const event = decodeChirpstack(payload, 'up');
  if (event.type !== 'up') return event.type;
  const { device, fCnt, fPort, bytes, sessionId, deduplicationId, serverMs } = event;
  const timeMs = serverMs ?? receivedMs;
  const verdict = counters.take(device.devEui, {
    fCnt,
    bits: 32,
    session: sessionId,
    deduplicationId,
    timeMs,
  });
  const sent = new Date(frameTime(event, receivedMs).ms).toISOString();
  return `${device.devEui} port ${fPort} ${hexOf(bytes)} at ${sent}: ${verdict.kind}`;
}

/** A frame from a forwarder of one's own. */
export function frame(): string {
  const keys = {
    nwkSKey: bytesOfHex('000102030405060708090a0b0c0d0e0f')!,
    appSKey: bytesOfHex('101112131415161718191a1b1c1d1e1f')!,
  };
  const { frame, fCnt, payload } = openData(bytesOfHex('40da1b0126800200017bcb460e6fcdb9ea8f')!, keys);
  return `${hexOf(frame.devAddr)} counter ${fCnt}: ${String.fromCharCode(...payload)}`;
}

export const message = JSON.stringify(chirpstackUp);
