/** The cryptography against the platform's own, and against published figures. */
import * as node from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Curve, nobleCrypto, securitySuites, unwrapKey, wrapKey } from '../../../src/dlms/index.ts';
import { hasVectors, hex, toHex, vectorText } from '../vectors.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const key = fc.oneof(bytes(16), bytes(32));

function sealed(keyBytes: Uint8Array, iv: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array {
  const name = keyBytes.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  const cipher = node.createCipheriv(name, keyBytes, iv, { authTagLength: 12 });
  cipher.setAAD(aad);
  return Uint8Array.from([...cipher.update(plain), ...cipher.final(), ...cipher.getAuthTag()]);
}

describe('AES-GCM', () => {
  const message = fc.tuple(
    key,
    bytes(12),
    fc.uint8Array({ maxLength: 50 }),
    fc.uint8Array({ maxLength: 300 }),
  );

  test('the same bytes as the platform makes, both ways', () => {
    fc.assert(
      fc.property(message, ([keyBytes, iv, aad, plain]) => {
        const own = nobleCrypto.gcmKey(keyBytes);
        const expected = sealed(keyBytes, iv, aad, plain);
        expect(own.seal(iv, aad, plain)).toEqual(expected);
        expect(own.open(iv, aad, expected)).toEqual(plain);
        expect(own.cipher(iv, plain)).toEqual(expected.subarray(0, plain.length));
      }),
      { numRuns: 300 },
    );
  });

  test('any bit changed anywhere: no plaintext', () => {
    fc.assert(
      fc.property(message, fc.nat(), ([keyBytes, iv, aad, plain], bit) => {
        const parts = [iv, aad, sealed(keyBytes, iv, aad, plain)].map((part) => part.slice());
        const total = parts.reduce((sum, part) => sum + part.length, 0);
        let at = (bit >>> 3) % total;
        for (const part of parts) {
          if (at >= 0 && at < part.length) part[at]! ^= 1 << (bit & 7);
          at -= part.length;
        }
        expect(nobleCrypto.gcmKey(keyBytes).open(parts[0]!, parts[1]!, parts[2]!)).toBeUndefined();
      }),
    );
  });

  test('test cases 2 to 4 and 16 of the GCM specification, with the tag cut to 12 bytes', () => {
    const iv = hex('cafebabefacedbaddecaf888');
    const plain =
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255';
    const aad = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
    const none = new Uint8Array(0);
    const zero = nobleCrypto.gcmKey(new Uint8Array(16));
    expect(toHex(zero.seal(new Uint8Array(12), none, new Uint8Array(16)))).toBe(
      '0388dace60b6a392f328c2b971b2fe78' + 'ab6e47d42cec13bdf53a67b2',
    );
    const short = nobleCrypto.gcmKey(hex('feffe9928665731c6d6a8f9467308308'));
    expect(toHex(short.seal(iv, none, hex(plain)).subarray(64))).toBe('4d5c2af327cd64a62cf35abd');
    expect(toHex(short.seal(iv, aad, hex(plain).subarray(0, 60)).subarray(60))).toBe(
      '5bc94fbc3221a5db94fae95a',
    );
    const long = nobleCrypto.gcmKey(hex('feffe9928665731c6d6a8f9467308308'.repeat(2)));
    expect(toHex(long.seal(iv, aad, hex(plain).subarray(0, 60)).subarray(60))).toBe(
      '76fc6ece0f4e1768cddf8853',
    );
  });

  test('wrong lengths', () => {
    const none = new Uint8Array(0);
    const own = nobleCrypto.gcmKey(new Uint8Array(16));
    expect(own.open(new Uint8Array(12), none, new Uint8Array(11))).toBeUndefined();
    expect(() => own.seal(new Uint8Array(8), none, none)).toThrow(RangeError);
    for (const length of [0, 15, 24, 33]) {
      expect(() => nobleCrypto.gcmKey(new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'DLMS_SECURITY_KEY' }),
      );
    }
  });
});

test('hashes are those of the platform', () => {
  const data = new TextEncoder().encode('abc');
  for (const name of ['md5', 'sha1', 'sha256', 'sha384'] as const) {
    expect(toHex(nobleCrypto[name](data))).toBe(node.createHash(name).update(data).digest('hex'));
  }
});

