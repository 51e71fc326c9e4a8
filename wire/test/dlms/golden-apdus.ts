// data table
/** One APDU of every service and form, both ways; the tests check that none is missing. */
import type { Apdu } from '../../src/dlms/apdu/apdu.ts';
import type { CosemValue } from '../../src/dlms/value.ts';
import { hex } from './vectors.ts';

const clock = { classId: 8, instance: '0.0.1.0.0.255', attribute: 2 } as const;
const clockHex = '00080000010000ff02';
const relay = { classId: 70, instance: '0.0.96.3.10.255', method: 1 } as const;
const relayHex = '0046000060030aff01';
const one: CosemValue = { type: 'integer', value: 1 };
const block = { last: false, number: 2, raw: hex('0a0b') } as const;
const blockHex = '0000000002020a0b';
const selection = { selector: 2, parameters: one } as const;
const selectionHex = '020f01';
const time = hex('07e30c1001080102ffffc400');
const timeHex = '0c07e30c1001080102ffffc400';
const cipher = hex('3000000001aabb');

const ciphered = [
  ['21', 'glo-initiate-request'],
  ['25', 'glo-read-request'],
  ['26', 'glo-write-request'],
  ['28', 'glo-initiate-response'],
  ['2c', 'glo-read-response'],
  ['2d', 'glo-write-response'],
  ['2e', 'glo-confirmed-service-error'],
  ['36', 'glo-unconfirmed-write-request'],
  ['38', 'glo-information-report-request'],
  ['41', 'ded-initiate-request'],
  ['45', 'ded-read-request'],
  ['46', 'ded-write-request'],
  ['48', 'ded-initiate-response'],
  ['4c', 'ded-read-response'],
  ['4d', 'ded-write-response'],
  ['4e', 'ded-confirmed-service-error'],
  ['56', 'ded-unconfirmed-write-request'],
  ['58', 'ded-information-report-request'],
  ['c8', 'glo-get-request'],
  ['c9', 'glo-set-request'],
  ['ca', 'glo-event-notification-request'],
  ['cb', 'glo-action-request'],
  ['cc', 'glo-get-response'],
  ['cd', 'glo-set-response'],
  ['cf', 'glo-action-response'],
  ['d0', 'ded-get-request'],
  ['d1', 'ded-set-request'],
  ['d2', 'ded-event-notification-request'],
  ['d3', 'ded-action-request'],
  ['d4', 'ded-get-response'],
  ['d5', 'ded-set-response'],
  ['d7', 'ded-action-response'],
] as const;

