/** What a channel measured: profile, days, revisions of one interval. Columns, not objects. */
import {
  countsConverter,
  dayBounds,
  formatDay,
  parseDay,
  Quality,
  type ZoneTable,
  zoneTable,
} from '@openami/model';
import type { ChannelRecord } from '@openami/store';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/meters.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { meterZone } from '../services/meter-zone.ts';
import { describeChannel } from '../services/quantity.ts';
import { intervalsOwed } from '../services/read-success.ts';

const tags = ['meters'];
const read = { permission: 'readings:read' } as const;
/** Rows of one answer: ten years of quarter hours fit. */
const maxDays = 3700;

/** Registers the routes. */
export function channelRoutes(app: App, context: AppContext): void {
  profileRoute(app, context);
  dailyRoute(app, context);
  revisionRoute(app, context);
}

const seconds = (text: string) => Math.floor(Date.parse(text) / 1000);

/** Zone of the channel's meter. */
async function zoneOf(
  { registry, config }: AppContext,
  channel: ChannelRecord,
  ctx: ReturnType<typeof access>,
) {
  return meterZone(await registry.meters.detail(ctx, channel.meterId), config.zone);
}

function profileRoute(app: App, context: AppContext): void {
  const { registry, store } = context;
  app.get(
    '/api/v1/channels/:id/profile',
    {
      config: read,
      schema: {
        tags,
        summary: 'Readings of a channel as columns, now or as of a moment',
        params: IdParams,
        querystring: c.ProfileQuery,
        response: { 200: c.Profile },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { from, to, asOf } = request.query;
      const span = { fromS: seconds(from), toS: seconds(to) };
      if (span.toS - span.fromS > maxDays * 86_400) {
        throw serverErrors.VALIDATION_FAILED('`from` and `to` are more than ten years apart');
      }
      const channel = await registry.channels.get(ctx, request.params.id);
      const [zone, rows] = await Promise.all([
        zoneOf(context, channel, ctx),
        store.readings.profile(ctx, channel.id, span, asOf ? { asOf: seconds(asOf) } : {}),
      ]);
      const { id, unit, intervalS } = channel;
      // columns of numbers need no schema to be written down, and a hundred thousand rows should be quick
      reply.serializer(JSON.stringify);
      return {
        channel: { id, unit, intervalS, description: describeChannel(channel) },
        zone,
        end: Array.from(rows.end),
        value: valuesOf(rows.value, rows.resolution, unit),
        quality: Array.from(rows.quality),
        flags: Array.from(rows.flags),
        revision: Array.from(rows.revision),
      };
    },
  );
}

/** Counts in the unit of the channel; the resolution is the same for nearly every row. */
function valuesOf(value: Float64Array, resolution: Uint32Array, unit: string): number[] {
  let converter = countsConverter(unit, resolution[0] ?? 1);
  const values = new Array<number>(value.length);
  for (let row = 0; row < value.length; row++) {
    if (resolution[row] !== converter.resolution) converter = countsConverter(unit, resolution[row]!);
    values[row] = converter.toUnit(value[row]!);
  }
  return values;
}

function dailyRoute(app: App, context: AppContext): void {
  const { registry, store, directory } = context;
  app.get(
    '/api/v1/channels/:id/daily',
    {
      config: read,
      schema: {
        tags,
        summary:
          'Totals of a channel by local day; every day from `from`, or from its first reading, is there',
        params: IdParams,
        querystring: c.DailyQuery,
        response: { 200: c.Daily },
      },
    },
    async (request) => {
      const ctx = access(request);
      const to = parseDay(request.query.to);
      const from = request.query.from ? parseDay(request.query.from) : to - maxDays;
      if (to < from || to - from > maxDays) {
        throw serverErrors.VALIDATION_FAILED('`to` must be a day from `from` to ten years later');
      }
      const channel = await registry.channels.get(ctx, request.params.id);
      const zone = await zoneOf(context, channel, ctx);
      const table = zoneTable(zone);
      const span = { fromS: table.dayStart(from), toS: table.dayStart(to + 1) };
      const rows = await store.readings.daily(ctx, [channel], zone, span);
      const rowOf = new Map(Array.from(rows.day, (day, row) => [day, row]));
      const { toUnit } = countsConverter(channel.unit, 1);
      const days: c.DailyItem[] = [];
      const first = request.query.from ? from : (rows.day[0] ?? to);
      for (let day = first; day <= to; day++) {
        const row = rowOf.get(day);
        days.push({
          day: formatDay(day),
          total: row === undefined ? 0 : toUnit(rows.total[row]!),
          max: row === undefined ? 0 : toUnit(rows.max[row]!),
          count: row === undefined ? 0 : rows.count[row]!,
          expected: expectedOf(directory, channel, table, day),
          estimated: row === undefined ? 0 : rows.byQuality[Quality.estimated]![row]!,
        });
      }
      return { zone, days };
    },
  );
}

function expectedOf(
  directory: AppContext['directory'],
  { id, intervalS }: ChannelRecord,
  table: ZoneTable,
  day: number,
): number {
  if (intervalS === 0) return 0;
  const bounds = dayBounds(table, day);
  const installed = directory.installedOf(id);
  // one that never was installed is looked at as if it were
  const periods = installed.length > 0 ? installed : [{ from: 0, to: Number.POSITIVE_INFINITY }];
  return periods.reduce((sum, period) => sum + intervalsOwed(bounds, period, intervalS), 0);
}

function revisionRoute(app: App, { registry, store }: AppContext): void {
  app.get(
    '/api/v1/channels/:id/revisions',
    {
      config: read,
      schema: {
        tags,
        summary: 'Every version of one reading, oldest first; the last is current',
        params: IdParams,
        querystring: c.RevisionQuery,
        response: { 200: Type.Array(c.RevisionItem) },
      },
    },
    async (request) => {
      const ctx = access(request);
      const channel = await registry.channels.get(ctx, request.params.id);
      const rows = await store.readings.revisions(ctx, channel.id, request.query.end);
      const values = valuesOf(rows.value, rows.resolution, channel.unit);
      return values.map((value, row) => ({
        revision: rows.revision[row]!,
        value,
        quality: rows.quality[row]!,
        flags: rows.flags[row]!,
      }));
    },
  );
}
