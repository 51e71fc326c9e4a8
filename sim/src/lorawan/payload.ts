/**
 * What the simulated LoRaWAN water meter sends on port 2, most significant byte first:
 *
 *   flags | battery in 0.1 V | litres of the register, 4 bytes | litres of an hour, 2 bytes, newest first | …
 *
 * Flags: 1 the valve is closed, 2 the battery is low. 0xffff: no value of that hour. The codec that reads it
 * is in codec.ts.
 */

export const uplinkPort = 2;
/** Downlinks: one byte, 1 opens the valve and 0 closes it. */
export const valvePort = 10;

export interface MeterState {
  readonly isClosed: boolean;
  readonly batteryV: number;
  /** At the last full hour. */
  readonly litres: number;
  /** Of the hours before it, the newest first; undefined where the meter has none. */
  readonly hourly: readonly (number | undefined)[];
}

const HEAD_BYTES = 6;
const NOTHING = 0xffff;
const LOW_BATTERY_V = 3.2;

/** The bytes of an uplink. Hours above 65,534 litres are told as such. */
export function encodeUplink({ isClosed, batteryV, litres, hourly }: MeterState): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD_BYTES + 2 * hourly.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = (isClosed ? 1 : 0) | (batteryV < LOW_BATTERY_V ? 2 : 0);
  bytes[1] = Math.round(batteryV * 10);
  view.setUint32(2, litres);
  hourly.forEach((value, i) => {
    view.setUint16(HEAD_BYTES + 2 * i, value === undefined ? NOTHING : Math.min(value, NOTHING - 1));
  });
  return bytes;
}
