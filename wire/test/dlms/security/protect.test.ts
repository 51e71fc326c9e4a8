import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acceptCounter,
  type CipherKey,
  cipherKey,
  decodeSecurityControl,
  type Envelope,
  encodeSecurityControl,
  isProtected,
  nobleCrypto,
  protectApdu,
  readProtected,
  type SecuritySuite,
  unprotectApdu,
  usableCounter,
} from '../../../src/dlms/index.ts';
import { mutations } from '../link/made.ts';
import { hasVectors, hex, toHex, vectorText } from '../vectors.ts';

interface Case {
  what: string;
  suite: SecuritySuite;
  security: string;
  security_control: string;
  encryption_key: string;
  authentication_key: string;
  system_title: string;
  invocation_counter: number;
  plaintext: string;
  general_glo_ciphering_apdu: string;
  apdu?: string;
  ciphertext_and_tag?: string;
}
const vectors = (hasVectors
  ? JSON.parse(vectorText('security.json'))
  : { ciphering: [], initiate_and_get: [] }) as unknown as { ciphering: Case[]; initiate_and_get: Case[] };

const keyOf = (one: Case, suite = one.suite): CipherKey =>
  cipherKey(nobleCrypto, suite, hex(one.encryption_key), hex(one.authentication_key));
const optionsOf = (one: Case, envelope: Envelope) => ({
  envelope,
  authenticated: one.security !== 'encryption',
  encrypted: one.security !== 'authentication',
  systemTitle: hex(one.system_title),
  counter: one.invocation_counter,
});

describe.skipIf(!hasVectors)('published figures', () => {
  test.each(vectors.ciphering)('suite $suite, $security', (one) => {
    const key = keyOf(one);
    const options = optionsOf(one, 'general-glo');
    expect(toHex(protectApdu(hex(one.plaintext), key, options))).toBe(one.general_glo_ciphering_apdu);
    const message = readProtected(hex(one.general_glo_ciphering_apdu));
    expect(message.content.controlByte).toBe(Number.parseInt(one.security_control, 16));
    expect(message.content.counter).toBe(one.invocation_counter);
    const opened = unprotectApdu(message, key);
    expect([toHex(opened.apdu), opened.verified]).toEqual([one.plaintext, options.authenticated]);
  });

  test('InitiateRequest of the Green Book', () => {
    const one = { ...vectors.initiate_and_get[0]!, suite: 0 as const, security: 'both' };
    expect(toHex(protectApdu(hex(one.plaintext), keyOf(one), optionsOf(one, 'glo')))).toBe(one.apdu);
    const message = readProtected(hex(one.apdu!));
    expect(message).toMatchObject({ envelope: 'glo', service: 0x01 });
    expect(toHex(unprotectApdu(message, keyOf(one), { systemTitle: hex(one.system_title) }).apdu)).toBe(
      one.plaintext,
    );
  });

  test('Get of the Green Book', () => {
    const one = { ...vectors.initiate_and_get[1]!, suite: 0 as const, security: 'both' };
    const bytes = toHex(protectApdu(hex(one.plaintext), keyOf(one), optionsOf(one, 'glo')));
    expect(bytes).toBe(`c81e3001234567${one.ciphertext_and_tag}`);
  });

  test.each(vectors.ciphering)('suite $suite, $security: 200 damaged messages', (one) => {
    const key = keyOf(one);
    const [start] = [5 + 10];
    for (const damaged of mutations(hex(one.general_glo_ciphering_apdu), 200)) {
      try {
        const { apdu, verified } = unprotectApdu(readProtected(damaged), key, {
          systemTitle: hex(one.system_title),
        });
        // what no tag covers may come out changed, and says so
        if (verified) expect(toHex(apdu)).toBe(one.plaintext);
        else expect(damaged[start - 4]! & 0x10).toBe(0);
      } catch (error) {
        expect(error).toBeInstanceOf(OpenAmiError);
        expect((error as OpenAmiError).code).toMatch(/^DLMS_/);
      }
    }
  });
});

