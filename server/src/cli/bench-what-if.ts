/** What `openami bench what-if` measures: the server's own tariff impacts. */
import type { WhatIfRuns } from '@openami/bench';
import { systemAccess, systemClock } from '@openami/model';
import { sqlDeterminants } from '../services/billing/sql-determinants.ts';
import { TariffBook } from '../services/billing/tariff-book.ts';
import { ImpactRunner } from '../services/billing/what-if/impact-runner.ts';
import { benchedRuns } from './bench-billing.ts';

/** Tariff impacts for the benchmark. */
export function benchedImpacts(): WhatIfRuns {
  return {
    prepare: benchedRuns().prepare,
    run: async ({ registry, store }, document) => {
      const { impact } = await registry.tariffImpacts.create(systemAccess, {
        ...{ key: 'bench', tariff: 'other', document, commodity: 'electricity', currency: 'EUR' },
        ...{ versions: 'current', fromDay: '2026-01-01', toDay: '2027-01-01', filter: {}, note: '' },
      });
      const runner = new ImpactRunner({
        ...{ registry, store, book: new TariffBook(registry), clock: systemClock },
        ...{ log: { warn: console.error, error: console.error }, sql: sqlDeterminants(store) },
      });
      const stop = runner.loop.start();
      await runner.loop.settled();
      await stop();
      return (await registry.tariffImpacts.figures(systemAccess, impact.id)).all.rated;
    },
  };
}
