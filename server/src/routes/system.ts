/** Health, readiness and metrics. */
import type { Registry } from 'prom-client';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { Problem } from '../contract/common.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { problemOf } from '../http/problem.ts';

const tags = ['system'];
const CheckItem = Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.String() });
const Ready = Type.Object({ ready: Type.Boolean(), version: Type.String(), checks: Type.Array(CheckItem) });

/** Registers the routes. */
export function systemRoutes(app: App, context: AppContext, metrics: Registry): void {
  app.get(
    '/health/live',
    {
      config: { permission: 'public' },
      schema: {
        tags,
        summary: 'The process runs',
        response: { 200: Type.Object({ live: Type.Literal(true) }) },
      },
    },
    async () => ({ live: true }) as const,
  );
  app.get(
    '/health/ready',
    {
      config: { permission: 'public' },
      schema: {
        tags,
        summary: '200 when it serves, 503 with the failing checks when not',
        response: { 200: Ready, 503: Type.Object({ ...Problem.properties, checks: Type.Array(CheckItem) }) },
      },
    },
    async (request, reply) => {
      const checks = (await context.checks()).map((check) => ({ ...check }));
      if (checks.every((check) => check.ok)) return { ready: true, version: context.version, checks };
      const failing = checks.filter((check) => !check.ok).map((check) => check.name);
      const problem = problemOf(
        serverErrors.NOT_READY(`Not well: ${failing.join(', ')}.`),
        String(request.id),
      );
      reply.code(503).type('application/problem+json; charset=utf-8');
      return { ...problem, checks };
    },
  );
  app.get(
    '/metrics',
    {
      config: { permission: 'metrics:read' },
      schema: { tags, summary: 'Metrics for Prometheus', produces: ['text/plain'] },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}
