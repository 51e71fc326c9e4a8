import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerHls,
  checkHls,
  cipherKey,
  type HlsMechanism,
  type HlsProof,
  nobleCrypto,
  readProtected,
  type SecuritySuite,
  unprotectApdu,
} from '../../../src/dlms/index.ts';
import { apdusOf, transcript } from '../dialogue.ts';
import { hasVectors, hex, toHex, vectorText } from '../vectors.ts';

const text = (value: string) => new TextEncoder().encode(value);
const none = new Uint8Array(0);
const bare = { ownChallenge: none, ownTitle: none, otherTitle: none };

interface Case {
  mechanism: string;
  challenge: string;
  secret_ascii?: string;
  encryption_key?: string;
  authentication_key?: string;
  system_title?: string;
  invocation_counter?: number;
  result: string;
}

describe.skipIf(!hasVectors)('published figures', () => {
  const vectors = (hasVectors ? JSON.parse(vectorText('security.json')) : { hls: [], ecdsa: [] }) as {
    hls: Case[];
    ecdsa: { public_key: string; message: string; signature: string; curve: string }[];
  };

  test.each(vectors.hls)('$mechanism', (one) => {
    const mechanism = Number(/\d/.exec(one.mechanism)![0]) as HlsMechanism;
    const proof: HlsProof = {
      ...bare,
      mechanism,
      challenge: hex(one.challenge),
      ...(one.secret_ascii === undefined ? {} : { secret: text(one.secret_ascii) }),
      ...(one.encryption_key === undefined
        ? {}
        : {
            key: cipherKey(nobleCrypto, 0, hex(one.encryption_key), hex(one.authentication_key!)),
            counter: one.invocation_counter!,
            ownTitle: hex(one.system_title!),
          }),
    };
    expect(toHex(answerHls(nobleCrypto, proof))).toBe(one.result);
    expect(checkHls(nobleCrypto, proof, hex(one.result))).toBe(one.invocation_counter);
  });

  test.each(vectors.ecdsa)('HLS 7 on $curve', (one) => {
    const message = hex(one.message);
    const proof: HlsProof = {
      mechanism: 7,
      ownTitle: message.subarray(0, 8),
      otherTitle: message.subarray(8, 16),
      challenge: message.subarray(16, 24),
      ownChallenge: message.subarray(24),
      suite: one.curve === 'secp256r1' ? 1 : 2,
      signatureKey: hex(one.public_key),
    };
    checkHls(nobleCrypto, proof, hex(one.signature));
    expect(() =>
      checkHls(nobleCrypto, { ...proof, challenge: proof.ownChallenge }, hex(one.signature)),
    ).toThrow(expect.objectContaining({ code: 'DLMS_SECURITY_CHALLENGE' }));
  });
});

describe.skipIf(!hasVectors)('recorded dialogues', () => {
  /** Challenges of AARQ (CtoS) and AARE (StoC): the value after AC/AA ll 80 ll. */
  const challengeOf = (bytes: Uint8Array, tag: 'ac' | 'aa') => {
    const found = new RegExp(`${tag}1280 10([0-9a-f]{32})`.replace(' ', '')).exec(toHex(bytes));
    return hex(found![1]!);
  };

  test('HLS 2: both passes', () => {
    const said = apdusOf(transcript('gxc_hdlc_ln_high'));
    const [ctos, stoc] = [challengeOf(said[0]!.bytes, 'ac'), challengeOf(said[1]!.bytes, 'aa')];
    const proof = { ...bare, mechanism: 2 as const, secret: text('Gurux') };
    const pass3 = said[2]!.bytes;
    expect(toHex(answerHls(nobleCrypto, { ...proof, challenge: stoc }))).toBe(toHex(pass3.slice(-16)));
    checkHls(nobleCrypto, { ...proof, challenge: ctos }, said[3]!.bytes.slice(-16));
  });

  test.each(['gxc_hdlc_ln_gmac_ae', 'gxc_wrapper_ln_gmac_ae_sel'])(
    '%s: HLS 5 and every ciphered APDU',
    (name) => {
      const one = transcript(name);
      const security = one.security as Record<string, string>;
      const key = cipherKey(nobleCrypto, 0, hex(security.encryption_key!), hex(security.authentication_key!));
      const titles = {
        client: hex(security.client_system_title!),
        server: hex(security.server_system_title!),
      };
      const said = apdusOf(one);
      const open = (index: number) => {
        const { side, bytes } = said[index]!;
        const opened = unprotectApdu(readProtected(bytes), key, { systemTitle: titles[side] });
        expect(opened.verified).toBe(true);
        return opened.apdu;
      };
      const start = said.findIndex(({ bytes }) => bytes[0] === 0x60 && toHex(bytes).includes('ac1280'));
      const ctos = challengeOf(said[start]!.bytes, 'ac');
      const stoc = challengeOf(said[start + 1]!.bytes, 'aa');
      const proofs = {
        client: {
          mechanism: 5 as const,
          challenge: stoc,
          ownChallenge: ctos,
          ownTitle: titles.client,
          otherTitle: titles.server,
          key,
        },
        server: {
          mechanism: 5 as const,
          challenge: ctos,
          ownChallenge: stoc,
          ownTitle: titles.server,
          otherTitle: titles.client,
          key,
        },
      };
      const pass3 = open(start + 2).slice(-17);
      const counter = checkHls(nobleCrypto, proofs.client, pass3)!;
      expect(toHex(answerHls(nobleCrypto, { ...proofs.client, counter }))).toBe(toHex(pass3));
      checkHls(nobleCrypto, proofs.server, open(start + 3).slice(-17));
      let opened = 0;
      for (let index = start + 4; index < said.length; index++) {
        if (said[index]!.bytes[0] !== 0xdb) continue;
        expect([0xc0, 0xc4]).toContain(open(index)[0]);
        opened++;
      }
      expect(opened).toBe(name.includes('wrapper') ? 24 : 680);
    },
  );
});

