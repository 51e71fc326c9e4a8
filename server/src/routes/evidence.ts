/** Events, refused readings, raw frames, and readings of meters that are not registered. */
import type { Frame } from '@openami/model';
import type { UnregisteredSummary } from '@openami/store';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { IdParams, listOf, pageQuery } from '../contract/common.ts';
import * as c from '../contract/evidence.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { adoptDevice } from '../services/adopt.ts';
import { showEvent } from '../services/live-stream.ts';
import { summariseRejections } from '../services/rejections.ts';

const tags = ['evidence'];
const summaryDays = 30;

/** Registers the routes. */
export function evidenceRoutes(app: App, context: AppContext): void {
  eventRoutes(app, context);
  rejectionRoutes(app, context);
  frameRoute(app, context);
  unregisteredRoutes(app, context);
}

interface Listing {
  readonly before?: string;
  readonly limit?: number;
}

function filterOf({ before, limit }: Listing): { beforeMs?: number; limit: number } {
  return { ...(before ? { beforeMs: Date.parse(before) } : {}), limit: limit ?? 100 };
}

function eventRoutes(app: App, { store }: AppContext): void {
  const config = { permission: 'events:read' } as const;
  const response = { 200: Type.Array(c.MeterEventItem) };
  app.get(
    '/api/v1/events',
    { config, schema: { tags, summary: 'Events, newest first', querystring: c.EventQuery, response } },
    async (request) => {
      const { meter, severity, ...listing } = request.query;
      const filter = { ...filterOf(listing), severity, ...(meter ? { meters: [meter] } : {}) };
      return (await store.evidence.events(access(request), filter)).map(showEvent);
    },
  );
  app.get(
    '/api/v1/meters/:id/events',
    {
      config,
      schema: { tags, summary: 'Events of a meter', params: IdParams, querystring: c.FrameQuery, response },
    },
    async (request) => {
      const filter = { ...filterOf(request.query), meters: [request.params.id] };
      return (await store.evidence.events(access(request), filter)).map(showEvent);
    },
  );
}

function rejectionRoutes(app: App, { store, clock }: AppContext): void {
  const config = { permission: 'events:read' } as const;
  app.get(
    '/api/v1/rejections',
    {
      config,
      schema: {
        tags,
        summary: 'Refused readings and messages, newest first',
        querystring: c.RejectionQuery,
        response: { 200: Type.Array(c.RejectionItem) },
      },
    },
    async (request) => {
      const { device, code, ...listing } = request.query;
      const filter = { ...filterOf(listing), device: device || undefined, code: code || undefined };
      const rows = await store.evidence.rejections(access(request), filter);
      return rows.map(({ receivedMs, end, source, device: name, quantity, value, code: why, detail }) => ({
        receivedAt: new Date(receivedMs).toISOString(),
        ...{ source, device: name, quantity, value, code: why, detail },
        end: end > 0 ? new Date(end * 1000).toISOString() : null,
      }));
    },
  );
  app.get(
    '/api/v1/rejections/summary',
    {
      config,
      schema: {
        tags,
        summary: 'Refused readings of the last 30 days by code, with what to do',
        response: { 200: Type.Array(c.RejectionSummaryItem) },
      },
    },
    async (request) => summariseRejections(store, access(request), clock.nowMs() - summaryDays * 86_400_000),
  );
}

function frameRoute(app: App, { store }: AppContext): void {
  app.get(
    '/api/v1/meters/:id/frames',
    {
      config: { permission: 'frames:read' },
      schema: {
        tags,
        summary: 'Raw messages of a meter, newest first',
        params: IdParams,
        querystring: c.FrameQuery,
        response: { 200: Type.Array(c.FrameItem) },
      },
    },
    async (request) => {
      const filter = { ...filterOf(request.query), meters: [request.params.id] };
      return (await store.evidence.frames(access(request), filter)).map(showFrame);
    },
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text where it is text, else base64. */
function showFrame({ receivedMs, source, device, outcome, accepted, payload }: Frame): c.FrameItem {
  const shown = { receivedAt: new Date(receivedMs).toISOString(), source, device, outcome, accepted };
  try {
    const text = utf8.decode(payload);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters mean binary
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return { ...shown, encoding: 'text', payload: text };
  } catch {
    // not text
  }
  return { ...shown, encoding: 'base64', payload: Buffer.from(payload).toString('base64') };
}

function showUnregistered(seen: UnregisteredSummary): c.UnregisteredItem {
  const { device, quantity, unit, intervalS, readings, firstEnd, receivedMs } = seen;
  return {
    ...{ device, quantity, unit, intervalS, count: readings },
    first: new Date(firstEnd * 1000).toISOString(),
    last: new Date(receivedMs).toISOString(),
  };
}

function unregisteredRoutes(app: App, context: AppContext): void {
  const { store } = context;
  app.get(
    '/api/v1/unregistered',
    {
      config: { permission: 'events:read' },
      schema: {
        tags,
        summary: 'Devices seen that are not registered, newest first',
        description: 'The pages are those of the list as it was when the first of them was read.',
        querystring: pageQuery({}),
        response: { 200: listOf(c.UnregisteredItem) },
      },
    },
    async (request) => {
      const page = await store.evidence.unregistered(access(request), request.query);
      return { ...page, items: page.items.map(showUnregistered) };
    },
  );
  app.post(
    '/api/v1/unregistered/adopt',
    {
      config: { permission: 'meters:write' },
      schema: {
        tags,
        summary: 'Register a device that was seen; the readings kept for it move into its channels',
        body: c.AdoptBody,
        response: { 200: c.AdoptResult },
      },
    },
    async (request) => adoptDevice(context, access(request), request.body),
  );
}
