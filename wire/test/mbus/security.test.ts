/** The ciphers against those of Node, and the telegrams that use them. */
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeWmbus,
  encodeAfl,
  encodeRecords,
  FragmentAssembler,
  linkAddressBytes,
  mbusKey,
  numberOf,
} from '../../src/mbus/index.ts';
import type { AesKey } from '../../src/mbus/security/key.ts';
import { codeOf, key, keyBytes, otherKey, water, waterRecords, waterTelegram } from './made.ts';

const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
const blocks = (size: number) =>
  fc.integer({ min: 1, max: 6 }).chain((n) => fc.uint8Array({ minLength: n * size, maxLength: n * size }));

function byNode(name: string, secret: Uint8Array, iv: Uint8Array, data: Uint8Array): string {
  const cipher = createCipheriv(name, secret, iv);
  cipher.setAutoPadding(false);
  return cipher.update(data, undefined, 'hex') + cipher.final('hex');
}

describe('ciphers', () => {
  test('AES-CBC both ways, and counter mode', () => {
    fc.assert(
      fc.property(sixteen, sixteen, blocks(16), fc.nat(15), (secret, iv, plain, less) => {
        const aes = mbusKey(secret) as AesKey;
        const bytes = plain.slice();
        aes.encryptCbc(iv, bytes, 0, bytes.length);
        expect(hexOf(bytes)).toBe(byNode('aes-128-cbc', secret, iv, plain));
        aes.decryptCbc(iv, bytes, 0, bytes.length);
        expect(hexOf(bytes)).toBe(hexOf(plain));
        const counter = iv.slice();
        counter[15] = 0;
        const part = plain.slice(less);
        aes.counterMode(counter, part, 0, part.length);
        expect(hexOf(part)).toBe(byNode('aes-128-ctr', secret, counter, plain.slice(less)));
      }),
    );
  });

  test('CMAC, as RFC 4493 prints it', () => {
    const aes = mbusKey(bytesOfHex('2b7e151628aed2a6abf7158809cf4f3c')!) as AesKey;
    const message = bytesOfHex(
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411',
    )!;
    const mac = (length: number) => hexOf(aes.cmac(message.subarray(0, 5), message.subarray(5, length)));
    expect(hexOf(aes.cmac())).toBe('bb1d6929e95937287fa37d129b756746');
    expect(mac(16)).toBe('070a16b46b4d4144f79bdd9dd04a287c');
    expect(mac(40)).toBe('dfa66747de9ae63030ca32611497c827');
  });

  test('DES-CBC', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        blocks(8),
        (secret, iv, plain) => {
          // three times the same key is DES
          const sealed = byNode(
            'des-ede3-cbc',
            Uint8Array.from([...secret, ...secret, ...secret]),
            iv,
            plain,
          );
          const bytes = bytesOfHex(sealed)!;
          mbusKey(secret).decryptCbc(iv, bytes, 0, bytes.length);
          expect(hexOf(bytes)).toBe(hexOf(plain));
        },
      ),
    );
  });

  test('keys of a wrong length', () => {
    for (const length of [0, 7, 15, 24, 32])
      expect(codeOf(() => mbusKey(new Uint8Array(length)))).toBe('MBUS_BAD_KEY');
  });
});

const volumeOf = (bytes: Uint8Array, with_: AesKey): number | undefined =>
  numberOf(decodeWmbus(bytes, { key: with_ }).records[0]!);

