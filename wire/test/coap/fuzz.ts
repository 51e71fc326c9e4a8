/** What `npm run fuzz -- coap` throws bytes at. */
import { bytesOfHex } from '../../src/bytes.ts';
import { blockOption, coapOptions, decodeCoap, encodeCoap, textOptions } from '../../src/coap/index.ts';
import type { Target } from '../fuzz/target.ts';

export const coapTargets: readonly Target[] = [
  {
    name: 'there and back',
    run(bytes) {
      const message = decodeCoap(bytes);
      decodeCoap(encodeCoap(message));
      textOptions(message, coapOptions.uriPath);
      blockOption(message, coapOptions.block1);
    },
  },
];

export function coapSeeds(): Uint8Array[] {
  return ['40017d34bb74656d7065726174757265', '60457d34ff32322e332043', '44020001aabbccddb2726445e24f70'].map(
    (hex) => bytesOfHex(hex)!,
  );
}
