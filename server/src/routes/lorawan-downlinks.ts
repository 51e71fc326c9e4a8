/** Downlinks to LoRaWAN devices: ordered, followed, taken back. */
import { type DownlinkRecord, hasEnded, tryName } from '@openami/headend/lorawan';
import { type AccessContext, OpenAmiError } from '@openami/model';
import { registryErrors } from '@openami/store';
import { bytesOfHex, hexOf } from '@openami/wire';
import { checkOrder } from '@openami/wire/lorawan';
import type { Static } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/lorawan.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { fromStored } from '../services/lorawan/downlinks.ts';

const tags = ['lorawan'];
const read = { permission: 'commands:read' } as const;
const write = { permission: 'commands:write' } as const;
const mostListed = 200;
/** Of one device: a network server sends it one after each of its uplinks. */
const mostUnderWay = 20;
const usualMinutes = 1_440;

function show({ id, order, state }: DownlinkRecord): c.DownlinkItem {
  const { devEui, fPort, bytes, confirmed } = order;
  const { step, tries, fCnt, error, expiresAtS } = state;
  return {
    ...{ id, devEui, fPort, hex: hexOf(bytes), confirmed, step, tries, fCnt, error },
    expires: new Date(expiresAtS * 1_000).toISOString(),
  };
}

/** Registers the routes. */
export function lorawanDownlinkRoutes(app: App, context: AppContext): void {
  const { lorawan, registry } = context;
  app.get(
    '/api/v1/lorawan/devices/:devEui/downlinks',
    {
      config: read,
      schema: {
        tags,
        summary: 'Downlinks to a device, the newest first',
        params: c.DevEuiParams,
        response: { 200: c.DownlinkList },
      },
    },
    async (request) => {
      const { devEui } = request.params;
      const found = await registry.lorawan.downlinks(access(request), devEui, mostListed);
      return { items: found.map((one) => show(fromStored(one))) };
    },
  );
  app.post(
    '/api/v1/lorawan/devices/:devEui/downlinks',
    {
      config: write,
      schema: {
        tags,
        summary: 'Send a device something, once: through the broker of its network server',
        description: 'The same Idempotency-Key is the same downlink. A confirmed one is tried three times.',
        params: c.DevEuiParams,
        body: c.DownlinkBody,
        response: { 200: c.DownlinkItem },
      },
    },
    async (request) => {
      const { devEui } = request.params;
      const { confirmed = false, minutes = usualMinutes } = request.body;
      const order = { ...(await orderOf(context, devEui, request.body)), confirmed };
      const expiresAtS = Math.floor(context.clock.nowMs() / 1_000) + minutes * 60;
      const ctx = access(request);
      // of one caller and device: others may use the same key
      const id = tryName(`${ctx.actor.kind} ${ctx.actor.id} ${devEui} ${workKeyOf(request)}`, 0);
      await requireFewer(context, ctx, devEui, id);
      return show(await lorawan.downlinks.order(ctx, id, order, { expiresAtS }));
    },
  );
  app.post(
    '/api/v1/lorawan/devices/:devEui/downlinks/:id/cancel',
    {
      config: write,
      schema: {
        tags,
        summary: 'Take back a downlink that was not handed on',
        params: c.DownlinkParams,
        response: { 200: c.DownlinkItem },
      },
    },
    async (request) => {
      const { devEui, id } = request.params;
      const stored = await registry.lorawan.downlink(access(request), id);
      if (stored?.devEui !== devEui) throw registryErrors.NOT_FOUND(`downlink ${id} of ${devEui}`);
      const record = (await lorawan.downlinks.cancel(access(request), id)) ?? fromStored(stored);
      if (!hasEnded(record.state))
        throw serverErrors.LORAWAN_DOWNLINK(`${id} is with the network server: it is ${record.state.step}`);
      return show(record);
    },
  );
}

/** Raises LORAWAN_DOWNLINKS where too many are under way; one that is among them may come again. */
async function requireFewer(
  { registry }: AppContext,
  ctx: AccessContext,
  devEui: string,
  id: string,
): Promise<void> {
  const newest = (await registry.lorawan.downlinks(ctx, devEui, mostListed)).map(fromStored);
  const underWay = newest.filter(({ state }) => !hasEnded(state)).length;
  if (underWay >= mostUnderWay && !newest.some((one) => one.id === id))
    throw serverErrors.LORAWAN_DOWNLINKS(`${underWay} to ${devEui}`);
}

/** Where it goes, and what it says. Raises NOT_FOUND, LORAWAN_NO_BROKER, LORAWAN_DOWNLINK. */
async function orderOf(
  { config, lorawan }: AppContext,
  devEui: string,
  { fPort, hex, data }: Static<typeof c.DownlinkBody>,
): Promise<Omit<DownlinkRecord['order'], 'confirmed'>> {
  if (config.lorawanMqttUrl === '') throw serverErrors.LORAWAN_NO_BROKER();
  const heard = lorawan.heard.get(devEui);
  if (heard === undefined) throw registryErrors.NOT_FOUND(`nothing is heard of ${devEui}`);
  if ((hex === undefined) === (data === undefined))
    throw serverErrors.LORAWAN_DOWNLINK('it needs `hex` or `data`, and not both');
  const content =
    hex === undefined ? await lorawan.encode(devEui, data, fPort) : { bytes: bytesOfHex(hex)!, fPort };
  const { deviceName: deviceId } = heard;
  // a webhook of The Things Stack names the application without its tenant
  const named = config.lorawanMqttApplication;
  const applicationId = named.startsWith(`${heard.applicationId}@`) ? named : heard.applicationId;
  const order = { devEui, applicationId, ...(deviceId === '' ? {} : { deviceId }), ...content };
  try {
    checkOrder({ ...order, id: '', confirmed: false });
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    throw serverErrors.LORAWAN_DOWNLINK(error.message, {}, error);
  }
  return order;
}
