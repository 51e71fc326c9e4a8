/** Decoders of C12.18, C12.19 and C12.22, and what damage to them begins with. */
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  C1222Stream,
  decodeC12,
  decodeC12Line,
  decodeMessage,
  decodeRequest,
  decodeResponse,
  decodeTable,
  EaxPrimeKey,
  encodePacket,
  encodeRequest,
  encodeTable,
  loadProfileOf,
  openMessage,
  PacketStream,
  PsemLink,
  plainControl,
  Reassembler,
  renderC12,
  renderTableValue,
  type ServiceName,
  sealMessage,
  securityElements,
  standardTables,
  type TableRecord,
  toPush,
  uid,
} from '../../src/c12/index.ts';
import { meterTables } from '../c12/made-meter.ts';
import { checkLine } from '../fuzz/line.ts';
import { inPieces, type Target } from '../fuzz/target.ts';

const key = new EaxPrimeKey(new Uint8Array(16));
const services: readonly ServiceName[] = [
  'identify',
  'read',
  'negotiate',
  'register',
  'trace',
  'logon',
  'resolve',
];
const definitions = [...standardTables.values()];
const made = meterTables({ extended: true, simple: true });

/** Tables as a device sends them. */
const decoded = new Map<number, TableRecord>();
const tableBytes = [...made].map(([id, value]): [number, Uint8Array] => {
  const definition = standardTables.get(id)!;
  const bytes = encodeTable(definition, value, made);
  decoded.set(id, decodeTable(definition, bytes, decoded));
  return [id, bytes];
});

export const c12Targets: readonly Target[] = [
  { name: 'packets', run: (bytes, pick) => inPieces(new PacketStream(), bytes, pick) },
  {
    name: 'link',
    run(bytes, pick) {
      const link = new PsemLink({ packets: 255 });
      if (pick(2) === 0) link.send(bytes.subarray(0, 200));
      const push = (chunk: Uint8Array) => (pick(5) === 0 ? link.timeout() : link.receive(chunk));
      inPieces({ push, flush: () => link.timeout() }, bytes, pick);
    },
  },
  { name: 'request', run: (bytes) => void decodeRequest(bytes) },
  { name: 'response', run: (bytes, pick) => void decodeResponse(bytes, services[pick(services.length + 1)]) },
  {
    name: 'message',
    run: (bytes) => void openMessage(decodeMessage(bytes), { keyFor: () => key, unverified: true }),
  },
  {
    name: 'messages',
    run(bytes, pick) {
      const stream = new C1222Stream();
      const reassembler = new Reassembler();
      const push = (chunk: Uint8Array) => {
        for (const { frame } of stream.push(chunk)) if (frame !== undefined) reassembler.add(frame.message);
      };
      inPieces({ push, flush: () => stream.flush() }, bytes, pick);
    },
  },
  {
    name: 'telegram',
    run: (bytes) => void renderC12(decodeC12(bytes, { tables: decoded, unverified: true })),
  },
  {
    name: 'table',
    run(bytes, pick) {
      const definition = definitions[pick(definitions.length)]!;
      renderTableValue(decodeTable(definition, bytes, decoded));
    },
  },
  {
    name: 'tables of a device',
    run(bytes, pick) {
      // one table of a device is damaged, and all that is made of them still stands
      const tables = new Map(decoded);
      const [id] = tableBytes[pick(tableBytes.length)]!;
      tables.set(id, decodeTable(standardTables.get(id)!, bytes, decoded));
      const [, blocks] = tableBytes.find(([one]) => one === 64)!;
      toPush(tables, { receivedS: 0, profiles: [loadProfileOf(blocks, tables)] });
    },
  },
  {
    name: 'line',
    run: (bytes) => checkLine(decodeC12Line(JSON.stringify({ hex: hexOf(bytes), key: '00'.repeat(16) }))),
  },
];

/** Golden inputs: packets, messages in each mode, tables. */
export function c12Seeds(): Uint8Array[] {
  const packet = (data: Uint8Array, toggle = true) =>
    encodePacket({ identity: 0, multiPacket: false, first: false, toggle, dataFormat: 0, sequence: 0, data });
  const request = encodeRequest({ service: 'read', table: 23 });
  const spec = { calledApTitle: uid('.1.2'), callingApTitle: uid('.1.3'), callingApInvocationId: 7 };
  const message = (securityMode: 'cleartext' | 'authenticated' | 'ciphered') =>
    sealMessage(
      { ...spec, ...(securityMode === 'cleartext' ? {} : securityElements(0, new Uint8Array(4))) },
      { control: { ...plainControl, securityMode }, services: [request, bytesOfHex('20')!] },
      { key },
    );
  return [
    packet(request),
    Uint8Array.from([...packet(request), 6, ...packet(bytesOfHex('000001 05 fb')!, false), 6]),
    message('cleartext'),
    message('authenticated'),
    message('ciphered'),
    Uint8Array.from([...message('cleartext'), ...message('ciphered')]),
    ...tableBytes.map(([, bytes]) => bytes),
  ];
}
