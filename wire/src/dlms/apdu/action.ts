/** ACTION service (IEC 62056-5-3 clause 8: Action-Request, Action-Response). */
import { actionResult, dataBlock, getDataResult, methodDescriptor } from './common.ts';
import { choice, data, list, optional, sequence, u8, u32 } from './schema.ts';

export const actionRequest = choice('Action-Request', {
  normal: [1, sequence({ invoke: u8, method: methodDescriptor, parameters: optional(data) })],
  next: [2, sequence({ invoke: u8, block: u32 })],
  'with-list': [3, sequence({ invoke: u8, methods: list(methodDescriptor), parameters: list(data) })],
  'first-block': [4, sequence({ invoke: u8, method: methodDescriptor, block: dataBlock })],
  'with-list-and-first-block': [
    5,
    sequence({ invoke: u8, methods: list(methodDescriptor), block: dataBlock }),
  ],
  'with-block': [6, sequence({ invoke: u8, block: dataBlock })],
});

/** Action-Response-With-Optional-Data. */
const actionOutcome = sequence({ result: actionResult, returned: optional(getDataResult) });

export const actionResponse = choice('Action-Response', {
  normal: [1, sequence({ invoke: u8, outcome: actionOutcome })],
  'with-block': [2, sequence({ invoke: u8, block: dataBlock })],
  'with-list': [3, sequence({ invoke: u8, outcomes: list(actionOutcome) })],
  next: [4, sequence({ invoke: u8, block: u32 })],
});
