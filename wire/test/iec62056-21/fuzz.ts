/** What `npm run fuzz -- iec62056-21` throws bytes at. */
import { hexOf } from '../../src/bytes.ts';
import {
  decodeIec62056Line,
  decodeIecMessage,
  encodeIecMessage,
  Iec62056Stream,
  IecClient,
  IecMeter,
  iecCommand,
  toPush,
} from '../../src/iec62056-21/index.ts';
import { asciiBytes } from '../../src/text.ts';
import { checkLine } from '../fuzz/line.ts';
import { inPieces, type Target } from '../fuzz/target.ts';
import { profileBytes, pushBytes, readoutBytes, simulatedMeter } from './made.ts';

export const iecTargets: readonly Target[] = [
  {
    name: 'message',
    run(bytes, pick) {
      const message = decodeIecMessage(bytes, { push: pick(2) === 0 });
      if ('records' in message) toPush(message, { receivedS: 0, zone: 'Europe/Berlin' });
    },
  },
  {
    name: 'stream',
    run: (bytes, pick) => inPieces(new Iec62056Stream({ push: pick(2) === 0 }), bytes, pick),
  },
  {
    name: 'client and meter',
    run(bytes, pick) {
      const client = new IecClient({ mode: pick(2) === 0 ? 'readout' : 'programming' });
      client.start();
      const meter = new IecMeter(simulatedMeter());
      for (const end of [client, meter]) {
        inPieces({ push: (chunk) => end.receive(chunk), flush: () => undefined }, bytes, pick);
      }
    },
  },
  {
    name: 'line',
    run(bytes) {
      const record = decodeIec62056Line(JSON.stringify({ hex: hexOf(bytes), zone: 'Europe/Berlin' }));
      checkLine(record);
    },
  },
];

export function iecSeeds(): Uint8Array[] {
  const read = encodeIecMessage(iecCommand('R', 5, { address: 'P.01', values: [{ value: ';' }] }));
  const signOn = asciiBytes('/?!\r\n/OAM5\\2SIM\r\n\x06051\r\n');
  return [readoutBytes, profileBytes, pushBytes, Uint8Array.from([...signOn, ...read])];
}