/** Hex without its blanks. */
const plain: [string, Apdu][] = [
  [
    '01 01 02aabb 0100 01fe 06 5f1f0400000018 04c8',
    {
      service: 'initiate-request',
      dedicatedKey: hex('aabb'),
      responseAllowed: false,
      qualityOfService: -2,
      version: 6,
      conformance: ['get', 'set'],
      maxPduSize: 0x4c8,
    },
  ],
  [
    '08 00 06 5f1f0400000018 04c8 fa00',
    {
      service: 'initiate-response',
      version: 6,
      conformance: ['get', 'set'],
      maxPduSize: 0x4c8,
      vaaName: -0x600,
    },
  ],
  [
    '60 28 80020780 a109060760857405080103 a60a04080102030405060708 8a020780 8b0760857405080207',
    {
      service: 'aarq',
      protocolVersion: { bits: 1, value: hex('80') },
      contextName: 'logical-name-ciphered',
      callingApTitle: hex('0102030405060708'),
      acseRequirements: { bits: 1, value: hex('80') },
      mechanismName: 'hls-ecdsa',
    },
  ],
  [
    '61 32 a109060760857405080102 a203020102 a305a203020102 a503040141 a603020105 aa0a a3080102030405060708 be03040100',
    {
      service: 'aare',
      contextName: 'short-name',
      result: 'rejected-transient',
      diagnostic: { kind: 'provider', value: 'no-common-acse-version' },
      respondingAeQualifier: hex('41'),
      respondingApInvocationId: 5,
      authenticationValue: { kind: 'other', value: hex('0102030405060708') },
      userInformation: hex('00'),
    },
  ],
  // a server that answers with an octet-string where an integer belongs
  [
    '61 27 a109060760857405080101 a203020100 a305a10302010e a60a04084752580000000001 88020780',
    {
      service: 'aare',
      contextName: 'logical-name',
      result: 'accepted',
      diagnostic: { kind: 'user', value: 'authentication-required' },
      respondingApInvocationId: hex('4752580000000001'),
      acseRequirements: { bits: 1, value: hex('80') },
    },
  ],
  ['62 08 80 01 00 be 03 04 01 00', { service: 'rlrq', reason: 'normal', userInformation: hex('00') }],
  ['63 03 80 01 1e', { service: 'rlre', reason: 'user-defined' }],
  // get
  [
    `c001 c1 ${clockHex} 01${selectionHex}`,
    { service: 'get-request', kind: 'normal', invoke: 0xc1, attribute: clock, selection },
  ],
  ['c002 c1 00000003', { service: 'get-request', kind: 'next', invoke: 0xc1, block: 3 }],
  [
    `c003 c1 02 ${clockHex} 00 ${clockHex} 01${selectionHex}`,
    {
      service: 'get-request',
      kind: 'with-list',
      invoke: 0xc1,
      attributes: [{ attribute: clock }, { attribute: clock, selection }],
    },
  ],
  [
    'c401 c1 00 0f01',
    { service: 'get-response', kind: 'normal', invoke: 0xc1, result: { kind: 'data', value: one } },
  ],
  [
    'c401 c1 01 03',
    {
      service: 'get-response',
      kind: 'normal',
      invoke: 0xc1,
      result: { kind: 'error', value: 'read-write-denied' },
    },
  ],
  [
    'c402 c1 01 00000002 00 020a0b',
    {
      service: 'get-response',
      kind: 'with-block',
      invoke: 0xc1,
      block: { last: true, number: 2, result: { kind: 'raw', value: hex('0a0b') } },
    },
  ],
  [
    'c403 c1 02 00 0f01 01 c8',
    {
      service: 'get-response',
      kind: 'with-list',
      invoke: 0xc1,
      results: [
        { kind: 'data', value: one },
        { kind: 'error', value: 'code-200' },
      ],
    },
  ],
  // set
  [
    `c101 c1 ${clockHex} 00 0f01`,
    { service: 'set-request', kind: 'normal', invoke: 0xc1, attribute: clock, value: one },
  ],
  [
    `c102 c1 ${clockHex} 01${selectionHex} ${blockHex}`,
    { service: 'set-request', kind: 'first-block', invoke: 0xc1, attribute: clock, selection, block },
  ],
  [`c103 c1 ${blockHex}`, { service: 'set-request', kind: 'with-block', invoke: 0xc1, block }],
  [
    `c104 c1 01 ${clockHex} 00 01 0f01`,
    {
      service: 'set-request',
      kind: 'with-list',
      invoke: 0xc1,
      attributes: [{ attribute: clock }],
      values: [one],
    },
  ],
  [
    `c105 c1 01 ${clockHex} 00 ${blockHex}`,
    {
      service: 'set-request',
      kind: 'with-list-and-first-block',
      invoke: 0xc1,
      attributes: [{ attribute: clock }],
      block,
    },
  ],
  ['c501 c1 00', { service: 'set-response', kind: 'normal', invoke: 0xc1, result: 'success' }],
  ['c502 c1 00000002', { service: 'set-response', kind: 'block', invoke: 0xc1, block: 2 }],
  [
    'c503 c1 0c 00000002',
    { service: 'set-response', kind: 'last-block', invoke: 0xc1, result: 'type-unmatched', block: 2 },
  ],
  [
    'c504 c1 02 00fa 00000002',
    {
      service: 'set-response',
      kind: 'last-block-with-list',
      invoke: 0xc1,
      results: ['success', 'other-reason'],
      block: 2,
    },
  ],
  [
    'c505 c1 02 0001',
    { service: 'set-response', kind: 'with-list', invoke: 0xc1, results: ['success', 'hardware-fault'] },
  ],
  // action
  [
    `c301 c1 ${relayHex} 01 0f01`,
    { service: 'action-request', kind: 'normal', invoke: 0xc1, method: relay, parameters: one },
  ],
  ['c302 c1 00000002', { service: 'action-request', kind: 'next', invoke: 0xc1, block: 2 }],
  [
    `c303 c1 01 ${relayHex} 01 0f01`,
    { service: 'action-request', kind: 'with-list', invoke: 0xc1, methods: [relay], parameters: [one] },
  ],
  [
    `c304 c1 ${relayHex} ${blockHex}`,
    { service: 'action-request', kind: 'first-block', invoke: 0xc1, method: relay, block },
  ],
  [
    `c305 c1 01 ${relayHex} ${blockHex}`,
    { service: 'action-request', kind: 'with-list-and-first-block', invoke: 0xc1, methods: [relay], block },
  ],
  [`c306 c1 ${blockHex}`, { service: 'action-request', kind: 'with-block', invoke: 0xc1, block }],
  [
    'c701 c1 00 01 00 0f01',
    {
      service: 'action-response',
      kind: 'normal',
      invoke: 0xc1,
      outcome: { result: 'success', returned: { kind: 'data', value: one } },
    },
  ],
  [`c702 c1 ${blockHex}`, { service: 'action-response', kind: 'with-block', invoke: 0xc1, block }],
  [
    'c703 c1 01 0f 00',
    {
      service: 'action-response',
      kind: 'with-list',
      invoke: 0xc1,
      outcomes: [{ result: 'long-action-aborted' }],
    },
  ],
  ['c704 c1 00000002', { service: 'action-response', kind: 'next', invoke: 0xc1, block: 2 }],
  // access
  [
    `d9 40000001 00 05 01${clockHex} 02${clockHex} 03${relayHex} 04${clockHex}${selectionHex} 05${clockHex}${selectionHex} 02 00 0f01`,
    {
      service: 'access-request',
      invoke: 0x4000_0001,
      dateTime: hex(''),
      requests: [
        { kind: 'get', attribute: clock },
        { kind: 'set', attribute: clock },
        { kind: 'action', method: relay },
        { kind: 'get-with-selection', attribute: clock, selection },
        { kind: 'set-with-selection', attribute: clock, selection },
      ],
      data: [{ type: 'null' }, one],
    },
  ],
  [
    `da 40000001 ${timeHex} 00 01 0f01 03 0100 0201 0304`,
    {
      service: 'access-response',
      invoke: 0x4000_0001,
      dateTime: time,
      data: [one],
      results: [
        { kind: 'get', value: 'success' },
        { kind: 'set', value: 'hardware-fault' },
        { kind: 'action', value: 'object-undefined' },
      ],
    },
  ],
  // short names
  [
    '05 05 02fa00 04 2bc0 01 0f01 05 0002 06 01 0002 01aa 07 00 0002',
    {
      service: 'read-request',
      variables: [
        { kind: 'name', name: -0x600 },
        { kind: 'parameterized', name: 0x2bc0, selector: 1, parameter: one },
        { kind: 'block', number: 2 },
        { kind: 'read-block', last: true, number: 2, raw: hex('aa') },
        { kind: 'write-block', last: false, number: 2 },
      ],
    },
  ],
  [
    '0c 04 00 0f01 01 04 02 01 0002 01aa 03 0002',
    {
      service: 'read-response',
      results: [
        { kind: 'data', value: one },
        { kind: 'error', value: 'object-undefined' },
        { kind: 'block', last: true, number: 2, raw: hex('aa') },
        { kind: 'block-number', number: 2 },
      ],
    },
  ],
  [
    '06 01 022bc0 01 0f01',
    { service: 'write-request', variables: [{ kind: 'name', name: 0x2bc0 }], values: [one] },
  ],
  [
    '0d 03 00 01 03 02 0002',
    {
      service: 'write-response',
      results: [
        { kind: 'success' },
        { kind: 'error', value: 'read-write-denied' },
        { kind: 'block-number', number: 2 },
      ],
    },
  ],
  [
    '16 01 022bc0 01 0f01',
    { service: 'unconfirmed-write-request', variables: [{ kind: 'name', name: 0x2bc0 }], values: [one] },
  ],
  [
    '18 00 01 022bc0 01 0f01',
    { service: 'information-report-request', variables: [{ kind: 'name', name: 0x2bc0 }], values: [one] },
  ],
  // notifications
  [
    `c2 01 ${timeHex} ${clockHex} 0f01`,
    { service: 'event-notification-request', time, attribute: clock, value: one },
  ],
  [
    `0f 80000001 ${timeHex} 0f01`,
    { service: 'data-notification', invoke: 0x8000_0001, dateTime: time, body: one },
  ],
  // blocks
  [
    'e0 c5 0002 0001 020a0b',
    {
      service: 'general-block-transfer',
      control: { last: true, streaming: true, window: 5 },
      number: 2,
      acknowledged: 1,
      data: hex('0a0b'),
    },
  ],
  // failures
  [
    '0e 01 06 01',
    {
      service: 'confirmed-service-error',
      of: 'initiate-error',
      reason: { kind: 'initiate', value: 'dlms-version-too-low' },
    },
  ],
  [
    'd8 01 05',
    { service: 'exception-response', state: 'service-not-allowed', reason: { kind: 'deciphering-error' } },
  ],
  [
    'd8 02 06 000004d2',
    {
      service: 'exception-response',
      state: 'service-unknown',
      reason: { kind: 'invocation-counter-error', expected: 1234 },
    },
  ],
  // envelopes
  [
    'db 020102 073000000001aabb',
    { service: 'general-glo-ciphering', systemTitle: hex('0102'), content: cipher },
  ],
  [
    'dc 020102 073000000001aabb',
    { service: 'general-ded-ciphering', systemTitle: hex('0102'), content: cipher },
  ],
  [
    'dd 0101 0102 0103 00 00 01 02 0101 02aabb 073000000001aabb',
    {
      service: 'general-ciphering',
      transactionId: hex('01'),
      originator: hex('02'),
      recipient: hex('03'),
      dateTime: hex(''),
      otherInformation: hex(''),
      keyInfo: { kind: 'agreed', parameters: hex('01'), data: hex('aabb') },
      content: cipher,
    },
  ],
  [
    'dd 0101 0102 0103 00 00 01 00 01 073000000001aabb',
    {
      service: 'general-ciphering',
      transactionId: hex('01'),
      originator: hex('02'),
      recipient: hex('03'),
      dateTime: hex(''),
      otherInformation: hex(''),
      keyInfo: { kind: 'identified', key: 'global-broadcast' },
      content: cipher,
    },
  ],
  [
    'dd 0101 0102 0103 00 00 01 01 00 02aabb 073000000001aabb',
    {
      service: 'general-ciphering',
      transactionId: hex('01'),
      originator: hex('02'),
      recipient: hex('03'),
      dateTime: hex(''),
      otherInformation: hex(''),
      keyInfo: { kind: 'wrapped', kek: 'master-key', data: hex('aabb') },
      content: cipher,
    },
  ],
  [
    'df 0101 0102 0103 00 00 03c00102 02aabb',
    {
      service: 'general-signing',
      transactionId: hex('01'),
      originator: hex('02'),
      recipient: hex('03'),
      dateTime: hex(''),
      otherInformation: hex(''),
      content: hex('c00102'),
      signature: hex('aabb'),
    },
  ],
];

export const goldenApdus: [text: string, apdu: Apdu][] = [
  ...plain.map(([text, apdu]): [string, Apdu] => [text.replaceAll(' ', ''), apdu]),
  ...ciphered.map(([tag, service]): [string, Apdu] => [
    `${tag}073000000001aabb`,
    { service, content: cipher } as Apdu,
  ]),
];
