/** Results of services as errors, and codecs of what travels in blocks. */
import type { OpenAmiError } from '@openami/model';
import type { ActionResult, DataAccessResult } from '../apdu/common.ts';
import { actionResult, getDataResult } from '../apdu/common.ts';
import { data, list, optional, sequence } from '../apdu/schema.ts';
import { associationErrors } from './association-errors.ts';

/** What the blocks of each service carry, put together. */
export const getResults = list(getDataResult);
export const setValues = list(data);
export const actionOutcome = sequence({ result: actionResult, returned: optional(getDataResult) });
export const actionOutcomes = list(actionOutcome);

const kinds: Readonly<Record<string, keyof typeof associationErrors>> = {
  'temporary-failure': 'DLMS_TEMPORARY_FAILURE',
  'read-write-denied': 'DLMS_ACCESS_DENIED',
  'scope-of-access-violated': 'DLMS_ACCESS_DENIED',
  'object-undefined': 'DLMS_OBJECT_UNDEFINED',
  'object-class-inconsistent': 'DLMS_OBJECT_UNDEFINED',
  'object-unavailable': 'DLMS_OBJECT_UNDEFINED',
  'data-block-unavailable': 'DLMS_PROTOCOL',
  'data-block-number-invalid': 'DLMS_PROTOCOL',
};

/** The error a result other than success stands for. */
export function resultError(result: DataAccessResult | ActionResult, what: string): OpenAmiError {
  const kind = kinds[result] ?? 'DLMS_SERVICE_REFUSED';
  return associationErrors[kind](`${what}: ${result}`, { result, what });
}
