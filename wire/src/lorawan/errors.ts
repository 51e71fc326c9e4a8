import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;
const caller = { fault: 'caller', status: 400 } as const;

/**
 * Errors of LoRaWAN frames and of network-server messages. Those of frames carry `data.clause`, the part of
 * the LoRaWAN L2 specification (1.0.4 or 1.1) that the bytes break.
 */
export const lorawanErrors = defineErrors({
  LORAWAN_TRUNCATED: {
    ...peer,
    title: 'The frame ends before its fields do.',
    hint: 'Pass on the whole PHYPayload, from MHDR to MIC.',
  },
  LORAWAN_TOO_LONG: {
    ...peer,
    title: 'The frame is longer than a LoRaWAN frame can be.',
    hint: 'Pass on one PHYPayload of at most 255 bytes.',
  },
  LORAWAN_UNSUPPORTED: {
    ...peer,
    title: 'The frame is of a type or major version that is not LoRaWAN R1.',
    hint: 'Check that the frame is LoRaWAN: proprietary frames have no defined content.',
  },
  LORAWAN_BAD_FIELD: {
    ...peer,
    title: 'A field has a value that the specification does not allow.',
    hint: 'The frame or message is damaged or of another version; look at the field named.',
  },
  LORAWAN_NOT_ENCRYPTED: {
    ...caller,
    title: 'There is nothing to decrypt in this frame.',
    hint: 'Only data frames with a port and join-accepts are ciphered.',
  },
  LORAWAN_NO_KEY: {
    ...caller,
    title: 'The key that this frame needs was not given.',
    hint: 'Port 0 needs the network session key, other ports that of the application, joins the root key.',
  },
  LORAWAN_BAD_KEY: {
    ...caller,
    title: 'A key, EUI, nonce or address has the wrong length.',
    hint: 'Keys have 16 bytes, EUIs 8, DevAddr 4, NetID and JoinNonce 3, DevNonce 2, most significant first.',
  },
  LORAWAN_MIC_WRONG: {
    ...peer,
    title: 'The integrity code does not fit: wrong key, wrong counter or damaged frame.',
    hint: 'Check the session keys and the upper half of the frame counter; a device may have joined anew.',
  },
  LORAWAN_NOT_JSON: {
    ...peer,
    title: 'The message is not a JSON object.',
    hint: 'Set the integration of the network server to JSON, not Protobuf.',
  },
  LORAWAN_MESSAGE_TOO_LARGE: {
    fault: 'peer',
    status: 413,
    title: 'The message is larger or nested deeper than the limit.',
    hint: 'Check what the network server adds to its messages.',
  },
  LORAWAN_UNKNOWN_MESSAGE: {
    ...peer,
    title: 'The message is none that is known of this network server.',
    hint: 'Supported are the events of ChirpStack v4 and the messages of The Things Stack v3.',
  },
});
