/** Simulated meters at a real server: what is stored is what they measured, value for value. */

import { systemAccess } from '@openami/model';
import {
  CoapFleet,
  chirpstackMessages,
  EdgeNode,
  LorawanFleet,
  planCoap,
  planLorawan,
  planRadio,
  planSparkplug,
  RadioFleet,
  radioNameOf,
  radioStrangerSerial,
  sparkplugTopics,
  thingsStackMessages,
  waterMeterCodec,
  wrongKeyStranger,
} from '@openami/sim';
import { bytesOfHex, hexOf } from '@openami/wire';
import { chirpstackFilter, decodeChirpstack, encodeChirpstackDownlink } from '@openami/wire/lorawan';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LorawanDeviceList } from '../../src/contract/lorawan.ts';
import type { HeardList, HeardRegistered } from '../../src/contract/radio.ts';
import { issueFleet } from '../../src/services/demo.ts';
import { addFirstKeys } from '../../src/services/first-keys.ts';
import { askerOf } from '../helpers/ask.ts';
import { patient } from '../helpers/poll.ts';
import { type AirWorld, settled, startAirWorld, storedOf, truthOf, world } from './air-world.ts';

let air: AirWorld;
const ask = askerOf(() => air.server);
const nowS = (): number => air.clock.nowMs() / 1_000;

beforeAll(async () => {
  air = await startAirWorld();
}, 90_000);
afterAll(() => air?.close());

/** Steps of the clock, each until all that came of it is stored. */
async function run(
  fleet: { step(): void; readonly stats: { readonly underWay: number } },
  seconds: number,
  stepS: number,
): Promise<void> {
  for (let passedS = 0; passedS < seconds; passedS += stepS) {
    air.clock.advanceMs(stepS * 1_000);
    fleet.step();
    await settled(fleet);
  }
}

describe('wireless M-Bus meters', () => {
  it('are heard by receivers, opened and stored; neighbours are heard, too', async () => {
    const { context } = air.server.running;
    const plan = planRadio(world, { everyS: 1_800 });
    const secrets = await issueFleet(
      context,
      plan.receivers.map(({ name }) => ({ username: name, reportsFor: [] })),
    );
    const idOf = (serial: string): number => context.directory.memory.meter(serial);
    const wrong = radioStrangerSerial(wrongKeyStranger);
    const specs = (bytes: Uint8Array) => [{ kind: 'wmbus', suite: 0, bytes }] as const;
    await addFirstKeys(context, [
      ...plan.meters.map(({ serial, key }) => ({ meterId: idOf(serial), specs: specs(key) })),
      { meterId: idOf(wrong), specs: specs(plan.meters[0]!.key) },
    ]);
    context.radio.forgetKeys();
    const fromS = nowS();
    const fleet = new RadioFleet({
      ...{ plan, books: air.books, clock: air.clock, url: air.server.mqttUrl, tickMs: 0 },
      password: (name) => secrets.get(name),
    });
    expect(await fleet.opened()).toBe(true);
    await run(fleet, 5 * 3_600, 1_800);
    await fleet.stop();
    const { telegrams, heard } = fleet.stats;
    // several receivers hear most of them
    expect(heard).toBeGreaterThan(1.3 * telegrams);
    let [stored, owed] = [0, 0];
    const securities = new Set<string>();
    for (const { meter, security } of plan.meters) {
      const truth = truthOf(air.books, meter, fromS, nowS());
      const found = await storedOf(air, meter);
      for (const [endS, counts] of found) {
        // the first telegrams say what the register showed at the hour before
        const shown = truth.get(endS) ?? air.books.counts(world.channels[meter.channels[0]!]!, endS);
        expect([meter.serial, endS, counts]).toEqual([meter.serial, endS, shown]);
        if (truth.has(endS)) securities.add(security);
      }
      stored += [...truth.keys()].filter((endS) => found.has(endS)).length;
      owed += truth.size;
    }
    expect([...securities].sort()).toEqual(['compact', 'mode-5', 'mode-7']);
    expect(stored / owed).toBeGreaterThan(0.93);
  }, 120_000);

  it('stand in the list of who is heard; one that is not registered is with its key, one has a wrong one', async () => {
    const { items } = (await ask<HeardList>('GET', '/api/v1/radio/heard?limit=200')).body;
    const stateOf = (serial: string) => items.find(({ name }) => name === radioNameOf(serial));
    const [stranger] = planRadio(world).strangers;
    expect(stateOf(stranger!.serial)).toMatchObject({ state: 'no-key', meterId: null });
    expect(stateOf(radioStrangerSerial(wrongKeyStranger))).toMatchObject({ state: 'wrong-key' });
    expect(items.filter(({ state }) => state === 'decrypted').length).toBeGreaterThan(20);
    const strengths = items.flatMap(({ paths }) => paths.map(({ rssiMean }) => rssiMean ?? 0));
    expect(Math.min(...strengths)).toBeGreaterThanOrEqual(-115);
    expect(Math.max(...strengths)).toBeLessThan(-50);
    const key = hexOf(stranger!.key);
    const path = `/api/v1/radio/heard/${stranger!.name}/register`;
    const registered = await ask<HeardRegistered>('POST', path, { key });
    expect(registered.status).toBe(200);
    expect(registered.body.moved).toBeGreaterThan(3);
    expect(bytesOfHex(key)).toHaveLength(16);
  });
});

