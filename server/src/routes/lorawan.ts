/** LoRaWAN: webhooks of network servers, devices that are heard, their codecs. */
import { OpenAmiError } from '@openami/model';
import type { AppContext } from '../context.ts';
import * as c from '../contract/lorawan.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { rawBody, withRawBodies } from '../http/raw-body.ts';
import type { NameOf } from '../identity/names.ts';
import { mayControl } from '../identity/permissions.ts';
import type { HeldCodec } from '../services/lorawan/codecs.ts';
import type { HeardDevice } from '../services/lorawan/heard.ts';
import type { ServerMessage } from '../services/lorawan/network-server.ts';
import { heardList } from './heard-list.ts';
import { lorawanDownlinkRoutes } from './lorawan-downlinks.ts';

const tags = ['lorawan'];
const read = { permission: 'events:read' } as const;
const write = { permission: 'meters:write' } as const;
const mostMessageBytes = 2 ** 20;

/** Registers the routes. */
export async function lorawanRoutes(app: App, context: AppContext): Promise<void> {
  await withRawBodies(app, mostMessageBytes, (scope) => webhookRoutes(scope, context));
  deviceRoutes(app, context);
  serverRoute(app, context);
  codecRoutes(app, context);
  lorawanDownlinkRoutes(app, context);
}

function webhookRoutes(app: App, context: AppContext): void {
  const hook = {
    tags,
    description: '200 is sent after everything that came of it is on disk.',
    consumes: ['application/json'],
    response: { 200: c.LorawanTaken },
  };
  const config = { permission: 'readings:write' } as const;
  app.post(
    '/api/v1/lorawan/chirpstack',
    {
      config,
      schema: { ...hook, summary: 'Hand on an event of ChirpStack v4', querystring: c.ChirpstackQuery },
    },
    async (request) => {
      const { event } = request.query as { event?: NonNullable<ServerMessage['event']> };
      const message = { body: rawBody(request), sender: request.principal!.name };
      return takeOne(context, { server: 'chirpstack', ...message, ...(event ? { event } : {}) });
    },
  );
  app.post(
    '/api/v1/lorawan/thethingsstack',
    { config, schema: { ...hook, summary: 'Hand on a message of The Things Stack v3' } },
    async (request) =>
      takeOne(context, {
        ...{ server: 'things-stack', body: rawBody(request), sender: request.principal!.name },
      }),
  );
}

/** What the sender wrote and cannot be read is his fault here, not that of a peer of ours. */
async function takeOne({ lorawan }: AppContext, message: ServerMessage): Promise<c.LorawanTaken> {
  try {
    return await lorawan.take(message);
  } catch (error) {
    const isUnread = error instanceof OpenAmiError && error.fault === 'peer';
    if (!isUnread || !error.code.startsWith('LORAWAN_')) throw error;
    throw serverErrors.LORAWAN_MESSAGE(`${error.code}: ${error.message}`, {}, error);
  }
}

const iso = (ms: number) => new Date(ms).toISOString();

function show({ lorawan }: AppContext, heard: HeardDevice): c.LorawanDeviceItem {
  const {
    name: _name,
    firstMs,
    lastMs,
    joinedMs,
    telegrams,
    paths,
    counter: _counter,
    byBroker: _byBroker,
    supply,
    ...facts
  } = heard;
  const { devEui } = facts;
  return {
    ...facts,
    supply: supply ? { on: supply.outputOn, at: iso(supply.atS * 1_000) } : null,
    ...{ meterId: lorawan.meterOf(devEui) || null, meter: lorawan.nameOf(devEui) },
    codecId: lorawan.codecs.assignment(devEui)?.codecId ?? null,
    ...{ first: iso(firstMs), last: iso(lastMs), joined: joinedMs === null ? null : iso(joinedMs) },
    uplinks: telegrams,
    paths: paths.map(({ lastMs: at, telegrams: uplinks, ...path }) => ({ ...path, uplinks, last: iso(at) })),
  };
}

