/** Mappings of messages of other people's devices, and messages that are posted for one. */
import { mappingErrors } from '@openami/headend/mapping';
import { qualityName } from '@openami/model';
import { type PushMessage, utf8Text } from '@openami/wire';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { PushReceipt } from '../contract/ingest.ts';
import * as c from '../contract/mappings.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { rawBody, withRawBodies } from '../http/raw-body.ts';
import type { KnownMapping } from '../services/mappings.ts';
import { showReceipt } from '../services/receipt.ts';

const tags = ['mappings'];
const read = { permission: 'collection:read' } as const;
const write = { permission: 'collection:write' } as const;
const params = c.MappingParams;
const mostBytes = 2 ** 20;
/** Readings of a series that are shown where a mapping is tried. */
const mostShown = 200;
const texts = ['application/yaml', 'application/json', 'text/plain'];

/** Registers the routes. */
export async function mappingRoutes(app: App, context: AppContext): Promise<void> {
  listRoutes(app, context);
  tryRoute(app, context);
  changeRoutes(app, context);
  await withRawBodies(app, mostBytes, (scope) => {
    putRoute(scope, context);
    messageRoute(scope, context);
  });
}

function show({ mapping, isOwn, version, parameters }: KnownMapping): c.MappingItem {
  const { title, http = false, parameters: declared = {} } = mapping.file;
  return {
    ...{ id: mapping.id, title, origin: isOwn ? 'own' : 'ready-made', version },
    topics: mapping.topics.map(({ source }) => source),
    ...{ http, direct: mapping.isDirect, parameters: { ...parameters } },
    declared: Object.entries(declared).map(([name, { default: usual, description = '' }]) => ({
      ...{ name, default: usual, description },
    })),
  };
}

function detail(known: KnownMapping): c.MappingDetail {
  return { ...show(known), text: known.text };
}

function listRoutes(app: App, { mappings }: AppContext): void {
  app.get(
    '/api/v1/mappings',
    {
      config: read,
      schema: {
        tags,
        summary: 'Mappings that are there, own and ready-made',
        response: { 200: c.MappingList },
      },
    },
    async () => ({ items: mappings.list().map(show) }),
  );
  app.get(
    '/api/v1/mappings/:id',
    {
      config: read,
      schema: { tags, summary: 'A mapping with its text', params, response: { 200: c.MappingDetail } },
    },
    async (request) => detail(mappings.get(request.params.id)),
  );
}

function tryRoute(app: App, { mappings, directory }: AppContext): void {
  app.post(
    '/api/v1/mappings/:id/try',
    {
      config: write,
      bodyLimit: mostBytes,
      schema: {
        tags,
        summary: 'What a mapping makes of a message; nothing is stored',
        params,
        body: c.MappingTryBody,
        response: { 200: c.MappingTried },
      },
    },
    async (request) => {
      const { covers, messages } = await mappings.try(request.params.id, request.body);
      return {
        ...{ covers, isForIt: messages !== undefined },
        messages: (messages ?? []).map((message) => shownMessage(directory.memory, message)),
      };
    },
  );
}

/** Where each of its readings would go. */
function shownMessage(
  memory: AppContext['directory']['memory'],
  { device, series, events, rejects }: PushMessage,
): c.MappingTried['messages'][number] {
  return {
    ...{ meter: device, meterId: memory.meter(device) || null },
    series: series.map((one) => ({
      ...{ quantity: one.quantity, unit: one.unit, intervalS: one.intervalS },
      channelId: memory.find(device, one.quantity, one.intervalS)?.channel.id ?? null,
      readings: Array.from({ length: Math.min(one.length, mostShown) }, (_, i) => ({
        end: timeText(one.end[i]!),
        value: Number.isNaN(one.value[i]!) ? null : one.value[i]!,
        quality: qualityName(one.quality[i]!),
      })),
    })),
    events: events.map(({ code, at, detail: about }) => ({ code, at: timeText(at), detail: about })),
    rejects: rejects.map(({ quantity, value, code, detail: why }) => ({
      quantity,
      value,
      code,
      detail: why,
    })),
  };
}

const timeText = (timeS: number) =>
  Math.abs(timeS) < 8.64e12 ? new Date(timeS * 1_000).toISOString() : String(timeS);

function changeRoutes(app: App, { mappings }: AppContext): void {
  app.put(
    '/api/v1/mappings/:id/parameters',
    {
      config: write,
      schema: {
        tags,
        summary: 'Set the values of parameters, by name; those that are not named have their defaults',
        params,
        body: c.MappingValues,
        response: { 200: c.MappingDetail },
      },
    },
    async (request) => detail(await mappings.setParameters(access(request), request.params.id, request.body)),
  );
  app.delete(
    '/api/v1/mappings/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Remove what was stored of a mapping; a ready-made one of its id is again as it came',
        params,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await mappings.remove(access(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function putRoute(app: App, { mappings }: AppContext): void {
  app.put(
    '/api/v1/mappings/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Store a mapping, or a new version of one: YAML or JSON',
        description:
          'Its examples are run first: where one does not come out, the answer says what was expected and ' +
          'what came out, and nothing is stored. One of the id of a ready-made mapping takes its place.',
        consumes: texts,
        params,
        response: { 200: c.MappingDetail },
      },
    },
    async (request) => {
      const text = utf8Text(rawBody(request));
      if (text === undefined) throw mappingErrors.MAPPING_MALFORMED('not UTF-8');
      return detail(await mappings.put(access(request), (request.params as { id: string }).id, text));
    },
  );
}

function messageRoute(app: App, { mappings }: AppContext): void {
  app.post(
    '/api/v1/mappings/:id/messages',
    {
      config: { permission: 'readings:write' },
      schema: {
        tags,
        summary: 'Hand in a message of a device for a mapping that takes messages over HTTP',
        description: '200 is sent after everything is on disk. What cannot be read is kept as a rejection.',
        consumes: [...texts, 'application/octet-stream'],
        params,
        querystring: Type.Object({ topic: Type.Optional(Type.String({ maxLength: 512 })) }),
        response: { 200: PushReceipt },
      },
    },
    async (request) => {
      const { id } = request.params as { id: string };
      const { topic = '' } = request.query as { topic?: string };
      const { id: principal, name: sender } = request.principal!;
      const by = { sender, lane: `http:${principal}` };
      return showReceipt(await mappings.takePosted(id, topic, rawBody(request), by));
    },
  );
}
