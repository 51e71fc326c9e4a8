/**
 * A bill run: from stored readings to stored bills, under a tariff with times of use, tiers and demand, 2,976
 * quarter hours an account. The ceiling is the bare engine that adds up the same intervals by account.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemAccess } from '@openami/model';
import {
  type KindRow,
  openReadingStore,
  openRegistryStore,
  type ReadingStore,
  type RegistryStore,
} from '@openami/store';
import { CpuMeter } from './cpu.ts';
import { peakRssMb } from './rss.ts';
import { type BenchOptions, type BenchResult, progressOf, silentLog, systemTime } from './types.ts';

/** What bills are made with: the server's own, handed in. */
export interface BillingRuns {
  /** Makes the tariff and gives it to every agreement. */
  prepare(registry: RegistryStore, tariff: unknown): Promise<void>;
  /** Works out the determinants of all days, as is done once they are closed. */
  keepDays(stores: BilledStores): Promise<void>;
  /** Bills everybody for the month; gives bills stored. */
  run(stores: BilledStores): Promise<number>;
}

interface BilledStores {
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
}

const intervals = 2_976;
/** 2026 in UTC. */
export const startS = 1_767_225_600;
const usualAccounts = 10_000;
const intervalsAtOnce = 3_000_000;

/** Times of use, tiers, demand and a tax. */
export const tariff = {
  ...{ id: 'bench', commodity: 'electricity', currency: 'EUR', zone: 'UTC' },
  versions: [
    {
      calendar: {
        schedules: [
          {
            id: 'tou',
            rows: [
              {
                days: ['weekday'],
                hours: [
                  { from: '07:00', to: '16:00', period: 'day' },
                  { from: '16:00', to: '21:00', period: 'peak' },
                  { from: '21:00', to: '07:00', period: 'night' },
                ],
              },
              { days: ['weekend'], period: 'night' },
            ],
          },
        ],
      },
      charges: [
        { id: 'base', kind: 'fixed', price: '9.90', per: 'month' },
        {
          ...{ id: 'energy', kind: 'energy', schedule: 'tou', tiers: [{ upTo: 300 }, { upTo: 900 }, {}] },
          prices: {
            day: ['0.24', '0.28', '0.33'],
            peak: ['0.32', '0.36', '0.41'],
            night: ['0.16', '0.2', '0.25'],
          },
        },
        { id: 'demand', kind: 'demand', windowMinutes: 15, price: '4.20' },
        { id: 'vat', kind: 'tax', percent: 19 },
      ],
    },
  ],
};

/** Customers with one meter and one channel each; channel `n` is that of account `n`. */
export async function fillRegistry(registry: RegistryStore, accounts: number): Promise<void> {
  const rows = (of: (n: number) => KindRow) => Array.from({ length: accounts }, (_, i) => of(i + 1));
  const validFrom = '2020-01-01T00:00:00Z';
  const kinds = [
    [registry.customers, (n: number) => ({ code: `C${n}`, name: `Customer ${n}` })],
    [registry.accounts, (n: number) => ({ number: `A${n}`, customerCode: `C${n}` })],
    [registry.usagePoints, (n: number) => ({ code: `P${n}`, commodity: 'electricity', zone: 'UTC' })],
    [registry.meters, (n: number) => ({ serial: `M${n}`, commodity: 'electricity' })],
    [
      registry.channels,
      (n: number) => ({ serial: `M${n}`, alias: 'import', intervalS: 900, resolution: 1_000, unit: 'kWh' }),
    ],
    [registry.installations, (n: number) => ({ serial: `M${n}`, usagePointCode: `P${n}`, validFrom })],
    [
      registry.agreements,
      (n: number) => ({ code: `G${n}`, accountNumber: `A${n}`, usagePointCode: `P${n}`, validFrom }),
    ],
  ] as const;
  for (const [repository, rowOf] of kinds) {
    const { errors } = await repository.upsertMany(systemAccess, rows(rowOf));
    if (errors.length > 0) throw new Error(errors[0]!.reason);
  }
}