describe('LoRaWAN meters', () => {
  const devices = planLorawan(world);
  const half = Math.ceil(devices.length / 2);
  const valve = devices[0]!;
  const application = '3e5a0c8a-4f63-4c0b-9a51-0f5f1d2a7b11';

  beforeAll(async () => {
    const { lorawan, registry } = air.server.running.context;
    await lorawan.codecs.upload(systemAccess, waterMeterCodec, true);
    for (const { devEui } of devices) {
      await registry.lorawan.assign(systemAccess, { devEui, codecId: waterMeterCodec.id, meter: '' });
    }
    await lorawan.codecs.refresh();
    await vi.waitFor(() => expect(lorawan.connected()).toBe(true), patient);
    // the subscription is granted after the connection
    await new Promise((done) => setTimeout(done, 300));
  });

  it('of ChirpStack tell hours and registers, also those of a gap, and take downlinks', async () => {
    const fromS = nowS();
    const fleet = new LorawanFleet({
      ...{ devices: devices.slice(0, half), books: air.books, clock: air.clock, tickMs: 0 },
      ...{ url: air.networkServerUrl, sinceS: fromS - 8 * 3_600 },
      messages: chirpstackMessages({ application }),
    });
    expect(await fleet.opened()).toBe(true);
    await run(fleet, 3 * 3_600, 3_600);
    const broker = await connectAsync(air.networkServerUrl);
    const news: unknown[] = [];
    broker.on('message', (_topic, payload) => {
      const event = decodeChirpstack(new Uint8Array(payload));
      if (event.type === 'downlink') news.push([event.news, event.ids, event.fCnt]);
    });
    await broker.subscribeAsync([chirpstackFilter()], { qos: 1 });
    const order = {
      devEui: valve.devEui,
      applicationId: application,
      id: 'valve-1',
      fPort: 10,
      confirmed: true,
    };
    const { topic, payload } = encodeChirpstackDownlink({ ...order, bytes: Uint8Array.of(0) });
    await broker.publishAsync(topic, payload, { qos: 1 });
    await expect
      .poll(async () => {
        await run(fleet, 3_600, 3_600);
        return [fleet.isClosed(valve.devEui), ...news];
      }, patient)
      .toEqual([true, ['sent', ['valve-1'], 0], ['acked', ['valve-1'], 0]]);
    await broker.endAsync();
    await run(fleet, 12 * 3_600, 3_600);
    await fleet.stop();
    const { joins, repeated, lost } = fleet.stats;
    expect(joins).toBeGreaterThan(half - 2);
    expect(repeated + lost).toBeGreaterThan(0);
    await compare(devices.slice(0, half), fromS - 6 * 3_600);
    const { items } = (await ask<LorawanDeviceList>('GET', '/api/v1/lorawan/devices')).body;
    expect(items).toHaveLength(joins);
    expect(items.every(({ state, meterId }) => state === 'read' && meterId !== null)).toBe(true);
  }, 120_000);

  it('of The Things Stack tell the same over webhooks', async () => {
    const fromS = nowS();
    const [device] = devices.slice(half);
    const messages = thingsStackMessages({ application: 'water@town' });
    const sent: [string, string][] = [];
    // the network server posts what it would publish
    const fleet = new LorawanFleet({
      ...{ devices: [device!], books: air.books, clock: air.clock, tickMs: 0, url: air.networkServerUrl },
      sinceS: fromS - 2 * 3_600,
      messages: {
        ...messages,
        up: (one, frame) => {
          const publication = messages.up(one, frame);
          sent.push([publication.topic, publication.payload]);
          return publication;
        },
      },
    });
    expect(await fleet.opened()).toBe(true);
    await run(fleet, 6 * 3_600, 3_600);
    await fleet.stop();
    expect(sent.length).toBeGreaterThan(3);
    for (const [topic, body] of sent) {
      expect(topic).toBe(`v3/water@town/devices/${device!.name}/up`);
      const headers = { 'content-type': 'application/json' };
      const answer = await air.server.fetch('/api/v1/lorawan/thethingsstack', {
        method: 'POST',
        headers,
        body,
      });
      expect(answer.status).toBe(200);
    }
    await compare([device!], fromS - 3_600);
  }, 120_000);

  /** What is stored is right, and once all that was published is taken, nearly nothing is missing. */
  async function compare(some: typeof devices, fromS: number): Promise<void> {
    const share = async (): Promise<number> => {
      let [stored, owed] = [0, 0];
      for (const { meter } of some) {
        for (const alias of ['volume', 'volume-register']) {
          const truth = truthOf(air.books, meter, fromS, nowS(), alias);
          const found = await storedOf(air, meter, alias);
          for (const [endS, counts] of found) {
            if (truth.has(endS))
              expect([meter.serial, endS, counts]).toEqual([meter.serial, endS, truth.get(endS)]);
          }
          stored += [...truth.keys()].filter((endS) => found.has(endS)).length;
          owed += truth.size;
        }
      }
      return stored / owed;
    };
    await expect.poll(share, patient).toBeGreaterThan(0.9);
  }
});

