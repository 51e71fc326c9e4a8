/** C12.18 packets, their stream and both ends of a line. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexOf } from '../../src/bytes.ts';
import {
  ACK,
  decodePacket,
  encodePacket,
  type LinkOutput,
  NAK,
  type Packet,
  PacketStream,
  PsemLink,
} from '../../src/c12/index.ts';
import { seeded } from '../dlms/link/made.ts';

const plain = { identity: 0, multiPacket: false, first: false, toggle: false, dataFormat: 0, sequence: 0 };

const packets: fc.Arbitrary<Omit<Packet, 'crc'>> = fc.record({
  identity: fc.nat(255),
  multiPacket: fc.boolean(),
  first: fc.boolean(),
  toggle: fc.boolean(),
  dataFormat: fc.nat(3),
  sequence: fc.nat(255),
  data: fc.uint8Array({ maxLength: 80 }),
});

test('the identification request of the standard', () => {
  const bytes = encodePacket({ ...plain, data: Uint8Array.of(0x20) });
  expect(hexOf(bytes)).toBe('ee0000000001201310');
  expect(decodePacket(bytes)).toMatchObject({ ...plain, data: Uint8Array.of(0x20), crc: 0x1013 });
});

test('a packet there and back; its stream in any chunking, among acknowledgements', () => {
  fc.assert(
    fc.property(fc.array(packets, { minLength: 1, maxLength: 5 }), fc.nat(1_000), (all, seed) => {
      const bytes = Uint8Array.from(all.flatMap((packet) => [ACK, ...encodePacket(packet), NAK]));
      const stream = new PacketStream();
      const pick = seeded(seed);
      const found: unknown[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + pick(20);
        for (const { frame, error } of stream.push(bytes.subarray(at, at + size))) {
          expect(error).toBeUndefined();
          if (frame?.kind !== 'packet') found.push(frame?.kind);
          else {
            const { crc: _, ...packet } = frame.packet;
            found.push({ ...packet, data: frame.packet.data.slice() });
          }
        }
        at += size;
      }
      expect(found).toEqual(all.flatMap((packet) => ['ack', packet, 'nak']));
      expect(stream.pending).toBe(0);
    }),
  );
});

test('a packet that is damaged in one byte is never taken for another', () => {
  fc.assert(
    fc.property(packets, fc.nat(), fc.integer({ min: 1, max: 255 }), (packet, place, change) => {
      const bytes = encodePacket(packet);
      bytes[place % bytes.length]! ^= change;
      const stream = new PacketStream();
      const items = [...stream.push(bytes), ...stream.flush()];
      expect(items.filter(({ frame }) => frame?.kind === 'packet')).toEqual([]);
    }),
  );
});

test('an acknowledgement within a damaged packet is not one', () => {
  const bytes = encodePacket({ ...plain, data: Uint8Array.of(ACK, ACK, ACK) });
  bytes[7] = 0;
  const items = new PacketStream().push(bytes);
  expect(items.map(({ frame }) => frame?.kind)).toEqual(['damaged']);
});

/** Bytes written, and what else happened. */
function told(outputs: readonly LinkOutput[]): string[] {
  return outputs.map((output) =>
    output.kind === 'write' || output.kind === 'message'
      ? `${output.kind} ${hexOf(output.bytes)}`
      : output.kind === 'sent'
        ? 'sent'
        : `${output.kind} ${output.error.code}`,
  );
}

describe('a line', () => {
  const ack = Uint8Array.of(ACK);
  const nak = Uint8Array.of(NAK);

  test('a packet is sent again on NAK and when time runs out, four times in all', () => {
    const link = new PsemLink();
    const [first] = link.send(Uint8Array.of(0x20));
    expect(link.timer).toBe('responseMs');
    expect(link.receive(nak)).toEqual([first]);
    expect(link.timeout()).toEqual([first]);
    expect(link.timeout()).toEqual([first]);
    expect(told(link.timeout())).toEqual(['failed C12_NO_ANSWER']);
    expect(link.isSending).toBe(false);
  });

  test('a repeat is acknowledged and not taken twice; the next of the same content is', () => {
    const packet = (toggle: boolean) => encodePacket({ ...plain, toggle, data: Uint8Array.of(0) });
    const link = new PsemLink();
    expect(told(link.receive(packet(true)))).toEqual(['write 06', 'message 00']);
    expect(told(link.receive(packet(true)))).toEqual(['write 06']);
    expect(told(link.receive(packet(false)))).toEqual(['write 06', 'message 00']);
  });

  test('damage and half a packet are answered with NAK, noise between packets is not', () => {
    const bytes = encodePacket({ ...plain, data: Uint8Array.of(0) });
    const damaged = bytes.slice();
    damaged[6] = 1;
    const link = new PsemLink();
    for (const _ of [1, 2]) expect(told(link.receive(damaged))).toEqual(['noise C12_BAD_CHECK', 'write 15']);
    expect(told(link.receive(Uint8Array.of(0xff, 0xff)))).toEqual(['noise C12_BAD_FRAME']);
    link.receive(bytes.subarray(0, 5));
    expect(link.timer).toBe('interCharacterMs');
    expect(told(link.timeout())).toEqual(['noise C12_TRUNCATED', 'write 15']);
    expect(told(link.receive(bytes))).toEqual(['write 06', 'message 00']);
    expect(link.timer).toBe('trafficMs');
    expect(told(link.timeout())).toEqual(['failed C12_NO_ANSWER']);
  });

  test('an answer says that the request came, also where its ACK was lost', () => {
    const link = new PsemLink();
    link.send(Uint8Array.of(0x20));
    const answer = encodePacket({ ...plain, toggle: true, data: Uint8Array.of(0) });
    expect(told(link.receive(answer))).toEqual(['sent', 'write 06', 'message 00']);
  });

  test('a message in packets, there and back, whatever they lose', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 2_000 }),
        fc.integer({ min: 16, max: 200 }),
        fc.nat(999),
        (message, size, seed) => {
          const pick = seeded(seed);
          const from = new PsemLink({ packetBytes: size, packets: 255 });
          const to = new PsemLink();
          const messages: Uint8Array[] = [];
          let wire = from.send(message);
          for (let turn = 0; from.isSending && turn < 5_000; turn++) {
            const back: Uint8Array[] = [];
            for (const output of wire) {
              if (output.kind !== 'write' || pick(10) === 0) continue;
              for (const answer of to.receive(output.bytes)) {
                if (answer.kind === 'message') messages.push(answer.bytes);
                if (answer.kind === 'write' && pick(10) > 0) back.push(answer.bytes);
              }
            }
            wire = back.length === 0 ? from.timeout() : back.flatMap((bytes) => from.receive(bytes));
          }
          // one in ten thousand is given up after four losses in a row
          if (wire.some(({ kind }) => kind === 'failed')) return;
          expect(messages.map(hexOf)).toEqual([hexOf(message)]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('what does not fit the packets agreed on is refused, and so is a second message', () => {
    const link = new PsemLink({ packetBytes: 64, packets: 2 });
    expect(link.capacity).toBe(112);
    expect(() => link.send(new Uint8Array(113))).toThrow('113 bytes');
    link.send(new Uint8Array(112));
    expect(() => link.send(new Uint8Array(1))).toThrow('under way');
    expect(told(link.receive(ack)).map((text) => text.slice(0, 15))).toEqual(['write ee0080000']);
  });
});
