/** What `npm run fuzz -- p1` throws bytes at. */
import { hexOf } from '../../src/bytes.ts';
import {
  decodeP1,
  decodeP1Line,
  openP1,
  P1Stream,
  p1Key,
  sealP1,
  toMbusPushes,
  toPush,
} from '../../src/p1/index.ts';
import { asciiBytes } from '../../src/text.ts';
import { checkLine } from '../fuzz/line.ts';
import { inPieces, type Target } from '../fuzz/target.ts';
import { householdBytes, oldText } from './made.ts';

const keyBytes = new Uint8Array(16).fill(7);
const key = p1Key(keyBytes);
const sealed = sealP1(householdBytes, key, new Uint8Array(8).fill(0x4f), 9);

export const p1Targets: readonly Target[] = [
  {
    name: 'telegram',
    run(bytes) {
      const telegram = decodeP1(bytes, { ignoreCheck: true });
      toPush(telegram, { receivedS: 0 });
      toMbusPushes(telegram, { receivedS: 0 });
    },
  },
  { name: 'enciphered', run: (bytes) => void openP1(bytes, key) },
  {
    name: 'stream',
    run: (bytes, pick) =>
      inPieces(new P1Stream({ ignoreCheck: pick(2) === 0, keyFor: () => key }), bytes, pick),
  },
  {
    name: 'line',
    run(bytes) {
      const record = decodeP1Line(
        JSON.stringify({ hex: hexOf(bytes), ignoreCheck: true, key: hexOf(keyBytes) }),
      );
      checkLine(record);
    },
  },
];

export function p1Seeds(): Uint8Array[] {
  return [householdBytes, asciiBytes(oldText), sealed];
}
