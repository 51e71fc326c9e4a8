/** Key agreement, general-ciphering and general-signing. */
import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ApduOf,
  agreeKey,
  agreementScheme,
  agreementSchemes,
  cipherKey,
  decodeApdu,
  deriveKey,
  encodeGeneralHeader,
  type GeneralHeader,
  type KeyInfo,
  keyIds,
  nobleCrypto,
  offerKeyAgreement,
  originateOnePass,
  protectGeneral,
  receiveOnePass,
  type SecuritySuite,
  signApdu,
  staticKey,
  unprotectGeneral,
  verifySigned,
} from '../../../src/dlms/index.ts';
import { mutations } from '../link/made.ts';
import { hex, toHex } from '../vectors.ts';

const client = hex('4d4d4d0000bc614e');
const server = hex('4d4d4d0000000001');
const none = new Uint8Array(0);
const header: GeneralHeader = {
  transactionId: hex('0102030405060708'),
  originator: client,
  recipient: server,
  dateTime: none,
  otherInformation: none,
};
const ciphering = (bytes: Uint8Array) => decodeApdu(bytes) as ApduOf<'general-ciphering'>;
const signing = (bytes: Uint8Array) => decodeApdu(bytes) as ApduOf<'general-signing'>;
const curveOf = (suite: SecuritySuite) => (suite === 1 ? 'P-256' : 'P-384');
function pair(suite: SecuritySuite) {
  const privateKey = nobleCrypto.privateKey(curveOf(suite));
  return { privateKey, publicKey: nobleCrypto.publicKey(curveOf(suite), privateKey)! };
}

describe('key derivation', () => {
  test.each([
    // the example of the Green Book for the one-pass scheme, both directions
    [
      '47dab03842e5b6e74828ef4f449b378d7dd1a5dae1ffca5ae0b0be0ad18ec57e',
      'a653565b0e06070bae9fbe140a5d2156812aee2dd525053e3efc850bf13bfdffcb240bc7b77bff5883344e7275908d2287befa3725017295a096989d2338290b',
      '0d4385ba0dd756cbcab9887eb538396ee8f090a14c1079b4359f115b977f4615',
      [client, server],
      '59a71fd81c929a86a99438da17a66c05',
    ],
    [
      'a51c16ff5c498fcc89323d4a9267cd71bf81fd6f6a891cd240da7f3d6f283e65',
      '6439724714b47cd9cb988897d8424ab946dcd083d37a954637616011b9c2378773295f0f850d8dafd1bbe9fe666e53e4f097cd10b38b69622152724a90987444',
      '2b4302dc49790e2e78d990cfb52ed6e2f273dece441a2d95e4301b93812a9fac',
      [server, client],
      'f0184bda9466bfa4601a64a7ef46504a',
    ],
  ] as const)('P-256, %s', (privateKey, publicKey, z, [partyU, partyV], key) => {
    expect(toHex(nobleCrypto.sharedSecret('P-256', hex(privateKey), hex(publicKey))!)).toBe(z);
    expect(toHex(deriveKey(nobleCrypto, 1, { z: hex(z), partyU, partyV }))).toBe(key);
  });

  test('the shared secret of the Green Book for two ephemeral pairs', () => {
    const z = nobleCrypto.sharedSecret(
      'P-256',
      hex('34a8c23a34dbb519d09b245754c85a6cfe05d14a063efa5aa41545aa8241efae'),
      hex(
        '2914d60e10ab705f62ed6cc349d7cb99b9ab3f3978e59278c7af595b3af987941372dab6d5af1fa867e134167e6f23de664a6693e05f43414611058d1b48f894',
      ),
    );
    expect(toHex(z!)).toBe('c1cf8fe7891aef3617d7190795e61fe6c24efc3cca2e08469bad1a225ce6ea08');
  });

  test('another use or suite gives another key, of the length of the suite', () => {
    const z = new Uint8Array(32).fill(1);
    const of = (suite: SecuritySuite, use: 'cipher' | 'wrap') =>
      deriveKey(nobleCrypto, suite, { z, partyU: client, partyV: server, use });
    const all = [of(1, 'cipher'), of(1, 'wrap'), of(2, 'cipher'), of(2, 'wrap')];
    expect(all.map(({ length }) => length)).toEqual([16, 16, 32, 32]);
    expect(new Set(all.map(toHex)).size).toBe(4);
    expect(() => of(0, 'cipher')).toThrow(expect.objectContaining({ code: 'DLMS_SECURITY_UNSUPPORTED' }));
  });
});

