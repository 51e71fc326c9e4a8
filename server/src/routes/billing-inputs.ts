/** What bills need besides readings: values over time, events of tariffs, facts of usage points. */
import { formatInstant, parseInstantS } from '@openami/model';
import type { BillingSeries, BillingSeriesSummary, SeriesUpload } from '@openami/store';
import type { AppContext } from '../context.ts';
import * as c from '../contract/billing-inputs.ts';
import { IdParams } from '../contract/common.ts';
import { TariffParams } from '../contract/tariffs.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { showAttribute, statementsOf } from '../services/billing/attributes.ts';
import { declareEvent, showEvent, tariffEvents } from '../services/billing/events.ts';
import { requireUnit, spansOf } from '../services/billing/series-upload.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;
/** A year of quarter hours as rows of JSON is below. */
const bodyLimit = 6_000_000;
const uploadsShown = 100;

/** Registers the routes. */
export function billingInputRoutes(app: App, context: AppContext): void {
  seriesRoutes(app, context);
  valueRoutes(app, context);
  eventRoutes(app, context);
  attributeRoutes(app, context);
}

function showSeries({
  id: _id,
  createdAt,
  spans,
  fromS,
  toS,
  ...rest
}: BillingSeriesSummary): c.BillingSeriesItem {
  return {
    ...rest,
    values: spans,
    from: fromS === null ? null : formatInstant(fromS),
    to: toS === null ? null : formatInstant(toS),
    createdAt: createdAt.toISOString(),
  };
}

function newSeries(series: BillingSeries): c.BillingSeriesItem {
  return showSeries({ ...series, spans: 0, fromS: null, toS: null });
}

function showUpload({ knownS, fromS, toS, ...rest }: SeriesUpload): c.SeriesUploadItem {
  return { ...rest, at: formatInstant(knownS), from: formatInstant(fromS), to: formatInstant(toS) };
}

function seriesRoutes(app: App, { registry }: AppContext): void {
  const series = registry.billingSeries;
  app.get(
    '/api/v1/billing-series',
    {
      config: read,
      schema: { tags, summary: 'Values over time that bills use', response: { 200: c.BillingSeriesList } },
    },
    async (request) => (await series.list(access(request))).map(showSeries),
  );
  app.post(
    '/api/v1/billing-series',
    {
      config: write,
      schema: {
        tags,
        summary: 'A new series of prices, calorific values or evapotranspiration',
        body: c.BillingSeriesCreate,
        response: { 201: c.BillingSeriesItem },
      },
    },
    async (request, reply) => {
      requireUnit(request.body);
      const made = await series.create(access(request), { name: '', ...request.body });
      reply.header('location', `/api/v1/billing-series/${made.code}`);
      return reply.code(201).send(newSeries(made));
    },
  );
  app.get(
    '/api/v1/billing-series/:code',
    {
      config: read,
      schema: {
        tags,
        summary: 'A series with its uploads',
        params: c.SeriesParams,
        response: { 200: c.BillingSeriesDetail },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { code } = request.params;
      const found = await series.get(ctx, code);
      const uploads = await series.uploads(ctx, code, uploadsShown);
      return { ...showSeries(found), uploads: uploads.map(showUpload) };
    },
  );
}

function valueRoutes(app: App, { registry }: AppContext): void {
  const series = registry.billingSeries;
  app.get(
    '/api/v1/billing-series/:code/values',
    {
      config: read,
      schema: {
        tags,
        summary: 'Values of a time, as they are or as they were after an upload',
        params: c.SeriesParams,
        querystring: c.SeriesValueQuery,
        response: { 200: c.SeriesValues },
      },
    },
    async (request) => {
      const { from, to, revision } = request.query;
      const window = { fromS: parseInstantS(from), toS: parseInstantS(to) };
      const options = { limit: c.mostUploaded, ...(revision !== undefined && { revision }) };
      const spans = await series.spans(access(request), request.params.code, window, options);
      return spans.map(({ fromS, toS, value, upload }) => ({
        ...{ from: formatInstant(fromS), to: formatInstant(toS), value, upload },
      }));
    },
  );
  app.post(
    '/api/v1/billing-series/:code/uploads',
    {
      config: write,
      bodyLimit,
      schema: {
        tags,
        summary: 'Add or replace values; what is replaced is kept, so that bills can be made again',
        description:
          'All or none are taken; faults come by row. A repeat with the same Idempotency-Key adds nothing.',
        params: c.SeriesParams,
        body: c.SeriesUploadBody,
        response: { 200: c.SeriesUploadItem, 201: c.SeriesUploadItem },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { code } = request.params;
      const { quantity } = await series.get(ctx, code);
      const spans = spansOf(request.body, quantity);
      const key = `${ctx.actor.id} ${workKeyOf(request)}`;
      const { upload, created } = await series.upload(ctx, code, {
        key,
        note: request.body.note ?? '',
        spans,
      });
      return reply.code(created ? 201 : 200).send(showUpload(upload));
    },
  );
}

function eventRoutes(app: App, context: AppContext): void {
  app.get(
    '/api/v1/tariffs/:code/events',
    {
      config: read,
      schema: {
        tags,
        summary: 'Events a tariff knows, those that were declared, and how many are left',
        params: TariffParams,
        response: { 200: c.TariffEvents },
      },
    },
    async (request) => tariffEvents(context, access(request), request.params.code),
  );
  app.post(
    '/api/v1/tariffs/:code/events',
    {
      config: write,
      schema: {
        tags,
        summary: 'Declare an event: a critical peak, or a window whose savings are paid',
        params: TariffParams,
        body: c.TariffEventBody,
        response: { 200: c.TariffEventItem, 201: c.TariffEventItem },
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      const { event, created } = await declareEvent(
        ...([context, access(request), code, request.body, workKeyOf(request)] as const),
      );
      return reply.code(created ? 201 : 200).send(event);
    },
  );
  app.post(
    '/api/v1/tariff-events/:id/withdraw',
    {
      config: write,
      schema: {
        tags,
        summary: 'Withdraw an event before it begins',
        params: IdParams,
        body: c.WithdrawBody,
        response: { 200: c.TariffEventItem },
      },
    },
    async (request) => {
      const { id } = request.params;
      const event = await context.registry.tariffEvents.withdraw(access(request), id, request.body.reason);
      return showEvent(event, Math.floor(context.clock.nowMs() / 1_000));
    },
  );
}

function attributeRoutes(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/usage-points/:code/attributes',
    {
      config: read,
      schema: {
        tags,
        summary: 'What is stated of a usage point for its bills, by name and date',
        params: c.AttributeParams,
        response: { 200: c.BillingAttributes },
      },
    },
    async (request) =>
      (await registry.billingAttributes.list(access(request), request.params.code)).map(showAttribute),
  );
  app.post(
    '/api/v1/billing-attributes',
    {
      config: write,
      bodyLimit,
      schema: {
        tags,
        summary: 'State facts of usage points from a local date on; all or none are taken',
        body: c.BillingAttributeBody,
        response: { 201: c.BillingAttributes },
      },
    },
    async (request, reply) => {
      const stated = await registry.billingAttributes.state(access(request), statementsOf(request.body));
      return reply.code(201).send(stated.map(showAttribute));
    },
  );
}
