import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/index.ts';

describe('a secret', () => {
  it('is wiped without what was copied of it, whatever its bytes were given as', () => {
    for (const given of [Uint8Array.of(1, 2, 3), Buffer.from([1, 2, 3])]) {
      const secret = new Secret(given);
      const copy = secret.bytes().slice();
      secret.wipe();
      expect([...copy]).toEqual([1, 2, 3]);
      expect([...given]).toEqual([0, 0, 0]);
    }
  });
});
