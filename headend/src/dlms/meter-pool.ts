/** Connections that meters hold open, by meter; each is given out for one association at a time. */
import type { OpenAmiError } from '@openami/model';
import { type ApduStream, associationErrors } from '@openami/wire/dlms';
import type { Channel, ChannelReader } from './channel.ts';
import { type Addresses, type Framing, type LinkSource, linkOver } from './endpoint.ts';
import { dlmsFieldErrors } from './errors.ts';
import type { LinkLimits } from './limits.ts';
import type { DlmsLink } from './link.ts';
import type { PushIntake } from './push-intake.ts';
import type { PushPeer } from './push-peer.ts';

export interface PoolOptions {
  readonly framing: Framing;
  readonly linkLimits: LinkLimits;
  readonly limits: { readonly waiting: number; readonly idleMs: number };
  readonly intake: PushIntake;
  readonly onMeter?: (meter: string, isOnline: boolean) => void;
}

export class MeterPool {
  readonly #options: PoolOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  has(meter: string): boolean {
    return this.#held.has(meter);
  }

  /** Keeps a connection; an older one of the same meter is dead whether it knows it or not. */
  add(meter: string, channel: Channel, peer: PushPeer): void {
    const old = this.#held.get(meter);
    const held = new Held(channel, peer, this.#options, () => {
      if (this.#held.get(meter) !== held) return;
      this.#held.delete(meter);
      this.#options.onMeter?.(meter, false);
    });
    this.#held.set(meter, held);
    old?.destroy(associationErrors.DLMS_CLOSED(`${meter} connected again`));
    if (old === undefined) this.#options.onMeter?.(meter, true);
  }

  source(meter: string): LinkSource {
    return {
      remote: meter,
      open: async (addresses, signal) => {
        const held = this.#held.get(meter);
        if (held === undefined) throw dlmsFieldErrors.DLMS_METER_OFFLINE(meter, { meter });
        return await held.open(addresses, signal);
      },
    };
  }
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One kept connection. While no association has it, it reads pushes itself. */
class Held implements ChannelReader {
  readonly #channel: Channel;
  readonly #peer: PushPeer;
  readonly #options: PoolOptions;
  readonly #onGone: () => void;
  readonly #queue: Waiting[] = [];
  #stream: ApduStream | undefined;
  #isBusy = false;
  #idle: NodeJS.Timeout;

  constructor(channel: Channel, peer: PushPeer, options: PoolOptions, onGone: () => void) {
    this.#channel = channel;
    this.#peer = peer;
    this.#options = options;
    this.#onGone = onGone;
    channel.reader = this;
    this.#idle = setTimeout(() => this.#tooIdle(), options.limits.idleMs);
  }

  async open(addresses: Addresses, signal: AbortSignal | undefined): Promise<DlmsLink> {
    await this.#turn(signal);
    const { framing, linkLimits, intake } = this.#options;
    try {
      this.#idle.refresh();
      const link = await linkOver(this.#channel, framing, addresses, linkLimits, {
        signal,
        keepsChannel: true,
      });
      link.onUnsolicited = (apdu) => intake.apdu(apdu, this.#peer);
      link.onEnd = () => this.#release();
      return link;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  destroy(error: OpenAmiError): void {
    this.#channel.destroy(error);
  }

  bytes(chunk: Uint8Array): void {
    this.#idle.refresh();
    const { intake } = this.#options;
    this.#stream ??= intake.stream(chunk);
    const busy = intake.bytes(this.#stream, chunk, this.#peer);
    if (busy === undefined) return;
    // no more is read until the sink has it
    this.#channel.reader = undefined;
    busy.then(() => this.#listen());
  }

  /** Reads pushes again, unless an association has the connection. */
  #listen(): void {
    if (this.#isBusy) return;
    if (this.#channel.isOpen) this.#channel.reader = this;
    else this.closed(associationErrors.DLMS_CLOSED(`${this.#channel.remote}: closed`));
  }

  closed(error: OpenAmiError): void {
    clearTimeout(this.#idle);
    this.#onGone();
    for (const { reject } of this.#queue.splice(0)) reject(error);
  }

  /** Waits until no association has the connection. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return Promise.resolve();
    }
    if (this.#queue.length >= this.#options.limits.waiting) {
      throw dlmsFieldErrors.DLMS_METER_BUSY(`${this.#queue.length} associations wait`);
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal!.reason);
      };
      const waiting: Waiting = {
        resolve: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        reject: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
    });
  }

  #release(): void {
    // what is left of a frame belongs to the association that is over
    this.#stream = undefined;
    const next = this.#channel.isOpen ? this.#queue.shift() : undefined;
    if (next === undefined) {
      this.#isBusy = false;
      this.#listen();
    } else next.resolve();
  }

  #tooIdle(): void {
    if (this.#isBusy) this.#idle.refresh();
    else this.destroy(associationErrors.DLMS_CLOSED('nothing was said for a long time'));
  }
}
