/**
 * Request bodies: decompressed as they arrive; statements are held in memory, insert data goes to a spool
 * file. Both have a limit.
 */
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { asFailure, EngineFailure, failures } from './failure.ts';

const decoders: Readonly<Record<string, (() => Transform) | undefined>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Body as plain bytes; a truncated or foreign compression becomes a typed failure. */
function decoded(request: IncomingMessage): Readable[] {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return [request];
  const decoder = decoders[encoding];
  if (!decoder) throw failures.notImplemented(`Content-Encoding ${encoding}: use gzip, deflate or br`);
  return [request, decoder()];
}

function limited(limitBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > limitBytes ? failures.tooLarge(limitBytes) : null, chunk);
    },
  });
}

/** Reads a whole body into memory. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const collect = limited(limitBytes);
  collect.on('data', (chunk: Buffer) => chunks.push(chunk));
  await guarded(pipeline([...decoded(request), collect]));
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Writes a body to a file; returns its size in bytes. */
export async function spoolBody(request: IncomingMessage, path: string, limitBytes: number): Promise<number> {
  const file = createWriteStream(path, { mode: 0o600 });
  await guarded(pipeline([...decoded(request), limited(limitBytes), file]));
  return file.bytesWritten;
}

async function guarded(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? '');
    if (error instanceof EngineFailure) throw error;
    if (code.startsWith('Z_') || code.startsWith('ERR_') || code.includes('BUF')) {
      throw failures.badBody((error as Error).message);
    }
    throw asFailure(error);
  }
}

/** Text fields of a multipart/form-data body (what the official client sends for long parameters). */
export function multipartFields(body: Buffer, contentType: string): Map<string, string> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!boundary) throw failures.badRequest('The multipart body has no boundary');
  const fields = new Map<string, string>();
  const mark = Buffer.from(`--${boundary}`);
  let at = body.indexOf(mark);
  while (at >= 0) {
    const start = at + mark.length;
    const next = body.indexOf(mark, start);
    if (next < 0) break;
    const headEnd = body.indexOf('\r\n\r\n', start);
    if (headEnd > 0 && headEnd < next) {
      const name = /name="([^"]*)"/.exec(body.subarray(start, headEnd).toString())?.[1];
      if (name) fields.set(name, body.subarray(headEnd + 4, next - 2).toString());
    }
    at = next;
  }
  return fields;
}
