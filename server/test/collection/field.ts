/** A server with a small fleet of simulated DLMS meters on real sockets, registered with endpoints and keys. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, Quality, systemAccess } from '@openami/model';
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
import { startServer, type TestServer } from '../helpers/start-server.ts';

export const world = buildWorld({ seed: 7, usagePoints: 40, historyDays: 3, start: '2026-03-27' });
/** Noon of the day after history; 29 March was a day of 23 hours. */
export const nowS = world.days.start(world.endDay) + 43_200;

/** Some meters of the world are dead, and never say a word. */
function alive(plans: readonly DlmsMeterPlan[]): DlmsMeterPlan[] {
  return plans.filter(({ worldMeter }) => world.meters[worldMeter]!.faults.deadFromS > nowS + 7 * 86_400);
}

export class Field {
  readonly clock = new ManualClock(nowS * 1000);
  readonly fleet: DlmsFleet;
  /** How often a row was asked for, by serial and end. */
  readonly asked = new Map<string, number>();
  server!: TestServer;
  #dataDir = '';
  readonly #env: Readonly<Record<string, string>>;

  constructor(
    meters: number,
    {
      plans = (all) => all,
      env = {},
      ...options
    }: Partial<DlmsFleetOptions> & {
      readonly plans?: (plans: DlmsMeterPlan[]) => DlmsMeterPlan[];
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ) {
    this.#env = env;
    this.fleet = new DlmsFleet({
      meters: plans(alive(planDlmsFleet(world)).slice(0, meters)),
      measurements: new WorldMeasurements(world),
      ...{ clock: this.clock, seed: world.seed },
      ...options,
    });
    for (const meter of this.fleet.meters) this.#watch(meter);
  }

  async open(): Promise<void> {
    this.#dataDir = await mkdtemp(join(tmpdir(), 'openami-collection-'));
    await this.fleet.start();
    await this.start();
    const { context } = this.server.running;
    const memory = { load: async () => undefined, save: async () => undefined };
    await demoStores(context, memory).registerWorld(worldRows(world));
    await registerDlms(context, this.fleet.endpoints);
  }

  async start(): Promise<void> {
    this.server = await startServer({
      ...{ meters: 0, clock: this.clock, dataDir: this.#dataDir, env: this.#env },
      linkLimits: { quietMs: 3_000, answerMs: 10_000 },
    });
  }

  async close(): Promise<void> {
    await this.server?.close();
    await this.fleet.stop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  get context() {
    return this.server.running.context;
  }

  idOf(serial: string): number {
    return this.context.directory.memory.meter(serial);
  }

  /** Plans, and lets sessions run until nothing waits for its turn. */
  async settle(): Promise<void> {
    const { collection } = this.context;
    await collection.plan();
    while (collection.scheduler.counts.queued > collection.scheduler.counts.waiting) {
      await new Promise((resolve) => setTimeout(resolve, 50));
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
