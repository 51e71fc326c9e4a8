/** Firmware images and campaigns. */
import { bitmapOf, type CampaignPlan, countBlocks, defaultWaves, maxImageBytes } from '@openami/headend';
import type { Campaign, CampaignMeter, FirmwareImage } from '@openami/store';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/campaigns.ts';
import { IdParams } from '../contract/common.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { bodyOf, streamBodies } from '../http/stream-body.ts';
import type { NameOf } from '../identity/names.ts';
import { personOf } from './commands.ts';

const tags = ['campaigns'];
const read = { permission: 'commands:read' } as const;
const write = { permission: 'commands:write' } as const;
const approve = { permission: 'commands:approve' } as const;
const policy = { permission: 'commands:policy' } as const;

/** Registers the routes. */
export async function campaignRoutes(app: App, context: AppContext): Promise<void> {
  lookRoutes(app, context);
  changeRoutes(app, context);
  await app.register(async (scope) => {
    streamBodies(scope);
    uploadRoute(scope as App, context);
  });
}

function showImage(image: FirmwareImage, nameOf: NameOf): c.FirmwareItem {
  const { createdBy, createdAt } = image;
  return { ...image, createdByName: nameOf(createdBy), createdAt: createdAt.toISOString() };
}

function showCampaign(campaign: Campaign, nameOf: NameOf): c.CampaignItem {
  const { plan, createdPerson: _person, version: _version, waveCounts, ...rest } = campaign;
  const { waves, haltRate, fromVersions, activateAtS } = plan as CampaignPlan;
  return {
    ...{ ...rest, haltRate, fromVersions: [...fromVersions], createdByName: nameOf(campaign.createdBy) },
    waves: waves.map((wave, at) => {
      const counts = { ...waveCounts[at] } as Record<string, number>;
      return { ...wave, counts, meters: Object.values(counts).reduce((sum, count) => sum + count, 0) };
    }),
    activateAt: activateAtS === undefined ? null : new Date(activateAtS * 1000).toISOString(),
    createdAt: campaign.createdAt.toISOString(),
    updatedAt: campaign.updatedAt.toISOString(),
    counts: { ...campaign.counts } as Record<string, number>,
  };
}

interface Progress {
  readonly blocks: number;
  readonly bitmap: string;
  readonly version: string;
  readonly error: string | null;
}

function showMeter({
  meterId,
  serial,
  wave,
  state,
  progress,
  updatedAt,
}: CampaignMeter): c.CampaignMeterItem {
  const { blocks, bitmap, version, error } = progress as Progress;
  return {
    ...{ meterId, serial, wave, state, blocks, bitmap, version, error },
    received: countBlocks(bitmapOf(bitmap), blocks),
    updatedAt: updatedAt.toISOString(),
  };
}

function lookRoutes(app: App, { registry, names }: AppContext): void {
  app.get(
    '/api/v1/campaigns/images',
    {
      config: read,
      schema: { tags, summary: 'Firmware images', response: { 200: Type.Array(c.FirmwareItem) } },
    },
    async (request) => {
      const images = await registry.campaigns.images(access(request));
      const nameOf = await names.names();
      return images.map((image) => showImage(image, nameOf));
    },
  );
  app.get(
    '/api/v1/campaigns',
    {
      config: read,
      schema: {
        tags,
        summary: 'Firmware campaigns, the newest first',
        querystring: c.CampaignQuery,
        response: { 200: c.CampaignList },
      },
    },
    async (request) => {
      const page = await registry.campaigns.list(access(request), request.query);
      const nameOf = await names.names();
      const items = page.items.map((campaign) => showCampaign(campaign, nameOf));
      return { items, next: page.next, total: page.total };
    },
  );
  app.get(
    '/api/v1/campaigns/:id',
    {
      config: read,
      schema: { tags, summary: 'One campaign', params: IdParams, response: { 200: c.CampaignItem } },
    },
    async (request) =>
      showCampaign(await registry.campaigns.one(access(request), request.params.id), await names.names()),
  );
  app.get(
    '/api/v1/campaigns/:id/meters',
    {
      config: read,
      schema: {
        tags,
        summary: 'Meters of a campaign with the blocks they have',
        params: IdParams,
        querystring: c.CampaignMeterQuery,
        response: { 200: c.CampaignMeterList },
      },
    },
    async (request) => {
      const page = await registry.campaigns.meters(access(request), request.params.id, request.query);
      return { items: page.items.map(showMeter), next: page.next, total: page.total };
    },
  );
}

