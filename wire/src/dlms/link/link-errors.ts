import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;

/** Errors of the layers below the APDU: HDLC, wrapper, M-Bus carriage, mode E. */
export const linkErrors = defineErrors({
  DLMS_LINK_CHECK: {
    ...peer,
    title: 'A frame check does not match: bytes were changed on the way.',
    hint: 'Ask for the frame again; if it repeats, look at the line, the baud rate and the parity.',
  },
  DLMS_LINK_FRAME: {
    ...peer,
    title: 'The bytes are not a frame of this link.',
    hint: 'Check that the transport (HDLC, wrapper, M-Bus) is the one the meter speaks.',
  },
  DLMS_LINK_TRUNCATED: {
    ...peer,
    title: 'The bytes end in the middle of a frame or of a segmented APDU.',
    hint: 'Wait for the rest or ask again; a meter that often stops here may have a shorter frame limit.',
  },
  DLMS_LINK_OVER_LIMIT: {
    ...peer,
    title: 'A frame or a reassembled APDU is longer than the limit.',
    hint: 'Ask for less at once, such as fewer hours of a profile.',
  },
  DLMS_LINK_SEGMENT: {
    ...peer,
    title: 'A segment is missing or came out of order.',
    hint: 'Ask for the APDU again; on a push channel, wait for the next push.',
  },
  DLMS_LINK_PARAMETERS: {
    ...peer,
    title: 'The link parameters the meter gave cannot be used.',
    hint: 'Connect without proposing parameters, which leaves both sides at the standard values.',
  },
  DLMS_LINK_REFUSED: {
    ...peer,
    title: 'The meter is in disconnected mode and refuses the link.',
    hint: 'Check the client and server addresses; another client may hold the only link.',
  },
  DLMS_LINK_REJECTED: {
    ...peer,
    title: 'The meter rejected a frame as impossible.',
    hint: 'Connect again; if it repeats, propose smaller frames and a window of 1.',
  },
  DLMS_LINK_NO_FRAMING: {
    ...peer,
    title: 'No framing of DLMS/COSEM is found in the bytes.',
    hint: 'Give the whole capture, from before the first frame, as plain bytes.',
  },
  DLMS_LINK_TIMEOUT: {
    fault: 'timeout',
    status: 504,
    title: 'The meter did not answer on the link in time.',
    hint: 'Try later; if it never answers, check transport, addresses, baud rate and power.',
  },
  DLMS_LINK_NOT_OPEN: {
    fault: 'closed',
    status: 409,
    title: 'The link is not open.',
    hint: 'Connect first, and wait for the answer before the next request.',
  },
  DLMS_LINK_NOT_ENCODABLE: {
    fault: 'caller',
    status: 400,
    title: 'An address, a parameter or a payload does not fit its field of the frame.',
    hint: 'Compare it with the range that the detail names.',
  },
});
