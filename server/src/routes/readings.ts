/** Readings pushed over HTTP: JSON, NDJSON or CBOR, packed with gzip or not; answered after the fsync. */

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ingestErrors } from '@openami/headend';
import type { AppContext } from '../context.ts';
import { PushReceipt } from '../contract/ingest.ts';
import type { App } from '../http/app-type.ts';
import { bodyOf, streamBodies } from '../http/stream-body.ts';
import { showReceipt } from '../services/receipt.ts';

/** Registers the route. */
export async function readingRoutes(app: App, context: AppContext): Promise<void> {
  await app.register(async (scope) => {
    streamBodies(scope);
    pushRoute(scope as App, context);
  });
}

function pushRoute(app: App, { ingest }: AppContext): void {
  app.post(
    '/api/v1/readings',
    {
      config: { permission: 'readings:write' },
      schema: {
        tags: ['readings'],
        summary: 'Push readings',
        description:
          'One message, an array of messages or NDJSON; or the same in CBOR. Up to 10 MB. 200 is sent ' +
          'only after everything is on disk; readings that were refused are listed with their reason ' +
          'and do not hold up the others.',
        consumes: ['application/json', 'application/x-ndjson', 'application/cbor'],
        response: { 200: PushReceipt },
      },
    },
    async (request) => {
      const principal = request.principal!;
      const type = request.headers['content-type'] ?? 'application/json';
      const packed = isPacked(request.headers['content-encoding']);
      const body = bodyOf(request);
      return showReceipt(
        await ingest.acceptStream('http', type, packed ? unpack(body) : body, {
          lane: `http:${principal.id}`,
          sender: principal.name,
        }),
      );
    },
  );
}

/** True for gzip. Throws BODY_ENCODING for what is neither gzip nor nothing. */
function isPacked(encoding = ''): boolean {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return false;
  if (name === 'gzip' || name === 'x-gzip') return true;
  throw ingestErrors.BODY_ENCODING(`"${name.slice(0, 40)}"`);
}

/** Unpacks; a fault of the body is a fault of what comes out. */
function unpack(body: AsyncIterable<Uint8Array>): Readable {
  const gunzip = createGunzip();
  const source = Readable.from(body, { objectMode: false });
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => source.destroy());
  return source.pipe(gunzip);
}
