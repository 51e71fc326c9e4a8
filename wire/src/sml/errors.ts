import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;

/** Errors of SML; `data.clause` names the part of SML 1.04 that the bytes break, `data.offset` where. */
export const smlErrors = defineErrors({
  SML_NOT_SML: {
    ...peer,
    title: 'The bytes do not begin an SML file.',
    hint: 'Check the baud rate and that the meter speaks SML; bytes before 1b1b1b1b01010101 are skipped.',
  },
  SML_TRUNCATED: {
    ...peer,
    title: 'The bytes end, or the next file begins, in the middle of an SML file.',
    hint: 'Wait for the next file; if it repeats, look at how the optical head sits.',
  },
  SML_CHECK: {
    ...peer,
    title: 'A checksum does not match: bytes were changed or lost on the way.',
    hint: 'Wait for the next file; if it repeats, look at how the optical head sits and at stray light.',
  },
  SML_ESCAPE: {
    ...peer,
    title: 'An escape sequence of the transport is not one of the standard.',
    hint: 'Wait for the next file; only version 1 of the transport protocol is read.',
  },
  SML_BAD_LENGTH: {
    ...peer,
    title: 'A type-length field cannot be right.',
    hint: 'The bytes are damaged or not SML; wait for the next file.',
  },
  SML_UNEXPECTED: {
    ...peer,
    title: 'An element is not of the type that the message has here.',
    hint: 'Report the meter model with the bytes: it may need a quirk of its own.',
  },
  SML_TOO_DEEP: {
    ...peer,
    title: 'Lists are nested too deeply.',
    hint: 'No SML message nests this deep; the bytes are damaged or hostile.',
  },
  SML_OVER_LIMIT: {
    ...peer,
    title: 'An SML file is longer than the limit.',
    hint: 'Ask for less at once, such as fewer hours of a profile.',
  },
  SML_NOT_ENCODABLE: {
    fault: 'caller',
    status: 400,
    title: 'A value does not fit its field of the message.',
    hint: 'Compare it with the range that the detail names.',
  },
});

export type SmlErrorCode = keyof typeof smlErrors;
