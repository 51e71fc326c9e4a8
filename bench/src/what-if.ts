/**
 * A tariff impact: what accounts would pay on another tariff over twelve months of quarter hours, against
 * what they pay now, from stored readings to stored results. The ceiling is the bare engine that adds up the
 * same intervals by account and month once; two tariffs cannot be rated from less.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReadingStore, openRegistryStore, type ReadingStore, type RegistryStore } from '@openami/store';
import { type BillingRuns, fillReadings, fillRegistry, startS, tariff } from './billing.ts';
import { CpuMeter } from './cpu.ts';
import { peakRssMb } from './rss.ts';
import { type BenchOptions, type BenchResult, progressOf, silentLog, systemTime } from './types.ts';

/** What impacts are made with: the server's own, handed in. */
export interface WhatIfRuns extends Pick<BillingRuns, 'prepare'> {
  /** Works out one over twelve months from 2026 on; gives the agreements that were rated. */
  run(
    stores: { readonly registry: RegistryStore; readonly store: ReadingStore },
    document: unknown,
  ): Promise<number>;
}

/** A year of quarter hours. */
const intervals = 365 * 96;
const months = 12;
const usualAccounts = 500;
/** What the aim is about. */
const aimAccounts = 100_000;
const aimSeconds = 300;

/** Other hours, other prices, and no tiers. */
const other = {
  ...{ id: 'other', commodity: 'electricity', currency: 'EUR', zone: 'UTC' },
  versions: [
    {
      calendar: {
        schedules: [
          {
            id: 'evening',
            rows: [
              {
                days: ['weekday', 'weekend'],
                hours: [
                  { from: '17:00', to: '20:00', period: 'peak' },
                  { from: '20:00', to: '17:00', period: 'rest' },
                ],
              },
            ],
          },
        ],
      },
      charges: [
        { id: 'base', kind: 'fixed', price: '14.90', per: 'month' },
        { id: 'energy', kind: 'energy', schedule: 'evening', prices: { peak: '0.42', rest: '0.21' } },
        { id: 'demand', kind: 'demand', windowMinutes: 15, price: '2.10' },
        { id: 'vat', kind: 'tax', percent: 19 },
      ],
    },
  ],
};

/** Account-months a second of the bare engine. */
async function bareScan(store: ReadingStore, accounts: number): Promise<number> {
  const began = performance.now();
  await store.client.select(
    `SELECT channel, toStartOfMonth(end - 1) AS month, sum(value) AS total, max(value) AS largest
     FROM openami.reading FINAL WHERE end > ${startS} AND end <= ${startS + intervals * 900}
     GROUP BY channel, month`,
  );
  return (accounts * months * 1_000) / (performance.now() - began);
}

/**
 * Figures: accountMonthsPerSecond (each on both tariffs), secondsFor100kAccounts (in proportion to accounts:
 * work is done in pages of the same size), cpuMsPerAccountMonth by process, and the ratio to the bare engine.
 */
export async function benchWhatIf(runs: WhatIfRuns, options: BenchOptions = {}): Promise<BenchResult> {
  const progress = progressOf(options);
  const accounts = Math.max(1, Math.round((options.rows ?? usualAccounts * intervals) / intervals));
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const clock = systemTime;
  const store = await openReadingStore({ dataDir: join(dataDir, 'readings'), clock, log: silentLog });
  const registry = await openRegistryStore({ dataDir, clock, log: silentLog });
  try {
    await fillRegistry(registry, accounts);
    await runs.prepare(registry, tariff);
    await fillReadings(store, accounts, intervals, progress);
    const engine = await bareScan(store, accounts);
    progress('the bare engine is measured; the impact is worked out');
    const pids = { readings: store.engine.status().pid ?? 0, registry: registry.engine.pid };
    const meter = new CpuMeter({ server: process.pid, ...pids });
    const began = performance.now();
    const rated = await runs.run({ registry, store }, other);
    const seconds = (performance.now() - began) / 1_000;
    if (rated !== accounts) throw new Error(`${rated} rated of ${accounts} accounts`);
    const perSecond = (accounts * months) / seconds;
    return {
      ...{ accounts, intervals: accounts * intervals, months },
      accountMonthsPerSecond: Math.round(perSecond),
      secondsFor100kAccounts: Math.round((aimAccounts * months) / perSecond),
      aimSeconds,
      cpuMsPerAccountMonth: meter.per(accounts * months),
      engineAccountMonthsPerSecond: Math.round(engine),
      ratio: Math.round((perSecond / engine) * 1_000) / 1_000,
      rssMb: peakRssMb(process.pid, pids.readings, pids.registry),
    };
  } finally {
    await store.close();
    await registry.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}
