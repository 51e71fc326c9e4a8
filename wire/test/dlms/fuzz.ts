/** Decoders of DLMS/COSEM, and what damage to them begins with. */
import {
  bytesOfHex,
  decodeApdu,
  decodeApduAndRest,
  decodeBentPush,
  decodeData,
  decodeTelegram,
  HdlcDecoder,
  hexOf,
  LineDecoder,
  MbusDecoder,
  nobleCrypto,
  pushLayouts,
  pushMessageOf,
  readingsOfApdu,
  renderApdu,
  renderTelegram,
  StuffedHdlcDecoder,
  TelegramStream,
  WrapperDecoder,
} from '../../src/dlms/index.ts';
import { checkLine } from '../fuzz/line.ts';
import { inPieces, type Target } from '../fuzz/target.ts';

const lines = new LineDecoder(nobleCrypto);
export const guek = '000102030405060708090a0b0c0d0e0f';
export const gak = 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf';

export const dlmsTargets: readonly Target[] = [
  { name: 'data', run: (bytes) => void decodeData(bytes) },
  { name: 'apdu', run: (bytes) => void renderApdu(decodeApdu(bytes)) },
  { name: 'apdu and rest', run: (bytes) => void decodeApduAndRest(bytes) },
  { name: 'bent push', run: (bytes) => void decodeBentPush(bytes, true) },
  {
    name: 'hdlc',
    run: (bytes, pick) => inPieces(new HdlcDecoder({ ignoreFcs: pick(2) === 0 }), bytes, pick),
  },
  { name: 'stuffed hdlc', run: (bytes, pick) => inPieces(new StuffedHdlcDecoder(), bytes, pick) },
  { name: 'wrapper', run: (bytes, pick) => inPieces(new WrapperDecoder(), bytes, pick) },
  { name: 'mbus', run: (bytes, pick) => inPieces(new MbusDecoder(), bytes, pick) },
  { name: 'telegram stream', run: (bytes, pick) => inPieces(new TelegramStream(), bytes, pick) },
  {
    name: 'telegram',
    run(bytes) {
      const telegram = decodeTelegram(bytes, { ignoreFcs: true });
      renderTelegram(telegram);
      for (const { opened } of telegram.apdus) {
        const push = opened && readingsOfApdu(opened);
        if (push !== undefined) pushMessageOf(push, { receivedMs: 0 });
      }
    },
  },
  {
    name: 'line',
    run(bytes) {
      const record = lines.decode(
        JSON.stringify({ hex: hexOf(bytes), guek, gak, systemTitle: '4d4d4d0000bc614e' }),
      );
      checkLine(record);
    },
  },
];

export function dlmsSeeds(): Uint8Array[] {
  return [...pushLayouts.flatMap(({ samples }) => samples.map(({ hex }) => hex)), ...telegrams].map(
    (hex) => bytesOfHex(hex)!,
  );
}

const telegrams = [
  // SNRM with parameters, UA, AARQ, AARE, a get and its answer, in HDLC and in the wrapper
  '7ea01f21022373e6c781801205019a06019a070400000001080400000001cca27e',
  '601da109060760857405080101be10040e01000000065f1f0400007e1f04b0',
  '6142a109060760857405080101a203020100a305a10302010e88020780890760857405080205aa0a8008503677524a323146be10040e0800065f1f040000501f01f40007',
  'c001c100070100630100ff0201010204020412000809060000010000ff0f02120000090c07e20601ff000300ffff8880090c07e50106ff000300ffffc4000100',
  'c402c1010000000801000a01040202120005120006',
  '000100010010000cc401c10009060000280000ff',
  // ciphered in suites 0 and 1: authenticated, encrypted, both
  'db084d4d4d0000bc614e1e1001234567c0010000080000010000ff020006725d910f9221d263877516',
  'db084d4d4d0000bc614e122001234567411312ff935a47566827c467bc',
  'db084d4d4d0000bc614e1e3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b',
  '21303001234567801302ff8a7874133d414ced25b42534d28db0047720606b175bd52211be6841db204d39ee6fdb8e356855',
  // a compact array, general blocks, lists of everything
  '0f0000000100130202120611060c000101000000020002020000000a',
  'e0c0000100000d0f0000000100020209060100010800ff',
  'd901000001000001010001000000ff0200010c00',
];