describe('telegrams', () => {
  const sealed = {
    'mode 5': waterTelegram({ security: { mode: 5, key } }),
    'mode 5, long header': waterTelegram({
      header: 'long',
      security: { mode: 5, key },
      link: { ...water, id: '00000001' },
    }),
    'mode 7': waterTelegram({ security: { mode: 7, key, counter: 4711 } }),
    session: waterTelegram({
      header: 'none',
      ell: { communicationControl: 0x20, session: 0x2000_0451, key },
    }),
  };

  test.each(Object.entries(sealed))('%s opens with its key and no other', (_, bytes) => {
    expect(volumeOf(bytes, key)).toBe(417.25);
    expect(decodeWmbus(bytes, { key, requireEncryption: true }).security).toBe('decrypted');
    expect(codeOf(() => decodeWmbus(bytes, { key: otherKey }))).toBe('MBUS_WRONG_KEY');
    expect(codeOf(() => decodeWmbus(bytes))).toBe('MBUS_NO_KEY');
    expect(codeOf(() => decodeWmbus(bytes, { key: mbusKey(keyBytes.subarray(0, 8)) }))).toBe('MBUS_BAD_KEY');
  });

  test('keys are asked for by meter, and errors name it', () => {
    const asked: unknown[] = [];
    const bytes = sealed['mode 5, long header'];
    expect(codeOf(() => decodeWmbus(bytes, { keyFor: (meter) => void asked.push(meter) }))).toBe(
      'MBUS_NO_KEY',
    );
    expect(asked).toEqual([water]);
    const data = expect.objectContaining({ meter: water.id, manufacturer: 'OAM', mode: 5 });
    expect(() => decodeWmbus(bytes)).toThrow(expect.objectContaining({ data }));
  });

  test('what is not encrypted is told when it has to be', () => {
    const plain = waterTelegram();
    expect(decodeWmbus(plain, { key }).security).toBe('none');
    expect(codeOf(() => decodeWmbus(plain, { key, requireEncryption: true }))).toBe('MBUS_NOT_ENCRYPTED');
  });

  test('a telegram that was opened before it came', () => {
    const bytes = sealed['mode 5'].slice();
    bytes.set(decodeWmbus(bytes, { key }).payload, 15);
    for (const options of [{}, { key }]) {
      const telegram = decodeWmbus(bytes, options);
      expect([telegram.security, numberOf(telegram.records[0]!)]).toEqual(['already-plain', 417.25]);
    }
    expect(codeOf(() => decodeWmbus(bytes, { key, requireEncryption: true }))).toBe('MBUS_NOT_ENCRYPTED');
  });

  test('a MAC or the CRC of a session lets no changed byte through', () => {
    for (const name of ['mode 7', 'session'] as const) {
      const good = sealed[name];
      for (let at = 10; at < good.length; at++) {
        const changed = good.slice();
        changed[at]! ^= 1;
        let found = 0;
        codeOf(() => {
          found = decodeWmbus(changed, { key }).records.length;
        });
        // the access number of the link; the number of the fragment, and a bit of FCL without a meaning
        const aside = at === 12 || (name === 'mode 7' && at === 13);
        if (!aside) expect(`${found} records, byte ${at}`).toBe(`0 records, byte ${at}`);
      }
    }
    const changed = sealed['mode 7'].slice();
    changed[changed.length - 1]! ^= 1;
    expect(codeOf(() => decodeWmbus(changed, { key }))).toBe('MBUS_AUTHENTICATION');
    expect(decodeWmbus(sealed['mode 7'], { key }).mac).toBe('verified');
    // the MAC taken off, and the layer made shorter
    const bare = Uint8Array.from([...sealed['mode 7'].subarray(0, 19), ...sealed['mode 7'].subarray(27)]);
    bare[0]! -= 8;
    bare[11]! -= 8;
    bare[13]! &= ~0x04;
    expect(codeOf(() => decodeWmbus(bare, { key }))).toBe('MBUS_AUTHENTICATION');
  });

  test('modes that are not known', () => {
    const mode = (low: number, high: number): Uint8Array => {
      const bytes = waterTelegram();
      bytes[13] = low;
      bytes[14] = high;
      return bytes;
    };
    expect(codeOf(() => decodeWmbus(mode(0x30, 0x0a), { key }))).toBe('MBUS_UNSUPPORTED');
    expect(codeOf(() => decodeWmbus(mode(0x30, 0x03), { key }))).toBe('MBUS_UNSUPPORTED');
    expect(decodeWmbus(mode(0x00, 0x01)).security).toBe('manufacturer');
    // the maker's own: records that are whole count
    expect(decodeWmbus(mode(0x00, 0x18)).records).toHaveLength(waterRecords.length);
    expect(decodeWmbus(mode(0xff, 0xff)).security).toBe('none');
  });
});

test('messages in fragments', () => {
  const payload = encodeRecords(waterRecords);
  const message = Uint8Array.from([0x7a, 42, 0, 0, 0, ...payload]);
  const parts = [message.subarray(0, 20), message.subarray(20, 33), message.subarray(33)];
  const telegrams = parts.map((part, i) => {
    const none = { messageControl: undefined, keyInformation: undefined, counter: undefined, mac: undefined };
    const afl = encodeAfl({ ...none, fragment: i + 1, moreFragments: i < 2, messageLength: undefined });
    const bytes = Uint8Array.from([0, 0x44, ...linkAddressBytes(water), ...afl, ...part]);
    bytes[0] = bytes.length - 1;
    return bytes;
  });
  expect(codeOf(() => decodeWmbus(telegrams[0]!))).toBe('MBUS_FRAGMENT');
  const fragments = new FragmentAssembler();
  const contents = telegrams.map((bytes) => decodeWmbus(bytes, { fragments }));
  expect(contents.map(({ content }) => content)).toEqual(['fragment', 'fragment', 'records']);
  expect(numberOf(contents[2]!.records[0]!)).toBe(417.25);
  expect(codeOf(() => decodeWmbus(telegrams[1]!, { fragments }))).toBe('MBUS_FRAGMENT');
});

describe('bytes that a Buffer holds', () => {
  const session = { communicationControl: 0x20, session: 0x2345_6789, key };
  test.each([
    ['mode 5', { security: { mode: 5, key } }],
    ['mode 7', { security: { mode: 7, key, counter: 7 } }],
    ['a session of the extended link layer', { ell: session }],
    ['mode 7 with a long header', { security: { mode: 7, key, counter: 8 }, header: 'long' }],
  ] as const)('are decoded as any others, and stay as they are: %s', (_, change) => {
    const bytes = waterTelegram(change);
    const held = Buffer.from(bytes);
    for (let again = 0; again < 2; again++) {
      const { records } = decodeWmbus(held, { key });
      expect(records.map(numberOf)).toEqual(decodeWmbus(bytes, { key }).records.map(numberOf));
      expect(hexOf(held)).toBe(hexOf(bytes));
    }
    const secret = Buffer.from(keyBytes);
    const own = mbusKey(secret);
    secret.fill(0);
    expect(decodeWmbus(held, { key: own }).records).toHaveLength(waterRecords.length);
  });

  test.each([
    ['an id in digits', '0c7878563412', '12345678'],
    ['an id in binary', '047878563412', '12345678'],
    ['digits that are none', '0c13fa563412', '123456FA'],
  ])('in the clear stay as they are, too: %s', (_, record, text) => {
    const bytes = waterTelegram({ payload: bytesOfHex(record)! });
    const held = Buffer.from(bytes);
    expect(decodeWmbus(held).records.map((one) => one.text)).toEqual([text]);
    expect(hexOf(held)).toBe(hexOf(bytes));
  });
});
