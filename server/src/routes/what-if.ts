/** What a cycle has cost so far and will cost, and what the past would have cost on other tariffs. */
import type { AppContext } from '../context.ts';
import * as c from '../contract/what-if.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { billToDate } from '../services/billing/what-if/bill-to-date.ts';
import { compareTariffs } from '../services/billing/what-if/compare-tariffs.ts';

const tags = ['billing'];
const heavy = { permission: 'billing:read', heavy: true } as const;
/** As for tariffs that are stored. */
const bodyLimit = 2_000_000;

/** Registers the routes. */
export function whatIfRoutes(app: App, context: AppContext): void {
  const parts = { ...context, book: context.billing.book };
  app.get(
    '/api/v1/agreements/:code/bill-to-date',
    {
      config: heavy,
      schema: {
        tags,
        summary: 'What the running cycle has cost so far, and will have cost at its end',
        params: c.AgreementParams,
        querystring: c.BillToDateQuery,
        response: { 200: c.BillToDate },
      },
    },
    async (request) => billToDate(parts, access(request), request.params.code, request.query.coverage),
  );
  app.post(
    '/api/v1/agreements/:code/tariff-comparison',
    {
      config: heavy,
      bodyLimit,
      schema: {
        tags,
        summary: 'The past of an agreement on other tariffs, month by month; nothing is stored',
        params: c.AgreementParams,
        body: c.TariffComparisonBody,
        response: { 200: c.TariffComparison },
      },
    },
    async (request) => compareTariffs(parts, access(request), request.params.code, request.body),
  );
}
