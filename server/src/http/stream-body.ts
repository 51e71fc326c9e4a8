/** Bodies handed on as streams: nothing is parsed or held; empty bodies are empty streams. */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Longest time the rest of a body that nobody wants is read away, so that its sender sees the answer. */
const drainMs = 10_000;

/** All routes of this scope get their body as a stream: see `bodyOf`. */
export function streamBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  scope.addHook('onResponse', async ({ raw }) => {
    if (raw.readableEnded || raw.destroyed) return;
    raw.resume();
    const timer = setTimeout(() => raw.destroy(), drainMs);
    raw.once('close', () => clearTimeout(timer));
  });
}

/**
 * The body of a request. Leaving the loop early keeps the connection, so that an answer can still be
 * given: a plain loop over the request would tear it down.
 */
export async function* bodyOf(request: FastifyRequest): AsyncGenerator<Uint8Array, void, undefined> {
  const body = request.body as Readable | null | undefined;
  if (body) yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}
