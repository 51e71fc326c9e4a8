import { defineErrors } from '@openami/model';

const caller = { fault: 'caller', status: 400 } as const;
const peer = { fault: 'peer', status: 502 } as const;

/** Errors of ANSI C12.18, C12.19, C12.21 and C12.22; `data.clause` names the part of the standard. */
export const c12Errors = defineErrors({
  C12_TRUNCATED: {
    ...caller,
    title: 'The bytes end before a field is complete.',
    hint: 'Give the whole packet, message or table.',
  },
  C12_TRAILING_BYTES: {
    ...caller,
    title: 'There are bytes after the end.',
    hint: 'Give one packet, message or table; for several use the stream decoder.',
  },
  C12_BAD_CHECK: {
    ...caller,
    title: 'The check of the bytes does not match.',
    hint: 'The bytes were damaged on their way: read again.',
  },
  C12_BAD_FRAME: {
    ...caller,
    title: 'The bytes are no packet or message of C12.18, C12.21 or C12.22.',
    hint: 'A packet begins with EE, a C12.22 message with 60.',
  },
  C12_BAD_VALUE: {
    ...caller,
    title: 'A field holds what the standard does not allow.',
    hint: 'Compare the field named with the standard; the sender is at fault.',
  },
  C12_OVER_LIMIT: {
    ...caller,
    title: 'A size or count is beyond the limit.',
    hint: 'Read the table in parts, or raise the limit.',
  },
  C12_UNSUPPORTED: {
    ...caller,
    title: 'This part of the standard is not supported.',
    hint: 'The bytes are kept as they are; see the README for what is read.',
  },
  C12_NOT_ENCODABLE: {
    ...caller,
    title: 'A value does not fit its field.',
    hint: 'Give a value within the range of the field named.',
  },
  C12_NEEDS_TABLE: {
    ...caller,
    title: 'Another table is needed first.',
    hint: 'Decode the table named and give it along: it holds sizes or formats.',
  },
  C12_NO_KEY: {
    ...caller,
    title: 'There is no key for this message.',
    hint: 'Give the key with the id named.',
  },
  C12_WRONG_KEY: {
    ...caller,
    title: 'The authentication code does not match.',
    hint: 'The key or the root of relative ApTitles is wrong, or the message was changed.',
  },
  C12_NOT_SECURED: {
    ...peer,
    title: 'The message is not secured as asked.',
    hint: 'Ask for the security mode the node is set to.',
  },
  C12_REFUSED: {
    ...peer,
    title: 'The device refused the request.',
    hint: 'The response code says why.',
  },
  C12_UNEXPECTED: {
    ...peer,
    title: 'The device answered something else than was asked.',
    hint: 'End the session and start again.',
  },
  C12_NO_ANSWER: {
    fault: 'timeout',
    status: 504,
    title: 'The device does not answer.',
    hint: 'Check the line; the request was sent as often as the standard says.',
  },
  C12_CLOSED: {
    fault: 'closed',
    status: 502,
    title: 'The line was closed.',
    hint: 'Open it again and start a new session.',
  },
});
