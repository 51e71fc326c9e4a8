/** Routes that take bodies as the bytes they are, whatever their content type. */
import type { FastifyRequest } from 'fastify';
import type { App } from './app-type.ts';

/** Registers routes whose bodies are not read for them. */
export async function withRawBodies(
  app: App,
  bodyLimit: number,
  routes: (scope: App) => void,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
      done(null, body);
    });
    routes(scope as App);
  });
}

/** The bytes; none where there is no body. */
export function rawBody({ body }: Pick<FastifyRequest, 'body'>): Uint8Array {
  return (body as Uint8Array | undefined) ?? new Uint8Array(0);
}
