/** What `npm run fuzz -- sml` throws bytes at. */
import { hexOf } from '../../src/bytes.ts';
import { decodeSmlFile, decodeSmlLine, SmlReader, SmlStream, toPush } from '../../src/sml/index.ts';
import { checkLine } from '../fuzz/line.ts';
import { inPieces, type Target } from '../fuzz/target.ts';
import { meterFile } from './made.ts';

export const smlTargets: readonly Target[] = [
  { name: 'element', run: (bytes) => void new SmlReader(bytes).value() },
  { name: 'file', run: (bytes) => void toPush(decodeSmlFile(bytes), { receivedS: 0 }) },
  {
    name: 'file without checks',
    run: (bytes) => void toPush(decodeSmlFile(bytes, { ignoreCheck: true }), { receivedS: 0 }),
  },
  {
    name: 'stream',
    run: (bytes, pick) => inPieces(new SmlStream({ ignoreCheck: pick(2) === 0 }), bytes, pick),
  },
  {
    name: 'line',
    run(bytes) {
      const record = decodeSmlLine(JSON.stringify({ hex: hexOf(bytes), ignoreCheck: true }));
      checkLine(record);
    },
  },
];

export function smlSeeds(): Uint8Array[] {
  const file = meterFile();
  return [file, file.subarray(8), meterFile(undefined, 'kermit')];
}
