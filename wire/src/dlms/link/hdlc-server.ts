/**
 * The meter's end of an HDLC line (IEC 62056-46 clause 6.4.4) as a state machine: one line, any number of
 * clients that each hold a link to a logical device. The meter speaks when it has the turn, which a frame
 * with the poll bit gives.
 */
import type { OpenAmiError } from '@openami/model';
import { HdlcDecoder } from './hdlc-decoder.ts';
import {
  encodeHdlcFrame,
  type HdlcAddress,
  type HdlcControl,
  type HdlcFrame,
  type NumberedControl,
} from './hdlc-frame.ts';
import {
  decodeHdlcParameters,
  defaultHdlcParameters,
  encodeHdlcParameters,
  type HdlcParameters,
  negotiate,
} from './hdlc-parameters.ts';
import { HdlcTransfer } from './hdlc-transfer.ts';
import { linkErrors } from './link-errors.ts';
import { llcToClient, stripLlc, withLlc } from './llc.ts';

export interface HdlcServerOptions {
  /** Whether a frame to this address is for this meter. */
  readonly accepts: (server: HdlcAddress) => boolean;
  readonly parameters?: Partial<HdlcParameters>;
  readonly maxPduBytes?: number;
  /** A link without frames for so long is dropped (IEC HDLC setup, inactivity time-out). */
  readonly inactivityMs?: number;
  readonly maxLinks?: number;
  /** A pause longer than this ends a frame that is not whole (IEC HDLC setup, inter octet time-out). */
  readonly interOctetMs?: number;
}

/** One client's link to one logical device. */
export interface HdlcLinkName {
  readonly client: HdlcAddress;
  readonly server: HdlcAddress;
}

export type HdlcServerEvent =
  | { readonly type: 'connected'; readonly link: HdlcLinkName; readonly parameters: HdlcParameters }
  | { readonly type: 'pdu'; readonly link: HdlcLinkName; readonly pdu: Uint8Array }
  | { readonly type: 'disconnected'; readonly link: HdlcLinkName }
  | { readonly type: 'noise'; readonly error: OpenAmiError };

export interface HdlcServerStep {
  readonly send: readonly Uint8Array[];
  readonly events: readonly HdlcServerEvent[];
}

interface Link extends HdlcLinkName {
  readonly transfer: HdlcTransfer;
  readonly parameters: HdlcParameters;
  /** The client waits for a frame with the final bit. */
  turn: boolean;
  seenMs: number;
}

/** One line of one meter, or of several that share it, with its links. */
export class HdlcServer {
  readonly #options: Required<Omit<HdlcServerOptions, 'parameters'>>;
  readonly #offered: HdlcParameters;
  readonly #decoder = new HdlcDecoder();
  readonly #links = new Map<string, Link>();
  #lastMs = 0;
  #send: Uint8Array[] = [];
  #events: HdlcServerEvent[] = [];

  constructor(options: HdlcServerOptions) {
    const { accepts, maxPduBytes = 1 << 20, inactivityMs = 120_000, maxLinks = 16 } = options;
    const { interOctetMs = 1000 } = options;
    this.#options = { accepts, maxPduBytes, inactivityMs, maxLinks, interOctetMs };
    this.#offered = { ...defaultHdlcParameters, ...options.parameters };
  }

