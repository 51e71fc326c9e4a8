/** A server with a small fleet of simulated DLMS meters on real sockets, registered with endpoints and keys. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, type MeterEndpoint, Quality, systemAccess } from '@openami/model';
import {
  buildWorld,
  DlmsFleet,
  type DlmsFleetOptions,
  type DlmsMeterPlan,
  loadProfile,
  planDlmsFleet,
  WorldMeasurements,
  worldRows,
} from '@openami/sim';
import { demoStores } from '../../src/services/demo.ts';
import { registerDlms } from '../../src/services/register-dlms.ts';
import { type StartOptions, startServer, type TestServer } from '../helpers/start-server.ts';

export const world = buildWorld({ seed: 7, usagePoints: 40, historyDays: 3, start: '2026-03-27' });
/** Noon of the day after history; 29 March was a day of 23 hours. */
export const nowS = world.days.start(world.endDay) + 43_200;

/** Some meters of the world are dead, and never say a word. */
export function alive(plans: readonly DlmsMeterPlan[]): DlmsMeterPlan[] {
  return plans.filter(({ worldMeter }) => world.meters[worldMeter]!.faults.deadFromS > nowS + 7 * 86_400);
}

/** The first so many meters of the world that live. */
export function plansOf(meters: number): DlmsMeterPlan[] {
  return alive(planDlmsFleet(world)).slice(0, meters);
}

/** As the plan that is made at first use, but it owes what is in the past, too. */
export const pastPlan = {
  code: 'dlms',
  from: '2026-03-01T00:00:00Z',
  meters: { protocol: ['dlms'] },
  read: [
    { kind: 'profile', obis: '1-0:99.1.0*255', period: 900 },
    { kind: 'profile', obis: '1-0:99.2.0*255', period: 'day' },
    { kind: 'events', obis: ['0-0:99.98.0*255'], period: 'day' },
  ],
  every: { each: 'interval', delayS: 60, spreadS: 300 },
  due: {
    after: 'day',
    levels: [
      { share: 0.95, withinS: 28_800 },
      { share: 0.99, withinS: 86_400 },
    ],
  },
};

export interface FieldOptions extends Partial<DlmsFleetOptions> {
  readonly plans?: (plans: DlmsMeterPlan[]) => DlmsMeterPlan[];
  readonly env?: Readonly<Record<string, string>>;
  /** Reading plans that are there before the first meter; default: the one that is made at first use. */
  readonly readingPlans?: readonly { readonly code: string }[];
  readonly server?: Pick<StartOptions, 'linkLimits' | 'collectLimits'>;
  /** What is registered of a meter beside how the fleet says it is reached, by its place. */
  readonly endpoints?: (place: number) => Partial<MeterEndpoint>;
}

export class Field {
  readonly clock = new ManualClock(nowS * 1000);
  readonly fleet: DlmsFleet;
  /** How often a row was asked for, by serial and end. */
  readonly asked = new Map<string, number>();
  server!: TestServer;
  dataDir = '';
  readonly #options: FieldOptions;

  constructor(meters: number, { plans = (all) => all, ...options }: FieldOptions = {}) {
    this.#options = options;
    this.fleet = new DlmsFleet({
      meters: plans(plansOf(meters)),
      measurements: new WorldMeasurements(world),
      ...{ clock: this.clock, seed: world.seed },
      ...options,
    });
    for (const meter of this.fleet.meters) this.#watch(meter);
  }

  async open(): Promise<void> {
    this.dataDir = await mkdtemp(join(tmpdir(), 'openami-collection-'));
    await this.fleet.start();
    await this.start();
    const { context } = this.server.running;
    const { registry } = context;
    const memory = { load: async () => undefined, save: async () => undefined };
    await demoStores(context, memory).registerWorld(worldRows(world));
    for (const plan of this.#options.readingPlans ?? []) {
      await registry.readingPlans.put(systemAccess, plan.code, plan);
    }
    await registerDlms(context, this.fleet.endpoints);
    const { endpoints } = this.#options;
    for (const [place, { identity }] of this.fleet.meters.entries()) {
      if (endpoints === undefined) break;
      const meterId = this.idOf(identity.serial);
      const { version: _, ...endpoint } = (await registry.endpoints.get(systemAccess, meterId))!;
      await registry.endpoints.put(systemAccess, meterId, { ...endpoint, ...endpoints(place) });
    }
  }

