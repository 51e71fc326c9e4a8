import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 502 } as const;

/**
 * Errors of DLMS/COSEM decoding and encoding. Every decode error carries `data.clause`, the part of the
 * standard that the bytes break, and `data.offset`, where in the bytes.
 */
export const dlmsErrors = defineErrors({
  DLMS_TRUNCATED: {
    ...peer,
    title: 'The bytes end before the structure does.',
    hint: 'Wait for the rest (blocks, segments), or ask for the transfer again.',
  },
  DLMS_TRAILING_BYTES: {
    ...peer,
    title: 'Bytes follow after the end of the structure.',
    hint: 'Check where the APDU ends: a frame check or padding may have been passed on with it.',
  },
  DLMS_BAD_LENGTH: {
    ...peer,
    title: 'A length field cannot be right.',
    hint: 'The bytes are damaged or not of this type; ask for the transfer again.',
  },
  DLMS_UNKNOWN_TAG: {
    ...peer,
    title: 'A tag or choice is not one of the standard.',
    hint: 'Check that the bytes are a plain APDU and not ciphered or framed; else report the meter model.',
  },
  DLMS_BAD_VALUE: {
    ...peer,
    title: 'A field has a value the standard does not allow.',
    hint: 'The bytes are damaged, or the meter has a quirk that needs a profile entry.',
  },
  DLMS_TOO_DEEP: {
    ...peer,
    title: 'Arrays and structures are nested too deeply.',
    hint: 'No COSEM object nests this deep; the bytes are damaged or hostile.',
  },
  DLMS_OVER_LIMIT: {
    ...peer,
    title: 'The data would unfold to more elements than the limit.',
    hint: 'Read the attribute in parts (selective access); if the meter sent this by itself, distrust it.',
  },
  DLMS_BAD_DATE_TIME: {
    ...peer,
    title: 'A date or time is not a moment.',
    hint: 'The clock of the meter is not set or the field has wildcards; read its clock and status.',
  },
  DLMS_NOT_ENCODABLE: {
    fault: 'caller',
    status: 400,
    title: 'A value does not fit the field it is to be written to.',
    hint: 'Compare the value with the type and range of the attribute.',
  },
  DLMS_COLUMNS_MISMATCH: {
    ...peer,
    title: 'A profile buffer does not match its capture objects.',
    hint: 'Read the capture objects again: they may have changed since they were stored.',
  },
});
