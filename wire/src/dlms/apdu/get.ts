/** GET service (IEC 62056-5-3 clause 8: Get-Request, Get-Response). */
import {
  accessSelection,
  attributeDescriptor,
  attributeWithSelection,
  dataAccessResult,
  getDataResult,
} from './common.ts';
import { bool, choice, list, octets, optional, sequence, single, u8, u32 } from './schema.ts';

export const getRequest = choice('Get-Request', {
  normal: [1, sequence({ invoke: u8, attribute: attributeDescriptor, selection: optional(accessSelection) })],
  next: [2, sequence({ invoke: u8, block: u32 })],
  'with-list': [3, sequence({ invoke: u8, attributes: list(attributeWithSelection) })],
});

/** DataBlock-G: a piece of the encoded value (or list of results), or why there is none. */
const dataBlockG = sequence({
  last: bool,
  number: u32,
  result: choice('DataBlock-G result', { raw: [0, single(octets)], error: [1, single(dataAccessResult)] }),
});

export const getResponse = choice('Get-Response', {
  normal: [1, sequence({ invoke: u8, result: getDataResult })],
  'with-block': [2, sequence({ invoke: u8, block: dataBlockG })],
  'with-list': [3, sequence({ invoke: u8, results: list(getDataResult) })],
});
