/** How a server refuses (IEC 62056-5-3 clause 8: ConfirmedServiceError, Exception-Response). */
import { choice, named, nothing, sequence, single, u32 } from './schema.ts';

const applicationReference = named({
  other: 0,
  'time-elapsed': 1,
  'application-unreachable': 2,
  'application-reference-invalid': 3,
  'application-context-unsupported': 4,
  'provider-communication-error': 5,
  'deciphering-error': 6,
});
const hardwareResource = named({
  other: 0,
  'memory-unavailable': 1,
  'processor-resource-unavailable': 2,
  'mass-storage-unavailable': 3,
  'other-resource-unavailable': 4,
});
const vdeStateError = named({
  other: 0,
  'no-dlms-context': 1,
  'loading-data-set': 2,
  'status-nochange': 3,
  'status-inoperable': 4,
});
const service = named({ other: 0, 'pdu-size': 1, 'service-unsupported': 2 });
const definition = named({
  other: 0,
  'object-undefined': 1,
  'object-class-inconsistent': 2,
  'object-attribute-inconsistent': 3,
});
const access = named({
  other: 0,
  'scope-of-access-violated': 1,
  'object-access-violated': 2,
  'hardware-fault': 3,
  'object-unavailable': 4,
});
const initiate = named({
  other: 0,
  'dlms-version-too-low': 1,
  'incompatible-conformance': 2,
  'pdu-size-too-short': 3,
  'refused-by-the-vde-handler': 4,
});
const loadDataSet = named({
  other: 0,
  'primitive-out-of-sequence': 1,
  'not-loadable': 2,
  'dataset-size-too-large': 3,
  'not-awaited-segment': 4,
  'interpretation-failure': 5,
  'storage-failure': 6,
  'dataset-not-ready': 7,
});
const task = named({ other: 0, 'no-remote-control': 1, 'ti-stopped': 2, 'ti-running': 3, 'ti-unusable': 4 });

/** ServiceError. */
const serviceError = choice('ServiceError', {
  'application-reference': [0, single(applicationReference)],
  'hardware-resource': [1, single(hardwareResource)],
  'vde-state-error': [2, single(vdeStateError)],
  service: [3, single(service)],
  definition: [4, single(definition)],
  access: [5, single(access)],
  initiate: [6, single(initiate)],
  'load-data-set': [7, single(loadDataSet)],
  task: [9, single(task)],
  other: [10, single(named({ other: 0 }))],
});

/** Which service failed (`of`), and why. */
export const confirmedServiceError = sequence({
  of: named({
    'initiate-error': 1,
    'get-status': 2,
    'get-name-list': 3,
    'get-variable-attribute': 4,
    read: 5,
    write: 6,
    'get-data-set-attribute': 7,
    'get-ti-attribute': 8,
    'change-scope': 9,
    start: 10,
    stop: 11,
    resume: 12,
    'make-usable': 13,
    'initiate-load': 14,
    'load-segment': 15,
    'terminate-load': 16,
    'initiate-up-load': 17,
    'up-load-segment': 18,
    'terminate-up-load': 19,
  }),
  reason: serviceError,
});

const exceptionError = choice('Exception-Response service-error', {
  'operation-not-possible': [1, nothing],
  'service-not-supported': [2, nothing],
  'other-reason': [3, nothing],
  'pdu-too-long': [4, nothing],
  'deciphering-error': [5, nothing],
  'invocation-counter-error': [6, sequence({ expected: u32 })],
});

/** `reason.expected` of an invocation counter error is the lowest counter the server will take. */
export const exceptionResponse = sequence({
  state: named({ 'service-not-allowed': 1, 'service-unknown': 2 }),
  reason: exceptionError,
});
