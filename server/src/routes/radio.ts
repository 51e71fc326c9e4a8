/** Telegrams of gateways, and meters that are heard over the air or read at their ports. */
import { parseMeterLabel } from '@openami/exchange';
import type { HeardMeter } from '@openami/headend';
import { mediumName } from '@openami/wire/mbus';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/radio.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { rawBody, withRawBodies } from '../http/raw-body.ts';
import { registerHeard } from '../services/register-radio.ts';
import { telegramKeyOf } from '../services/telegram-keys.ts';
import { heardList } from './heard-list.ts';

const tags = ['radio'];
const read = { permission: 'events:read' } as const;
const write = { permission: 'meters:write' } as const;
const mostTelegramBytes = 2 ** 20;

/** Registers the routes. */
export async function radioRoutes(app: App, context: AppContext): Promise<void> {
  await takeRoute(app, context);
  heardRoutes(app, context);
}

async function takeRoute(app: App, { radio }: AppContext): Promise<void> {
  await withRawBodies(app, mostTelegramBytes, (scope) => {
    scope.post(
      '/api/v1/radio/telegrams',
      {
        config: { permission: 'readings:write' },
        schema: {
          tags,
          summary: 'Hand on telegrams of meters: wireless M-Bus, P1, SML, IEC 62056-21',
          description:
            'What meters send out of their ports (P1, SML, IEC 62056-21) as it is; what is heard over the ' +
            'air as hexadecimal lines, JSON (`{"telegram": "1e44…", "rssi": -71, "time": "…"}`, one or an ' +
            'array), lines of rtl_wmbus, or the bytes of one telegram. 200 is sent after everything ' +
            'is on disk.',
          consumes: ['text/plain', 'application/json', 'application/octet-stream'],
          querystring: Type.Object({ gateway: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })) }),
          response: { 200: c.TelegramsTaken },
        },
      },
      async (request) => {
        const { gateway = request.principal!.name } = request.query as { gateway?: string };
        return { ...(await radio.take(gateway, rawBody(request))) };
      },
    );
  });
}

function show({ radio }: AppContext, heard: HeardMeter): c.HeardItem {
  const { firstMs, lastMs, paths, ...facts } = heard;
  return {
    ...facts,
    protocol: heard.protocol ?? 'wmbus',
    ...{ medium: mediumName(heard.type), meterId: radio.meterOf(heard.name) || null },
    ...{ first: new Date(firstMs).toISOString(), last: new Date(lastMs).toISOString() },
    paths: paths.map(({ lastMs: at, snrDb: _snr, ...path }) => ({
      ...path,
      last: new Date(at).toISOString(),
    })),
  };
}

function heardRoutes(app: App, context: AppContext): void {
  const { radio } = context;
  app.get(
    '/api/v1/radio/heard',
    {
      config: read,
      schema: {
        tags,
        summary: 'Meters that are heard, and by which gateways; who was heard last comes first',
        querystring: c.HeardQuery,
        response: { 200: c.HeardList },
      },
    },
    async (request) => {
      const { q = '', ...asked } = request.query;
      // a label that was scanned says more than the name; at its port a meter says its label
      const label = parseMeterLabel(q)?.name;
      const wanted = (label === undefined ? [q.trim()] : [label, q.trim()]).map((one) => one.toLowerCase());
      return heardList(radio.heard, asked, {
        isWanted: ({ name }) => wanted.some((one) => name.toLowerCase().includes(one)),
        meterOf: ({ name }) => radio.meterOf(name),
        show: (one) => show(context, one),
      });
    },
  );
  app.post(
    '/api/v1/radio/heard/:name/check-key',
    {
      config: write,
      schema: {
        tags,
        summary: 'Try a key on the last telegrams of a meter',
        description: 'Right, wrong, not encrypted (`plain`), unsupported and damaged are told apart.',
        params: c.HeardParams,
        body: c.RadioKeyCheckBody,
        response: { 200: c.RadioKeyCheck },
      },
    },
    async (request) => {
      const key = telegramKeyOf(request.body);
      return radio.checkKey(access(request), request.params.name, key);
    },
  );
  app.post(
    '/api/v1/radio/heard/:name/register',
    {
      config: write,
      schema: {
        tags,
        summary: 'Register a meter that is heard, with its key: also backwards to the first telegram kept',
        params: c.HeardParams,
        body: c.HeardRegisterBody,
        response: { 200: c.HeardRegistered },
      },
    },
    async (request) => registerHeard(context, access(request), request.params.name, request.body),
  );
}