function deviceRoutes(app: App, context: AppContext): void {
  const { lorawan } = context;
  app.get(
    '/api/v1/lorawan/devices',
    {
      config: read,
      schema: {
        tags,
        summary: 'Devices that are heard, by which gateways; who was heard last comes first',
        querystring: c.LorawanDeviceQuery,
        response: { 200: c.LorawanDeviceList },
      },
    },
    async (request) => {
      const { q = '', ...asked } = request.query;
      const wanted = q.trim().toLowerCase();
      return heardList(lorawan.heard, asked, {
        isWanted: ({ devEui, deviceName }) =>
          [devEui, deviceName, lorawan.nameOf(devEui)].some((name) => name.toLowerCase().includes(wanted)),
        meterOf: ({ devEui }) => lorawan.meterOf(devEui),
        show: (one) => show(context, one),
      });
    },
  );
  app.post(
    '/api/v1/lorawan/devices/:devEui/codec',
    {
      config: write,
      schema: {
        tags,
        summary: 'Give a device a codec; what was kept of the device is read with it',
        description:
          'Uplinks that gave no readings are read again; with `all` those that did as well. To give a ' +
          'codec with `control`, to take it away, or to change its meter needs `commands:policy`.',
        params: c.DevEuiParams,
        body: c.CodecAssignBody,
        response: { 200: c.CodecAssigned },
      },
    },
    async (request) => {
      const { devEui } = request.params;
      const { codec: codecId, all = false } = request.body;
      const meter = request.body.meter ?? lorawan.codecs.assignment(devEui)?.meter ?? '';
      context.requireWriter();
      const ctx = access(request);
      const asked = { devEui, codecId, meter, all, mayControl: mayControl(request.principal!) };
      const { read, failed, code } = await lorawan.assign(ctx, asked);
      return { devEui, codecId, meter: lorawan.nameOf(devEui), read, failed, code };
    },
  );
}

function serverRoute(app: App, context: AppContext): void {
  const { lorawan } = context;
  app.post(
    '/api/v1/lorawan/devices/:devEui/server',
    {
      config: write,
      schema: {
        tags,
        summary: 'Say to which network server, application or tenant a device moved',
        description:
          'A device is bound to where it was heard first: messages of others are refused and kept. After ' +
          'this it is heard from where it is now, and its frame counter begins anew.',
        params: c.DevEuiParams,
        body: c.DeviceServerBody,
        response: { 200: c.LorawanDeviceItem },
      },
    },
    async (request) => {
      const { devEui } = request.params;
      const { tenantId = null, ...where } = request.body;
      context.requireWriter();
      return show(context, await lorawan.move(access(request), devEui, { ...where, tenantId }));
    },
  );
}

/** Heard devices by the codec they have. */
function devicesByCodec({ lorawan }: AppContext): Map<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const { devEui } of lorawan.heard.all()) {
    const id = lorawan.codecs.assignment(devEui)?.codecId ?? undefined;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function showCodec(
  { codec, ...held }: HeldCodec,
  nameOf: NameOf,
  devices: ReturnType<typeof devicesByCodec>,
): c.CodecItem {
  const { id, version, enabled, uploadedBy, uploadedAt } = held;
  const { vendor, models, fPorts, decoder, examples } = codec;
  return {
    ...{ id, version, enabled, vendor, models: [...models], fPorts: [...fPorts], decoder },
    ...{ examples: examples.length, devices: devices.get(id) ?? 0 },
    ...{ uploadedBy: nameOf(uploadedBy), uploaded: uploadedAt.toISOString() },
  };
}

function codecRoutes(app: App, context: AppContext): void {
  const { lorawan, names } = context;
  const shown = async (held: readonly HeldCodec[]): Promise<c.CodecItem[]> => {
    const [nameOf, devices] = [await names.names(), devicesByCodec(context)];
    return held.map((one) => showCodec(one, nameOf, devices));
  };
  app.get(
    '/api/v1/lorawan/codecs',
    {
      config: read,
      schema: { tags, summary: 'Codecs, each at its newest version', response: { 200: c.CodecList } },
    },
    async () => {
      await lorawan.codecs.refresh();
      return { items: await shown(lorawan.codecs.all()) };
    },
  );
  app.post(
    '/api/v1/lorawan/codecs',
    {
      config: write,
      schema: {
        tags,
        summary: 'Upload a codec, or a new version of one',
        description:
          'Its examples are run: where one gives something else, nothing is stored; `errors` says where. ' +
          'One that says which downlinks switch a supply, or do not (`control`), needs `commands:policy`, ' +
          'as does one in the place of such.',
        body: c.CodecBody,
        response: { 200: c.CodecItem },
      },
    },
    async (request) => {
      const may = mayControl(request.principal!);
      const [item] = await shown([await lorawan.codecs.upload(access(request), request.body, may)]);
      return item!;
    },
  );
  app.post(
    '/api/v1/lorawan/codecs/enabled',
    {
      config: write,
      schema: {
        tags,
        summary: 'Switch a codec on or off; uplinks of its devices are kept while it is off',
        body: c.CodecEnabledBody,
        response: { 200: c.CodecItem },
      },
    },
    async (request) => {
      const { id, enabled } = request.body;
      const may = mayControl(request.principal!);
      const [item] = await shown([await lorawan.codecs.enable(access(request), id, enabled, may)]);
      return item!;
    },
  );
}
