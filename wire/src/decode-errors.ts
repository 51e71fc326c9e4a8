import { defineErrors } from '@openami/model';

const caller = { fault: 'caller', status: 400 } as const;

/** Errors of lines that are to be decoded. */
export const decodeErrors = defineErrors({
  DECODE_NOT_JSON: {
    ...caller,
    title: 'The line is not a JSON object.',
    hint: 'Write one object a line: {"id":"1","hex":"7ea0…7e"}.',
  },
  DECODE_BAD_FIELD: {
    ...caller,
    title: 'A field of the line is missing or has the wrong type.',
    hint: '`hex` is needed; it and the keys are hexadecimal text. `id` is text, or a number below 2^53.',
  },
  DECODE_LINE_EMPTY: {
    ...caller,
    title: 'The line is empty.',
    hint: 'Leave blank lines out: every line of the input has a line in the output.',
  },
  DECODE_LINE_TOO_LONG: {
    ...caller,
    title: 'The line is longer than the limit.',
    hint: 'Put fewer frames on a line.',
  },
});
