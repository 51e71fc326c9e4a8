/** Bytes to and from one peer: a TCP connection that we made or that a meter made. */
import { createConnection, type ListenOptions, type Server, type Socket } from 'node:net';
import type { OpenAmiError } from '@openami/model';
import { associationErrors } from '@openami/wire/dlms';
import { dlmsFieldErrors } from './errors.ts';
import type { LinkLimits } from './limits.ts';

/** Who takes the bytes of a channel. */
export interface ChannelReader {
  /** The chunk may be kept. */
  bytes(chunk: Uint8Array): void;
  /** Called once, and nothing after it. */
  closed(error: OpenAmiError): void;
}

export interface Channel {
  /** Such as `192.0.2.7:4059`. */
  readonly remote: string;
  readonly isOpen: boolean;
  /** One at a time; who takes over gets what comes from then on. */
  reader: ChannelReader | undefined;
  write(bytes: Uint8Array): void;
  /** Sends what is written, then closes; resolves when closed or `waitMs` later. */
  close(waitMs: number): Promise<void>;
  /** Closes now; the reader is told. */
  destroy(error?: OpenAmiError): void;
}

const keepAliveMs = 60_000;
/** How long a peer has to close its side once ours is. */
const peerCloseMs = 250;

/** Connects. Raises DLMS_UNREACHABLE, DLMS_CONNECT_TIMEOUT, and the reason of the signal. */
export function connectTcp(
  { host, port }: { readonly host: string; readonly port: number },
  limits: Pick<LinkLimits, 'connectMs' | 'maxUnsentBytes'>,
  signal?: AbortSignal,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const remote = `${host}:${port}`;
    const socket = createConnection({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error): void =>
      fail(dlmsFieldErrors.DLMS_UNREACHABLE(`${remote}: ${reasonOf(error)}`, { remote }, error));
    const onAbort = (): void => fail(signal!.reason);
    const timer = setTimeout(
      () => fail(dlmsFieldErrors.DLMS_CONNECT_TIMEOUT(`${remote}: ${limits.connectMs} ms`, { remote })),
      limits.connectMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      settle();
      resolve(new SocketChannel(socket, remote, limits.maxUnsentBytes));
    });
  });
}

/** The channel of a connection that a meter made. */
export function channelOf(socket: Socket, maxUnsentBytes: number): Channel {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return new SocketChannel(socket, remoteOf(socket), maxUnsentBytes);
}

/** The other side of a connection, such as `192.0.2.7:52011`. */
export function remoteOf(socket: Socket): string {
  const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
  return `${address}:${socket.remotePort ?? 0}`;
}

class SocketChannel implements Channel {
  readonly remote: string;
  readonly #socket: Socket;
  #reader: ChannelReader | undefined;
  readonly #maxUnsentBytes: number;
  #error: OpenAmiError | undefined;
  #isEnded = false;

  constructor(socket: Socket, remote: string, maxUnsentBytes: number) {
    this.remote = remote;
    this.#socket = socket;
    this.#maxUnsentBytes = maxUnsentBytes;
    socket.on('data', (chunk) => this.#reader?.bytes(plain(chunk as Buffer)));
    socket.on('error', (error) => {
      this.#error ??= associationErrors.DLMS_CLOSED(`${remote}: ${reasonOf(error)}`, { remote }, error);
    });
    socket.on('end', () => {
      this.#isEnded = true;
    });
    socket.on('close', () => {
      const reader = this.#reader;
      this.#reader = undefined;
      const words = this.#isEnded ? 'closed by the meter' : 'closed';
      reader?.closed(this.#error ?? associationErrors.DLMS_CLOSED(`${remote}: ${words}`, { remote }));
    });
  }

  get reader(): ChannelReader | undefined {
    return this.#reader;
  }

  /** What comes while there is none waits. */
  set reader(reader: ChannelReader | undefined) {
    const was = this.#reader;
    this.#reader = reader;
    if (reader === undefined) this.#socket.pause();
    else if (was === undefined) this.#socket.resume();
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  write(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > this.#maxUnsentBytes) {
      const unsentBytes = this.#socket.writableLength;
      this.destroy(
        associationErrors.DLMS_LIMIT(`${this.remote}: ${unsentBytes} bytes the meter does not take`),
      );
    }
  }

  close(waitMs: number): Promise<void> {
    const socket = this.#socket;
    if (socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), waitMs);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      // a serial server that still has this connection refuses the next one: its side closes first
      socket.resume();
      socket.end(() => setTimeout(() => socket.destroy(), Math.min(waitMs, peerCloseMs)).unref());
    });
  }

  destroy(error?: OpenAmiError): void {
    this.#error ??= error;
    this.#socket.destroy();
  }
}

/** Listens; gives the port. Raises what Node does. */
export async function listening(server: Server, options: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, resolve);
  });
  // such as no file descriptors for a moment: later connections are taken again
  server.on('error', () => {});
  return (server.address() as { port: number }).port;
}

/** The same bytes without the ways of a Buffer, whose `slice` does not copy. */
export function plain(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}

/** Node gives a list of errors without words when a name has several addresses. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((each: Error) => each.message).join('; ');
  }
  return error.message;
}
