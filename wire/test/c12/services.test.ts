/** Requests and responses: golden bytes both ways, and damage. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type ServiceName,
  type ServiceRequest,
  tableChecksum,
  uid,
  uidBytes,
  uidContent,
  uidText,
} from '../../src/c12/index.ts';

const hex = (text: string) => bytesOfHex(text)!;
const content = (text: string) => {
  const data = hex(text);
  return { data, checksum: tableChecksum(data), checksumMatches: true };
};

const requests: readonly [string, ServiceRequest][] = [
  ['20', { service: 'identify' }],
  ['21', { service: 'terminate' }],
  ['22', { service: 'disconnect' }],
  ['52', { service: 'logoff' }],
  ['3e', { service: 'read-default' }],
  ['30 0017', { service: 'read', table: 23 }],
  ['32 0017 0001 0002 0003', { service: 'read-index', table: 23, index: [1, 2], count: 3 }],
  ['3f 0040 000102 0010', { service: 'read-offset', table: 64, offset: 258, count: 16 }],
  ['40 0801 0002 0102 fd', { service: 'write', table: 2_049, content: content('0102') }],
  ['41 0005 0003 0001 ff 01', { service: 'write-index', table: 5, index: [3], content: content('ff') }],
  ['4f 0005 000001 0001 41 bf', { service: 'write-offset', table: 5, offset: 1, content: content('41') }],
  ['50 0002 72656164657220202020', { service: 'logon', userId: 2, user: hex('72656164657220202020') }],
  [
    '50 0002 72656164657220202020 003c',
    { service: 'logon', userId: 2, user: hex('72656164657220202020'), idleTimeoutS: 60 },
  ],
  [
    '51 0102030405060708090a0b0c0d0e0f1011121314',
    { service: 'security', password: hex('0102030405060708090a0b0c0d0e0f1011121314') },
  ],
  ['53 02 aabb', { service: 'authenticate', data: hex('aabb') }],
  ['62 0400 08 0608', { service: 'negotiate', packetBytes: 1_024, packets: 8, baudCodes: [6, 8] }],
  ['70 1e', { service: 'wait', seconds: 30 }],
  ['71 1e 01 04 03', { service: 'timing-setup', trafficS: 30, interCharacterS: 1, responseS: 4, retries: 3 }],
  ['24 8002 0105', { service: 'deregister', apTitle: uid('.1.5') }],
  ['25 0603 2b0601', { service: 'resolve', apTitle: uid('1.3.6.1') }],
  ['26 8001 07 8001 08', { service: 'trace', apTitles: [uid('.7'), uid('.8')] }],
  [
    '27 20 60 4f414d49 8001 09 0602 2b06 02 0102 000e10',
    {
      service: 'register',
      nodeType: 0x20,
      connectionType: 0x60,
      deviceClass: hex('4f414d49'),
      apTitle: uid('.9'),
      serialNumber: uid('1.3.6'),
      nativeAddress: hex('0102'),
      periodS: 3_600,
    },
  ],
  ['7f 0102', { service: 'unknown', code: 0x7f, data: hex('0102') }],
];

test.each(requests)('request %s', (text, request) => {
  expect(decodeRequest(hex(text))).toEqual(request);
  expect(hexOf(encodeRequest(request))).toBe(hexOf(hex(text)));
});

const responses: readonly [string, ServiceName, object][] = [
  ['00', 'logoff', { of: 'nothing' }],
  ['03', 'read', { of: 'nothing' }],
  ['0f 00000400', 'write', { of: 'limit', maxBytes: 1_024 }],
  ['00 00 01 00 00', 'identify', { of: 'identify', standard: 0, version: 1, revision: 0, features: [] }],
  [
    '00 02 01 00 02 00 00 03 010203 00',
    'identify',
    {
      of: 'identify',
      standard: 2,
      features: [{ feature: 'authentication-ticket', authType: 0, algorithm: 0, ticket: hex('010203') }],
    },
  ],
  ['00 0003 010203 fa', 'read', { of: 'table', data: hex('010203'), checksum: 0xfa, checksumMatches: true }],
  ['00 0400 10 06', 'negotiate', { of: 'negotiate', packetBytes: 1_024, packets: 16, baudCode: 6 }],
  ['00 1e 01 04 03', 'timing-setup', { of: 'timing-setup', trafficS: 30, retries: 3 }],
  ['00 02 aabb', 'authenticate', { of: 'authenticate', data: hex('aabb') }],
  ['00 003c', 'logon', { of: 'logon', idleTimeoutS: 60 }],
  ['00 8001 09 0005 000e10 41', 'register', { of: 'register', delayS: 5, periodS: 3_600, info: 0x41 }],
  ['00 03 616263', 'resolve', { of: 'resolve', address: hex('616263') }],
  ['00 8001 07', 'trace', { of: 'trace', apTitles: [uid('.7')] }],
  ['0d 8001 07', 'trace', { of: 'bytes', bytes: hex('800107') }],
];

test.each(responses)('response %s', (text, service, body) => {
  const response = decodeResponse(hex(text), service);
  expect(response.body).toMatchObject(body);
  expect(hexOf(encodeResponse(response.code, response.body))).toBe(hexOf(hex(text)));
});

test('names of codes, and codes that are free', () => {
  expect(decodeResponse(hex('0a'), 'read')).toMatchObject({ code: 10, name: 'isss' });
  expect(decodeResponse(hex('1f')).name).toBe('reserved-1f');
  expect(() => decodeResponse(hex('20'))).toThrow('response code');
});

test('without its request, a response tells what its form alone tells', () => {
  expect(decodeResponse(hex('00 0001 05 fb')).body).toMatchObject({ of: 'table', checksumMatches: true });
  expect(decodeResponse(hex('00 0001 05 fc')).body).toMatchObject({ of: 'bytes' });
  expect(decodeResponse(hex('00 03 01 00 05 88 00')).body).toMatchObject({ of: 'identify', standard: 3 });
  expect(decodeResponse(hex('00 8001 07 8001 09')).body).toMatchObject({ of: 'trace' });
  expect(decodeResponse(hex('00 8001 09 0005 000e10 41')).body).toMatchObject({ of: 'register' });
  expect(decodeResponse(hex('00 aabb')).body).toMatchObject({ of: 'bytes' });
});

test('a table of more than 64 KiB comes in blocks with a checksum each', () => {
  const data = Uint8Array.from({ length: 70_000 }, (_, i) => i & 0xff);
  const bytes = encodeResponse(0, { of: 'table', data, checksum: 0, checksumMatches: true });
  expect(bytes.length).toBe(70_000 + 1 + 2 * 3);
  const { body } = decodeResponse(bytes, 'read');
  expect(body.of === 'table' && body.checksumMatches && hexOf(body.data) === hexOf(data)).toBe(true);
  bytes[5]! ^= 1;
  expect(decodeResponse(bytes, 'read').body).toMatchObject({ checksumMatches: false });
});

describe('damage', () => {
  const decoders = [
    decodeRequest,
    ...responses.map(
      ([, service]) =>
        (bytes: Uint8Array) =>
          decodeResponse(bytes, service),
    ),
    decodeResponse,
  ];

  test('any bytes decode or raise an error of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...decoders), (bytes, decode) => {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('identifiers', () => {
  test.each([
    ['1.3.6.1.4.1.33507.1919.12345678.0', '060f2b06010401828563 8e7f85f1c24e00'],
    ['2.16.124.113620.1.22.0', '0608607c86f7540116 00'],
    ['2.999', '06028837'],
    ['.1.33507', '8004 01828563'],
    ['', '8000'],
  ])('%s', (text, bytes) => {
    expect(hexOf(uidBytes(uid(text)))).toBe(hexOf(hex(bytes)));
    expect(uidText(uidContent(text), !/^\d/.test(text))).toBe(text);
  });

  test('any, there and back', () => {
    const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n }), { maxLength: 8 });
    fc.assert(
      fc.property(arcs, fc.nat(2), fc.nat(39), (parts, top, second) => {
        const relative = parts.map((part) => `.${part}`).join('');
        expect(uidText(uidContent(relative), true)).toBe(relative);
        const absolute = [top, second, ...parts].join('.');
        expect(uidText(uidContent(absolute), false)).toBe(absolute);
      }),
    );
  });

  test.each(['2b86', '8001'])('content %s is none', (text) => {
    expect(() => uidText(hex(text), false)).toThrow(OpenAmiError);
  });
});
