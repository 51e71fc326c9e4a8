/** What `npm run fuzz -- lwm2m` throws bytes at. */
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  contentFormats,
  decodeLwm2m,
  decodeLwm2mLine,
  decodeTlv,
  encodeTlv,
  lwm2mToPush,
  parseRegistration,
} from '../../src/lwm2m/index.ts';
import { utf8Bytes } from '../../src/text.ts';
import { checkLine } from '../fuzz/line.ts';
import type { Target } from '../fuzz/target.ts';
import { goldenPayloads } from './made.ts';

const formats = Object.values(contentFormats);
const paths = [[], [3], [3, 0], [3, 0, 9], [10_243, 0], [3_424, 0, 1, 0]];

export const lwm2mTargets: readonly Target[] = [
  { name: 'TLV', run: (bytes) => void encodeTlv(decodeTlv(bytes)) },
  { name: 'registration', run: (bytes) => void parseRegistration(['ep=a'], bytes) },
  {
    name: 'payload',
    run(bytes, pick) {
      const format = formats[pick(formats.length)]!;
      const resources = decodeLwm2m(bytes, { format, path: paths[pick(paths.length)]! });
      lwm2mToPush(resources, { device: '', receivedS: 0 });
    },
  },
  {
    name: 'line',
    run(bytes, pick) {
      const format = formats[pick(formats.length)]!;
      checkLine(decodeLwm2mLine(JSON.stringify({ format, path: '/3/0/9', hex: hexOf(bytes) })));
    },
  },
];

export function lwm2mSeeds(): Uint8Array[] {
  const links = utf8Bytes(
    '</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>;ver=1.2,</10243/0>;title="a,\\"b\\""',
  );
  return [
    ...goldenPayloads.map(({ hex, text }) => (text === undefined ? bytesOfHex(hex!)! : utf8Bytes(text))),
    links,
  ];
}
