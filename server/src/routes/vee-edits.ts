/** Validation: edits of readings, previewed, let through by a second person where they weigh much, undone. */
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/vee.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import type { EditRequest } from '../services/vee/edit-rows.ts';
import { showEdit, showRow } from '../services/vee/show.ts';
import { personOf } from './commands.ts';

const tags = ['validation'];
const read = { permission: 'vee:read' } as const;
const write = { permission: 'vee:write' } as const;
const approve = { permission: 'vee:approve' } as const;

/** Registers the routes. */
export function veeEditRoutes(app: App, context: AppContext): void {
  requestRoutes(app, context);
  followRoutes(app, context);
}

function requestRoutes(app: App, { vee, registry, names, requireWriter }: AppContext): void {
  app.post(
    '/api/v1/vee/edits/preview',
    {
      config: write,
      schema: {
        tags,
        summary: 'What an edit would do; nothing is changed',
        body: c.EditPreviewBody,
        response: { 200: c.EditPreviewItem },
      },
    },
    async (request) => {
      const person = await personOf(request, registry);
      const preview = await vee.edits.preview(access(request), person, request.body as EditRequest);
      const facts = vee.book.get(request.body.channelId)?.facts;
      return {
        ...preview,
        before: preview.before.map(showRow),
        after: preview.after.map(showRow),
        change: preview.change / 1_000,
        baseUnit: facts?.baseUnit ?? '',
      };
    },
  );
  app.post(
    '/api/v1/vee/edits',
    {
      config: write,
      schema: {
        tags,
        summary: 'Edit readings',
        description:
          'Send the `basis` of what was shown: what changed since is not overwritten (409 VEE_CHANGED). An ' +
          'edit that moves much waits for a second person (`pending`).',
        body: c.EditBody,
        response: { 200: c.EditItem },
      },
    },
    async (request) => {
      requireWriter();
      const { reason, basis, exceptionIds, ...edit } = request.body;
      const made = await vee.edits.request(
        access(request),
        await personOf(request, registry),
        edit as EditRequest,
        {
          ...{ key: workKeyOf(request), reason },
          ...(basis === undefined ? {} : { basis }),
          ...(exceptionIds ? { exceptionIds } : {}),
        },
      );
      return showEdit(made, vee.book.get(made.channelId), await names.names());
    },
  );
  app.post(
    '/api/v1/vee/edits/:id/undo',
    {
      config: write,
      schema: {
        tags,
        summary: 'Write back what was there before an edit',
        params: IdParams,
        body: c.EditUndoBody,
        response: { 200: c.EditItem },
      },
    },
    async (request) => {
      requireWriter();
      const person = await personOf(request, registry);
      const made = await vee.edits.undo(access(request), person, request.params.id, {
        ...{ key: workKeyOf(request), reason: request.body.reason },
      });
      return showEdit(made, vee.book.get(made.channelId), await names.names());
    },
  );
}

function followRoutes(app: App, { vee, registry, names, requireWriter }: AppContext): void {
  app.get(
    '/api/v1/vee/edits',
    {
      config: read,
      schema: {
        tags,
        summary: 'Edits, newest first',
        querystring: c.EditQuery,
        response: { 200: c.EditList },
      },
    },
    async (request) => {
      const { items, next, total } = await registry.edits.list(access(request), request.query);
      await vee.book.load(items.map(({ channelId }) => channelId));
      const nameOf = await names.names();
      const shown = items.map((one) => showEdit(one, vee.book.get(one.channelId), nameOf));
      return { items: shown, next, total };
    },
  );
  app.post(
    '/api/v1/vee/edits/:id/decide',
    {
      config: approve,
      schema: {
        tags,
        summary: 'Let a large edit of somebody else through, or refuse it',
        params: IdParams,
        body: c.EditDecisionBody,
        response: { 200: c.EditItem },
      },
    },
    async (request) => {
      requireWriter();
      const { decision, note = '' } = request.body;
      const edit = await vee.edits.decide(access(request), request.params.id, decision, note);
      await vee.book.load([edit.channelId]);
      return showEdit(edit, vee.book.get(edit.channelId), await names.names());
    },
  );
}
