/**
 * The apps: the console at /, the portal of customers at /portal/. Static files, hashed assets cached for
 * good, every other page is the index.html of its app.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { serverErrors } from '../errors.ts';

/** Where an app is built, seen from src/http or dist/http. */
const builtApp = (name: string) => fileURLToPath(new URL(`../../../${name}/dist`, import.meta.url));

const notBuilt = (name: string) =>
  `<!doctype html><meta charset="utf-8"><title>OpenAMI</title><h1>The ${name} is not built</h1>` +
  '<p>Run <code>npm run build</code> and reload. The API works without it: ' +
  'see <a href="/docs">/docs</a>.</p>';

interface ServedApp {
  readonly name: string;
  /** Folder it is built in. */
  readonly root: string;
  /** Below this address; empty for the root. */
  readonly base: '' | '/portal';
}

/** Serves the apps and answers for every address that is none of ours. */
export async function installConsole(
  app: FastifyInstance,
  root: string = builtApp('console'),
): Promise<void> {
  const console: ServedApp = { name: 'console', root, base: '' };
  const portal: ServedApp = { name: 'portal', root: builtApp('portal'), base: '/portal' };
  // `serve: false` registers no routes: it only lends `sendFile`
  await app.register(fastifyStatic, { root, serve: false, cacheControl: false, suppressWarning: true });
  for (const served of [console, portal]) {
    app.get(`${served.base}/assets/*`, { config: { permission: 'public' } }, async (request, reply) => {
      const { '*': path } = request.params as { '*': string };
      reply.header('cache-control', 'public, max-age=31536000, immutable');
      return reply.sendFile(`assets/${path}`, served.root);
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    const { method, url } = request;
    const page = method === 'GET' && !/^\/(api|health|metrics|docs|assets|portal\/assets)\b/.test(url);
    if (!page) throw serverErrors.ADDRESS_UNKNOWN(`${method} ${url.split('?')[0]}`);
    return sendPage(/^\/portal(?![^/?#])/.test(url) ? portal : console, url, reply);
  });
}

function sendPage({ name, root, base }: ServedApp, url: string, reply: FastifyReply) {
  reply.header('cache-control', 'no-cache');
  if (!existsSync(join(root, 'index.html')))
    return reply.type('text/html; charset=utf-8').send(notBuilt(name));
  const path = fileOf(url.slice(base.length));
  if (path && existsSync(join(root, path))) return reply.sendFile(path, root);
  return reply.sendFile('index.html', root);
}

/** A file name at the top of an app's folder (icon.svg, theme.js), or nothing. */
function fileOf(url: string): string | undefined {
  const name = url.split('?')[0]?.slice(1) ?? '';
  return /^[\w-]+\.[\w.]+$/.test(name) && !name.includes('..') ? name : undefined;
}
