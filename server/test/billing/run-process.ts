/**
 * Works at the bill runs of a data folder, two agreements a page, and is killed a moment after it began to
 * store one: `run-process.ts FOLDER NOW_MS DELAY_MS`. It ends by itself when there is nothing left to do.
 */
import { join } from 'node:path';
import { ManualClock } from '@openami/model';
import { openReadingStore, openRegistryStore } from '@openami/store';
import { allReady } from '../../src/cli/bench-billing.ts';
import { BillRunner } from '../../src/services/billing/bill-runner.ts';
import { sqlDeterminants } from '../../src/services/billing/sql-determinants.ts';
import { TariffBook } from '../../src/services/billing/tariff-book.ts';

const [dataDir, nowMs, delayMs] = process.argv.slice(2) as [string, string, string];
const log = { info: () => undefined, warn: console.error, error: console.error };
const clock = new ManualClock(Number(nowMs));
const registry = await openRegistryStore({ dataDir, clock, log });
const store = await openReadingStore({ dataDir: join(dataDir, 'clickhouse'), clock, log });

/** Nothing is closed and nobody is told, wherever the work stands. */
const die = () => process.kill(process.pid, 'SIGKILL');

const { bills } = registry;
const dying: typeof bills = {
  ...bills,
  put: (...page) => {
    setTimeout(die, Number(delayMs));
    return bills.put(...page);
  },
};
const runner = new BillRunner({
  ...{
    registry: { ...registry, bills: dying },
    store,
    book: new TariffBook(registry),
  },
  ...{ figures: allReady, clock, log, pageSize: 2, sql: sqlDeterminants(store) },
});
const stop = runner.loop.start();
await runner.loop.settled();
await stop();
await store.close();
await registry.close();
