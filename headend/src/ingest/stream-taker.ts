/** Cuts a streamed body into messages and hands them on in small parts, up to as many as it may have. */
import type { OpenAmiError } from '@openami/model';
import { type PushFormat, PushSplitter, slicesOf, sniffPushFormat, wireErrors } from '@openami/wire';
import type { IngestLimits } from './types.ts';

type Limits = Pick<IngestLimits, 'bodyMessages' | 'push'>;
type HandOn = (format: PushFormat, messages: readonly Uint8Array[]) => Promise<void>;

export class StreamTaker {
  readonly #format: PushFormat | undefined;
  readonly #limits: Limits;
  readonly #handOn: HandOn;
  #splitter: PushSplitter | undefined;
  #sniffed: PushFormat = 'json';
  #left: number;

  /** Without a format the first byte tells it. */
  constructor(format: PushFormat | undefined, limits: Limits, handOn: HandOn) {
    this.#format = format;
    this.#limits = limits;
    this.#handOn = handOn;
    this.#left = limits.bodyMessages;
  }

  /** True while nothing but blanks has come. */
  get isBlank(): boolean {
    return this.#splitter?.isBlank ?? true;
  }

  /** Resolves when the messages of a chunk are handed on. Throws what `PushSplitter` does, PUSH_TOO_MANY. */
  async take(chunk: Uint8Array): Promise<void> {
    if (this.#splitter === undefined) {
      this.#sniffed = this.#format ?? sniffPushFormat(chunk);
      this.#splitter = new PushSplitter(this.#sniffed, this.#limits.push);
    }
    for (const slice of slicesOf(chunk)) await this.#hand(this.#splitter.push(slice));
  }

  /** The body is complete. */
  async finish(): Promise<void> {
    if (this.#splitter !== undefined) await this.#hand(this.#splitter.finish());
  }

  /** After a failure: what was complete before it. */
  async rescue(): Promise<void> {
    const messages = this.#splitter?.completed() ?? [];
    await this.#handSome(messages.slice(0, this.#left));
  }

  async #hand(messages: readonly Uint8Array[]): Promise<void> {
    const room = this.#left;
    await this.#handSome(messages.length > room ? messages.slice(0, room) : messages);
    if (messages.length > room) throw tooMany(this.#limits);
  }

  async #handSome(messages: readonly Uint8Array[]): Promise<void> {
    this.#left -= messages.length;
    if (messages.length > 0) await this.#handOn(this.#sniffed, messages);
  }
}

/** The error of a body of more messages than it may have. */
export function tooMany({ bodyMessages }: Limits): OpenAmiError {
  return wireErrors.PUSH_TOO_MANY(`more than ${bodyMessages} messages in a body`);
}
