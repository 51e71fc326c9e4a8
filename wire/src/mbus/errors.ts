import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;
const caller = { fault: 'caller', status: 400 } as const;

/** Errors of M-Bus, wired and wireless. `data.clause` names the part of the standard the bytes break. */
export const mbusErrors = defineErrors({
  MBUS_TRUNCATED: {
    ...peer,
    title: 'The bytes end before the telegram does.',
    hint: 'Wait for the rest, or ask for the telegram again.',
  },
  MBUS_TRAILING_BYTES: {
    ...peer,
    title: 'Bytes follow after the end of the frame.',
    hint: 'Check where the frame ends; receivers may add a signal strength or a check of their own.',
  },
  MBUS_CHECKSUM: {
    ...peer,
    title: 'A checksum or CRC does not match its bytes.',
    hint: 'The bytes were damaged on the way; ask for the telegram again.',
  },
  MBUS_BAD_FRAME: {
    ...peer,
    title: 'The bytes are not a frame of M-Bus.',
    hint: 'Check that the bytes begin at the start of a frame (68, 10 or E5; wireless: the length).',
  },
  MBUS_BAD_RECORD: {
    ...peer,
    title: 'A data record cannot be right.',
    hint: 'The bytes are damaged or not data records; report the meter model if it always sends this.',
  },
  MBUS_NO_KEY: {
    ...caller,
    title: 'The telegram is encrypted and there is no key.',
    hint: 'Hand in the key of the meter named in `data`.',
  },
  MBUS_WRONG_KEY: {
    ...caller,
    title: 'The telegram does not open with the key.',
    hint: 'Check the key of the meter named in `data`; a telegram changed on the way looks the same.',
  },
  MBUS_BAD_KEY: {
    ...caller,
    title: 'The key has the wrong length.',
    hint: 'A key of AES-128 has 16 bytes, one of DES has 8.',
  },
  MBUS_NOT_ENCRYPTED: {
    ...peer,
    title: 'The telegram is not encrypted although it has to be.',
    hint: 'Check the security mode the meter is set to; if it should encrypt, distrust the telegram.',
  },
  MBUS_AUTHENTICATION: {
    ...peer,
    title: 'The message authentication code does not match.',
    hint: 'The telegram was changed on the way, or comes from someone else: do not use it.',
  },
  MBUS_UNSUPPORTED: {
    ...peer,
    title: 'The telegram uses what is not supported.',
    hint: 'Set the meter to security mode 0, 5 or 7; its bytes are kept.',
  },
  MBUS_UNKNOWN_FORMAT: {
    ...peer,
    title: 'A compact frame came whose format is not known.',
    hint: 'Decode a full frame of the meter first with the same `formats`: it sends one now and then.',
  },
  MBUS_FRAGMENT: {
    ...peer,
    title: 'The telegram is one fragment of a longer message.',
    hint: 'Hand all fragments to a FragmentAssembler and decode what it gives.',
  },
  MBUS_APPLICATION_ERROR: {
    ...peer,
    title: 'The meter reports an application error.',
    hint: 'The detail says which; reset the application (CI 50) and ask again.',
  },
  MBUS_NOT_ENCODABLE: {
    ...caller,
    title: 'A value does not fit the field it is to be written to.',
    hint: 'Compare the value with the size of the field and the limits of a frame.',
  },
  MBUS_TIMEOUT: {
    fault: 'timeout',
    status: 504,
    title: 'The meter does not answer.',
    hint: 'Check its address, the baud rate and the wiring of the bus.',
  },
  MBUS_COLLISION: {
    ...peer,
    title: 'Several meters answer at once.',
    hint: 'Search the bus by secondary address: meters share a primary address.',
  },
  MBUS_UNEXPECTED: {
    ...peer,
    title: 'The meter answers with something else than was asked for.',
    hint: 'Reset the link (SND-NKE) and ask again.',
  },
});
