/** The audit trail: who did what, newest first, and whether its chain holds. */
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/audit.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';

const tags = ['audit'];
const config = { permission: 'audit:read' } as const;

/** Registers the routes. */
export function auditRoutes(app: App, { registry, names }: AppContext): void {
  app.get(
    '/api/v1/audit',
    {
      config,
      schema: {
        tags,
        summary: 'The audit trail, newest first',
        querystring: c.AuditQuery,
        response: { 200: Type.Array(c.AuditItem) },
      },
    },
    async (request) => {
      const [records, nameOf] = await Promise.all([
        registry.audit.list(access(request), request.query),
        names.names(),
      ]);
      return records.map(({ at, actor, ...record }) => ({
        ...{ ...record, at: at.toISOString() },
        ...{ actorKind: actor.kind, actorId: actor.id, actorName: nameOf(actor.id) },
      }));
    },
  );
  app.get(
    '/api/v1/audit/check',
    {
      config,
      schema: {
        tags,
        summary: 'Whether the chain of the audit trail holds',
        response: { 200: c.AuditCheck },
      },
    },
    async (request) => registry.audit.verify(access(request)),
  );
}
