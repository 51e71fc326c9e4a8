/** Downlinks to LoRaWAN devices: ordered, followed, taken back. */
import {
  type DownlinkContent,
  type DownlinkRecord,
  hasEnded,
  isHarmless,
  tryName,
} from '@openami/headend/lorawan';
import { OpenAmiError } from '@openami/model';
import { registryErrors } from '@openami/store';
import { bytesOfHex, hexOf } from '@openami/wire';
import type { Static } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/lorawan.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { addressed } from '../services/lorawan/control.ts';

const tags = ['lorawan'];
const read = { permission: 'commands:read' } as const;
const write = { permission: 'commands:write' } as const;
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
  const { lorawan } = context;
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
      return { items: (await lorawan.downlinks.list(access(request), devEui)).map(show) };
    },
  );
  app.post(
    '/api/v1/lorawan/devices/:devEui/downlinks',
    {
      config: write,
      schema: {
        tags,
        summary: 'Send a device something, once: through the broker of its network server',
        description:
          'For what the codec of the device declares harmless; all else is ordered as a command. The same ' +
          'Idempotency-Key is the same downlink. A confirmed one is tried three times.',
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
      const known = await lorawan.downlinks.record(access(request), id);
      if (known?.order.devEui !== devEui) throw registryErrors.NOT_FOUND(`downlink ${id} of ${devEui}`);
      const record = (await lorawan.downlinks.cancel(access(request), id)) ?? known;
      if (!hasEnded(record.state)) throw serverErrors.LORAWAN_DOWNLINK_STATE(`it is ${record.state.step}`);
      return show(record);
    },
  );
}

/**
 * Where it goes, and what it says. What may switch a supply is for the commands service, which asks a second
 * person. Raises LORAWAN_NO_BROKER, LORAWAN_NOT_HEARD, LORAWAN_DOWNLINK, LORAWAN_DOWNLINK_UNSAFE, and
 * errors of `codecErrors`.
 */
async function orderOf(
  { config, lorawan }: AppContext,
  devEui: string,
  { fPort, hex, data }: Static<typeof c.DownlinkBody>,
): Promise<Omit<DownlinkRecord['order'], 'confirmed'>> {
  if ((hex === undefined) === (data === undefined))
    throw serverErrors.LORAWAN_DOWNLINK('it needs `hex` or `data`, and not both');
  const at = (content: DownlinkContent) => addressed(config, lorawan.heard, devEui, content);
  if (hex !== undefined) {
    at({ bytes: bytesOfHex(hex)!, fPort });
    throw serverErrors.LORAWAN_DOWNLINK_UNSAFE('what bytes do is not known here');
  }
  const order = at(await asCaller(lorawan.encode(devEui, data, fPort)));
  if (!isHarmless(lorawan.codecs.codecFor(devEui)?.control, data, order.fPort))
    throw serverErrors.LORAWAN_DOWNLINK_UNSAFE('`control.harmless` of its codec does not name this data');
  if (await asCaller(lorawan.switches(devEui, order)))
    throw serverErrors.LORAWAN_DOWNLINK_UNSAFE('its bytes are those that switch the supply');
  return order;
}

/** What a codec makes of data is no fault of a peer of ours, but of the data that was given here. */
async function asCaller<T>(encoding: Promise<T>): Promise<T> {
  try {
    return await encoding;
  } catch (error) {
    if (!(error instanceof OpenAmiError) || error.fault !== 'peer') throw error;
    throw serverErrors.LORAWAN_DOWNLINK(`${error.code}: ${error.message}`, {}, error);
  }
}
