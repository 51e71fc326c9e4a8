/**
 * The prefix of the gateway protocol (IEC 62056-5-3, Green Book "gateway protocol"): says which device of a
 * network behind a gateway an APDU is for or from. It stands before the APDU, in whatever frames carry it.
 *
 *     E6 request, E7 response | network id | length of the address | physical address of the device | APDU
 */
import { sameBytes } from '../../bytes.ts';
import { linkErrors } from './link-errors.ts';

const headers = { request: 0xe6, response: 0xe7 } as const;

/** A device of a network behind a gateway. */
export interface GatewayDevice {
  /** 0 to 255; 0 where the gateway has one network. */
  readonly network: number;
  /** Up to 255 bytes, such as the digits of its serial number. */
  readonly device: Uint8Array;
}

export interface GatewayFrame extends GatewayDevice {
  readonly kind: keyof typeof headers;
  readonly apdu: Uint8Array;
}

/** Raises DLMS_LINK_NOT_ENCODABLE for a network or an address beyond one byte of length. */
export function encodeGateway({ kind, network, device, apdu }: GatewayFrame): Uint8Array<ArrayBuffer> {
  if (network !== (network & 0xff)) throw linkErrors.DLMS_LINK_NOT_ENCODABLE(`network ${network} (max 255)`);
  if (device.length > 0xff) {
    throw linkErrors.DLMS_LINK_NOT_ENCODABLE(`an address of ${device.length} bytes (max 255)`);
  }
  const out = new Uint8Array(3 + device.length + apdu.length);
  out.set([headers[kind], network, device.length]);
  out.set(device, 3);
  out.set(apdu, 3 + device.length);
  return out;
}

/** Undefined where the bytes begin with no such prefix; raises DLMS_LINK_TRUNCATED. */
export function decodeGateway(bytes: Uint8Array): GatewayFrame | undefined {
  const [header, network = 0, length = 0] = bytes;
  if (header !== headers.request && header !== headers.response) return undefined;
  if (bytes.length < 3 || bytes.length <= 3 + length) {
    throw linkErrors.DLMS_LINK_TRUNCATED(`${bytes.length} bytes of a gateway frame, and no APDU in them`);
  }
  return {
    ...{ kind: header === headers.request ? 'request' : 'response', network },
    ...{ device: bytes.subarray(3, 3 + length), apdu: bytes.subarray(3 + length) },
  };
}

/** Whether both are the same device of the same network. */
export function isSameDevice(a: GatewayDevice, b: GatewayDevice): boolean {
  return a.network === b.network && sameBytes(a.device, b.device);
}
