/** Decoders of wired and wireless M-Bus, and what damage to them begins with. */
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeMbusLine,
  decodeWmbus,
  decodeWmbusLine,
  Formats,
  FragmentAssembler,
  MbusLineState,
  toPush,
  unwrapBlocks,
  WiredFrameStream,
  WirelessFrameStream,
} from '../../src/mbus/index.ts';
import { checkLine } from '../fuzz/line.ts';
import { inPieces, type Target } from '../fuzz/target.ts';
import { keyBytes, key as mbusTestKey, waterTelegram } from './made.ts';

const mbusLines = new MbusLineState();
const formats = new Formats();
const fragments = new FragmentAssembler();

export const mbusTargets: readonly Target[] = [
  { name: 'frames', run: (bytes, pick) => inPieces(new WiredFrameStream(), bytes, pick) },
  {
    name: 'receiver',
    run: (bytes, pick) => inPieces(new WirelessFrameStream(pick(2) === 0 ? 'a' : 'b'), bytes, pick),
  },
  {
    name: 'blocks',
    run: (bytes, pick) => void unwrapBlocks(bytes, (['a', 'b', 'none', 'auto'] as const)[pick(4)]),
  },
  { name: 'line', run: (bytes) => checkLine(decodeMbusLine({ hex: hexOf(bytes) }, mbusLines)) },
  {
    name: 'wireless line',
    run: (bytes) => checkLine(decodeWmbusLine({ hex: hexOf(bytes), key: hexOf(keyBytes) }, mbusLines)),
  },
  {
    name: 'content',
    run(bytes, pick) {
      // behind a good link, with any CI
      const content = bytes.subarray(0, 200);
      const frame = Uint8Array.from([9 + content.length, ...waterTelegram().subarray(1, 10), ...content]);
      const options = {
        key: mbusTestKey,
        formats,
        fragments,
        partial: pick(2) === 0,
        format: 'none' as const,
      };
      toPush(decodeWmbus(frame, options), { receivedS: 0 });
    },
  },
];

export function mbusSeeds(): Uint8Array[] {
  const counter = 4711;
  return [
    waterTelegram({ format: 'a' }),
    waterTelegram({ format: 'b', security: { mode: 5, key: mbusTestKey } }),
    waterTelegram({ security: { mode: 7, key: mbusTestKey, counter } }),
    waterTelegram({
      header: 'none',
      ell: { communicationControl: 0x20, session: 0x2000_0001, key: mbusTestKey },
    }),
    ...mbusTelegrams.map((hex) => bytesOfHex(hex)!),
  ];
}

const mbusTelegrams = [
  // a readout with all kinds of records, contents behind a link, compact and format frames
  '682f2f6808097217040026ed3c0304010000000403e80300008410033905000002fdc8fc01f708426cff2c0dfd0c03332e32831305010203dc16',
  '7a2a0000000dfd0f03332e3203fb02100000036d1e0f0c0f010203',
  '72170400263c2d03072a000000046d0f0c3d330d931f06510f01020003',
  '7804130100000002593412',
  '79000000000100000034121f',
  '69080000041302593b3c',
  '900f002c25b30a0000af5d74df73a600d9722a',
  'a20102030405',
];