test('general-ciphering: the ciphertext of the Green Book example', () => {
  const apdu = hex(
    'd94000000000040100010000600100ff020100080000010000ff0202001400000d0000ff0702001400000d0000ff08040000010402030901' +
      '00090cffffffffffffff00000000000901ff0203090101090cffffffffffffff00000000000901ff0203090102090cffffffffffffff0000' +
      '0000000901ff0203090103090cffffffffffffff00000000000901ff0104020809010011ff11ff11ff11ff11ff11ff11ff02080901011102' +
      '110111011101110111011101020809010211ff11ff11ff11ff11ff11ff11ff02080901031101110211021102110211021102',
  );
  const ak = hex('d0d1d2d3d4d5d6d7d8d9dadbdcdddedf');
  const key = cipherKey(nobleCrypto, 1, hex('59a71fd81c929a86a99438da17a66c05'), ak);
  const options = { authenticated: true, encrypted: true, counter: 0 };
  const bytes = toHex(protectGeneral(apdu, key, header, undefined, options));
  expect(bytes).toMatch(
    /^dd080102030405060708084d4d4d0000bc614e084d4d4d000000000100000081eb3100000000f435069679270c5bf4425ee5777402a6/,
  );
});

describe.each([1, 2] as const)('suite %i', (suite) => {
  const size = suite === 1 ? 16 : 32;
  const ak = new Uint8Array(size).fill(7);
  const apdu = hex('c001c1000f0000280000ff0200');
  const options = { authenticated: true, encrypted: true, counter: 1 };

  test('2e0s: both sides come to the same new key; a foreign or changed offer is refused', () => {
    const [clientSigning, serverSigning] = [pair(suite), pair(suite)];
    const offers = [clientSigning, serverSigning].map(({ privateKey }) =>
      offerKeyAgreement(nobleCrypto, suite, keyIds.unicast, privateKey),
    );
    const common = { keyId: keyIds.unicast, clientTitle: client, serverTitle: server };
    const atClient = {
      ...common,
      privateKey: offers[0]!.privateKey,
      signed: offers[1]!.signed,
      verificationKey: serverSigning.publicKey,
    };
    const atServer = {
      ...common,
      privateKey: offers[1]!.privateKey,
      signed: offers[0]!.signed,
      verificationKey: clientSigning.publicKey,
    };
    const key = agreeKey(nobleCrypto, suite, atClient);
    expect(key).toHaveLength(size);
    expect(agreeKey(nobleCrypto, suite, atServer)).toEqual(key);
    const code = 'DLMS_SECURITY_SIGNATURE';
    const changed = offers[1]!.signed.slice();
    changed[changed.length - 1]! ^= 1;
    for (const wrong of [
      { ...atClient, verificationKey: clientSigning.publicKey },
      { ...atClient, keyId: keyIds.broadcast },
      { ...atClient, signed: changed },
      { ...atClient, signed: changed.subarray(0, changed.length / 2) },
    ]) {
      expect(() => agreeKey(nobleCrypto, suite, wrong)).toThrow(expect.objectContaining({ code }));
    }
    expect(() => agreeKey(nobleCrypto, suite, { ...atClient, signed: new Uint8Array(5) })).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_KEY' }),
    );
  });

  test('1e1s: a key for one message, in it', () => {
    const [signing, recipient] = [pair(suite), pair(suite)];
    const keys = { recipientPublicKey: recipient.publicKey, signingKey: signing.privateKey };
    const { key, keyInfo } = originateOnePass(nobleCrypto, suite, header, keys);
    const bytes = protectGeneral(apdu, cipherKey(nobleCrypto, suite, key, ak), header, keyInfo, options);
    const message = ciphering(bytes);
    const agreed = message.keyInfo as Extract<KeyInfo, { kind: 'agreed' }>;
    expect(agreementScheme(agreed)).toBe('1e1s');
    const { data } = agreed;
    const own = { privateKey: recipient.privateKey, verificationKey: signing.publicKey };
    const received = receiveOnePass(nobleCrypto, suite, message, data, own);
    expect(received).toEqual(key);
    const opened = unprotectGeneral(message, cipherKey(nobleCrypto, suite, received, ak));
    expect(opened).toEqual({ apdu, verified: true });
    expect(() =>
      receiveOnePass(nobleCrypto, suite, header, data, { ...own, verificationKey: recipient.publicKey }),
    ).toThrow(expect.objectContaining({ code: 'DLMS_SECURITY_SIGNATURE' }));
    // a bare public key proves no originator; who does not ask for proof may take it
    const bare = data.subarray(0, data.length / 2);
    expect(receiveOnePass(nobleCrypto, suite, header, bare, { privateKey: recipient.privateKey })).toEqual(
      key,
    );
    expect(() => receiveOnePass(nobleCrypto, suite, header, bare, own)).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_SIGNATURE' }),
    );
    const off = data.slice();
    off[0]! ^= 1;
    expect(() =>
      receiveOnePass(nobleCrypto, suite, header, off, { privateKey: recipient.privateKey }),
    ).toThrow(expect.objectContaining({ code: 'DLMS_SECURITY_KEY' }));
  });

  test('0e2s: the same on both sides, another for another transaction', () => {
    const [a, b] = [pair(suite), pair(suite)];
    const key = staticKey(nobleCrypto, suite, header, a.privateKey, b.publicKey);
    expect(staticKey(nobleCrypto, suite, header, b.privateKey, a.publicKey)).toEqual(key);
    const next = { ...header, transactionId: hex('0102030405060709') };
    expect(staticKey(nobleCrypto, suite, next, a.privateKey, b.publicKey)).not.toEqual(key);
    const keyInfo: KeyInfo = {
      kind: 'agreed',
      parameters: Uint8Array.of(agreementSchemes['0e2s']),
      data: none,
    };
    const bytes = protectGeneral(apdu, cipherKey(nobleCrypto, suite, key, ak), header, keyInfo, options);
    const message = ciphering(bytes);
    expect(message.keyInfo).toEqual(keyInfo);
    expect(agreementScheme(keyInfo)).toBe('0e2s');
    expect(unprotectGeneral(message, cipherKey(nobleCrypto, suite, key, ak)).apdu).toEqual(apdu);
  });

  test('a signed APDU: its content, and 200 changes of it', () => {
    const { privateKey, publicKey } = pair(suite);
    const bytes = signApdu(nobleCrypto, suite, privateKey, header, apdu);
    expect(bytes[0]).toBe(0xdf);
    expect(verifySigned(nobleCrypto, suite, publicKey, signing(bytes))).toEqual(apdu);
    for (const changed of mutations(bytes, suite === 1 ? 200 : 50)) {
      try {
        verifySigned(nobleCrypto, suite, publicKey, signing(changed));
        throw new Error(`${toHex(changed)} passed`);
      } catch (error) {
        expect(error).toBeInstanceOf(OpenAmiError);
      }
    }
  });

  test('signed with the length of the content, as some do', () => {
    const { privateKey, publicKey } = pair(suite);
    const message = signing(signApdu(nobleCrypto, suite, privateKey, header, apdu));
    const signed = Uint8Array.of(...encodeGeneralHeader(header), apdu.length, ...apdu);
    const signature = nobleCrypto.sign(curveOf(suite), privateKey, signed);
    expect(verifySigned(nobleCrypto, suite, publicKey, { ...message, signature })).toEqual(apdu);
  });
});

