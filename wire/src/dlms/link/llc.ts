/**
 * The LLC bytes before an APDU in HDLC (IEC 62056-46 clause 5): E6 E6 00 to the server, E6 E7 00 to the
 * client.
 */
import { join } from '../../bytes.ts';

export const llcToServer: Uint8Array = Uint8Array.of(0xe6, 0xe6, 0x00);
export const llcToClient: Uint8Array = Uint8Array.of(0xe6, 0xe7, 0x00);

/** Whether bytes begin with the LLC bytes of either direction. */
export function hasLlc(bytes: Uint8Array): boolean {
  return bytes[0] === 0xe6 && (bytes[1] === 0xe6 || bytes[1] === 0xe7) && bytes[2] === 0;
}

/** The APDU after its LLC bytes; as it is where there are none. */
export function stripLlc(bytes: Uint8Array): Uint8Array {
  return hasLlc(bytes) ? bytes.subarray(3) : bytes;
}

/** An APDU after LLC bytes. */
export function withLlc(llc: Uint8Array, apdu: Uint8Array): Uint8Array<ArrayBuffer> {
  return join(llc, apdu);
}
