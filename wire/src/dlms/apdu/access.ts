/** ACCESS service (IEC 62056-5-3 clause 8: Access-Request, Access-Response). */
import {
  accessSelection,
  actionResult,
  attributeDescriptor,
  dataAccessResult,
  methodDescriptor,
} from './common.ts';
import { choice, data, list, octets, optional, sequence, single, u32 } from './schema.ts';

const specification = choice('Access-Request-Specification', {
  get: [1, sequence({ attribute: attributeDescriptor })],
  set: [2, sequence({ attribute: attributeDescriptor })],
  action: [3, sequence({ method: methodDescriptor })],
  'get-with-selection': [4, sequence({ attribute: attributeDescriptor, selection: accessSelection })],
  'set-with-selection': [5, sequence({ attribute: attributeDescriptor, selection: accessSelection })],
});

/** `dateTime` is empty or 12 bytes; `data` has a value for every request, null where it needs none. */
export const accessRequest = sequence({
  invoke: u32,
  dateTime: octets,
  requests: list(specification),
  data: list(data),
});

export const accessResponse = sequence({
  invoke: u32,
  dateTime: octets,
  requests: optional(list(specification)),
  data: list(data),
  results: list(
    choice('Access-Response-Specification', {
      get: [1, single(dataAccessResult)],
      set: [2, single(dataAccessResult)],
      action: [3, single(actionResult)],
    }),
  ),
});
