/** The figures of the overview page; what is dear to ask is asked every few seconds. */
import { type Clock, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import type { Overview } from '../contract/overview.ts';
import type { LastHeard } from './last-heard.ts';
import type { LiveStream } from './live-stream.ts';
import { memo } from './memo.ts';
import type { ReadSuccessService } from './read-success.ts';
import { summariseRejections } from './rejections.ts';

export interface OverviewOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly clockSpeed: number;
  readonly simulated: boolean;
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly heard: LastHeard;
  readonly live: LiveStream;
  readonly success: ReadSuccessService;
}

const dayMs = 86_400_000;

export class OverviewService {
  readonly #options: OverviewOptions;
  readonly #meters: () => ReturnType<RegistryStore['meters']['counts']>;
  readonly #usagePoints: () => Promise<number>;
  readonly #rejections: () => Promise<number>;
  readonly #unregistered: () => Promise<number>;

  constructor(options: OverviewOptions) {
    this.#options = options;
    const { registry, store, clock } = options;
    this.#meters = memo(1_000, () => registry.meters.counts(systemAccess));
    this.#usagePoints = memo(
      5_000,
      async () => (await registry.usagePoints.list(systemAccess, { limit: 1 })).total,
    );
    this.#rejections = memo(5_000, async () => {
      const summary = await summariseRejections(store, systemAccess, clock.nowMs() - dayMs);
      return summary.reduce((sum, one) => sum + one.count, 0);
    });
    this.#unregistered = memo(5_000, () => store.evidence.unregisteredDevices(systemAccess));
  }

  /** All figures now. */
  async read(): Promise<Overview> {
    const { config, clock, clockSpeed, simulated, store, heard, live, success } = this.#options;
    const [meters, usagePoints, rejections24h, unregisteredDevices, readingsStored, yesterday] =
      await Promise.all([
        this.#meters(),
        this.#usagePoints(),
        this.#rejections(),
        this.#unregistered(),
        live.readingsStored(),
        success.days(1),
      ]);
    const { readingsPerSecond, queuedRows, repeats, corrections } = store.writer.stats();
    const { expected, present, byDeadline } = yesterday.days[0]!;
    const share = (part: number) => (expected === 0 ? null : Math.min(1, part / expected));
    return {
      metersRegistered: meters.total,
      usagePoints,
      readingsStored,
      readingsPerSecond,
      readSuccess: share(present),
      readSuccessByDeadline: share(byDeadline),
      metersByState: { ...meters.byState },
      metersByCommodity: { ...meters.byCommodity },
      clock: {
        now: new Date(clock.nowMs()).toISOString(),
        speed: clockSpeed,
        zone: config.zone,
        simulated,
      },
      rejections24h,
      unregisteredDevices,
      writer: { queuedRows, repeats, corrections },
      lastReadingAt: heard.newest === 0 ? null : new Date(heard.newest * 1000).toISOString(),
    };
  }
}
