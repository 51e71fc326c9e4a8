import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;

/** Errors of IEC 62056-21; `data.clause` names the part of the standard. */
export const iecErrors = defineErrors({
  IEC_FRAME: {
    ...peer,
    title: 'The bytes are not a message of IEC 62056-21.',
    hint: 'Check baud rate and parity (7 bits, even), and that the head sits on the right port.',
  },
  IEC_TRUNCATED: {
    ...peer,
    title: 'The bytes end, or the next message begins, in the middle of a message.',
    hint: 'Ask again; a pause of more than 1.5 s between two characters ends a message.',
  },
  IEC_CHECK: {
    ...peer,
    title: 'The block check does not match: bytes were changed on the way.',
    hint: 'Ask the meter to repeat the block; if it stays so, look at how the head sits and at the parity.',
  },
  IEC_OVER_LIMIT: {
    ...peer,
    title: 'A message is longer than the limit.',
    hint: 'Ask for less at once, such as fewer days of a profile.',
  },
  IEC_UNEXPECTED: {
    ...peer,
    title: 'The meter sent another message than the one that is due.',
    hint: 'Sign on again; if it repeats, the meter may speak another mode than it says.',
  },
  IEC_REFUSED: {
    ...peer,
    title: 'The meter refused what was asked.',
    hint: 'Look its error code up in the manual; reading or writing may need a password.',
  },
  IEC_CLOSED: {
    fault: 'closed',
    status: 409,
    title: 'The session with the meter is not open for this.',
    hint: 'Sign on in programming mode, and wait for the answer before the next request.',
  },
  IEC_PROFILE: {
    ...peer,
    title: 'A load profile does not have the form of its header.',
    hint: 'Report the meter model with the bytes.',
  },
  IEC_NO_UNIT: {
    ...peer,
    title: 'A measured value has no unit, or one that is not known.',
    hint: 'Give the unit in the configuration of the meter.',
  },
  IEC_NOT_ENCODABLE: {
    fault: 'caller',
    status: 400,
    title: 'A field cannot be written as a message.',
    hint: 'Use printable ASCII without parentheses, `/` and `!`.',
  },
});
