/** Validation: service levels with drill-down, billing readiness. */
import { formatDay, zoneTable } from '@openami/model';
import type { AppContext } from '../context.ts';
import * as c from '../contract/vee.ts';
import type { App } from '../http/app-type.ts';
import { dayAsked, daysAsked } from '../http/days.ts';
import { access } from '../http/guard.ts';

const tags = ['validation'];
const read = { permission: 'vee:read' } as const;
const usualDays = 14;
const mostDays = 400;

/** Registers the routes. */
export function veeFigureRoutes(app: App, { vee, registry, config, clock }: AppContext): void {
  const today = () => zoneTable(config.zone).localDayOf(Math.floor(clock.nowMs() / 1_000));
  app.get(
    '/api/v1/vee/kpis',
    {
      config: read,
      schema: {
        tags,
        summary: 'Service levels by day, group, route, vendor, firmware or meter',
        description: 'Drill down with `within`, for instance `by=meter&within=route=DC-7`.',
        querystring: c.KpiQuery,
        response: { 200: c.KpiAnswer },
      },
    },
    async (request) => {
      const { by = 'day', from, to, within } = request.query;
      const last = to ?? formatDay(today());
      const first = from ?? formatDay(dayAsked('to', last) - usualDays);
      const { fromDay, toDay } = daysAsked(first, last, mostDays);
      return vee.figures.kpis(by, fromDay, toDay, within);
    },
  );
  app.get(
    '/api/v1/vee/readiness',
    {
      config: read,
      schema: {
        tags,
        summary: 'Whether bills of accounts can be made for [from, to), and what stands in the way',
        querystring: c.ReadinessQuery,
        response: { 200: c.ReadinessAnswer },
      },
    },
    async (request) => {
      const { from, to, cursor, limit = 100 } = request.query;
      const { fromDay, toDay } = daysAsked(from, to, mostDays);
      const page = await registry.channelFacts.billed(access(request), {
        ...{ from, to, limit },
        ...(cursor ? { cursor } : {}),
      });
      const items = await vee.figures.readiness(page.items, fromDay, toDay);
      const counts: Record<string, number> = { ready: 0, estimated: 0, blocked: 0 };
      for (const { state } of items) counts[state]!++;
      return { from: formatDay(fromDay), to: formatDay(toDay), items, counts, next: page.next };
    },
  );
}
