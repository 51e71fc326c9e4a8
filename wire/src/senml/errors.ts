import { defineErrors } from '@openami/model';

const peer = { fault: 'peer', status: 400 } as const;

/** Errors of SenML (RFC 8428). `data.clause` names the part of the standard, `data.at` the place. */
export const senmlErrors = defineErrors({
  SENML_EMPTY: {
    ...peer,
    title: 'The SenML pack is empty.',
    hint: 'Send an array with at least one record.',
  },
  SENML_TOO_LARGE: {
    ...peer,
    status: 413,
    title: 'The SenML pack is larger than the limit.',
    hint: 'Send the records in several packs.',
  },
  SENML_TRUNCATED: {
    ...peer,
    title: 'The bytes end before the SenML pack does.',
    hint: 'Send it again in full; a body in blocks is complete with its last block only.',
  },
  SENML_MALFORMED: {
    ...peer,
    title: 'The bytes are no SenML in JSON or CBOR.',
    hint: 'Send application/senml+json (110) or application/senml+cbor (112), uncompressed.',
  },
  SENML_UNSUPPORTED: {
    ...peer,
    status: 415,
    title: 'This form of SenML is not read.',
    hint: 'Send senml+json or senml+cbor; XML and EXI are not supported.',
  },
  SENML_BAD_FIELD: {
    ...peer,
    title: 'A field of a SenML record has a value it cannot have.',
    hint: 'Compare the field with RFC 8428 table 1.',
  },
  SENML_NO_VALUE: {
    ...peer,
    title: 'A SenML record has no value, or more than one.',
    hint: 'Give each record exactly one of v, vs, vb and vd, or a sum s.',
  },
  SENML_BAD_NAME: {
    ...peer,
    title: 'The name of a SenML record is missing or has characters that names cannot have.',
    hint: 'Base name and name together begin with a letter or digit and have letters, digits and - : . / _.',
  },
  SENML_MUST_UNDERSTAND: {
    ...peer,
    title: 'A SenML record has a field that must be understood and is not.',
    hint: 'Send records without fields whose labels end with an underscore.',
  },
  SENML_VERSION: {
    ...peer,
    title: 'The version of the SenML pack is not known.',
    hint: 'Send version 10 (RFC 8428), or 26 with secondary units (RFC 9100), alike in all records.',
  },
  SENML_NO_UNIT: {
    ...peer,
    title: 'A SenML value has no unit that readings are kept in.',
    hint: 'Give the record, or the pack as bu, a unit of the SenML registry such as kWh, W, V or m3.',
  },
  SENML_NOT_FINITE: {
    ...peer,
    title: 'A SenML value is not a finite number.',
    hint: 'Leave the record out when there is no value.',
  },
});