  async start(): Promise<void> {
    this.server = await startServer({
      ...{ meters: 0, clock: this.clock, dataDir: this.dataDir },
      ...(this.#options.env ? { env: this.#options.env } : {}),
      linkLimits: { quietMs: 3_000, answerMs: 10_000 },
      ...this.#options.server,
    });
  }

  async close(): Promise<void> {
    await this.server?.close();
    await this.fleet.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  get context() {
    return this.server.running.context;
  }

  idOf(serial: string): number {
    return this.context.directory.memory.meter(serial);
  }

  /** Plans, and lets sessions run until nothing starts any more before the clock goes on. */
  async settle(): Promise<void> {
    const { collection } = this.context;
    const { scheduler } = collection;
    await collection.plan();
    while (scheduler.counts.running > 0 || scheduler.wakeMs(this.clock.nowMs()) <= this.clock.nowMs()) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Quarter hours of energy that are stored and not `missing`, and those the meter has. */
  async rows(serial: string): Promise<{ stored: number; had: number }> {
    const { directory, store } = this.context;
    const channel = directory.memory.find(serial, '1-0:1.29.0*255', 900)!.channel.id;
    const span = { fromS: nowS - 20 * 86_400, toS: this.clock.nowMs() / 1000 };
    const found = await store.readings.profile(systemAccess, channel, span);
    const { worldMeter: meter } = this.fleet.meter(serial)!.identity;
    const columns = ['1.0.1.29.0.255'];
    const had = new WorldMeasurements(world).series({ meter, columns, periodS: 900, ...span })!.count();
    return { stored: [...found.quality].filter((quality) => quality !== Quality.missing).length, had };
  }

  /** Quarter hours of energy that are stored with another value than the meter measured. */
  async differences(serial: string): Promise<{ end: number; stored: number; measured: number }[]> {
    const { directory, store } = this.context;
    const { channel } = directory.memory.find(serial, '1-0:1.29.0*255', 900)!;
    const span = { fromS: nowS - 20 * 86_400, toS: this.clock.nowMs() / 1000 };
    const found = await store.readings.profile(systemAccess, channel.id, span);
    const { worldMeter: meter } = this.fleet.meter(serial)!.identity;
    const columns = ['1.0.1.29.0.255'];
    const had = new WorldMeasurements(world).series({ meter, columns, periodS: 900, ...span })!;
    const measured = new Map(Array.from({ length: had.count() }, (_, i) => [had.timeS(i), had.value(i, 0)]));
    return Array.from({ length: found.length }, (_, i) => i)
      .filter((i) => found.quality[i] !== Quality.missing)
      .map((i) => ({
        end: found.end[i]!,
        // thousandths of a Wh
        stored: (found.value[i]! * found.resolution[i]!) / 1000,
        measured: measured.get(found.end[i]!) ?? Number.NaN,
      }))
      .filter(({ stored, measured: wanted }) => stored !== wanted);
  }

  #watch(meter: DlmsFleet['meters'][number]): void {
    const series = meter.series.bind(meter);
    meter.series = (instance) => {
      const source = series(instance);
      if (source === undefined || instance !== loadProfile) return source;
      const value = (row: number, column: number): number => {
        const name = `${meter.identity.serial} ${source.timeS(row)}`;
        if (column === 2) this.asked.set(name, (this.asked.get(name) ?? 0) + 1);
        return source.value(row, column);
      };
      return { ...source, value };
    };
  }
}
