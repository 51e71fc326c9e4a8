/** The TCP profile of IEC 62056-47: APDUs in wrapper frames over a channel. */
import type { OpenAmiError } from '@openami/model';
import { associationErrors, encodeWrapper, WrapperDecoder, type WrapperFrame } from '@openami/wire/dlms';
import type { Channel, ChannelReader } from './channel.ts';
import type { LinkLimits } from './limits.ts';
import { LinkBase } from './link.ts';

/** Client and logical device, which the wrapper calls ports. */
export interface WrapperPorts {
  readonly client: number;
  readonly server: number;
}

/** Whether a frame is of this dialogue; some meters answer with the ports as they were in the request. */
export function isBetween({ source, destination }: WrapperFrame, { client, server }: WrapperPorts): boolean {
  return (destination === client && source === server) || (destination === server && source === client);
}

export class WrapperLink extends LinkBase implements ChannelReader {
  readonly #channel: Channel;
  readonly #ports: WrapperPorts;
  readonly #decoder: WrapperDecoder;
  readonly #keepsChannel: boolean;
  #noiseBytes = 0;

  /** `keepsChannel`: the channel is not ours to close. */
  constructor(channel: Channel, ports: WrapperPorts, limits: LinkLimits, keepsChannel = false) {
    super(limits);
    this.#channel = channel;
    this.#ports = ports;
    this.#keepsChannel = keepsChannel;
    this.#decoder = new WrapperDecoder(limits.maxApduBytes);
    channel.reader = this;
  }

  get remote(): string {
    return this.#channel.remote;
  }

  send(apdu: Uint8Array): void {
    this.transmit(apdu);
  }

  receive(signal?: AbortSignal): Promise<Uint8Array> {
    return this.awaitNext(signal);
  }

  bytes(chunk: Uint8Array): void {
    this.alive();
    this.#noiseBytes += chunk.length;
    for (const { frame, error } of this.#decoder.push(chunk)) {
      if (error !== undefined) this.noise = error;
      else {
        this.#noiseBytes = 0;
        this.#take(frame);
      }
    }
    const most = this.limits.maxNoiseBytes + this.limits.maxApduBytes;
    if (this.#noiseBytes > most) {
      this.abandon(this.noise ?? associationErrors.DLMS_LIMIT(`${this.#noiseBytes} bytes without a frame`));
    }
  }

  closed(error: OpenAmiError): void {
    this.abandon(error);
  }

  protected override transmit(apdu: Uint8Array): void {
    const { client: source, server: destination } = this.#ports;
    this.#channel.write(encodeWrapper({ source, destination, apdu }));
  }

  protected override drop(error: OpenAmiError): void {
    // the place in the stream is lost, whoever holds the channel
    this.#channel.destroy(error);
  }

  protected override async shut(): Promise<void> {
    this.#channel.reader = undefined;
    if (!this.#keepsChannel) await this.#channel.close(this.limits.closeMs);
  }

  #take(frame: WrapperFrame): void {
    // a push has ports of its own, and comes while an answer is awaited too
    if (isBetween(frame, this.#ports)) this.deliver(frame.apdu);
    else this.onUnsolicited?.(frame.apdu);
  }
}