function changeRoutes(app: App, { registry, commands, names }: AppContext): void {
  const shown = async (request: FastifyRequest, id: number) =>
    showCampaign(await registry.campaigns.one(access(request), id), await names.names());
  app.post(
    '/api/v1/campaigns',
    {
      config: write,
      bodyLimit: 16 * 2 ** 20,
      schema: {
        tags,
        summary: 'Plan a campaign; nothing is sent before it is started',
        body: c.CampaignBody,
        response: { 201: c.CampaignItem },
      },
    },
    async (request, reply) => {
      const { name, imageId, meterIds, activateAt, ...body } = request.body;
      const { waves = defaultWaves, haltRate = 100, fromVersions = [] } = body;
      const at = activateAt === undefined ? {} : { activateAtS: Math.floor(Date.parse(activateAt) / 1000) };
      const id = await commands.campaigns.create(access(request), {
        ...{ name, imageId, meterIds, plan: { waves, haltRate, fromVersions, ...at } },
        person: await personOf(request, registry),
      });
      reply.code(201).header('location', `/api/v1/campaigns/${id}`);
      return shown(request, id);
    },
  );
  const moves = [
    ['start', approve, 'Start a campaign; a large one another person than who planned it'],
    ['pause', write, 'Pause a campaign; what was told to activate does'],
    ['abort', write, 'Abort a campaign; meters keep the version they run'],
  ] as const;
  for (const [move, { permission }, summary] of moves) {
    app.post(
      `/api/v1/campaigns/:id/${move}`,
      {
        config: { permission },
        schema: { tags, summary, params: IdParams, response: { 200: c.CampaignItem } },
      },
      async (request) => {
        await commands.campaigns.move(access(request), request.params.id, move);
        return shown(request, request.params.id);
      },
    );
  }
  app.post(
    '/api/v1/campaigns/:id/resume',
    {
      config: approve,
      schema: {
        tags,
        summary: 'Go on with a paused campaign, or a halted one with a higher `haltRate`',
        params: IdParams,
        body: Type.Optional(c.ResumeBody),
        response: { 200: c.CampaignItem },
      },
    },
    async (request) => {
      const { id } = request.params;
      await commands.campaigns.move(access(request), id, 'resume', request.body?.haltRate);
      return shown(request, id);
    },
  );
}

function uploadRoute(app: App, { registry, commands, names }: AppContext): void {
  app.post(
    '/api/v1/campaigns/images',
    {
      config: policy,
      schema: {
        tags,
        summary: 'Add a firmware image',
        description: `Body: the image, at most ${maxImageBytes} bytes.`,
        consumes: ['application/octet-stream'],
        querystring: c.FirmwareQuery,
        response: { 201: c.FirmwareItem },
      },
    },
    async (request, reply) => {
      const { signature, manufacturer = '', model = '', sha256 = '', ...query } = request.query;
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const part of bodyOf(request)) {
        bytes += part.length;
        if (bytes > maxImageBytes) throw serverErrors.REQUEST_REFUSED(`more than ${maxImageBytes} bytes`);
        parts.push(part);
      }
      const ctx = access(request);
      const id = await commands.campaigns.addImage(ctx, {
        ...{ ...query, manufacturer, model, sha256, content: Buffer.concat(parts) },
        signature: signature === undefined ? null : Buffer.from(signature, 'base64url'),
      });
      const image = await registry.campaigns.imageInfo(ctx, id);
      reply.code(201);
      return showImage(image, await names.names());
    },
  );
}
