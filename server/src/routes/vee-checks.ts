/** Check channels: what is taken where a channel has nothing. */
import type { ChannelCheck } from '@openami/store';
import type { AppContext } from '../context.ts';
import { Done, IdParams } from '../contract/common.ts';
import * as c from '../contract/vee-virtual.ts';
import type { App } from '../http/app-type.ts';
import { ifMatch } from '../http/etag.ts';
import { access } from '../http/guard.ts';

const tags = ['virtual channels'];
const read = { permission: 'vee:read' } as const;
const write = { permission: 'vee:write' } as const;

/** Registers the routes. */
export function veeCheckRoutes(app: App, { vee, registry }: AppContext): void {
  const nameOf = (id: number): string => {
    const around = vee.book.get(id)?.around;
    return around === undefined ? `#${id}` : `${around.serial} ${around.alias || around.obis}`.trim();
  };
  const show = async (all: readonly ChannelCheck[]): Promise<c.ChannelCheckItem[]> => {
    await vee.book.load(all.flatMap(({ channelId, checkId }) => [channelId, checkId]));
    return all.map((one) => ({
      ...{ ...one, updatedAt: one.updatedAt.toISOString() },
      ...{ channel: nameOf(one.channelId), check: nameOf(one.checkId) },
    }));
  };
  app.get(
    '/api/v1/vee/checks',
    {
      config: read,
      schema: { tags, summary: 'Channels that check others', response: { 200: c.ChannelCheckList } },
    },
    async (request) => show(await registry.channelChecks.list(access(request))),
  );
  app.put(
    '/api/v1/vee/checks/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Name the channel that measures what this one does',
        params: IdParams,
        body: c.ChannelCheckBody,
        response: { 200: c.ChannelCheckItem },
      },
    },
    async (request) => {
      const { id } = request.params;
      const made = await vee.checks.put(access(request), id, request.body.checkId, ifMatch(request));
      return (await show([made]))[0]!;
    },
  );
  app.delete(
    '/api/v1/vee/checks/:id',
    {
      config: write,
      schema: { tags, summary: 'A channel is checked no longer', params: IdParams, response: { 200: Done } },
    },
    async (request) => {
      await vee.checks.remove(access(request), request.params.id);
      return { ok: true } as const;
    },
  );
}
