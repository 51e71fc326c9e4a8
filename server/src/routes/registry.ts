/** Premises, usage points, customers, accounts and agreements: list, create, read, change; CSV files. */

import { Readable } from 'node:stream';
import type {
  Account,
  Agreement,
  CodedRepository,
  Customer,
  ListQuery,
  Premise,
  UsagePoint,
} from '@openami/store';
import { type Static, type TObject, Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { IdParams, listOf } from '../contract/common.ts';
import type { Permission } from '../contract/identity.ts';
import * as c from '../contract/registry.ts';
import type { App } from '../http/app-type.ts';
import { entityTag, ifMatch, sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { bodyOf, streamBodies } from '../http/stream-body.ts';

/** One kind of record as the API shows it. */
interface Kind<T, C> {
  readonly path: string;
  readonly word: string;
  readonly read: Permission;
  readonly write: Permission;
  readonly body: TObject;
  readonly item: TObject;
  readonly repository: CodedRepository<T, C, ListQuery>;
  show(record: T): Record<string, unknown>;
  take(body: Record<string, unknown>): Partial<C>;
}

/** Registers the routes of every kind. */
export function registryRoutes(app: App, context: AppContext): void {
  const { premises, usagePoints, customers, accounts, agreements } = context.registry;
  const same = (body: Record<string, unknown>) => body as never;
  const site = { read: 'meters:read', write: 'meters:write' } as const;
  const people = { read: 'customers:read', write: 'customers:write' } as const;
  coded(app, {
    ...site,
    path: 'premises',
    word: 'premise',
    body: c.PremiseBody,
    item: c.PremiseItem,
    repository: premises,
    show: (p: Premise) => ({ ...p, addressLines: [...p.addressLines] }),
    take: same,
  });
  coded(app, {
    ...site,
    path: 'usage-points',
    word: 'usage point',
    body: c.UsagePointBody,
    item: c.UsagePointItem,
    repository: usagePoints,
    show: (p: UsagePoint) => ({ ...p }),
    take: same,
  });
  coded(app, {
    ...people,
    path: 'customers',
    word: 'customer',
    body: c.CustomerBody,
    item: c.CustomerItem,
    repository: customers,
    show: (one: Customer) => ({ ...one }),
    take: same,
  });
  coded(app, {
    ...people,
    path: 'accounts',
    word: 'account',
    body: c.AccountBody,
    item: c.AccountItem,
    repository: accounts,
    show: (one: Account) => ({ ...one }),
    take: same,
  });
  coded(app, {
    ...people,
    path: 'agreements',
    word: 'agreement',
    body: c.AgreementBody,
    item: c.AgreementItem,
    repository: agreements,
    show: showAgreement,
    take: takeAgreement,
  });
  csvRoutes(app, context);
}

function showAgreement({ validFrom, validUntil, ...rest }: Agreement): Record<string, unknown> {
  return { ...rest, from: validFrom.toISOString(), until: validUntil?.toISOString() ?? null };
}

function takeAgreement({
  from,
  until,
  ...rest
}: Partial<Static<typeof c.AgreementBody>>): Partial<Agreement> {
  return {
    ...rest,
    ...(from === undefined ? {} : { validFrom: new Date(from) }),
    ...(until === undefined ? {} : { validUntil: until === null ? null : new Date(until) }),
  };
}

function coded<T extends { id: number; version: number }, C>(app: App, kind: Kind<T, C>): void {
  const { path, word, repository } = kind;
  const base = `/api/v1/${path}`;
  const tags = ['registry'];
  app.get(
    base,
    {
      config: { permission: kind.read },
      schema: {
        tags,
        summary: `List ${path.replace('-', ' ')}`,
        querystring: c.RegistryQuery,
        response: { 200: listOf(kind.item) },
      },
    },
    async (request) => {
      const page = await repository.list(access(request), request.query);
      return { items: page.items.map(kind.show), next: page.next, total: page.total };
    },
  );
  app.post(
    base,
    {
      config: { permission: kind.write },
      schema: { tags, summary: `Create a ${word}`, body: kind.body, response: { 201: kind.item } },
    },
    async (request, reply) => {
      const body = request.body as Record<string, unknown>;
      const record = await repository.create(access(request), kind.take(body) as C);
      reply.code(201).header('location', `${base}/${record.id}`).header('etag', entityTag(record.version));
      return kind.show(record);
    },
  );
  app.get(
    `${base}/:id`,
    {
      config: { permission: kind.read },
      schema: { tags, summary: `One ${word}`, params: IdParams, response: { 200: kind.item } },
    },
    async (request, reply) => {
      const record = await repository.get(access(request), request.params.id);
      return sendEntity(request, reply, record, kind.show(record)) as Record<string, unknown>;
    },
  );
  app.patch(
    `${base}/:id`,
    {
      config: { permission: kind.write },
      schema: {
        tags,
        summary: `Change a ${word}`,
        description: 'Send the ETag as If-Match to be sure that nobody changed it in between.',
        params: IdParams,
        body: Type.Partial(kind.body),
        response: { 200: kind.item },
      },
    },
    async (request, reply) => {
      const patch = kind.take(request.body as Record<string, unknown>);
      const record = await repository.update(access(request), request.params.id, patch, ifMatch(request));
      reply.header('etag', entityTag(record.version));
      return kind.show(record);
    },
  );
}

const KindParams = Type.Object({ kind: c.RegistryKind });

function csvRoutes(app: App, { registry, directory }: AppContext): void {
  app.get(
    '/api/v1/registry/:kind.csv',
    {
      config: { permission: 'customers:read' },
      schema: {
        tags: ['registry'],
        summary: 'All records of a kind as CSV',
        params: KindParams,
        produces: ['text/csv'],
      },
    },
    async (request, reply) => {
      const { kind } = request.params;
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${kind}.csv"`);
      return reply.send(Readable.from(registry.csv.write(access(request), kind), { objectMode: false }));
    },
  );
  app.register(async (scope) => {
    streamBodies(scope);
    (scope as App).post(
      '/api/v1/registry/:kind',
      {
        config: { permission: 'meters:write' },
        schema: {
          tags: ['registry'],
          summary: 'Create and update records from CSV',
          description: 'Body: text/csv with a header row. Records are told apart by their natural key.',
          consumes: ['text/csv'],
          params: KindParams,
          querystring: c.RegistryImportQuery,
          response: { 200: c.RegistryImportResult },
        },
      },
      async (request) => {
        const { dryRun = false } = request.query;
        const result = await registry.csv.read(access(request), request.params.kind, bodyOf(request), {
          dryRun,
        });
        if (!dryRun) await directory.refresh();
        return { ...result, errors: result.errors.map((error) => ({ ...error })) };
      },
    );
  });
}
