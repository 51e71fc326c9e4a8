/** Virtual channels and groups of channels. */
import { qualityName } from '@openami/model';
import type { ChannelGroup, VirtualChannel } from '@openami/store';
import { endOf, hasValue } from '@openami/vee';
import type { AppContext } from '../context.ts';
import { Done, IdParams } from '../contract/common.ts';
import * as c from '../contract/vee-virtual.ts';
import type { App } from '../http/app-type.ts';
import { daysAsked } from '../http/days.ts';
import { ifMatch } from '../http/etag.ts';
import { access } from '../http/guard.ts';

const tags = ['virtual channels'];
const mostPreviewDays = 31;
/** Of as many members as the contract allows, each with both of its times. */
const mostGroupBytes = 16 * 2 ** 20;
const read = { permission: 'vee:read' } as const;
const write = { permission: 'vee:write' } as const;

/** Registers the routes. */
export function veeVirtualRoutes(app: App, context: AppContext): void {
  channelRoutes(app, context);
  previewRoute(app, context);
  groupRoutes(app, context);
}

function channelRoutes(app: App, { vee, registry }: AppContext): void {
  const show = async (one: VirtualChannel): Promise<c.VirtualChannelItem> => {
    await vee.book.load([one.channelId]);
    const booked = vee.book.get(one.channelId);
    return {
      ...{ channelId: one.channelId, meterId: booked?.facts.meter ?? 0, serial: booked?.around.serial ?? '' },
      ...{ name: booked?.around.alias ?? '', unit: booked?.around.unit ?? '' },
      ...{ intervalS: booked?.facts.intervalS ?? 0, formula: one.formula, version: one.version },
      ...{ updatedBy: one.updatedBy, updatedAt: one.updatedAt.toISOString() },
    };
  };
  app.get(
    '/api/v1/vee/virtual-channels',
    {
      config: read,
      schema: { tags, summary: 'Channels worked out of others', response: { 200: c.VirtualChannelList } },
    },
    async (request) => Promise.all((await registry.virtualChannels.list(access(request))).map(show)),
  );
  app.post(
    '/api/v1/vee/virtual-channels',
    {
      config: write,
      schema: {
        tags,
        summary: 'Make a channel of a formula',
        body: c.VirtualChannelBody,
        response: { 201: c.VirtualChannelItem },
      },
    },
    async (request, reply) => {
      const made = await vee.virtual.create(access(request), request.body);
      return reply.code(201).send(await show(made));
    },
  );
  app.put(
    '/api/v1/vee/virtual-channels/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Give a virtual channel another formula',
        params: IdParams,
        body: c.FormulaBody,
        response: { 200: c.VirtualChannelItem },
      },
    },
    async (request) => {
      const { id } = request.params;
      return show(await vee.virtual.change(access(request), id, request.body.formula, ifMatch(request)));
    },
  );
  app.delete(
    '/api/v1/vee/virtual-channels/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Work a channel out no longer; its readings stay',
        params: IdParams,
        response: { 200: Done },
      },
    },
    async (request) => {
      await vee.virtual.remove(access(request), request.params.id);
      return { ok: true } as const;
    },
  );
}

function previewRoute(app: App, { vee }: AppContext): void {
  app.post(
    '/api/v1/vee/virtual-channels/preview',
    {
      config: read,
      schema: {
        tags,
        summary: 'What a formula makes of some days; nothing is stored',
        body: c.FormulaPreviewBody,
        response: { 200: c.FormulaPreview },
      },
    },
    async (request) => {
      const { formula, unit, intervalS, from, to } = request.body;
      const { fromDay, toDay } = daysAsked(from, to, mostPreviewDays);
      const { series, expected, present, estimated, inputs } = await vee.virtual.preview(
        ...([formula, { unit, intervalS }, fromDay, toDay] as const),
      );
      return {
        ends: Array.from(series.value, (_, i) => endOf(series, i)),
        values: Array.from(series.value, (value, i) => (hasValue(series.quality[i]!) ? value / 1_000 : null)),
        quality: Array.from(series.quality, qualityName),
        ...{ expected: [...expected], present: [...present], estimated: [...estimated] },
        ...inputs,
      };
    },
  );
}

function showGroup({ members, ...rest }: ChannelGroup): c.ChannelGroupItem {
  return {
    ...rest,
    members: members.map(({ channelId, validFrom, validUntil }) => ({
      channelId,
      validFrom: validFrom.toISOString(),
      validUntil: validUntil?.toISOString() ?? null,
    })),
  };
}

function groupRoutes(app: App, { vee, registry }: AppContext): void {
  app.get(
    '/api/v1/vee/groups',
    {
      config: read,
      schema: { tags, summary: 'Groups of channels by time', response: { 200: c.ChannelGroupList } },
    },
    async (request) => (await registry.virtualChannels.groups(access(request))).map(showGroup),
  );
  app.put(
    '/api/v1/vee/groups/:code',
    {
      config: write,
      bodyLimit: mostGroupBytes,
      schema: {
        tags,
        summary: 'Make a group, or replace its members',
        params: c.CodeParams,
        body: c.ChannelGroupBody,
        response: { 200: c.ChannelGroupItem },
      },
    },
    async (request) => {
      const { name = '', members } = request.body;
      const group = await vee.virtual.putGroup(
        access(request),
        {
          ...{ code: request.params.code, name },
          members: members.map(({ channelId, validFrom, validUntil }) => ({
            channelId,
            validFrom: new Date(validFrom ?? 0),
            validUntil: validUntil ? new Date(validUntil) : null,
          })),
        },
        ifMatch(request),
      );
      return showGroup(group);
    },
  );
  app.delete(
    '/api/v1/vee/groups/:code',
    {
      config: write,
      schema: { tags, summary: 'Forget a group', params: c.CodeParams, response: { 200: Done } },
    },
    async (request) => {
      await vee.virtual.removeGroup(access(request), request.params.code);
      return { ok: true } as const;
    },
  );
}
