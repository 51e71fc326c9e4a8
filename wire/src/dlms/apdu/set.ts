/** SET service (IEC 62056-5-3 clause 8: Set-Request, Set-Response). */
import {
  accessSelection,
  attributeDescriptor,
  attributeWithSelection,
  dataAccessResult,
  dataBlock,
} from './common.ts';
import { choice, data, list, optional, sequence, u8, u32 } from './schema.ts';

export const setRequest = choice('Set-Request', {
  normal: [
    1,
    sequence({
      invoke: u8,
      attribute: attributeDescriptor,
      selection: optional(accessSelection),
      value: data,
    }),
  ],
  'first-block': [
    2,
    sequence({
      invoke: u8,
      attribute: attributeDescriptor,
      selection: optional(accessSelection),
      block: dataBlock,
    }),
  ],
  'with-block': [3, sequence({ invoke: u8, block: dataBlock })],
  'with-list': [4, sequence({ invoke: u8, attributes: list(attributeWithSelection), values: list(data) })],
  'with-list-and-first-block': [
    5,
    sequence({ invoke: u8, attributes: list(attributeWithSelection), block: dataBlock }),
  ],
});

export const setResponse = choice('Set-Response', {
  normal: [1, sequence({ invoke: u8, result: dataAccessResult })],
  block: [2, sequence({ invoke: u8, block: u32 })],
  'last-block': [3, sequence({ invoke: u8, result: dataAccessResult, block: u32 })],
  'last-block-with-list': [4, sequence({ invoke: u8, results: list(dataAccessResult), block: u32 })],
  'with-list': [5, sequence({ invoke: u8, results: list(dataAccessResult) })],
});
