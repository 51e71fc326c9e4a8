/** The operator console: static files, hashed assets cached for good, every other page is index.html. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { serverErrors } from '../errors.ts';

/** Where the console is built, seen from src/http or dist/http. */
const builtConsole = fileURLToPath(new URL('../../../console/dist', import.meta.url));

const notBuilt =
  '<!doctype html><meta charset="utf-8"><title>OpenAMI</title><h1>The console is not built</h1>' +
  '<p>Run <code>npm run build</code> and reload. The API works without it: ' +
  'see <a href="/docs">/docs</a>.</p>';

/** Serves the console and answers for every address that is none of ours. */
export async function installConsole(app: FastifyInstance, root: string = builtConsole): Promise<void> {
  const index = join(root, 'index.html');
  // `serve: false` registers no routes: it only lends `sendFile`
  await app.register(fastifyStatic, { root, serve: false, cacheControl: false, suppressWarning: true });
  app.get('/assets/*', { config: { permission: 'public' } }, async (request, reply) => {
    const { '*': path } = request.params as { '*': string };
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return reply.sendFile(`assets/${path}`, root);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const page = request.method === 'GET' && !/^\/(api|health|metrics|docs|assets)\b/.test(request.url);
    if (!page) throw serverErrors.ADDRESS_UNKNOWN(`${request.method} ${request.url.split('?')[0]}`);
    reply.header('cache-control', 'no-cache');
    if (!existsSync(index)) return reply.type('text/html; charset=utf-8').send(notBuilt);
    const path = decodePath(request.url);
    if (path && existsSync(join(root, path))) return reply.sendFile(path, root);
    return reply.sendFile('index.html', root);
  });
}

/** A file name at the top of the console's folder (favicon.svg, manifest), or nothing. */
function decodePath(url: string): string | undefined {
  const name = url.split('?')[0]?.slice(1) ?? '';
  return /^[\w-]+\.[\w.]+$/.test(name) && !name.includes('..') ? name : undefined;
}
