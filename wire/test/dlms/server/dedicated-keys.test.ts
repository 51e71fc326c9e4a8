/** A key of one association, which the client sends in its AARQ. */
import { expect, test } from 'vitest';
import {
  type ApduOf,
  decodeApdu,
  encodeApdu,
  nobleCrypto,
  protectApdu,
  protections,
  services,
  standardConformance,
} from '../../../src/dlms/index.ts';
import { benchOf, clientTitle, SETUP, serverOf } from './meters.ts';

const initiate = (dedicatedKey?: Uint8Array) =>
  encodeApdu({
    service: 'initiate-request',
    dedicatedKey,
    responseAllowed: true,
    version: 6,
    conformance: standardConformance,
    maxPduSize: 0xffff,
  });

test('one that comes in plain, where nothing is ciphered, is none', () => {
  const server = serverOf();
  const aarq = encodeApdu({
    service: 'aarq',
    contextName: 'logical-name',
    callingApTitle: clientTitle,
    userInformation: initiate(new Uint8Array(16)),
  });
  // the public client of this meter has no keys at all
  const answer = decodeApdu(server.handle(aarq, { clientSap: 16 })!);
  expect(answer).toMatchObject({ service: 'aare', result: 'accepted' });
});

test.each(['none', 'auth'] as const)('one that came in the clear is not used, policy %s', (policy) => {
  const server = serverOf({ protection: policy });
  const { key: cipher } = server.meter.cipherKeys(SETUP);
  const dedicated = { ...cipher, gcm: nobleCrypto.gcmKey(new Uint8Array(16)) };
  const seal = (apdu: Uint8Array, envelope: 'glo' | 'ded', counter: number) =>
    protectApdu(apdu, envelope === 'glo' ? cipher : dedicated, {
      ...protections.auth,
      ...{ envelope, systemTitle: clientTitle, counter },
    });
  const plain = initiate(new Uint8Array(16));
  const aarq = encodeApdu({
    service: 'aarq',
    contextName: 'logical-name-ciphered',
    callingApTitle: clientTitle,
    userInformation: policy === 'none' ? plain : seal(plain, 'glo', 1),
  });
  expect(decodeApdu(server.handle(aarq, { clientSap: 1 })!)).toMatchObject({ result: 'accepted' });
  const attribute = { classId: 1, instance: '0.0.42.0.0.255', attribute: 2 };
  const get = encodeApdu({ service: 'get-request', kind: 'normal', invoke: 0xc1, attribute });
  const answer = decodeApdu(server.handle(seal(get, 'ded', 2), { clientSap: 1 })!);
  expect(answer).toMatchObject({ service: 'exception-response', reason: { kind: 'deciphering-error' } });
});

test('a client sends no dedicated key that would not be encrypted', async () => {
  const { client, wire } = benchOf({ protection: 'auth', profile: { dedicatedKey: true } });
  await client.associate();
  await client.get({ classId: 1, instance: '0.0.42.0.0.255', attribute: 2 });
  const [aarq, , get] = wire;
  const { userInformation } = decodeApdu(aarq!) as ApduOf<'aarq'>;
  // glo-initiate-request, length, header of 5 bytes; in plain: initiate-request, no dedicated key
  expect([userInformation![0], userInformation![7], userInformation![8]]).toEqual([0x21, 0x01, 0x00]);
  expect(get![0]).toBe(services['glo-get-request'][0]);
});