const title = hex('4d4d4d0000bc614e');
const keys = [0, 1, 2].map((suite) => {
  const size = suite === 2 ? 32 : 16;
  return cipherKey(
    nobleCrypto,
    suite as SecuritySuite,
    new Uint8Array(size).fill(1),
    new Uint8Array(size).fill(2),
  );
});
const get = hex('c001c1000f0000280000ff0200');
const both = { authenticated: true, encrypted: true, systemTitle: title };

describe('protection', () => {
  test('unprotect(protect(APDU)) = APDU, in every suite, envelope and way', () => {
    const envelopes = fc.constantFrom<Envelope>('glo', 'ded', 'general-glo', 'general-ded');
    const first = fc.constantFrom(
      0x01,
      0x05,
      0x06,
      0x08,
      0x0c,
      0x0d,
      0x0e,
      0x16,
      0x18,
      0xc0,
      0xc1,
      0xc2,
      0xc3,
      0xc4,
      0xc5,
      0xc7,
    );
    fc.assert(
      fc.property(
        envelopes,
        fc.integer({ min: 0, max: 2 }),
        fc.constantFrom([true, true], [true, false], [false, true]),
        fc.boolean(),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        first,
        fc.uint8Array({ maxLength: 300 }),
        (envelope, suite, [authenticated, encrypted], broadcast, counter, tag, rest) => {
          const apdu = Uint8Array.of(tag, ...rest);
          const options = {
            envelope,
            authenticated: authenticated!,
            encrypted: encrypted!,
            broadcast,
            systemTitle: title,
            counter,
          };
          const bytes = protectApdu(apdu, keys[suite]!, options);
          expect(isProtected(bytes[0]!)).toBe(true);
          const message = readProtected(bytes);
          expect(message.envelope).toBe(envelope);
          expect(message.content.control).toEqual({ suite, authenticated, encrypted, broadcast });
          expect(message.content.counter).toBe(counter);
          const opened = unprotectApdu(message, keys[suite]!, { systemTitle: title });
          expect(opened).toEqual({ apdu, verified: authenticated });
        },
      ),
    );
  });

  test.each([
    [0xc0, 'glo', 0xc8],
    [0xc1, 'glo', 0xc9],
    [0xc2, 'glo', 0xca],
    [0xc3, 'glo', 0xcb],
    [0xc4, 'glo', 0xcc],
    [0xc5, 'glo', 0xcd],
    [0xc7, 'glo', 0xcf],
    [0xc0, 'ded', 0xd0],
    [0xc7, 'ded', 0xd7],
    [0x01, 'glo', 0x21],
    [0x08, 'glo', 0x28],
    [0x05, 'ded', 0x45],
    [0x18, 'ded', 0x58],
  ] as const)('the tag of 0x%s, %s', (plain, envelope, tag) => {
    expect(protectApdu(Uint8Array.of(plain, 1), keys[0]!, { ...both, envelope, counter: 1 })[0]).toBe(tag);
  });

  test('a service without a form of its own takes a general envelope', () => {
    const notification = Uint8Array.of(0x0f, 0, 0, 0, 1, 0, 0);
    const protect = (envelope: Envelope) =>
      protectApdu(notification, keys[0]!, { ...both, envelope, counter: 1 });
    expect(() => protect('glo')).toThrow(expect.objectContaining({ code: 'DLMS_SECURITY_UNSUPPORTED' }));
    expect(unprotectApdu(readProtected(protect('general-glo')), keys[0]!).apdu).toEqual(notification);
  });
});