describe('CoAP meters', () => {
  it('register, are observed, post SenML, and tell what nobody confirmed again', async () => {
    const { coap } = air.server.running.context;
    const meters = planCoap(world);
    const posting = meters.filter(({ protocol }) => protocol === 'senml');
    const reportsFor = posting.map(({ meter }) => meter.serial);
    await issueFleet(air.server.running.context, [{ username: '127.0.0.1', reportsFor }]);
    const fromS = nowS();
    const fleet = new CoapFleet({
      ...{ meters, books: air.books, clock: air.clock, tickMs: 0, sinceS: fromS - 4 * 3_600 },
      target: { host: '127.0.0.1', port: Number(new URL(coap.url).port) },
    });
    const lwm2m = meters.length - posting.length;
    expect(lwm2m).toBeGreaterThan(0);
    expect(posting.length).toBeGreaterThan(0);
    expect(await fleet.register()).toBe(lwm2m);
    await expect.poll(() => fleet.stats.observed, patient).toBe(lwm2m);
    await run(fleet, 4 * 3_600, 3_600);
    await fleet.stop();
    expect(fleet.stats).toMatchObject({ refused: 0, unanswered: 0 });
    expect(fleet.stats.confirmed).toBeGreaterThan(meters.length);
    let complete = 0;
    for (const { meter } of meters) {
      const truth = truthOf(air.books, meter, fromS - 4 * 3_600, nowS());
      const found = await storedOf(air, meter);
      for (const [endS, counts] of found) {
        expect([meter.serial, endS, counts]).toEqual([meter.serial, endS, truth.get(endS)]);
      }
      if (found.size >= truth.size - 1) complete++;
    }
    expect(complete).toBeGreaterThanOrEqual(meters.length - 2);
  }, 120_000);
});

describe('an edge node of Sparkplug B', () => {
  it('tells births, data and what was missed', async () => {
    const [group, node] = ['Town', 'heat-plant'];
    const meters = planSparkplug(world);
    const topics = sparkplugTopics(group, node);
    const secrets = await issueFleet(air.server.running.context, [
      { username: node, reportsFor: meters.map(({ serial }) => serial), topics },
    ]);
    const fromS = nowS();
    const fleet = new EdgeNode({
      ...{ meters, group, node, books: air.books, clock: air.clock, tickMs: 0, sinceS: fromS - 5 * 3_600 },
      ...{ url: air.server.mqttUrl, username: node, password: secrets.get(node)! },
    });
    expect(await fleet.opened()).toBe(true);
    await expect.poll(() => fleet.stats.births, patient).toBe(1);
    await settled(fleet);
    await run(fleet, 4 * 3_600, 3_600);
    await fleet.stop();
    const { sparkplug } = air.server.running.context;
    expect(sparkplug.counters).toMatchObject({ faults: 0, refused: 0 });
    for (const meter of meters) {
      const truth = truthOf(air.books, meter, fromS - 5 * 3_600, nowS());
      expect(await storedOf(air, meter)).toEqual(truth);
    }
  }, 120_000);
});
