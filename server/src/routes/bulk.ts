/** Lists of meters as jobs: sent, followed, cancelled, resumed; the rows that failed as CSV. */
import { Readable } from 'node:stream';
import { csvCell } from '@openami/exchange';
import type { AccessContext } from '@openami/model';
import type { BulkJob, BulkJobRepository } from '@openami/store';
import type { AppContext } from '../context.ts';
import * as c from '../contract/commissioning.ts';
import { IdParams } from '../contract/common.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { bodyOf, streamBodies } from '../http/stream-body.ts';
import { mayControl } from '../identity/permissions.ts';
import type { BulkOptions } from '../services/commissioning/bulk-rows.ts';

const tags = ['commissioning'];
const url = '/api/v1/commissioning/jobs';
const read = { permission: 'meters:read' } as const;
/** A list brings keys, and registers meters. */
const write = { permission: 'keys:write' } as const;
/** Of those who are heard, without keys. */
const select = { permission: 'meters:write' } as const;
const failedAtOnce = 1_000;

/** Registers the routes. */
export async function bulkRoutes(app: App, context: AppContext): Promise<void> {
  readRoutes(app, context);
  actionRoutes(app, context);
  await app.register(async (scope) => {
    streamBodies(scope);
    uploadRoute(scope as unknown as App, context);
  });
}

function showJob({ createdAt, startedAt, finishedAt, ...job }: BulkJob): c.BulkJob {
  const { id, name, state, total, done, failed, error } = job;
  return {
    ...{ id, name, state, total, done, failed, error: error && { ...error } },
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

function readRoutes(app: App, { registry }: AppContext): void {
  app.get(
    url,
    {
      config: read,
      schema: {
        tags,
        summary: 'Lists of meters that were sent, the newest first',
        querystring: c.BulkJobListQuery,
        response: { 200: c.BulkJobList },
      },
    },
    async (request) => {
      const page = await registry.bulkJobs.list(access(request), request.query);
      return { ...page, items: page.items.map(showJob) };
    },
  );
  app.get(
    `${url}/:id`,
    {
      config: read,
      schema: { tags, summary: 'One of them', params: IdParams, response: { 200: c.BulkJob } },
    },
    async (request) => showJob(await registry.bulkJobs.get(access(request), request.params.id)),
  );
  app.get(
    `${url}/:id/failed`,
    {
      config: read,
      schema: {
        tags,
        summary: 'Rows that failed as CSV: row, meter, code, reason',
        params: IdParams,
        produces: ['text/csv'],
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const ctx = access(request);
      await registry.bulkJobs.get(ctx, id);
      reply.type('text/csv; charset=utf-8');
      reply.header('content-disposition', `attachment; filename="meters-${id}-failed.csv"`);
      return reply.send(Readable.from(failedLines(registry.bulkJobs, ctx, id), { objectMode: false }));
    },
  );
}

async function* failedLines(jobs: BulkJobRepository, ctx: AccessContext, id: number): AsyncGenerator<string> {
  yield 'row,meter,code,reason\n';
  for (let after = 0; ; ) {
    const rows = await jobs.failedRows(ctx, id, after, failedAtOnce);
    if (rows.length === 0) return;
    after = rows.at(-1)!.line;
    yield rows
      .map(({ line, name, code, detail }) => [String(line), name, code, detail].map(csvCell).join(','))
      .join('\n');
    yield '\n';
  }
}

function actionRoutes(app: App, { bulk }: AppContext): void {
  app.post(
    `${url}/heard`,
    {
      config: select,
      schema: {
        tags,
        summary: 'Register meters that are heard, by their names',
        description: 'Meters that encrypt need their key list; LoRaWAN devices are given the codec.',
        body: c.BulkHeardBody,
        response: { 202: c.BulkJob },
      },
    },
    async (request, reply) => {
      reply.status(202);
      return showJob(await bulk.createOfHeard(access(request), request.body, mayControl(request.principal!)));
    },
  );
  app.post(
    `${url}/:id/cancel`,
    {
      config: select,
      schema: { tags, summary: 'Stop; what is done stays', params: IdParams, response: { 200: c.BulkJob } },
    },
    async (request) => showJob(await bulk.cancel(access(request), request.params.id)),
  );
  app.post(
    `${url}/:id/resume`,
    {
      config: select,
      schema: {
        tags,
        summary: 'Go on, and try again the rows that failed',
        params: IdParams,
        response: { 200: c.BulkJob },
      },
    },
    async (request) => showJob(await bulk.resume(access(request), request.params.id)),
  );
}

function uploadRoute(app: App, { bulk }: AppContext): void {
  app.post(
    url,
    {
      config: write,
      schema: {
        tags,
        summary: 'Send a list of meters: they are registered, keyed and installed row by row',
        description:
          'Key lists, join files (CSV, XML, JSON), shipment files or scanned labels, a label a line. The ' +
          'file is not kept; its rows wait sealed, and are destroyed when they are done.',
        consumes: ['application/octet-stream', 'text/csv', 'application/xml', 'application/json'],
        querystring: c.BulkFileQuery,
        response: { 202: c.BulkJob },
      },
    },
    async (request, reply) => {
      reply.status(202);
      const query = request.query as c.BulkFileQuery & Pick<BulkOptions, 'suite'>;
      const may = mayControl(request.principal!);
      return showJob(await bulk.create(access(request), query, bodyOf(request), may));
    },
  );
}
