/** Text that is made part by part, as a file. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** The first part is made before the answer begins: a fault is a problem, not a torn file. */
export async function sendText(
  reply: Pick<FastifyReply, 'type' | 'header' | 'send'>,
  parts: AsyncGenerator<string, void, undefined>,
  { type, name }: { readonly type: string; readonly name: string },
): Promise<unknown> {
  const first = await parts.next();
  const text = async function* () {
    if (!first.done) yield first.value;
    yield* parts;
  };
  reply.type(`${type}; charset=utf-8`);
  reply.header('content-disposition', `attachment; filename="${name}"`);
  return reply.send(Readable.from(text(), { objectMode: false }));
}
