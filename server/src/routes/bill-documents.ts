/** Bills as documents, those of a run as one file, and what the seller says on them. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import * as c from '../contract/bill-documents.ts';
import { IdParams } from '../contract/common.ts';
import type { App } from '../http/app-type.ts';
import { ifMatch, isKnown, sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { streamOf } from '../http/send-text.ts';
import { type BillDocument, documentTypes } from '../services/billing/document/documents.ts';
import { settingsOf } from '../services/billing/document/gather.ts';
import { style } from '../services/billing/document/html-style.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;

/** A document loads nothing and runs nothing; its one style is known by its digest. */
const documentPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

/** Registers the routes. */
export function billDocumentRoutes(app: App, context: AppContext): void {
  documentRoutes(app, context);
  settingRoutes(app, context);
}

/** Answers with a document, or that the caller has it. */
export function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, type, body, tag }: BillDocument,
): FastifyReply {
  reply.header('etag', tag).header('cache-control', 'private, no-cache');
  if (isKnown(request, tag)) return reply.code(304).send();
  if (type === documentTypes.html) reply.header('content-security-policy', documentPolicy);
  reply.header('content-disposition', `inline; filename="${name}"`);
  return reply.type(type).send(body);
}

function documentRoutes(app: App, { billing: { documents }, registry }: AppContext): void {
  app.get(
    '/api/v1/bills/:id/document',
    {
      config: { ...read, heavy: true },
      schema: {
        tags,
        summary: 'A bill as a document: accessible HTML or PDF, in the language of the account',
        description:
          'A draft says that it is not issued. An issued bill never changes: its ETag is of its content.',
        params: IdParams,
        querystring: c.BillDocumentQuery,
        produces: ['text/html', 'application/pdf'],
      },
    },
    async (request, reply) => {
      const document = await documents.one(access(request), request.params.id, request.query);
      return sendDocument(request, reply, document);
    },
  );
  app.get(
    '/api/v1/bill-runs/:id/documents.zip',
    {
      config: read,
      schema: {
        tags,
        summary: 'The documents of a run as a ZIP file, streamed; in order of the numbers of bills',
        params: IdParams,
        querystring: c.RunDocumentsQuery,
        produces: ['application/zip'],
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { id } = await registry.billRuns.get(ctx, request.params.id);
      const stream = await streamOf(documents.ofRun(ctx, id, request.query));
      reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="bill-run-${id}.zip"`);
      return reply.send(stream);
    },
  );
}

function settingRoutes(app: App, { registry, names }: AppContext): void {
  type Stored = Awaited<ReturnType<typeof registry.billDocuments.settings>>;
  const shown = async (record: Stored): Promise<c.BillDocumentSettingsItem> => ({
    ...settingsOf(record?.settings),
    version: record?.version ?? 0,
    since: record?.since.toISOString() ?? null,
    changedBy: record === undefined ? '' : (await names.names())(record.changedBy),
  });
  app.get(
    '/api/v1/bill-document-settings',
    {
      config: read,
      schema: {
        tags,
        summary: 'What the seller says on bills, carbon factors, and the language of the site',
        response: { 200: c.BillDocumentSettingsItem },
      },
    },
    async (request, reply) => {
      const item = await shown(await registry.billDocuments.settings(access(request)));
      return sendEntity(request, reply, item, item) as c.BillDocumentSettingsItem;
    },
  );
  app.put(
    '/api/v1/bill-document-settings',
    {
      config: { permission: 'billing:tariffs' },
      schema: {
        tags,
        summary: 'Say something else on bills that are issued from now on',
        body: c.BillDocumentSettings,
        response: { 200: c.BillDocumentSettingsItem },
      },
    },
    async (request) =>
      shown(await registry.billDocuments.putSettings(access(request), request.body, ifMatch(request))),
  );
}
