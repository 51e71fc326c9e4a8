/** Readings as a file, and the backup of a running server. */
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { ExportQuery } from '../contract/imports.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { sendText } from '../http/send-text.ts';
import { backupStores } from '../services/backup.ts';
import { exportReadings } from '../services/export.ts';

const types = { csv: 'text/csv', greenbutton: 'application/atom+xml', nem12: 'text/csv' } as const;
const endings = { csv: 'csv', greenbutton: 'xml', nem12: 'nem12.csv' } as const;

/** Registers the routes. */
export function exportRoutes(app: App, context: AppContext): void {
  app.get(
    '/api/v1/export',
    {
      config: { permission: 'readings:read' },
      schema: {
        tags: ['meters'],
        summary: 'Readings as a CSV, Green Button or NEM12 file',
        querystring: ExportQuery,
        produces: Object.values(types),
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const parts = exportReadings(context, access(request), request.query);
      return sendText(reply, parts, { type: types[format], name: `readings.${endings[format]}` });
    },
  );
  app.post(
    '/api/v1/backup',
    {
      config: { permission: 'local' },
      schema: {
        tags: ['system'],
        summary: 'Back up both stores into an empty folder of this machine',
        description: 'Only for the command line on the same machine (`openami backup`).',
        body: Type.Object({ dir: Type.String({ minLength: 1, maxLength: 4096 }) }),
        response: {
          200: Type.Object({ dir: Type.String(), readings: Type.Integer(), tables: Type.Integer() }),
        },
      },
    },
    async (request) => backupStores(context, access(request), request.body.dir),
  );
}
