/**
 * The live stream: server-sent events to a bounded number of clients, in all and of one caller. A client
 * that does not read is dropped as soon as more than its buffer waits for it, so it can hold neither memory
 * nor anybody else. A stream ends after some minutes and the client comes again: who was shut out meanwhile
 * does not.
 */
import type { ServerResponse } from 'node:http';
import { serverErrors } from '../errors.ts';

export interface SseLimits {
  readonly clients: number;
  /** Streams of one caller: a user with all windows, or a token. */
  readonly perCaller: number;
  /** How long one stream may last. */
  readonly lifeMs: number;
  readonly bufferBytes: number;
  readonly heartbeatMs: number;
}

const defaults: SseLimits = {
  clients: 200,
  perCaller: 20,
  lifeMs: 30 * 60_000,
  bufferBytes: 1_048_576,
  heartbeatMs: 15_000,
};

/** One open stream; `channels` are the channels whose readings it asked for. */
interface SseClient {
  readonly caller: string;
  readonly response: ServerResponse;
  readonly channels: ReadonlySet<number>;
}

/** Sends events to every open stream. */
export class SseHub {
  readonly #clients = new Set<SseClient>();
  readonly #limits: SseLimits;
  readonly #timer: NodeJS.Timeout;
  /** Streams dropped because their client did not read. */
  dropped = 0;

  constructor(limits: Partial<SseLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
    this.#timer = setInterval(() => this.#write(this.#clients, ': still here\n\n'), this.#limits.heartbeatMs);
    this.#timer.unref();
  }

  /** Streams open now. */
  get size(): number {
    return this.#clients.size;
  }

  /** Throws STREAM_LIMIT when this caller may not open a further stream. */
  checkRoom(caller: string): void {
    const { clients, perCaller } = this.#limits;
    if (this.#clients.size >= clients) {
      throw serverErrors.STREAM_LIMIT(`${clients} streams are open, which is all there may be.`);
    }
    let own = 0;
    for (const client of this.#clients) if (client.caller === caller) own++;
    if (own >= perCaller)
      throw serverErrors.STREAM_LIMIT(`You have ${own} streams open, the most there may be.`);
  }

  /** Takes over a response and keeps it open until either side ends it. */
  add(
    response: ServerResponse,
    caller: string,
    channels: ReadonlySet<number>,
    headers: Record<string, string> = {},
  ): void {
    this.checkRoom(caller);
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...headers,
    });
    response.write('retry: 3000\n\n');
    const client = { response, caller, channels };
    this.#clients.add(client);
    const end = setTimeout(() => response.end(), this.#limits.lifeMs).unref();
    const forget = () => {
      clearTimeout(end);
      this.#clients.delete(client);
    };
    response.on('close', forget);
    response.on('error', forget);
  }

  /** Sends one event to all. */
  publish(event: string, data: unknown): void {
    if (this.#clients.size > 0) this.#write(this.#clients, frame(event, data));
  }

  /** Sends one reading to those who watch its channel. */
  publishReading(data: { channel: number; end: number; value: number; quality: number }): void {
    let text: string | undefined;
    for (const client of this.#clients) {
      if (!client.channels.has(data.channel)) continue;
      text ??= frame('reading', data);
      this.#write([client], text);
    }
  }

  /** Ends every stream. */
  close(): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.response.end();
  }

  #write(clients: Iterable<SseClient>, text: string): void {
    for (const client of clients) {
      client.response.write(text);
      if (client.response.writableLength > this.#limits.bufferBytes) {
        this.dropped++;
        client.response.destroy();
      }
    }
  }
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
