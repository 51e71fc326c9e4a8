/** The demo's gas, water and heat meters that speak protocols of their own, over real sockets. */
import { createSocket } from 'node:dgram';
import { systemAccess } from '@openami/model';
import {
  CoapFleet,
  chirpstackMessages,
  type DayBooks,
  EdgeNode,
  LorawanFleet,
  planCoap,
  planLorawan,
  planRadio,
  planSparkplug,
  RadioFleet,
  type RadioMeter,
  type RadioPlan,
  radioStrangerSerial,
  sparkplugTopics,
  waterMeterCodec,
  wrongKeyStranger,
} from '@openami/sim';
import type { AppContext } from '../context.ts';
import { issueFleet } from './demo.ts';
import { addFirstKeys } from './first-keys.ts';

export interface DemoAirOptions {
  readonly books: DayBooks;
  /** The hours since then are told first, epoch seconds. */
  readonly sinceS: number;
  /** Broker the receivers and the edge node connect to; undefined: there is none of ours. */
  readonly mqttUrl: string | undefined;
  /** Broker of the simulated network server; undefined: the server is connected to another. */
  readonly networkServerUrl: string | undefined;
}

export interface DemoAir {
  /** Meters that are heard and not registered. */
  readonly strangers: readonly RadioMeter[];
  stop(): Promise<void>;
}

const application = '3e5a0c8a-4f63-4c0b-9a51-0f5f1d2a7b11';
const edge = { group: 'Town', node: 'heat-plant' } as const;
const loopback = '127.0.0.1';
const usualCoapPort = 5683;

/** Registers what they need and starts them. Raises SIM_CREDENTIALS. */
export async function startDemoAir(context: AppContext, options: DemoAirOptions): Promise<DemoAir> {
  const { books, sinceS, mqttUrl: url, networkServerUrl } = options;
  const { clock, coap, radio } = context;
  const { world } = books;
  const plan = planRadio(world);
  const coapMeters = planCoap(world);
  const posting = coapMeters.filter(({ protocol }) => protocol === 'senml');
  await addRadioKeys(context, plan);
  radio.forgetKeys();
  const secrets = await issueFleet(context, [
    ...plan.receivers.map(({ name }) => ({ username: name, reportsFor: [] })),
    { username: edge.node, reportsFor: ['OA1*'], topics: sparkplugTopics(edge.group, edge.node) },
    // who posts SenML is known by its address
    { username: loopback, reportsFor: posting.map(({ meter }) => meter.serial) },
  ]);
  const parts: { stop(): Promise<void> }[] = [];
  if (url !== undefined) {
    const password = (name: string) => secrets.get(name);
    parts.push(new RadioFleet({ plan, books, clock, url, password }));
    const login = { url, username: edge.node, password: secrets.get(edge.node) ?? '' };
    parts.push(new EdgeNode({ ...edge, ...login, meters: planSparkplug(world), books, clock, sinceS }));
  }
  if (networkServerUrl !== undefined) {
    const devices = planLorawan(world);
    await giveCodec(
      context,
      devices.map(({ devEui }) => devEui),
    );
    const messages = chirpstackMessages({ application });
    parts.push(new LorawanFleet({ devices, messages, books, clock, url: networkServerUrl, sinceS }));
  }
  if (coap.url !== '') {
    const target = { host: loopback, port: Number(new URL(coap.url).port) };
    parts.push(new CoapFleet({ meters: coapMeters, books, clock, target, sinceS }));
  }
  return {
    strangers: plan.strangers.filter(({ serial }) => serial !== radioStrangerSerial(wrongKeyStranger)),
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

/** Keys of the meters that have none; one has that of another meter. */
async function addRadioKeys(context: AppContext, { meters, strangers }: RadioPlan): Promise<void> {
  const wrong = radioStrangerSerial(wrongKeyStranger);
  const [first] = meters;
  const all = [
    ...meters.map(({ serial, key }) => ({ serial, key })),
    ...strangers.filter(({ serial }) => serial === wrong).map(({ serial }) => ({ serial, key: first!.key })),
  ];
  await addFirstKeys(
    context,
    all.flatMap(({ serial, key }) => {
      const meterId = context.directory.memory.meter(serial);
      return meterId === 0 ? [] : [{ meterId, specs: [{ kind: 'wmbus', suite: 0, bytes: key }] }];
    }),
  );
}

/** Uploads the codec and gives it to the devices that have none. */
async function giveCodec({ lorawan, registry }: AppContext, devEuis: readonly string[]): Promise<void> {
  const { codecs } = lorawan;
  const { id } = waterMeterCodec;
  if (!codecs.has(id)) await codecs.upload(systemAccess, waterMeterCodec, true);
  for (const devEui of devEuis) {
    if (codecs.assignment(devEui) !== undefined) continue;
    await registry.lorawan.assign(systemAccess, { devEui, codecId: id, meter: '' });
  }
  await codecs.refresh();
}

/** The usual port of CoAP, or another that is free, on the loopback interface. */
export async function freeCoapPort(): Promise<number> {
  return (await freePort(usualCoapPort)) ?? (await freePort(0)) ?? 0;
}

function freePort(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const socket = createSocket('udp4');
    socket.once('error', () => done(undefined));
    socket.bind(port, loopback, () => {
      const { port: free } = socket.address();
      socket.close(() => done(free));
    });
  });
}
