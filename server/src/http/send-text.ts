/** What is made part by part, as a file. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** The first part is made before the answer begins: a fault is a problem, not a torn file. */
export async function streamOf(
  parts: AsyncGenerator<string | Uint8Array, void, undefined>,
): Promise<Readable> {
  const first = await parts.next();
  const bytes = async function* () {
    if (!first.done) yield first.value;
    yield* parts;
  };
  const stream = Readable.from(bytes(), { objectMode: false });
  // a reader that is gone before it took the first part would leave the parts at work for good
  stream.once('close', () => void parts.return().catch(() => undefined));
  return stream;
}

/** Text as a file of this name. */
export async function sendText(
  reply: Pick<FastifyReply, 'type' | 'header' | 'send'>,
  parts: AsyncGenerator<string, void, undefined>,
  { type, name }: { readonly type: string; readonly name: string },
): Promise<unknown> {
  const stream = await streamOf(parts);
  reply.type(`${type}; charset=utf-8`);
  reply.header('content-disposition', `attachment; filename="${name}"`);
  return reply.send(stream);
}
