import { defineErrors } from '@openami/model';

/** Failures of the CoAP front and of requests to devices. */
export const coapErrors = defineErrors({
  COAP_LISTEN_FAILED: {
    fault: 'ours',
    status: 500,
    title: 'The CoAP server cannot listen.',
    hint: 'Set the port to a free one (5683 is usual) and the host to an address of this machine.',
  },
  COAP_TIMEOUT: {
    fault: 'timeout',
    status: 504,
    title: 'The device did not answer.',
    hint: 'It may sleep or be out of coverage; what waits is sent when it reports again.',
  },
  COAP_RESET: {
    fault: 'peer',
    status: 502,
    title: 'The device refused a message as not its own.',
    hint: 'It may have restarted; it registers again by itself.',
  },
  COAP_REFUSED: {
    fault: 'peer',
    status: 502,
    title: 'The device answered a request with an error.',
    hint: 'Check that the device has the path and may be read by this server.',
  },
  COAP_BODY: {
    fault: 'peer',
    status: 502,
    title: 'The blocks of an answer do not make one body.',
    hint: 'The resource changed while it was read, or is larger than the limit; read it again or in parts.',
  },
  COAP_NOT_REGISTERED: {
    fault: 'peer',
    status: 503,
    title: 'The device is not registered.',
    hint: 'Wait until it registers; check its endpoint name and the address of this server in it.',
  },
  COAP_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'Too many requests wait for the device.',
    hint: 'Wait until it has been awake, then ask again.',
  },
  COAP_CLOSED: {
    fault: 'closed',
    status: 503,
    title: 'The CoAP server is shutting down.',
    hint: 'Ask again when it is back.',
  },
});
