/** An APDU in segments of a byte or two takes no more memory than its bytes. */
import { expect, test } from 'vitest';
import {
  clientAddress,
  encodeHdlcFrame,
  type HdlcControl,
  HdlcServer,
  SegmentAssembler,
  serverAddress,
} from '../../../src/dlms/index.ts';
import { usedBytes } from '../memory.ts';

const link = { destination: serverAddress(1), source: clientAddress(16) };
const SEGMENTS = 60_000;

test('on a link', () => {
  const end = new HdlcServer({ accepts: () => true });
  const send = (control: HdlcControl, segmented: boolean, information: Uint8Array) =>
    end.receive(encodeHdlcFrame({ ...link, control, segmented, information }), 0).events;
  const segment = (i: number, segmented: boolean) =>
    send({ kind: 'i', sendSequence: i & 7, receiveSequence: 0, poll: true }, segmented, Uint8Array.of(i));
  send({ kind: 'snrm', poll: true }, false, new Uint8Array(0));
  const before = usedBytes();
  for (let i = 0; i < SEGMENTS; i++) segment(i, true);
  expect(usedBytes() - before).toBeLessThan(1 << 20);
  const pdu = Uint8Array.from({ length: SEGMENTS + 1 }, (_, i) => i);
  expect(segment(SEGMENTS, false)).toMatchObject([{ type: 'pdu', pdu }]);
});

test('of a push', () => {
  const assembler = new SegmentAssembler();
  const control = { kind: 'ui', poll: false } as const;
  const add = (segmented: boolean, ...bytes: number[]) =>
    assembler.hdlc({ ...link, control, segmented, information: Uint8Array.from(bytes) });
  const before = usedBytes();
  add(true, 0xe6, 0xe7, 0);
  for (let i = 0; i < SEGMENTS; i++) add(true, i);
  expect(usedBytes() - before).toBeLessThan(1 << 20);
  const apdu = Uint8Array.from({ length: SEGMENTS + 1 }, (_, i) => i);
  expect(add(false, SEGMENTS)).toMatchObject([{ frame: { apdu } }]);
});