describe('general-ciphering', () => {
  const key = cipherKey(nobleCrypto, 0, new Uint8Array(16).fill(1), new Uint8Array(16).fill(2));
  const options = { authenticated: true, encrypted: true, counter: 3 };
  const octets = fc.uint8Array({ maxLength: 140 });
  const keyInfo: fc.Arbitrary<KeyInfo | undefined> = fc.option(
    fc.oneof(
      fc.record({
        kind: fc.constant('identified' as const),
        key: fc.constantFrom('global-unicast' as const, 'global-broadcast' as const),
      }),
      fc.record({
        kind: fc.constant('wrapped' as const),
        kek: fc.constant('master-key' as const),
        data: octets,
      }),
      fc.record({ kind: fc.constant('agreed' as const), parameters: octets, data: octets }),
    ),
    { nil: undefined },
  );

  test('any header and key-info come back', () => {
    fc.assert(
      fc.property(
        octets,
        octets,
        fc.uint8Array({ maxLength: 12 }),
        keyInfo,
        (transactionId, otherInformation, dateTime, info) => {
          const full = { ...header, transactionId, otherInformation, dateTime };
          const apdu = hex('c400');
          const message = ciphering(protectGeneral(apdu, key, full, info, options));
          expect(message).toMatchObject(full);
          expect(message.keyInfo).toEqual(info);
          expect(unprotectGeneral(message, key)).toEqual({ apdu, verified: true });
        },
      ),
    );
  });

  test('the header is authenticated with the content', () => {
    const bytes = protectGeneral(hex('c001c1'), key, header, undefined, options);
    for (const at of [2, 20, 27]) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      expect(() => unprotectGeneral(ciphering(changed), key)).toThrow(
        expect.objectContaining({ code: 'DLMS_SECURITY_TAG' }),
      );
    }
  });

  test('a scheme that is not known', () => {
    for (const parameters of [none, Uint8Array.of(3), Uint8Array.of(1, 1)]) {
      expect(() => agreementScheme({ kind: 'agreed', parameters, data: none })).toThrow(
        expect.objectContaining({ code: 'DLMS_SECURITY_UNSUPPORTED' }),
      );
    }
  });

  test('without the title of the originator', () => {
    const message = ciphering(protectGeneral(hex('c0'), key, header, undefined, options));
    expect(() => unprotectGeneral({ ...message, originator: none }, key)).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_NO_TITLE' }),
    );
  });
});
