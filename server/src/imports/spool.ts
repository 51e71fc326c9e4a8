/** The uploaded file, kept under the data folder until its import is done. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzip, isGzip } from '@openami/exchange';
import { OpenAmiError } from '@openami/model';
import { serverErrors } from '../errors.ts';

export interface Spooled {
  /** File name inside the spool folder. */
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface SpoolFile {
  readonly name: string;
  readonly bytes: number;
  /** Since it was last written to. */
  readonly untouchedMs: number;
}

/** Files of imports, by generated names only: a caller's file name never becomes a path. */
export class Spool {
  readonly folder: string;
  readonly #maxBytes: number;

  constructor(dataDir: string, maxBytes: number) {
    this.folder = join(dataDir, 'imports');
    this.#maxBytes = maxBytes;
  }

  /** Where a spooled name is. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** Stores a body; fsynced before it resolves. Throws IMPORT_TOO_LARGE, SPOOL_FULL. */
  async take(body: AsyncIterable<Uint8Array>): Promise<Spooled> {
    await mkdir(this.folder, { recursive: true });
    const name = `${randomUUID()}.data`;
    const part = this.path(`${name}.part`);
    const hash = createHash('sha256');
    let bytes = 0;
    const file = await open(part, 'wx', 0o600);
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > this.#maxBytes) throw serverErrors.IMPORT_TOO_LARGE(`more than ${this.#maxBytes} bytes`);
        hash.update(chunk);
        // unlike `write` it goes on after a part of the chunk
        await file.appendFile(chunk);
      }
      await file.sync();
      await file.close();
      await rename(part, this.path(name));
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(part, { force: true });
      throw spoolError(error);
    }
    return { name, bytes, sha256: hash.digest('hex') };
  }

  /** What there is; half done uploads among it. */
  async files(): Promise<SpoolFile[]> {
    const files: SpoolFile[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      const found = await stat(this.path(name)).catch(() => undefined);
      if (found) files.push({ name, bytes: found.size, untouchedMs: Date.now() - found.mtimeMs });
    }
    return files;
  }

  /** True while the file is kept. */
  async has(name: string): Promise<boolean> {
    return name !== '' && (await stat(this.path(name)).catch(() => undefined)) !== undefined;
  }

  async remove(name: string): Promise<void> {
    if (name !== '') await rm(this.path(name), { force: true });
  }

  /**
   * Content of a spooled file, unpacked; `onBytes` is told how much of the file was read. A small file may
   * hold a lot of content: throws IMPORT_TOO_LARGE.
   */
  async *read(name: string, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    if (!(await this.has(name))) throw serverErrors.IMPORT_FILE_GONE();
    const file = createReadStream(this.path(name), { highWaterMark: 262_144 });
    let content = 0;
    for await (const chunk of unpacked(counted(file, onBytes))) {
      content += chunk.length;
      if (content > this.#maxBytes)
        throw serverErrors.IMPORT_TOO_LARGE(`more than ${this.#maxBytes} bytes when unpacked`);
      yield chunk;
    }
  }

  /** The first bytes of the content. */
  async sample(name: string, bytes = 1_048_576): Promise<Uint8Array> {
    return firstBytes(
      this.read(name, () => undefined),
      bytes,
    );
  }
}

const lineEnd = new Uint8Array([10]);
/** Of a line longer than this a sample holds the start: one bad line does not fill it. */
const sampleLineBytes = 524_288;
/** Bytes read at most to fill a sample. */
const sampleReadBytes = 67_108_864;

/** At most `limit` bytes of a stream; a defect after some content is left for the reader of it all. */
export async function firstBytes(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let [length, read, line] = [0, 0, 0];
  try {
    for await (const chunk of source) {
      read += chunk.length;
      for (let from = 0; from < chunk.length; ) {
        const newline = chunk.indexOf(10, from);
        const to = newline < 0 ? chunk.length : newline + 1;
        const room = Math.max(0, Math.min(to - from, sampleLineBytes - line));
        if (room > 0) chunks.push(chunk.subarray(from, from + room));
        if (room < to - from && newline >= 0) chunks.push(lineEnd);
        length += room;
        line = newline < 0 ? line + to - from : 0;
        from = to;
        if (length >= limit) break;
      }
      if (length >= limit || read >= sampleReadBytes) break;
    }
  } catch (error) {
    if (length === 0) throw error;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

/** The content of a stream that may be packed with gzip. */
export async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const rest: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => iterator };
  const whole = async function* () {
    yield first.value;
    yield* rest;
  };
  yield* isGzip(first.value) ? gunzip(whole()) : whole();
}

async function* counted(source: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void) {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    onBytes(bytes);
    yield chunk;
  }
}

function spoolError(error: unknown): unknown {
  if (error instanceof OpenAmiError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return serverErrors.SPOOL_FULL(undefined, {}, error);
  return error;
}
