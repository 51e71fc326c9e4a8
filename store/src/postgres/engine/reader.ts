/** Messages of a socket, one at a time; the socket is paused while nobody asks for more. */
import type { Socket } from 'node:net';
import { type Message, MessageCutter } from './framing.ts';

export class MessageReader {
  readonly #socket: Socket;
  readonly #cutter: MessageCutter;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, maxBytes: number) {
    this.#socket = socket;
    this.#cutter = new MessageCutter(maxBytes);
    socket.pause();
    socket.on('data', (chunk: Buffer) => {
      this.#cutter.push(chunk);
      socket.pause();
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', end);
    socket.on('close', end);
  }

  set maxBytes(bytes: number) {
    this.#cutter.maxBytes = bytes;
  }

  set tagged(tagged: boolean) {
    this.#cutter.tagged = tagged;
  }

  /** The next message; undefined at the end of the stream; `timeout` after `waitMs` (0: never). */
  async next(waitMs: number): Promise<Message | undefined | 'timeout'> {
    const deadline = waitMs > 0 ? performance.now() + waitMs : Number.POSITIVE_INFINITY;
    for (;;) {
      const message = this.#cutter.next();
      if (message !== undefined) return message;
      if (this.#ended) return undefined;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return 'timeout';
      await this.#more(leftMs);
    }
  }

  #more(leftMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(leftMs) ? setTimeout(() => this.#wake?.(), leftMs) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      this.#socket.resume();
    });
  }
}
