import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;
const caller = { fault: 'caller', status: 400 } as const;

/** Errors of associations and services (IEC 62056-5-3 clauses 5 to 7). `data.service` names the service. */
export const associationErrors = defineErrors({
  DLMS_ASSOCIATION_REFUSED: {
    ...peer,
    title: 'The meter refuses the association.',
    hint: 'Compare client address, context and mechanism with the meter; the detail has its diagnostic.',
  },
  DLMS_AUTHENTICATION_REFUSED: {
    ...peer,
    title: 'The meter does not accept the password or the answer to its challenge.',
    hint: 'Compare password or keys and the mechanism; do not try often, as meters lock up.',
  },
  DLMS_DECIPHERING_REFUSED: {
    ...peer,
    title: 'The meter cannot decipher the request: it has another key or another system title of the client.',
    hint: 'Compare the keys with the meter; if a rotation was under way, try the key that was to come or go.',
  },
  DLMS_COUNTER_REFUSED: {
    ...peer,
    title: 'The meter has seen a higher invocation counter than the one it was sent.',
    hint: 'Go on from `expected` in the data, or from the counter read through the public client.',
  },
  DLMS_OBJECT_UNDEFINED: {
    ...peer,
    title: 'The meter has no such object, attribute or method.',
    hint: 'List its objects; class, logical name or index may differ in this model.',
  },
  DLMS_ACCESS_DENIED: {
    ...peer,
    title: 'The meter does not let this association do that.',
    hint: 'Use the client address and the protection that have the right; the object list shows them.',
  },
  DLMS_TEMPORARY_FAILURE: {
    fault: 'peer',
    status: 503,
    title: 'The meter cannot do it at the moment.',
    hint: 'Ask again later.',
  },
  DLMS_SERVICE_REFUSED: {
    ...peer,
    title: 'The meter answers the service with an error.',
    hint: 'The data has its result; the Green Book says what it means for this service.',
  },
  DLMS_UNSUPPORTED: {
    ...peer,
    title: 'The meter does not support this service or option.',
    hint: 'Note it in the profile of the meter (lists, selective access) and ask in another way.',
  },
  DLMS_PROTOCOL: {
    ...peer,
    title: 'The answer is not one to the request.',
    hint: 'Close the link and associate again; if it stays so, report the meter model with the log.',
  },
  DLMS_LIMIT: {
    ...peer,
    title: 'An answer has more bytes, blocks or rounds than the limit.',
    hint: 'Ask for less at once; if that is no help, the meter is at fault or is another than it seems.',
  },
  DLMS_TOO_LONG: {
    ...caller,
    title: 'The request does not fit the largest APDU of the meter and cannot be sent in blocks.',
    hint: 'Send less at once; the data has both lengths.',
  },
  DLMS_NOT_ASSOCIATED: {
    ...caller,
    title: 'There is no association.',
    hint: 'Associate first; after an error of the link, on a new link.',
  },
  DLMS_TIMEOUT: {
    fault: 'timeout',
    status: 504,
    title: 'The meter did not answer in time.',
    hint: 'Try again later; if it never answers, check the transport and the client and server addresses.',
  },
  DLMS_CLOSED: {
    fault: 'closed',
    status: 502,
    title: 'The link to the meter was closed.',
    hint: 'Connect again; what was written may or may not have happened: read it back.',
  },
  DLMS_MODEL: {
    ...caller,
    title: 'The description of a meter is not right.',
    hint: 'The detail names the object and the attribute.',
  },
});
