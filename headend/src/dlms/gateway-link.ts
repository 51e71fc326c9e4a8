/** A link to one device behind a gateway: its APDUs go with the prefix of the gateway protocol. */
import type { OpenAmiError } from '@openami/model';
import {
  decodeGateway,
  encodeGateway,
  type GatewayDevice,
  isSameDevice,
  linkErrors,
} from '@openami/wire/dlms';
import type { DlmsLink } from './link.ts';

export class GatewayLink implements DlmsLink {
  onUnsolicited: ((apdu: Uint8Array) => void) | undefined;
  readonly send: DlmsLink['send'];
  readonly receive: DlmsLink['receive'];
  readonly #link: DlmsLink;
  readonly #to: GatewayDevice;

  /** `link` goes to the gateway, and is this one's from now on. */
  constructor(link: DlmsLink, to: GatewayDevice) {
    this.#link = link;
    this.#to = to;
    this.send = link.send && ((apdu) => link.send!(this.#wrapped(apdu)));
    this.receive = link.receive && (async (signal) => this.#unwrapped(await link.receive!(signal)));
    link.onUnsolicited = (frame) => {
      const apdu = this.#own(frame);
      // what another device of the gateway says is not told from what ours says without its prefix
      if (apdu !== undefined) this.onUnsolicited?.(apdu);
    };
  }

  get remote(): string {
    const { network, device } = this.#to;
    return `${this.#link.remote} ${network}/${Buffer.from(device).toString('hex')}`;
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  get onEnd(): (() => void) | undefined {
    return this.#link.onEnd;
  }

  set onEnd(call: (() => void) | undefined) {
    this.#link.onEnd = call;
  }

  get patienceMs(): number {
    return this.#link.patienceMs;
  }

  set patienceMs(ms: number) {
    this.#link.patienceMs = ms;
  }

  async exchange(request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#unwrapped(await this.#link.exchange(this.#wrapped(request), signal));
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  abandon(error?: OpenAmiError): void {
    this.#link.abandon(error);
  }

  #wrapped(apdu: Uint8Array): Uint8Array {
    return encodeGateway({ kind: 'request', ...this.#to, apdu });
  }

  #unwrapped(frame: Uint8Array): Uint8Array {
    const apdu = this.#own(frame);
    if (apdu !== undefined) return apdu;
    const error = linkErrors.DLMS_LINK_FRAME(`${this.remote}: the answer is not from this device`);
    // whose answer comes next is anybody's guess
    this.abandon(error);
    throw error;
  }

  #own(frame: Uint8Array): Uint8Array | undefined {
    try {
      const found = decodeGateway(frame);
      return found !== undefined && isSameDevice(found, this.#to) ? found.apdu : undefined;
    } catch {
      return undefined;
    }
  }
}
