/**
 * Envelopes of protected APDUs (IEC 62056-5-3 clause 8): the fields only, taken apart and put together;
 * what is inside is bytes here, security/ opens it.
 */
import { choice, named, octets, optional, sequence } from './schema.ts';

/**
 * General-Glo-Ciphering and General-Ded-Ciphering; `content` is the security header (control byte,
 * invocation counter), ciphertext and tag.
 */
export const titledCiphering = sequence({ systemTitle: octets, content: octets });

/** Key-Info. */
const keyInfo = choice('Key-Info', {
  identified: [0, sequence({ key: named({ 'global-unicast': 0, 'global-broadcast': 1 }) })],
  wrapped: [1, sequence({ kek: named({ 'master-key': 0 }), data: octets })],
  agreed: [2, sequence({ parameters: octets, data: octets })],
});

/** General-Ciphering; `dateTime` and `otherInformation` may be empty. */
export const generalCiphering = sequence({
  transactionId: octets,
  originator: octets,
  recipient: octets,
  dateTime: octets,
  otherInformation: octets,
  keyInfo: optional(keyInfo),
  content: octets,
});

/** General-Signing; `content` is a whole APDU, `signature` the numbers r and s one after another. */
export const generalSigning = sequence({
  transactionId: octets,
  originator: octets,
  recipient: octets,
  dateTime: octets,
  otherInformation: octets,
  content: octets,
  signature: octets,
});

/** A service ciphered under its own tag (glo-get-request ...): one octet string. */
export const serviceCiphering = sequence({ content: octets });