describe('two sides', () => {
  const keyOf = (suite: SecuritySuite, fill: number) => {
    const size = suite === 2 ? 32 : 16;
    return cipherKey(nobleCrypto, suite, new Uint8Array(size).fill(fill), new Uint8Array(size).fill(9));
  };
  const signing = [1, 2].map((suite) => {
    const curve = suite === 1 ? 'P-256' : 'P-384';
    const privateKey = nobleCrypto.privateKey(curve);
    return { privateKey, publicKey: nobleCrypto.publicKey(curve, privateKey)! };
  });

  test('each proves itself; no other secret, challenge or side does', () => {
    const challenge = fc.uint8Array({ minLength: 8, maxLength: 64 });
    fc.assert(
      fc.property(
        fc.constantFrom<HlsMechanism>(2, 3, 4, 5, 6, 7),
        fc.constantFrom<1 | 2>(1, 2),
        challenge,
        challenge,
        (mechanism, suite, ctos, stoc) => {
          fc.pre(toHex(ctos) !== toHex(stoc));
          const pair = signing[suite - 1]!;
          const proof: HlsProof = {
            mechanism,
            challenge: stoc,
            ownChallenge: ctos,
            ownTitle: hex('4d4d4d0000bc614e'),
            otherTitle: hex('4d4d4d0000000001'),
            secret: text('a secret'),
            key: keyOf(suite, 1),
            counter: 5,
            suite,
            signatureKey: pair.privateKey,
          };
          const answer = answerHls(nobleCrypto, proof);
          const verifier = { ...proof, signatureKey: pair.publicKey };
          expect(checkHls(nobleCrypto, verifier, answer)).toBe(mechanism === 5 ? 5 : undefined);
          const changed = answer.slice();
          changed[changed.length - 1]! ^= 1;
          const others: [HlsProof, Uint8Array][] = [
            [verifier, changed],
            [verifier, answer.subarray(1)],
            [verifier, none],
            [{ ...verifier, challenge: ctos, ownChallenge: stoc }, answer],
          ];
          if (mechanism !== 5 && mechanism !== 7)
            others.push([{ ...verifier, secret: text('another') }, answer]);
          if (mechanism === 5) others.push([{ ...verifier, key: keyOf(suite, 2) }, answer]);
          for (const [other, given] of others) {
            expect(() => checkHls(nobleCrypto, other, given)).toThrow(
              expect.objectContaining({ code: 'DLMS_SECURITY_CHALLENGE' }),
            );
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test.each([2, 3, 4, 5, 6, 7] as const)('mechanism %i says what it lacks', (mechanism) => {
    const proof: HlsProof = { ...bare, mechanism, challenge: new Uint8Array(8) };
    expect(() => answerHls(nobleCrypto, proof)).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_KEY' }),
    );
  });

  test('signing in suite 0 there is not', () => {
    const proof: HlsProof = {
      ...bare,
      mechanism: 7,
      suite: 0,
      signatureKey: none,
      challenge: new Uint8Array(8),
    };
    expect(() => answerHls(nobleCrypto, proof)).toThrow(
      expect.objectContaining({ code: 'DLMS_SECURITY_UNSUPPORTED' }),
    );
  });
});
