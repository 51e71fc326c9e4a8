import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;

/** Errors of P1 telegrams; `data.clause` names the part of the standard. */
export const p1Errors = defineErrors({
  P1_NOT_P1: {
    ...peer,
    title: 'The bytes do not begin a P1 telegram.',
    hint: 'Check the baud rate, and that the signal is inverted by the cable or the adapter.',
  },
  P1_TRUNCATED: {
    ...peer,
    title: 'The bytes end, or the next telegram begins, in the middle of a telegram.',
    hint: 'Wait for the next telegram; if it repeats, look at the cable.',
  },
  P1_CHECK: {
    ...peer,
    title: 'The checksum does not match, or the telegram should have one and has none.',
    hint: 'Wait for the next telegram; to look at an altered capture, ask to ignore the check.',
  },
  P1_OVER_LIMIT: {
    ...peer,
    title: 'A telegram is longer than the limit.',
    hint: 'Check that the line carries P1 telegrams.',
  },
  P1_NO_KEY: {
    fault: 'caller',
    status: 400,
    title: 'The telegram is enciphered and there is no key.',
    hint: 'Ask the grid operator for the key of the customer interface and give it with the telegram.',
  },
  P1_WRONG_KEY: {
    fault: 'caller',
    status: 400,
    title: 'The telegram does not open with the key.',
    hint: 'Check encryption key and authentication key; else bytes were changed on the way.',
  },
  P1_UNSUPPORTED: {
    ...peer,
    title: 'The protection of the telegram is not one that P1 meters use.',
    hint: 'Report the meter model with the bytes.',
  },
  P1_NOT_ENCODABLE: {
    fault: 'caller',
    status: 400,
    title: 'A record or an identification cannot be written as a telegram.',
    hint: 'Use printable ASCII without parentheses, `!` and `/`; keys have 16 bytes, titles 8.',
  },
});
