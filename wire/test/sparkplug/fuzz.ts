/** What `npm run fuzz -- sparkplug` throws bytes at. */
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeSparkplug,
  encodeSparkplug,
  parseSparkplugTopic,
  SparkplugHost,
  SparkplugLineDecoder,
  type SparkplugTopic,
  sparkplugToPush,
} from '../../src/sparkplug/index.ts';
import { checkLine } from '../fuzz/line.ts';
import type { Target } from '../fuzz/target.ts';
import { goldenPayloads } from './made.ts';

const host = new SparkplugHost({ nodes: 5, metricsKept: 1_000 });
const lines = new SparkplugLineDecoder();
const topics = [
  'NBIRTH/N',
  'NDATA/N',
  'NDEATH/N',
  'NCMD/N',
  'DBIRTH/N/D',
  'DDATA/N/D',
  'DDEATH/N/D',
  'DCMD/M/D',
];

export const sparkplugTargets: readonly Target[] = [
  { name: 'there and back', run: (bytes) => void decodeSparkplug(encodeSparkplug(decodeSparkplug(bytes))) },
  {
    name: 'host',
    run(bytes, pick) {
      const topic = parseSparkplugTopic(`spBv1.0/G/${topics[pick(topics.length)]}`) as SparkplugTopic;
      sparkplugToPush(host.take(topic, bytes, pick(1_000)), { receivedMs: 0 });
    },
  },
  {
    name: 'line',
    run(bytes, pick) {
      const topic = `spBv1.0/G/${topics[pick(topics.length)]}`;
      checkLine(lines.decode(JSON.stringify({ topic, hex: hexOf(bytes) })));
    },
  },
];

export function sparkplugSeeds(): Uint8Array[] {
  return Object.values(goldenPayloads).map((hex) => bytesOfHex(hex)!);
}
