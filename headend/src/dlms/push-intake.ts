/** What meters send by themselves, opened and handed to who stores it; the same for every way it comes. */
import type { OpenAmiError } from '@openami/model';
import {
  type Heard,
  type OpenedApdu,
  openApdu,
  type Push,
  readingsOfApdu,
  type TelegramOptions,
  TelegramStream,
} from '@openami/wire/dlms';

export interface ReceivedPush {
  /** Such as `192.0.2.7:52011`. */
  readonly remote: string;
  readonly receivedMs: number;
  /** Of the sender, hex, where the message tells it or the connection is known. */
  readonly systemTitle: string | undefined;
  /** The APDU as it came in plain, or as far as keys open it. */
  readonly opened: OpenedApdu;
  /** Undefined for what is no push, or has no name for anything in it. */
  readonly push: Push | undefined;
}

/** Takes pushes. While a promise is under way, no more is read from that connection. */
export interface PushSink {
  take(push: ReceivedPush): void | Promise<void>;
  /** Instead of `take`, all that one piece of a connection held: a promise a piece, not a push. */
  takeAll?(pushes: readonly ReceivedPush[]): void | Promise<void>;
  /** Damaged telegrams and such that no key opens. */
  refused?(error: OpenAmiError, remote: string): void;
}

export interface PushIntakeOptions {
  readonly sink: PushSink;
  /** Key of a sender; see `TelegramOptions`. */
  readonly keyFor?: TelegramOptions['keyFor'];
  readonly clock: { nowMs(): number };
  readonly maxApduBytes?: number;
}

export interface PushCounters {
  pushes: number;
  refused: number;
}

export class PushIntake {
  readonly counters: PushCounters = { pushes: 0, refused: 0 };
  readonly #options: PushIntakeOptions;

  constructor(options: PushIntakeOptions) {
    this.#options = options;
  }

  /** A stream of telegrams in whatever framing its first bytes have. */
  stream(first: Uint8Array): TelegramStream {
    const { keyFor, maxApduBytes } = this.#options;
    const isWrapper = first[0] === 0 && (first.length < 2 || first[1] === 1);
    return new TelegramStream({ keyFor, maxApduBytes, ...(isWrapper ? { framing: 'wrapper' } : {}) });
  }

  /** Hands on what a stream heard; a promise while the sink is busy. */
  heard(items: readonly Heard[], remote: string, systemTitle?: string): Promise<void> | undefined {
    const received: ReceivedPush[] = [];
    for (const { apdu, error } of items) {
      const wrong = error ?? apdu?.error;
      if (wrong !== undefined) this.#refuse(wrong, remote);
      else {
        const push = this.#received(apdu!.opened!, remote, systemTitle);
        if (push !== undefined) received.push(push);
      }
    }
    const { sink } = this.#options;
    if (sink.takeAll === undefined || received.length === 0)
      return all(received.map((one) => this.#give(one)));
    return this.#handed(remote, () => sink.takeAll!(received));
  }

  /** An APDU that came between the answers of an association. */
  apdu(bytes: Uint8Array, remote: string, systemTitle?: string): void {
    try {
      const title = systemTitle === undefined ? undefined : Uint8Array.from(Buffer.from(systemTitle, 'hex'));
      const opened = openApdu(bytes, { keyFor: this.#options.keyFor, systemTitle: title });
      const push = this.#received(opened, remote, systemTitle);
      if (push !== undefined) this.#give(push);
    } catch (error) {
      this.#refuse(error as OpenAmiError, remote);
    }
  }

  /** Undefined for one that is refused. */
  #received(opened: OpenedApdu, remote: string, known: string | undefined): ReceivedPush | undefined {
    this.counters.pushes++;
    try {
      return {
        remote,
        receivedMs: this.#options.clock.nowMs(),
        systemTitle: titleOf(opened) ?? known,
        opened,
        push: readingsOfApdu(opened),
      };
    } catch (error) {
      this.#refuse(error as OpenAmiError, remote);
      return undefined;
    }
  }

  #give(received: ReceivedPush): Promise<void> | undefined {
    const { sink } = this.#options;
    return this.#handed(received.remote, () =>
      sink.takeAll === undefined ? sink.take(received) : sink.takeAll([received]),
    );
  }

  #handed(remote: string, work: () => void | Promise<void>): Promise<void> | undefined {
    try {
      const done = work();
      return done?.catch((error: unknown) => this.#refuse(error as OpenAmiError, remote));
    } catch (error) {
      this.#refuse(error as OpenAmiError, remote);
      return undefined;
    }
  }

  #refuse(error: OpenAmiError, remote: string): void {
    this.counters.refused++;
    this.#options.sink.refused?.(error, remote);
  }
}

/** A promise of all that are under way; undefined when none is. */
function all(done: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const busy = done.filter((one) => one !== undefined);
  return busy.length === 0 ? undefined : Promise.all(busy).then(() => {});
}

/** The title that a message carries, hex. */
export function titleOf({ protections }: OpenedApdu): string | undefined {
  const title = protections.find((one) => one.systemTitle !== undefined)?.systemTitle;
  return title && Buffer.from(title).toString('hex');
}
