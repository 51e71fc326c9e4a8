/** A server that knows a simulated town whose gas, water and heat meters speak protocols of their own. */
import { startBareBroker } from '@openami/headend';
import { ManualClock, systemAccess } from '@openami/model';
import { buildWorld, type DayBooks, openDayBooks, type SimMeter, worldRows } from '@openami/sim';
import { demoStores } from '../../src/services/demo.ts';
import { freePort } from '../helpers/free-port.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

export const world = buildWorld({
  ...{ seed: 11, usagePoints: 200, historyDays: 3, start: '2026-03-26', protocols: 'own' },
});
/** Half an hour into the day on which summer time begins. */
export const startS = world.days.start(world.endDay) + 1_860;
const nothing = { load: async () => undefined, save: async () => {} };

export interface AirWorld {
  readonly server: TestServer;
  readonly clock: ManualClock;
  readonly books: DayBooks;
  /** Broker of the network server. */
  readonly networkServerUrl: string;
  close(): Promise<void>;
}

export async function startAirWorld(): Promise<AirWorld> {
  const clock = new ManualClock(startS * 1_000);
  const broker = await startBareBroker();
  const env = { OPENAMI_COAP_PORT: String(await freePort()), OPENAMI_LORAWAN_MQTT_URL: broker.url };
  const server = await startServer({ meters: 0, clock, env });
  const { context } = server.running;
  await demoStores(context, nothing).registerWorld(worldRows(world));
  return {
    ...{ server, clock, networkServerUrl: broker.url },
    books: await openDayBooks(world, startS - 86_400),
    async close() {
      await server.close();
      await broker.close();
    },
  };
}

/** What is stored of a channel of a meter, by its alias: interval end in epoch seconds, counts. */
export async function storedOf(
  { server }: AirWorld,
  { serial, channels }: SimMeter,
  alias = world.channels[channels.at(-1)!]!.kind.alias,
): Promise<Map<number, number>> {
  const { directory, store } = server.running.context;
  const index = channels.find((one) => world.channels[one]!.kind.alias === alias)!;
  const { intervalS, obis } = world.channels[index]!.kind;
  const { id, resolution } = directory.memory.find(serial, obis, intervalS)!.channel;
  const found = await store.readings.profile(systemAccess, id, { fromS: 0, toS: 4_000_000_000 });
  return new Map(
    Array.from({ length: found.length }, (_, row) => [
      found.end[row]!,
      (found.value[row]! * found.resolution[row]!) / resolution,
    ]),
  );
}

/** What it truly measured, of the hours in (fromS, untilS]. */
export function truthOf(
  books: DayBooks,
  { channels }: SimMeter,
  fromS: number,
  untilS: number,
  alias = world.channels[channels.at(-1)!]!.kind.alias,
): Map<number, number> {
  const channel = world.channels[channels.find((index) => world.channels[index]!.kind.alias === alias)!]!;
  return new Map(books.hours(channel, fromS, untilS).map(({ endS, counts }) => [endS, counts]));
}

/** Lets nothing be under way any more. */
export async function settled(fleet: { readonly stats: { readonly underWay: number } }): Promise<void> {
  const untilMs = Date.now() + 20_000;
  do {
    if (Date.now() > untilMs) throw new Error(`not settled: ${JSON.stringify(fleet.stats)}`);
    await new Promise((done) => setTimeout(done, 5));
  } while (fleet.stats.underWay > 0);
}