describe('what is wrong is told apart', () => {
  const bytes = protectApdu(get, keys[0]!, { ...both, envelope: 'general-glo', counter: 9 });
  const message = readProtected(bytes);
  const fail = (work: () => unknown): { code: string; suspect: unknown } => {
    try {
      work();
    } catch (error) {
      const { code, data } = error as OpenAmiError;
      return { code, suspect: data.suspect };
    }
    throw new Error('no error');
  };
  const key = (encryption: number, authentication: number) =>
    cipherKey(nobleCrypto, 0, new Uint8Array(16).fill(encryption), new Uint8Array(16).fill(authentication));

  test('the encryption key', () => {
    expect(fail(() => unprotectApdu(message, key(3, 2)))).toEqual({
      code: 'DLMS_SECURITY_TAG',
      suspect: 'encryption-key-or-title',
    });
  });

  test('the authentication key, or changed bytes', () => {
    const expected = { code: 'DLMS_SECURITY_TAG', suspect: 'authentication-key-or-tampering' };
    expect(fail(() => unprotectApdu(message, key(1, 3)))).toEqual(expected);
    const changed = bytes.slice();
    changed[changed.length - 1]! ^= 1;
    expect(fail(() => unprotectApdu(readProtected(changed), keys[0]!))).toEqual(expected);
  });

  test('the system title: another meter, or one that is not known', () => {
    const other = hex('4d4d4d0000000001');
    expect(fail(() => unprotectApdu(message, keys[0]!, { systemTitle: other }))).toEqual({
      code: 'DLMS_SECURITY_TAG',
      suspect: 'system-title',
    });
    const service = readProtected(protectApdu(get, keys[0]!, { ...both, envelope: 'glo', counter: 9 }));
    expect(fail(() => unprotectApdu(service, keys[0]!)).code).toBe('DLMS_SECURITY_NO_TITLE');
    expect(fail(() => unprotectApdu(service, keys[0]!, { systemTitle: other }))).toEqual({
      code: 'DLMS_SECURITY_TAG',
      suspect: 'encryption-key-or-title',
    });
    expect(fail(() => unprotectApdu(service, keys[0]!, { systemTitle: hex('00') })).code).toBe(
      'DLMS_SECURITY_KEY',
    );
  });

  test('a message without encryption', () => {
    const options = { ...both, encrypted: false, envelope: 'general-glo' as const, counter: 9 };
    const authenticated = readProtected(protectApdu(get, keys[0]!, options));
    expect(fail(() => unprotectApdu(authenticated, key(1, 3))).suspect).toBe('key-title-or-tampering');
  });

  test('a message without a tag, under the wrong key', () => {
    const options = { ...both, authenticated: false, envelope: 'glo' as const, counter: 9 };
    const encrypted = readProtected(protectApdu(get, keys[0]!, options));
    expect(fail(() => unprotectApdu(encrypted, key(3, 2), { systemTitle: title })).code).toBe(
      'DLMS_SECURITY_PLAINTEXT',
    );
  });

  test.each([
    ['another suite', 0x31],
    ['a suite there is not', 0x33],
    ['compression', 0xb0],
    ['no protection', 0x00],
  ])('options: %s', (_, control) => {
    const changed = bytes.slice();
    changed[11] = control;
    expect(fail(() => unprotectApdu(readProtected(changed), keys[0]!)).code).toBe(
      'DLMS_SECURITY_UNSUPPORTED',
    );
  });

  test('less protection than is asked for', () => {
    const send = (authenticated: boolean, encrypted: boolean) =>
      readProtected(
        protectApdu(get, keys[0]!, {
          ...both,
          authenticated,
          encrypted,
          envelope: 'general-glo',
          counter: 1,
        }),
      );
    const take = (
      message: ReturnType<typeof send>,
      required: { authenticated?: boolean; encrypted?: boolean },
    ) =>
      fail(() => {
        unprotectApdu(message, keys[0]!, { required });
        throw Object.assign(new Error('taken'), { code: 'taken', data: {} });
      }).code;
    const code = 'DLMS_SECURITY_TOO_WEAK';
    expect(take(send(true, false), { encrypted: true })).toBe(code);
    expect(take(send(false, true), { authenticated: true, encrypted: true })).toBe(code);
    expect(take(send(true, true), { authenticated: true, encrypted: true })).toBe('taken');
    expect(take(send(false, true), {})).toBe('taken');
  });

  test('protection that is none is not made', () => {
    const options = { ...both, authenticated: false, encrypted: false, envelope: 'glo' as const, counter: 1 };
    expect(fail(() => protectApdu(get, keys[0]!, options)).code).toBe('DLMS_SECURITY_UNSUPPORTED');
  });

  test('truncated, and too long', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(fail(() => readProtected(bytes.slice(0, length))).code).toBe('DLMS_TRUNCATED');
    }
    expect(fail(() => readProtected(Uint8Array.of(...bytes, 0))).code).toBe('DLMS_TRAILING_BYTES');
    expect(fail(() => readProtected(hex('db0400112233051000000001'))).code).toBe('DLMS_BAD_LENGTH');
    expect(fail(() => readProtected(get)).code).toBe('DLMS_UNKNOWN_TAG');
    // authenticated, and shorter than its tag
    expect(fail(() => readProtected(hex('c8081000000001c00102'))).code).toBe('DLMS_TRUNCATED');
  });

  test('keys of the wrong length', () => {
    const make = (suite: SecuritySuite, encryption: number, authentication: number) => () =>
      cipherKey(nobleCrypto, suite, new Uint8Array(encryption), new Uint8Array(authentication));
    for (const wrong of [make(0, 32, 16), make(2, 16, 32), make(1, 16, 32), make(0, 0, 16)]) {
      expect(fail(wrong).code).toBe('DLMS_SECURITY_KEY');
    }
    expect(make(0, 16, 0)().authenticationKey).toHaveLength(0);
  });

  test('no error carries a key or what was deciphered', () => {
    for (const wrong of [key(1, 3), key(3, 2)]) {
      try {
        unprotectApdu(message, wrong);
      } catch (error) {
        const { message: text, data } = error as OpenAmiError;
        expect(JSON.stringify({ text, data })).not.toMatch(/c001c1|010101|030303/);
      }
    }
  });

  test('any bytes: our errors only', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0xdb, 0xdc, 0xc8, 0x21, 0x00),
        fc.uint8Array({ maxLength: 60 }),
        (tag, rest) => {
          try {
            unprotectApdu(readProtected(Uint8Array.of(tag, ...rest)), keys[0]!, { systemTitle: title });
          } catch (error) {
            expect(error).toBeInstanceOf(OpenAmiError);
          }
        },
      ),
    );
  });
});

