/** File imports: preview, start, look at, cancel, resume, rejects. Bodies are streamed, never held whole. */
import { Readable } from 'node:stream';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/imports.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { bodyOf, streamBodies } from '../http/stream-body.ts';
import { showJob } from '../imports/service.ts';

const tags = ['imports'];
const consumes = ['application/octet-stream', 'text/csv', 'application/xml', 'application/gzip'];

/** Registers the routes. */
export async function importRoutes(app: App, context: AppContext): Promise<void> {
  readRoutes(app, context);
  actionRoutes(app, context);
  await app.register(async (scope) => {
    streamBodies(scope);
    uploadRoutes(scope as App, context);
  });
}

function readRoutes(app: App, { registry, imports }: AppContext): void {
  const read = { permission: 'imports:read' } as const;
  app.get(
    '/api/v1/imports',
    {
      config: read,
      schema: {
        tags,
        summary: 'List imports, newest first',
        querystring: c.ImportListQuery,
        response: { 200: c.ImportList },
      },
    },
    async (request) => {
      const page = await registry.imports.list(access(request), request.query);
      return { items: page.items.map(showJob), next: page.next, total: page.total };
    },
  );
  app.get(
    '/api/v1/imports/:id',
    {
      config: read,
      schema: { tags, summary: 'One import', params: IdParams, response: { 200: c.ImportJob } },
    },
    async (request) => showJob(await registry.imports.get(access(request), request.params.id)),
  );
  app.get(
    '/api/v1/imports/:id/rejects',
    {
      config: read,
      schema: {
        tags,
        summary: 'Refused rows of an import as CSV: line, device, quantity, end, value, code, reason',
        params: IdParams,
        produces: ['text/csv'],
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const rows = await imports.rejects(access(request), id);
      reply.type('text/csv; charset=utf-8');
      reply.header('content-disposition', `attachment; filename="import-${id}-rejects.csv"`);
      return reply.send(Readable.from(rows, { objectMode: false }));
    },
  );
}

function actionRoutes(app: App, { imports }: AppContext): void {
  const write = { permission: 'imports:write' } as const;
  app.post(
    '/api/v1/imports/:id/cancel',
    {
      config: write,
      schema: {
        tags,
        summary: 'Cancel an import; what is stored stays',
        params: IdParams,
        response: { 200: c.ImportJob },
      },
    },
    async (request) => imports.cancel(access(request), request.params.id),
  );
  app.post(
    '/api/v1/imports/:id/resume',
    {
      config: write,
      schema: {
        tags,
        summary: 'Go on with a failed or cancelled import',
        params: IdParams,
        response: { 200: c.ImportJob },
      },
    },
    async (request) => imports.resume(access(request), request.params.id),
  );
}

function uploadRoutes(app: App, { imports }: AppContext): void {
  const config = { permission: 'imports:write' } as const;
  app.post(
    '/api/v1/imports/preview',
    {
      config,
      schema: {
        tags,
        summary: 'What the first bytes of a file say: format, columns, a proposed mapping',
        description: 'Body: the first megabyte of the file, packed with gzip or not.',
        consumes,
        querystring: c.ImportQuery,
        response: { 200: c.ImportPreview },
      },
    },
    async (request) => imports.preview(request.query, bodyOf(request)),
  );
  app.post(
    '/api/v1/imports',
    {
      config,
      schema: {
        tags,
        summary: 'Import a file',
        description: 'Body: the file, packed with gzip or not. A repeat of the same file changes nothing.',
        consumes,
        querystring: c.ImportQuery,
        response: { 202: c.ImportJob },
      },
    },
    async (request, reply) => {
      const job = await imports.create(access(request), request.query, bodyOf(request));
      return reply.code(202).header('location', `/api/v1/imports/${job.id}`).send(job);
    },
  );
}
