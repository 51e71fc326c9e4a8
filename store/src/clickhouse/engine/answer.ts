/**
 * Sends a result that comes in blocks to a client that may be slow.
 *
 *   engine ──block──▶ socket            while the client keeps up
 *          ──block──▶ spool file ──▶ socket   once it does not
 *
 * The engine's session is free as soon as the result is complete, however slowly the client reads, and memory
 * holds one block. A client that reads nothing for `stallMs` is disconnected; the file has a limit.
 */
import { once } from 'node:events';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { failures } from './failure.ts';

export interface AnswerLimits {
  /** A client that takes no byte for this long is disconnected. */
  readonly stallMs: number;
  /** Most bytes of one result that may wait on disk. */
  readonly spoolBytes: number;
}

const readBytes = 262_144;

/** One response body under way. */
export class Answer {
  private readonly response: ServerResponse;
  private readonly sink: Writable;
  private readonly limits: AnswerLimits;
  private readonly spoolPath: string;
  private file: FileHandle | undefined;
  private writtenBytes = 0;
  private sentBytes = 0;
  private blocked = false;

  constructor(response: ServerResponse, gzip: boolean, spoolPath: string, limits: AnswerLimits) {
    this.response = response;
    this.spoolPath = spoolPath;
    this.limits = limits;
    this.sink = response;
    if (gzip) {
      response.setHeader('Content-Encoding', 'gzip');
      const packer = createGzip({ level: 1 });
      packer.pipe(response);
      packer.on('error', () => response.destroy());
      this.sink = packer;
    }
    this.sink.on('drain', () => {
      this.blocked = false;
    });
  }

  /** True when the client has gone. */
  get gone(): boolean {
    return this.response.destroyed || this.response.writableAborted;
  }

  /** Takes one block; never waits for the client. */
  async write(block: Uint8Array): Promise<void> {
    if (!this.blocked && !this.file) {
      this.blocked = !this.sink.write(block);
      return;
    }
    if (!this.file) {
      this.file = await open(this.spoolPath, 'w+', 0o600);
      await unlink(this.spoolPath);
    }
    if (this.writtenBytes + block.length > this.limits.spoolBytes) throw failures.slowReader();
    await this.file.write(block, 0, block.length, this.writtenBytes);
    this.writtenBytes += block.length;
  }

  /** Sends what waits in the file and ends the response, at the client's pace. */
  async end(): Promise<void> {
    try {
      if (this.gone) throw new Error('The client went away');
      if (this.file) await this.drainFile(this.file);
      this.sink.end();
      if (!this.response.writableFinished) await this.within(once(this.response, 'finish'));
    } finally {
      await this.file?.close();
      this.file = undefined;
    }
  }

  /** Breaks the connection: the client must not take half a result for a whole one. */
  async abort(): Promise<void> {
    this.response.destroy();
    await this.file?.close();
    this.file = undefined;
  }

  private async drainFile(file: FileHandle): Promise<void> {
    const buffer = Buffer.allocUnsafe(readBytes);
    while (this.sentBytes < this.writtenBytes) {
      if (this.blocked) await this.within(once(this.sink, 'drain'));
      const { bytesRead } = await file.read(buffer, 0, readBytes, this.sentBytes);
      this.sentBytes += bytesRead;
      this.blocked = !this.sink.write(Buffer.from(buffer.subarray(0, bytesRead)));
    }
  }

  private async within(event: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let onClose = () => {};
    const end = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(failures.slowReader()), this.limits.stallMs);
      onClose = () => reject(new Error('The client went away'));
      this.response.once('close', onClose);
    });
    try {
      await Promise.race([event, end]);
    } finally {
      clearTimeout(timer);
      this.response.off('close', onClose);
      event.catch(() => {});
    }
  }
}