describe('counters', () => {
  test('each only once, in rising order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff_ffff })), (counters) => {
        let lowest = 0;
        const taken: number[] = [];
        for (const counter of counters) {
          try {
            lowest = acceptCounter(counter, lowest);
            taken.push(counter);
          } catch (error) {
            expect(error).toMatchObject({
              code: 'DLMS_SECURITY_REPLAYED',
              data: { received: counter, lowest },
            });
          }
        }
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
      }),
    );
  });

  test('the last one is used, and none after it', () => {
    expect(usableCounter(0xffff_ffff)).toBe(0xffff_ffff);
    expect(acceptCounter(0xffff_ffff, 0xffff_ffff)).toBe(0x1_0000_0000);
    for (const spent of [0x1_0000_0000, -1, 1.5]) {
      expect(() => usableCounter(spent)).toThrow(
        expect.objectContaining({ code: 'DLMS_SECURITY_COUNTER_SPENT' }),
      );
    }
  });
});

test('the control byte both ways', () => {
  for (const suite of [0, 1, 2] as const) {
    for (const [authenticated, encrypted] of [
      [true, true],
      [true, false],
      [false, true],
    ] as const) {
      const control = { suite, authenticated, encrypted, broadcast: suite === 1 };
      expect(decodeSecurityControl(encodeSecurityControl(control))).toEqual(control);
    }
  }
});
