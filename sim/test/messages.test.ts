import { decodePushMessage, encodePush } from '@openami/wire';
import { describe, expect, it } from 'vitest';
import {
  buildWorld,
  DeliveryRates,
  EventCodes,
  endOf,
  eventsOn,
  Metering,
  outagesOn,
  sampleMessages,
} from '../src/index.ts';
import { malformedOf } from '../src/messages.ts';

const world = buildWorld({ seed: 21, usagePoints: 100 });

describe('sampleMessages', () => {
  it('decodes to the readings of the first intervals', () => {
    const book = new Metering(world).nextDay();
    const bySerial = new Map(world.meters.map((meter) => [meter.serial, meter]));
    let compared = 0;
    for (const { serial, body, topic } of sampleMessages(world, 8)) {
      expect(topic).toBe(`openami/v1/${serial}/readings`);
      for (const format of ['json', 'cbor'] as const) {
        const message = decodePushMessage(format, encodePush(format, body));
        expect(message).toMatchObject({ device: serial, rejectCount: 0 });
        const imports = message.series.find((series) => series.intervalS === 900 && series.unit === 'kWh');
        const meter = bySerial.get(serial)!;
        if (imports === undefined || meter.commodity !== 'electricity') continue;
        const channel = world.channels[meter.channels[0]!]!;
        for (let i = 0; i < imports.length; i++) {
          const index = (imports.end[i]! - endOf(book.town, channel.kind, 0)) / 900;
          expect(Math.round(imports.value[i]! * 1000)).toBe(book.counts[book.first[channel.index]! + index]);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(8 * 2 * 60 * (1 - 4 * DeliveryRates.recovered));
  });

  it('gives the same messages again', () => {
    expect(JSON.stringify([...sampleMessages(world, 2)])).toBe(JSON.stringify([...sampleMessages(world, 2)]));
  });
});

describe('malformedOf', () => {
  it('breaks rarely, in each of its ways, and always so that it is refused', () => {
    const [sample] = sampleMessages(world, 1);
    const meter = world.meters[0]!;
    let broken = 0;
    const kinds = new Set<string>();
    const tries = 100_000;
    for (let i = 0; i < tries; i++) {
      const payload = malformedOf(world, meter, i * 900, sample!.body);
      if (payload === undefined) continue;
      broken++;
      kinds.add(String(payload.subarray(0, 60)));
      let faults = 0;
      try {
        const message = decodePushMessage('json', payload);
        faults += message.rejectCount + message.series.filter((series) => series.unit === 'V').length;
      } catch (error) {
        expect(error).toMatchObject({ name: 'OpenAmiError' });
        faults++;
      }
      expect(faults).toBeGreaterThan(0);
    }
    expect(broken / tries).toBeGreaterThan(1 / 6000);
    expect(broken / tries).toBeLessThan(1 / 2500);
    expect(kinds.size).toBe(4);
  });
});

describe('eventsOn', () => {
  it('reports an outage by some last gasps and every restoration, in order', () => {
    let failed = 0;
    let restored = 0;
    for (let day = world.firstDay; day < world.endDay; day++) {
      const events = eventsOn(world, day);
      for (let i = 1; i < events.length; i++)
        expect(events[i]!.atS).toBeGreaterThanOrEqual(events[i - 1]!.atS);
      const outage = outagesOn(world, day)[0];
      for (const { code, atS, meter } of events) {
        if (code !== EventCodes.powerFailed && code !== EventCodes.powerRestored) continue;
        expect(world.homes[meter.usagePoint]!.transformer).toBe(outage!.transformer);
        expect(atS).toBe(code === EventCodes.powerFailed ? outage!.fromS : outage!.untilS);
        if (code === EventCodes.powerFailed) failed++;
        else restored++;
      }
    }
    expect(restored).toBeGreaterThan(50);
    expect(failed / restored).toBeGreaterThan(0.25);
    expect(failed / restored).toBeLessThan(0.55);
  });
});
