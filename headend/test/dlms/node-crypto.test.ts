import { nobleCrypto } from '@openami/wire/dlms';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/dlms/node-crypto.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const message = fc.nat({ max: 3_000 }).chain(bytes);
const key = fc.constantFrom(16, 32).chain(bytes);

describe('the platform cipher', () => {
  it('seals and opens as the plain one does, of any length', () => {
    fc.assert(
      fc.property(key, bytes(12), fc.uint8Array({ maxLength: 40 }), message, (k, iv, aad, plain) => {
        const native = nodeCrypto.gcmKey(k);
        const js = nobleCrypto.gcmKey(k);
        const sealed = native.seal(iv, aad, plain);
        expect(sealed).toEqual(js.seal(iv, aad, plain));
        expect(native.open(iv, aad, sealed)).toEqual(plain);
        expect(js.open(iv, aad, sealed)).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses what was changed, whatever its length', () => {
    fc.assert(
      fc.property(
        key,
        bytes(12),
        message,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (k, iv, plain, at, flip) => {
          const native = nodeCrypto.gcmKey(k);
          const sealed = native.seal(iv, new Uint8Array(1), plain);
          sealed[at % sealed.length]! ^= flip;
          expect(native.open(iv, new Uint8Array(1), sealed)).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes no keys of other lengths', () => {
    expect(() => nodeCrypto.gcmKey(new Uint8Array(24))).toThrow(/24 bytes/);
  });
});
