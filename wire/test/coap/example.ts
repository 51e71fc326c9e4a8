import {
  coapCodes,
  coapCodeText,
  coapOptions,
  decodeCoap,
  encodeCoap,
  textOptions,
} from '../../src/coap/index.ts';

/** What the README shows. */
export function example(datagram: Uint8Array): void {
  const message = decodeCoap(datagram);
  console.log(textOptions(message, coapOptions.uriPath)?.join('/'), coapCodeText(coapCodes.changed));
  console.log(encodeCoap(message).length);
}