/** Quarter hours of each account from the start of 2026 on; channel `n` is that of account `n`. */
export async function fillReadings(
  store: ReadingStore,
  accounts: number,
  intervals: number,
  progress: (line: string) => void,
): Promise<void> {
  const step = Math.ceil(intervalsAtOnce / intervals);
  for (let from = 0; from < accounts; from += step) {
    const count = Math.min(step, accounts - from);
    await store.client.command(
      `INSERT INTO openami.reading
       SELECT 1 + {from:UInt32} + intDiv(number, ${intervals}), ${startS} + 900 * (1 + number % ${intervals}),
         cityHash64(number) % 900, 1000, 2, 0, ${startS}
       FROM numbers({count:UInt64} * ${intervals})`,
      { from, count },
    );
    progress(`readings of ${from + count} accounts stored`);
  }
}

/** Account-months a second of the bare engine: sums and the largest value by channel. */
async function bareScan(store: ReadingStore, accounts: number): Promise<number> {
  let best = 0;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    await store.client.select(
      `SELECT channel, sum(value) AS total, max(value) AS largest FROM openami.reading FINAL
       WHERE end > ${startS} AND end <= ${startS + intervals * 900} GROUP BY channel`,
    );
    best = Math.max(best, (accounts * 1_000) / (performance.now() - began));
  }
  return best;
}

/**
 * Figures: accountMonthsPerSecond (readings to stored bills), readyAccountMonthsPerSecond (determinants of
 * days kept), daysAccountMonthsPerSecond (keeping them), engineAccountMonthsPerSecond and the ratios of the
 * first two to it; and the processor time of each process a bill.
 */
export async function benchBilling(runs: BillingRuns, options: BenchOptions = {}): Promise<BenchResult> {
  const progress = progressOf(options);
  const accounts = Math.max(1, Math.round((options.rows ?? usualAccounts * intervals) / intervals));
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const store = await openReadingStore({
    dataDir: join(dataDir, 'readings'),
    clock: systemTime,
    log: silentLog,
  });
  const registry = await openRegistryStore({ dataDir, clock: systemTime, log: silentLog });
  const rate = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    const meter = new CpuMeter({
      ...{
        server: process.pid,
        readings: store.engine.status().pid ?? 0,
        registry: registry.engine.pid ?? 0,
      },
    });
    await work();
    const perSecond = Math.round((accounts * 1_000) / (performance.now() - began));
    return { perSecond, cpuMsPerBill: meter.per(accounts) };
  };
  const bill = async () => {
    const stored = await runs.run({ registry, store });
    if (stored !== accounts) throw new Error(`${stored} bills of ${accounts} accounts`);
  };
  try {
    await fillRegistry(registry, accounts);
    await runs.prepare(registry, tariff);
    await fillReadings(store, accounts, intervals, progress);
    const engine = await bareScan(store, accounts);
    progress('the bare engine is measured; bills are made');
    const full = await rate(bill);
    progress('bills are made of intervals; days are worked out');
    const days = await rate(() => runs.keepDays({ registry, store }));
    const ready = await rate(bill);
    return {
      ...{ accounts, intervals: accounts * intervals },
      accountMonthsPerSecond: full.perSecond,
      cpuMsPerBill: full.cpuMsPerBill,
      readyAccountMonthsPerSecond: ready.perSecond,
      readyCpuMsPerBill: ready.cpuMsPerBill,
      daysAccountMonthsPerSecond: days.perSecond,
      engineAccountMonthsPerSecond: Math.round(engine),
      ratio: Math.round((full.perSecond / engine) * 1_000) / 1_000,
      readyRatio: Math.round((ready.perSecond / engine) * 1_000) / 1_000,
      rssMb: peakRssMb(process.pid, store.engine.status().pid, registry.engine.pid),
    };
  } finally {
    await store.close();
    await registry.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}
