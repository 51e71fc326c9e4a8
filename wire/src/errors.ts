import { defineErrors } from '@openami/model';

const caller = { fault: 'caller', status: 400 } as const;

/** Errors of decoding; every decoder raises one of these and nothing else. */
export const wireErrors = defineErrors({
  PUSH_EMPTY: {
    ...caller,
    title: 'The message is empty.',
    hint: 'Send a push message: an object with `meter` and `series`.',
  },
  PUSH_TOO_LARGE: {
    fault: 'caller',
    status: 413,
    title: 'The message is larger than the limit.',
    hint: 'Send it in parts, or as NDJSON with one smaller message a line.',
  },
  PUSH_BROKEN_UTF8: {
    ...caller,
    title: 'The message is not valid UTF-8.',
    hint: 'Encode JSON as UTF-8 without byte order marks of other encodings.',
  },
  PUSH_NOT_JSON: {
    ...caller,
    title: 'The message is not valid JSON.',
    hint: 'Check quotes, commas and that numbers are plain (no NaN or Infinity, no leading zeros).',
  },
  PUSH_NOT_CBOR: {
    ...caller,
    title: 'The message is not valid CBOR.',
    hint: 'Send one CBOR map, an array of maps or a CBOR sequence of maps with text keys, without tags.',
  },
  PUSH_TRUNCATED: {
    ...caller,
    title: 'The body ends in the middle of a message.',
    hint: 'Send the body again in full; complete messages before the cut were taken.',
  },
  PUSH_TOO_DEEP: {
    ...caller,
    title: 'The message is nested too deeply.',
    hint: 'A push message needs no more than five levels; remove what is not part of it.',
  },
  PUSH_TOO_MANY: {
    fault: 'caller',
    status: 413,
    title: 'The message has too many series, values or events.',
    hint: 'Send it as several messages.',
  },
  PUSH_WRONG_TYPE: {
    ...caller,
    title: 'A field has the wrong type or is missing.',
    hint: 'Compare the field at the path given with the push message reference.',
  },
  PUSH_TWO_FORMS: {
    ...caller,
    title: 'A series has both `values` and `readings`.',
    hint: 'Send `first` with `values`, or `readings`; for both, send two series.',
  },
  PUSH_BAD_TIME: {
    ...caller,
    title: 'A time cannot be read.',
    hint: 'Send ISO-8601 with an offset, such as 2026-03-29T01:00:00Z, or seconds since 1970.',
  },
  PUSH_NOT_FINITE: {
    ...caller,
    title: 'A value is not a finite number.',
    hint: 'Send numbers, and null where the meter has no value; not NaN, Infinity or text.',
  },
  PUSH_BAD_QUALITY: {
    ...caller,
    title: 'A quality name is not known.',
    hint: 'Use raw, valid, verified, estimated, edited, questionable, derived, projected or missing.',
  },
  FRAME_UNKNOWN_FORMAT: {
    ...caller,
    title: 'No decoder for this frame format.',
    hint: 'Run `openami decode --help` for the formats.',
  },
});
