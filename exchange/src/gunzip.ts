/** The edge: bytes of a gzip file to bytes of its content, with typed errors. */

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { exchangeErrors } from './errors.ts';
import type { ByteSource } from './series.ts';

/** Whether the first bytes are a gzip member (RFC 1952). */
export function isGzip(sample: Uint8Array): boolean {
  return sample.length >= 3 && sample[0] === 0x1f && sample[1] === 0x8b && sample[2] === 8;
}

/**
 * Unpacks a gzip stream. Content before a defect is yielded; then FILE_GZIP_TRUNCATED or
 * FILE_GZIP_BROKEN is thrown. Errors of the input itself pass through.
 */
export async function* gunzip(input: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  let inputError: unknown;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* input;
    } catch (error) {
      inputError = error;
      throw error;
    }
  };
  const source = Readable.from(watched(), { objectMode: false, highWaterMark: 65_536 });
  const unpack = createGunzip();
  source.on('error', (error) => unpack.destroy(error));
  source.pipe(unpack);
  try {
    for await (const chunk of unpack) yield chunk as Uint8Array;
  } catch (error) {
    if (inputError !== undefined) throw inputError;
    const code = (error as { code?: string }).code;
    if (code === 'Z_BUF_ERROR') throw exchangeErrors.FILE_GZIP_TRUNCATED(undefined, {}, error);
    if (code?.startsWith('Z_')) throw exchangeErrors.FILE_GZIP_BROKEN(undefined, {}, error);
    throw error;
  } finally {
    source.destroy();
  }
}
