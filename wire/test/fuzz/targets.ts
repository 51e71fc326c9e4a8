/** What `npm run fuzz` throws bytes at: every decoder of a protocol, each raising its own errors only. */
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

import {
  type DecodedMbusLine,
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
import { decoders, proprietaryInput, throughDiehl } from '../../src/models/decoders/index.ts';
import { modelToPush } from '../../src/models/index.ts';
import { keyBytes, key as mbusTestKey, waterTelegram } from '../mbus/made.ts';
import { na1Key } from '../models/decoders/made.ts';
import { samples as modelSamples } from '../models/decoders/samples.ts';
import { loadModels } from '../models/files.ts';

export interface Target {
  readonly name: string;
  /** Decodes; `pick` gives seeded numbers below its limit. */
  run(bytes: Uint8Array, pick: (limit: number) => number): void;
}

interface Stream {
  push(chunk: Uint8Array): unknown;
  flush(): unknown;
}

const lines = new LineDecoder(nobleCrypto);
export const guek = '000102030405060708090a0b0c0d0e0f';
export const gak = 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf';

/** The bytes to a stream in pieces of any size. */
function inPieces(stream: Stream, bytes: Uint8Array, pick: (limit: number) => number): void {
  const most = 1 + pick(64);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + pick(most);
    stream.push(bytes.subarray(at, at + size));
    at += size;
  }
  stream.flush();
}

const dlms: readonly Target[] = [
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
      const { code } = (record.error ?? {}) as { code?: string };
      if (code === 'INTERNAL') throw new Error(JSON.stringify(record.error));
    },
  },
];

const mbusLines = new MbusLineState();
const formats = new Formats();
const fragments = new FragmentAssembler();

/** A line must not end in a fault of the program. */
function checkLine(record: DecodedMbusLine): void {
  const { code } = (record.error ?? {}) as { code?: string };
  if (code === 'INTERNAL') throw new Error(JSON.stringify(record.error));
}

const mbus: readonly Target[] = [
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

const everyModel = loadModels();

const models: readonly Target[] = Object.entries(decoders).map(([name, decoder]) => ({
  name,
  run(bytes, pick) {
    const telegram = throughDiehl(decodeWmbus(bytes, { partial: true, key: na1Key }));
    const key = pick(2) === 0 ? na1Key : undefined;
    decoder(proprietaryInput(telegram, { receivedS: 0, key, asSent: pick(2) === 0 }));
  },
}));

const byModel: Target = {
  name: 'values by models',
  run(bytes, pick) {
    const telegram = decodeWmbus(bytes, { partial: true, key: na1Key });
    const name = everyModel.names[pick(everyModel.names.length)]!;
    everyModel.valuesOf(telegram);
    const model = everyModel.named(name);
    modelToPush(telegram, model, { receivedS: 0, key: na1Key, asSent: pick(2) === 0 });
  },
};

export const targets: Readonly<Record<string, readonly Target[]>> = {
  dlms,
  mbus,
  models: [...models, byModel],
};

/** Golden inputs of a protocol, to be damaged. */
export function seeds(protocol: string): Uint8Array[] {
  if (protocol === 'mbus') return mbusSeeds();
  if (protocol === 'models') return modelSamples.map(({ telegram }) => telegram);
  if (protocol !== 'dlms') return [];
  return [...pushLayouts.flatMap(({ samples }) => samples.map(({ hex }) => hex)), ...telegrams].map(
    (hex) => bytesOfHex(hex)!,
  );
}

function mbusSeeds(): Uint8Array[] {
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
