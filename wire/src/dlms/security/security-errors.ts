import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;
const caller = { fault: 'caller', status: 400 } as const;

/** Errors of DLMS/COSEM security (IEC 62056-5-3 clause 5). No error ever carries a key or plaintext. */
export const securityErrors = defineErrors({
  DLMS_SECURITY_TAG: {
    ...peer,
    title: 'The authentication tag does not match: wrong key, wrong system title, or changed bytes.',
    hint: 'Compare keys and system title with the meter; `suspect` says where to look first.',
  },
  DLMS_SECURITY_PLAINTEXT: {
    ...peer,
    title: 'The deciphered bytes are no APDU: the encryption key or the system title is wrong.',
    hint: 'Compare both with the meter. The message carries no tag, so nothing else can tell.',
  },
  DLMS_SECURITY_REPLAYED: {
    ...peer,
    title: 'The invocation counter was used before.',
    hint: 'Drop the message. If the meter was replaced or reset, set its counter anew after checking.',
  },
  DLMS_SECURITY_COUNTER_SPENT: {
    fault: 'ours',
    status: 409,
    title: 'The invocation counter of this key is used up.',
    hint: 'Give the meter a new key; a counter may not start again under the same key.',
  },
  DLMS_SECURITY_UNSUPPORTED: {
    ...peer,
    title: 'The message uses a security option that is not supported.',
    hint: 'The detail names it; set the meter to suite 0, 1 or 2 without compression.',
  },
  DLMS_SECURITY_TOO_WEAK: {
    ...peer,
    title: 'The message is protected less than is asked for.',
    hint: 'Compare the security policy of the meter with the one in its profile.',
  },
  DLMS_SECURITY_NO_TITLE: {
    ...caller,
    title: 'The system title of the sender is not known.',
    hint: 'Take it from AARQ or AARE, or read it from the meter; this message does not carry it.',
  },
  DLMS_SECURITY_KEY: {
    ...caller,
    title: 'A key or system title has the wrong length or is no key of its curve.',
    hint: 'Suites 0 and 1 take keys of 16 bytes, suite 2 of 32; a system title has 8 bytes.',
  },
  DLMS_SECURITY_UNWRAP: {
    ...peer,
    title: 'A wrapped key does not unwrap: wrong key-encryption key or changed bytes.',
    hint: 'Compare the master key with the one the key was wrapped under.',
  },
  DLMS_SECURITY_SIGNATURE: {
    ...peer,
    title: 'A signature does not match.',
    hint: 'Compare the public key or certificate with the one the sender has now.',
  },
  DLMS_SECURITY_CHALLENGE: {
    ...peer,
    title: 'The answer to the challenge is wrong: the other side does not hold the secret.',
    hint: 'Compare password or keys with the meter, and the authentication mechanism.',
  },
});
