/** Decoders of LoRaWAN, and what damage to them begins with. */
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeChirpstack,
  decodeLorawanLine,
  decodePhy,
  decodeThingsStack,
} from '../../src/lorawan/index.ts';
import { utf8Bytes } from '../../src/text.ts';
import type { Target } from '../fuzz/target.ts';
import { chirpstackOthers, chirpstackUp, thingsOthers, thingsUp } from './golden.ts';

const guek = '000102030405060708090a0b0c0d0e0f';
const gak = 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf';

export const lorawanTargets: readonly Target[] = [
  { name: 'phy', run: (bytes) => void decodePhy(bytes) },
  { name: 'chirpstack', run: (bytes) => void decodeChirpstack(bytes) },
  { name: 'things stack', run: (bytes) => void decodeThingsStack(bytes) },
  {
    name: 'lorawan line',
    run(bytes) {
      const keys = { nwkSKey: guek, appSKey: gak, sNwkSIntKey: guek, fNwkSIntKey: gak, appKey: guek };
      const { error } = decodeLorawanLine({ hex: hexOf(bytes), ...keys });
      if ((error as { code?: string } | undefined)?.code === 'INTERNAL')
        throw new Error(JSON.stringify(error));
    },
  },
];

export function lorawanSeeds(): Uint8Array[] {
  const messages = [
    chirpstackUp,
    thingsUp,
    ...Object.values(chirpstackOthers),
    ...Object.values(thingsOthers),
  ];
  const frames = [
    '40da1b0126800200017bcb460e6fcdb9ea8f',
    'a0da1b01263201020203071120ab433014',
    '000100000000d5b370b2a1000000d5b37002019ac4ec2e',
    '203bd202949b68837992c953b1dd7c3e7f',
  ].map((hex) => bytesOfHex(hex)!);
  return [...frames, ...messages.map((message) => utf8Bytes(JSON.stringify(message)))];
}
