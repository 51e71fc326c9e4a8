/** What `openami bench billing` measures: the server's bill runs, all days closed, nothing in doubt. */
import type { BillingRuns } from '@openami/bench';
import { readTariff } from '@openami/billing';
import { systemAccess, systemClock } from '@openami/model';
import { BillRunner } from '../services/billing/bill-runner.ts';
import { DayKeeper } from '../services/billing/day-keeper.ts';
import { usualSettings } from '../services/billing/gates.ts';
import { sqlDeterminants } from '../services/billing/sql-determinants.ts';
import { storedParts, TariffBook } from '../services/billing/tariff-book.ts';

const month = { fromDay: '2026-01-01', toDay: '2026-02-01' };

/** Bill runs for the benchmark. */
export function benchedRuns(): BillingRuns {
  let runs = 0;
  const log = { warn: console.error, error: console.error };
  return {
    prepare: async (registry, document) => {
      const { head, versions } = storedParts(document, '');
      await registry.tariffs.create(systemAccess, head, versions);
      const tariff = readTariff(document).tariff.id;
      const ids = await registry.billingFacts.ids(systemAccess, days);
      for (let at = 0; at < ids.length; at += 1_000) {
        const page = await registry.billingFacts.of(systemAccess, ids.slice(at, at + 1_000));
        const inputs = page.map(({ code }) => ({ agreement: code, tariff, validFrom: month.fromDay }));
        await registry.agreementTariffs.assignMissing(systemAccess, inputs);
      }
      await registry.veeProgress.note(systemAccess, 'UTC', month.toDay);
    },
    keepDays: ({ registry, store }) => {
      const book = new TariffBook(registry);
      const watch = { look: () => Promise.resolve() };
      return new DayKeeper({ registry, store, book, watch, log }).look();
    },
    run: async ({ registry, store }) => {
      const { items } = await registry.billRuns.list(systemAccess);
      for (const { id } of items) await registry.billRuns.cancel(systemAccess, id, 'measured');
      const { run } = await registry.billRuns.create(systemAccess, {
        ...{ key: `bench ${runs++}`, kind: 'cycle', cycle: '', ...month, settings: usualSettings },
        ...{ accounts: null, replaces: null, reason: '', requestedPerson: 'bench' },
      });
      const runner = new BillRunner({
        ...{ registry, store, book: new TariffBook(registry), figures: allReady, clock: systemClock },
        ...{ log, sql: sqlDeterminants(store) },
      });
      const stop = runner.loop.start();
      await runner.loop.settled();
      await stop();
      const { counts } = await registry.billRuns.figures(systemAccess, run.id);
      return counts.calculated ?? 0;
    },
  };
}

const days = { from: month.fromDay, to: month.toDay };

/** Days are closed in another benchmark. */
export const allReady = {
  readiness: async (points: readonly { readonly account: string; readonly usagePoint: string }[]) =>
    points.map(({ account, usagePoint }) => ({
      ...{ account, usagePoint, state: 'ready' as const, obstacles: [], channels: [] },
      ...{ expected: 0, present: 0, estimated: 0, missing: 0, estimatedShare: 0, blocking: 0, open: 0 },
    })),
};
