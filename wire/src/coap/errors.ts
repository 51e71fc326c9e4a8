import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 400 } as const;

/** Errors of CoAP messages (RFC 7252). `data.id` is the message id where it was read. */
export const coapMessageErrors = defineErrors({
  COAP_TRUNCATED: {
    ...peer,
    title: 'The datagram ends before the CoAP message does.',
    hint: 'The datagram is damaged or cut; the device sends it again.',
  },
  COAP_MALFORMED: {
    ...peer,
    title: 'The datagram is no CoAP message.',
    hint: 'Check that nothing but CoAP over UDP, without DTLS, is sent to this port.',
  },
  COAP_TOO_LARGE: {
    ...peer,
    status: 413,
    title: 'The CoAP message is larger than the limit.',
    hint: 'Send large bodies in blocks (RFC 7959).',
  },
});
