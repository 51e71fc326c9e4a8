import {
  decodeChirpstack,
  decodeThingsStack,
  encodeChirpstackDownlink,
  encodeThingsStackDownlink,
  frameTime,
  parseChirpstackTopic,
  parseThingsStackTopic,
} from '@openami/wire/lorawan';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildWorld,
  chirpstackMessages,
  planLorawan,
  thingsStackMessages,
  waterMeterCodec,
} from '../../src/index.ts';
import type { NetworkServerMessages } from '../../src/lorawan/network-server.ts';
import { encodeUplink } from '../../src/lorawan/payload.ts';

const world = buildWorld({ seed: 9, usagePoints: 300, historyDays: 1, protocols: 'own' });
const [device] = planLorawan(world);
const application = '3e5a0c8a-4f63-4c0b-9a51-0f5f1d2a7b11';
const servers: readonly (readonly [string, NetworkServerMessages])[] = [
  ['ChirpStack', chirpstackMessages({ application })],
  ['The Things Stack', thingsStackMessages({ application: 'water@town' })],
];
const decode = (name: string, payload: string) =>
  name === 'ChirpStack' ? decodeChirpstack(payload) : decodeThingsStack(payload);

const frameOf = fc.record({
  fCnt: fc.nat(2 ** 31),
  fPort: fc.integer({ min: 1, max: 223 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 102 }),
  confirmed: fc.boolean(),
  devAddr: fc.constant('01ab23cd'),
  atMs: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
  serial: fc.nat(1e9),
});

describe.each(servers)('messages of %s', (name, messages) => {
  it('say each frame as it was', () => {
    fc.assert(
      fc.property(frameOf, (frame) => {
        const { topic, payload } = messages.up(device!, frame);
        const event = decode(name, payload);
        if (event.type !== 'up') throw new Error(event.type);
        const { fCnt, fPort, bytes, confirmed } = event;
        expect({ fCnt, fPort, confirmed }).toEqual({
          ...{ fCnt: frame.fCnt, fPort: frame.fPort, confirmed: frame.confirmed },
        });
        expect([...bytes]).toEqual([...frame.bytes]);
        expect([event.device.devEui, event.device.name]).toEqual([device!.devEui, device!.name]);
        expect(event.rx.map(({ rssiDbm }) => rssiDbm)).toEqual(device!.heardBy.map(({ rssiDbm }) => rssiDbm));
        expect(frameTime(event, frame.atMs).ms).toBe(frame.atMs);
        const parsed = parseChirpstackTopic(topic) ?? parseThingsStackTopic(topic);
        expect(parsed).toBeDefined();
      }),
    );
  });

  it('give repeats another name, and sessions one', () => {
    const frame = {
      fCnt: 1,
      fPort: 2,
      bytes: Uint8Array.of(1),
      confirmed: true,
      devAddr: '01ab23cd',
      atMs: 1e12,
    };
    const events = [1, 2].map((serial) => decode(name, messages.up(device!, { ...frame, serial }).payload));
    expect(new Set(events.map(({ deduplicationId }) => deduplicationId)).size).toBe(2);
    const joined = decode(
      name,
      messages.join(device!, { devAddr: '01ab23cd', atMs: 1e12, serial: 3 }).payload,
    );
    if (joined.type !== 'join' || events[0]!.type !== 'up') throw new Error(joined.type);
    expect(joined.sessionId).toBe(events[0]!.sessionId);
  });

  it('take downlinks as the head-end orders them, and tell what becomes of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 51 }), fc.boolean(), (bytes, confirmed) => {
        const { devEui, name: deviceId } = device!;
        const order = { devEui, deviceId, id: 'd-1', fPort: 10, bytes, confirmed };
        const sent =
          name === 'ChirpStack'
            ? encodeChirpstackDownlink({ ...order, applicationId: application })
            : encodeThingsStackDownlink({ ...order, applicationId: 'water@town' });
        const command = messages.commandOf(sent.topic, new TextEncoder().encode(sent.payload));
        expect(command?.device(device!)).toBe(true);
        const [downlink] = command!.downlinks;
        expect({ ...downlink, bytes: [...downlink!.bytes] }).toEqual({
          ...{ id: 'd-1', fPort: 10, confirmed, bytes: [...bytes] },
        });
        for (const word of ['sent', 'acked'] as const) {
          const session = { devAddr: '01ab23cd', atMs: 1e12, serial: 1, fCnt: 7 };
          const event = decode(name, messages.news(device!, word, downlink!, session)!.payload);
          expect(event).toMatchObject({ type: 'downlink', news: word, fCnt: 7 });
          expect(event.type === 'downlink' && event.ids).toContain('d-1');
        }
      }),
      { numRuns: 30 },
    );
    expect(messages.commandOf('application/1/device/2/command/down', Uint8Array.of(1))).toBeUndefined();
    expect(messages.commandOf(messages.commandFilter, new TextEncoder().encode('null'))).toBeUndefined();
  });
});

interface Codec {
  decodeUplink(input: { bytes: number[] }): {
    data: { registers: (number | null)[]; hourly: (number | null)[] };
  };
}

describe('the codec of the water meter', () => {
  it('reads every payload: the registers are those of the hours, and add up', () => {
    const { decodeUplink } = new Function(`${waterMeterCodec.script}; return { decodeUplink };`)() as Codec;
    const hours = fc.array(fc.option(fc.nat(2_000), { nil: undefined }), { maxLength: 48 });
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000, max: 2 ** 31 }),
        hours,
        fc.boolean(),
        (litres, hourly, isClosed) => {
          const bytes = [...encodeUplink({ isClosed, batteryV: 3.6, litres, hourly })];
          const { data } = decodeUplink({ bytes });
          expect(data.hourly).toEqual(hourly.map((one) => one ?? null));
          const expected: (number | null)[] = [litres];
          for (const one of hourly) {
            const before = expected.at(-1);
            expected.push(one === undefined || before === null ? null : before! - one);
          }
          expect(data.registers).toEqual(expected);
          expect(data).toMatchObject({
            valve: isClosed ? 'closed' : 'open',
            lowBattery: false,
            batteryV: 3.6,
          });
        },
      ),
    );
  });
});
