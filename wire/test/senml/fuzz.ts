/** What `npm run fuzz -- senml` throws bytes at. */
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import { decodeSenml, decodeSenmlLine, encodeSenml, senmlToPush } from '../../src/senml/index.ts';
import { utf8Bytes } from '../../src/text.ts';
import { checkLine } from '../fuzz/line.ts';
import type { Target } from '../fuzz/target.ts';
import { goldenCbor, goldenPacks } from './made.ts';

export const senmlTargets: readonly Target[] = [
  { name: 'pack', run: (bytes) => void decodeSenml(bytes) },
  { name: 'CBOR', run: (bytes) => void decodeSenml(bytes, { format: 'cbor' }) },
  { name: 'push', run: (bytes) => void senmlToPush(decodeSenml(bytes), { receivedS: 0, paths: true }) },
  {
    name: 'there and back',
    run(bytes, pick) {
      const { records } = decodeSenml(bytes);
      decodeSenml(encodeSenml(pick(2) === 0 ? 'json' : 'cbor', records));
    },
  },
  { name: 'line', run: (bytes) => checkLine(decodeSenmlLine(JSON.stringify({ hex: hexOf(bytes) }))) },
];

export function senmlSeeds(): Uint8Array[] {
  return [...goldenPacks.map(utf8Bytes), ...goldenCbor.map((hex) => bytesOfHex(hex)!)];
}