describe.each<[Curve, string, number]>([
  ['P-256', 'prime256v1', 32],
  ['P-384', 'secp384r1', 48],
])('%s', (curve, name, size) => {
  const own = nobleCrypto.privateKey(curve);
  const publicKey = nobleCrypto.publicKey(curve, own)!;
  const jwk = {
    kty: 'EC',
    crv: curve,
    x: Buffer.from(publicKey.subarray(0, size)).toString('base64url'),
    y: Buffer.from(publicKey.subarray(size)).toString('base64url'),
  };
  const message = hex('4d4d4d0000bc614e');
  const hash = curve === 'P-256' ? 'sha256' : 'sha384';

  test('signatures hold with the platform, both ways', () => {
    const dsaEncoding = 'ieee-p1363' as const;
    const publicObject = node.createPublicKey({ key: jwk, format: 'jwk' });
    const key = node.createPrivateKey({
      key: { ...jwk, d: Buffer.from(own).toString('base64url') },
      format: 'jwk',
    });
    // half of all signatures have a large s, which must hold too
    for (let i = 0; i < 8; i++) {
      const signature = nobleCrypto.sign(curve, own, message);
      expect(signature).toHaveLength(size * 2);
      expect(node.verify(hash, message, { key: publicObject, dsaEncoding }, signature)).toBe(true);
      const theirs = Uint8Array.from(node.sign(hash, message, { key, dsaEncoding }));
      expect(nobleCrypto.verify(curve, publicKey, message, theirs)).toBe(true);
      theirs[i]! ^= 1;
      expect(nobleCrypto.verify(curve, publicKey, message, theirs)).toBe(false);
    }
  });

  test('shared secrets are those of the platform', () => {
    const other = node.createECDH(name);
    other.generateKeys();
    const theirs = Uint8Array.from(other.getPublicKey()).subarray(1);
    const expected = other.computeSecret(Uint8Array.of(4, ...publicKey));
    expect(toHex(nobleCrypto.sharedSecret(curve, own, theirs)!)).toBe(expected.toString('hex'));
  });

  test('points off the curve and keys out of range give nothing', () => {
    const off = publicKey.slice();
    off[0]! ^= 1;
    expect(nobleCrypto.sharedSecret(curve, own, off)).toBeUndefined();
    expect(nobleCrypto.sharedSecret(curve, own, new Uint8Array(3))).toBeUndefined();
    expect(nobleCrypto.publicKey(curve, new Uint8Array(size))).toBeUndefined();
    expect(nobleCrypto.verify(curve, off, message, new Uint8Array(size * 2))).toBe(false);
    expect(nobleCrypto.verify(curve, publicKey, message, new Uint8Array(1))).toBe(false);
  });
});

interface SecurityVectors {
  ecdsa: { curve: string; public_key: string; message: string; signature: string }[];
  key_wrap: { what: string; kek: string; key: string; wrapped: string }[];
}

describe.skipIf(!hasVectors)('published figures', () => {
  const vectors = (
    hasVectors ? JSON.parse(vectorText('security.json')) : { ecdsa: [], key_wrap: [] }
  ) as SecurityVectors;

  test.each(vectors.ecdsa)('ECDSA $curve', ({ curve, public_key, message, signature }) => {
    const name = curve === 'secp256r1' ? 'P-256' : 'P-384';
    expect(nobleCrypto.verify(name, hex(public_key), hex(message), hex(signature))).toBe(true);
    expect(nobleCrypto.verify(name, hex(public_key), hex(`${message}00`), hex(signature))).toBe(false);
  });

  test.each(vectors.key_wrap)('$what', ({ kek, key: plain, wrapped }) => {
    const suite = kek.length === 32 ? 0 : 2;
    expect(toHex(wrapKey(nobleCrypto, suite, hex(kek), hex(plain)))).toBe(wrapped);
    expect(toHex(unwrapKey(nobleCrypto, suite, hex(kek), hex(wrapped)))).toBe(plain);
    const changed = hex(wrapped);
    changed[3]! ^= 1;
    expect(() => unwrapKey(nobleCrypto, suite, hex(kek), changed)).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_UNWRAP' }),
    );
    expect(() => unwrapKey(nobleCrypto, suite, hex(kek), changed.subarray(1))).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_UNWRAP' }),
    );
    expect(() => wrapKey(nobleCrypto, suite === 0 ? 2 : 0, hex(kek), hex(plain))).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_KEY' }),
    );
  });
});

test('suites: keys, curves and the names of their algorithms', () => {
  expect(Object.values(securitySuites).map(({ keyBytes, curve, hash }) => [keyBytes, curve, hash])).toEqual([
    [16, undefined, undefined],
    [16, 'P-256', 'sha256'],
    [32, 'P-384', 'sha384'],
  ]);
  expect(toHex(Uint8Array.from(securitySuites[2].cipherId))).toBe('60857405080301');
});
