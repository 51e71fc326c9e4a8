/**
 * HDLC over a channel: a serial line behind a TCP serial server, or the HDLC profile of meters with a modem.
 * With `modeE` the line is first opened as IEC 62056-21 mode E says.
 */
import type { OpenAmiError } from '@openami/model';
import {
  associationErrors,
  HdlcClient,
  type HdlcClientOptions,
  type HdlcEvent,
  type HdlcStep,
  linkErrors,
  ModeEClient,
} from '@openami/wire/dlms';
import type { Channel, ChannelReader } from './channel.ts';
import type { LinkLimits } from './limits.ts';
import { LinkBase } from './link.ts';

export interface HdlcLinkOptions extends Omit<HdlcClientOptions, 'maxPduBytes'> {
  /** Opens by mode E; with the address of one of several meters on the line. */
  readonly modeE?: { readonly address?: string };
  /** The channel is not ours to close. */
  readonly keepsChannel?: boolean;
}

/** A pause after which the sign-on of mode E is sent again. */
const modeEWaitMs = 2_000;
const modeEAttempts = 3;

/** Opens the link. Raises the errors of links; the channel is then closed if it is ours. */
export async function openHdlc(
  channel: Channel,
  options: HdlcLinkOptions,
  limits: LinkLimits,
  signal?: AbortSignal,
): Promise<HdlcLink> {
  const link = new HdlcLink(channel, options, limits);
  const onAbort = (): void => link.abandon(associationErrors.DLMS_CLOSED('given up by the caller'));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await link.open();
    return link;
  } catch (error) {
    link.abandon();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class HdlcLink extends LinkBase implements ChannelReader {
  readonly #channel: Channel;
  readonly #options: HdlcLinkOptions;
  readonly #hdlc: HdlcClient;
  #modeE: ModeEClient | undefined;
  #modeETries = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #opening: Pending | undefined;
  #closing: (() => void) | undefined;
  #noiseBytes = 0;

  constructor(channel: Channel, options: HdlcLinkOptions, limits: LinkLimits) {
    // the state machine of HDLC counts silence itself, with its repetitions
    super({ ...limits, quietMs: Number.POSITIVE_INFINITY });
    this.#channel = channel;
    this.#options = options;
    this.#hdlc = new HdlcClient({ ...options, maxPduBytes: limits.maxApduBytes });
    channel.reader = this;
  }

  get remote(): string {
    return this.#channel.remote;
  }

  /** Once, before anything else. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      const { modeE } = this.#options;
      if (modeE === undefined) this.#do(this.#hdlc.connect(performance.now()));
      else this.#signOn();
    });
  }

  bytes(chunk: Uint8Array): void {
    this.alive();
    this.#noiseBytes += chunk.length;
    if (this.#noiseBytes > this.limits.maxNoiseBytes) {
      const reason = `${this.#noiseBytes} bytes without a frame`;
      this.abandon(this.noise ?? associationErrors.DLMS_LIMIT(reason));
      return;
    }
    if (this.#modeE === undefined) this.#do(this.#hdlc.receive(chunk, performance.now()));
    else this.#identify(this.#modeE, chunk);
  }

  closed(error: OpenAmiError): void {
    this.abandon(error);
  }

  protected override transmit(apdu: Uint8Array): void {
    this.#do(this.#hdlc.send(apdu, performance.now()));
  }

  protected override drop(error: OpenAmiError): void {
    this.#rest();
    this.#opening?.reject(error);
    this.#opening = undefined;
    this.#closing?.();
    this.#channel.destroy(error);
  }

  protected override async shut(): Promise<void> {
    if (this.#channel.isOpen && this.#hdlc.state !== 'disconnected') {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, this.limits.closeMs);
        this.#closing = () => {
          clearTimeout(late);
          resolve();
        };
        this.#do(this.#hdlc.disconnect(performance.now()));
      });
    }
    this.#rest();
    this.#channel.reader = undefined;
    if (!this.#options.keepsChannel) await this.#channel.close(this.limits.closeMs);
  }

  #do({ send, events }: HdlcStep): void {
    for (const frame of send) this.#channel.write(frame);
    for (const event of events) this.#event(event);
    if (this.isOpen) this.#schedule();
  }

  #event(event: HdlcEvent): void {
    if (event.type === 'noise') {
      this.noise = event.error;
      return;
    }
    this.#noiseBytes = 0;
    if (event.type === 'pdu') this.deliver(event.pdu);
    else if (event.type === 'notification') this.onUnsolicited?.(event.pdu);
    else if (event.type === 'connected') {
      this.#opening?.resolve();
      this.#opening = undefined;
    } else if (event.type === 'disconnected') this.#closing?.();
    else this.abandon(event.error);
  }

  /** One timer for whatever is due next; it is only set anew when it would ring too late. */
  #schedule(): void {
    const dueMs = this.#hdlc.deadlineMs;
    if (dueMs === Number.POSITIVE_INFINITY || dueMs >= this.#timerMs) return;
    clearTimeout(this.#timer);
    this.#timerMs = dueMs;
    this.#timer = setTimeout(() => this.#ring(), Math.max(1, dueMs - performance.now()));
  }

  #ring(): void {
    this.#timerMs = Number.POSITIVE_INFINITY;
    if (this.isOpen) this.#do(this.#hdlc.tick(performance.now()));
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  #signOn(): void {
    if (++this.#modeETries > modeEAttempts) {
      this.abandon(linkErrors.DLMS_LINK_TIMEOUT(`no sign-on of mode E, ${modeEAttempts} attempts`));
      return;
    }
    this.#modeE = new ModeEClient();
    for (const line of this.#modeE.start(this.#options.modeE?.address).send) this.#channel.write(line);
    this.#timer = setTimeout(() => this.#signOn(), modeEWaitMs);
  }

  #identify(modeE: ModeEClient, chunk: Uint8Array): void {
    try {
      const { send, done, rest } = modeE.receive(chunk);
      for (const line of send) this.#channel.write(line);
      if (done === undefined) return;
      this.#modeE = undefined;
      this.#rest();
      this.#noiseBytes = 0;
      this.#do(this.#hdlc.connect(performance.now()));
      if (rest !== undefined && rest.length > 0) this.#do(this.#hdlc.receive(rest, performance.now()));
    } catch (error) {
      this.abandon(error as OpenAmiError);
    }
  }
}