  receive(bytes: Uint8Array, nowMs: number): HdlcServerStep {
    // the rest of a frame that was cut off will not come: the retry after it must not be taken for it
    const paused = nowMs - this.#lastMs >= this.#options.interOctetMs;
    const left = paused ? this.#decoder.flush() : [];
    this.#lastMs = nowMs;
    for (const { frame, error } of [...left, ...this.#decoder.push(bytes)]) {
      if (error !== undefined) this.#events.push({ type: 'noise', error });
      else if (this.#options.accepts(frame.destination)) this.#frame(frame, nowMs);
    }
    return this.#step();
  }

  /** Answers a request. Raises DLMS_LINK_NOT_OPEN when the client has gone. */
  send(name: HdlcLinkName, pdu: Uint8Array): HdlcServerStep {
    const link = this.#links.get(keyOf(name));
    if (link === undefined) throw linkErrors.DLMS_LINK_NOT_OPEN('no link of this client');
    link.transfer.offer(withLlc(llcToClient, pdu));
    if (link.turn) this.#turn(link);
    return this.#step();
  }

  /** Drops links without frames. */
  tick(nowMs: number): HdlcServerStep {
    for (const link of this.#links.values()) {
      if (nowMs - link.seenMs >= this.#options.inactivityMs) this.#drop(link);
    }
    return this.#step();
  }

  #frame(frame: HdlcFrame, nowMs: number): void {
    const { control } = frame;
    const name = { client: frame.source, server: frame.destination };
    const link = this.#links.get(keyOf(name));
    if (link !== undefined) link.seenMs = nowMs;
    if (control.kind === 'snrm') this.#connect(name, frame, nowMs);
    else if (control.kind === 'disc') {
      this.#put(name, { kind: link === undefined ? 'dm' : 'ua', poll: true });
      if (link !== undefined) this.#drop(link);
    } else if ('receiveSequence' in control) {
      if (link === undefined) {
        if (control.poll) this.#put(name, { kind: 'dm', poll: true });
      } else this.#numbered(link, frame, control);
    }
  }

  #connect(name: HdlcLinkName, frame: HdlcFrame, nowMs: number): void {
    const old = this.#links.get(keyOf(name));
    if (old !== undefined) this.#drop(old);
    if (this.#links.size >= this.#options.maxLinks) {
      this.#put(name, { kind: 'dm', poll: true });
      return;
    }
    let proposed: HdlcParameters;
    try {
      proposed = decodeHdlcParameters(frame.information);
    } catch (error) {
      this.#events.push({ type: 'noise', error: error as OpenAmiError });
      this.#put(name, { kind: 'frmr', poll: true });
      return;
    }
    const parameters = negotiate(this.#offered, proposed);
    const transfer = new HdlcTransfer(parameters, this.#options.maxPduBytes);
    this.#links.set(keyOf(name), { ...name, transfer, parameters, turn: false, seenMs: nowMs });
    this.#put(name, { kind: 'ua', poll: true }, false, encodeHdlcParameters(parameters));
    this.#events.push({ type: 'connected', link: name, parameters });
  }

  #numbered(link: Link, frame: HdlcFrame, control: Extract<HdlcControl, { receiveSequence: number }>): void {
    if (link.transfer.acknowledge(control.receiveSequence) === undefined) {
      const detail = `the client acknowledges frame ${control.receiveSequence}, which was not sent`;
      this.#events.push({ type: 'noise', error: linkErrors.DLMS_LINK_SEGMENT(detail) });
      return;
    }
    if (control.poll) link.turn = true;
    if (control.kind === 'i' && this.#request(link, frame, control)) return;
    if (control.poll) this.#turn(link);
  }

  /**
   * Takes an I frame; true when it completes a request, which is answered with `send` or at the next poll.
   */
  #request(link: Link, frame: HdlcFrame, control: NumberedControl): boolean {
    try {
      const { pdu } = link.transfer.accept(control.sendSequence, frame.segmented, frame.information);
      if (pdu === undefined) return false;
      // a client that asks on and never takes an answer would have the meter keep them all
      if (link.transfer.waitingBytes > this.#options.maxPduBytes) {
        throw linkErrors.DLMS_LINK_OVER_LIMIT(
          `answers of more than ${this.#options.maxPduBytes} bytes untaken`,
        );
      }
      this.#events.push({
        type: 'pdu',
        link: { client: link.client, server: link.server },
        pdu: stripLlc(pdu),
      });
      return true;
    } catch (error) {
      this.#events.push({ type: 'noise', error: error as OpenAmiError });
      this.#put(link, { kind: 'frmr', poll: true });
      this.#drop(link);
      return true;
    }
  }

  /** The meter's turn: unacknowledged frames, else RR. */
  #turn(link: Link): void {
    link.turn = false;
    const frames = link.transfer.turn();
    for (const { control, segmented, information } of frames)
      this.#put(link, control, segmented, information);
    if (frames.length > 0) return;
    this.#put(link, { kind: 'rr', receiveSequence: link.transfer.receiveSequence, poll: true });
  }

  #put(
    name: HdlcLinkName,
    control: HdlcControl,
    segmented = false,
    information: Uint8Array = new Uint8Array(0),
  ): void {
    const { client: destination, server: source } = name;
    this.#send.push(encodeHdlcFrame({ destination, source, control, segmented, information }));
  }

  #drop(link: Link): void {
    this.#links.delete(keyOf(link));
    this.#events.push({ type: 'disconnected', link: { client: link.client, server: link.server } });
  }

  #step(): HdlcServerStep {
    const step = { send: this.#send, events: this.#events };
    this.#send = [];
    this.#events = [];
    return step;
  }
}

/** The UI frames of a notification that the meter sends by itself (push over HDLC). */
export function encodeHdlcNotification(
  { client: destination, server: source }: HdlcLinkName,
  pdu: Uint8Array,
  maxInformationBytes = 128,
): Uint8Array[] {
  const whole = withLlc(llcToClient, pdu);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += maxInformationBytes) {
    const segmented = at + maxInformationBytes < whole.length;
    const information = whole.subarray(at, at + maxInformationBytes);
    frames.push(
      encodeHdlcFrame({
        destination,
        source,
        control: { kind: 'ui', poll: !segmented },
        segmented,
        information,
      }),
    );
  }
  return frames;
}

function keyOf({ client, server }: HdlcLinkName): string {
  return `${client.upper}.${client.lower} ${server.upper}.${server.lower}.${server.bytes}`;
}
