/**
 * The client's end of an HDLC link (IEC 62056-46 clause 6.4.4) as a state machine without a socket or a
 * clock: calls take the time in ms and give back frames to send and what happened.
 *
 *   connect() ──SNRM──▶ connecting ──UA──▶ connected ──DISC──▶ disconnecting ──UA/DM──▶ disconnected
 *
 * One request at a time. Lost, repeated and damaged frames are recovered by sending the unacknowledged
 * frames, or RR, again after `timeoutMs` without progress; `retries` such attempts in a row end the link
 * with DLMS_LINK_TIMEOUT.
 */
import type { OpenAmiError } from '@openami/model';
import { SegmentAssembler } from './assembler.ts';
import { HdlcDecoder } from './hdlc-decoder.ts';
import {
  encodeHdlcFrame,
  type HdlcAddress,
  type HdlcControl,
  type HdlcFrame,
  type NumberedControl,
  sameAddress,
} from './hdlc-frame.ts';
import {
  decodeHdlcParameters,
  defaultHdlcParameters,
  encodeHdlcParameters,
  type HdlcParameters,
  negotiate,
  sameParameters,
} from './hdlc-parameters.ts';
import { HdlcTransfer } from './hdlc-transfer.ts';
import { linkErrors } from './link-errors.ts';
import { llcToServer, stripLlc, withLlc } from './llc.ts';

export interface HdlcClientOptions {
  readonly client: HdlcAddress;
  readonly server: HdlcAddress;
  /** What the client proposes; nothing is proposed when these are the defaults of the standard. */
  readonly parameters?: Partial<HdlcParameters>;
  /** Longest wait for an answer, without progress. */
  readonly timeoutMs?: number;
  readonly retries?: number;
  /** Wait before a meter that acknowledged but has no answer yet, or is busy, is polled again. */
  readonly pollMs?: number;
  readonly maxPduBytes?: number;
}

export type HdlcEvent =
  | { readonly type: 'connected'; readonly parameters: HdlcParameters }
  /** The answer to the request. */
  | { readonly type: 'pdu'; readonly pdu: Uint8Array }
  /** What the meter sent by itself (UI frames). */
  | { readonly type: 'notification'; readonly pdu: Uint8Array }
  | { readonly type: 'disconnected' }
  /** Damaged bytes that the link recovers from. */
  | { readonly type: 'noise'; readonly error: OpenAmiError }
  /** The end of the link. */
  | { readonly type: 'failed'; readonly error: OpenAmiError };

export interface HdlcStep {
  readonly send: readonly Uint8Array[];
  readonly events: readonly HdlcEvent[];
}

type State = 'disconnected' | 'connecting' | 'connected' | 'disconnecting';

/** One link to one meter; see above for its states. */
export class HdlcClient {
  readonly #options: Required<Omit<HdlcClientOptions, 'parameters'>>;
  readonly #proposed: HdlcParameters;
  #decoder = new HdlcDecoder();
  #notifications: SegmentAssembler;
  #state: State = 'disconnected';
  #transfer: HdlcTransfer | undefined;
  /** Whether an answer is due. */
  #waiting = false;
  #attempts = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** At the deadline, ask whether the meter is ready now; else the deadline is a time-out. */
  #polling = false;
  /** The last progress of a request: a meter that only says "not yet" is given up too. */
  #progressMs = 0;
  #send: Uint8Array[] = [];
  #events: HdlcEvent[] = [];

  constructor(options: HdlcClientOptions) {
    const { client, server } = options;
    const { timeoutMs = 5000, retries = 3, pollMs = 200, maxPduBytes = 1 << 20 } = options;
    this.#options = { client, server, timeoutMs, retries, pollMs, maxPduBytes };
    this.#proposed = { ...defaultHdlcParameters, ...options.parameters };
    this.#notifications = new SegmentAssembler(maxPduBytes);
  }

  get state(): State {
    return this.#state;
  }

  /** When `tick` must be called at the latest; infinite when nothing is awaited. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Whether a request may be sent. */
  get ready(): boolean {
    return this.#state === 'connected' && !this.#waiting;
  }

  connect(nowMs: number): HdlcStep {
    this.#state = 'connecting';
    this.#transfer = undefined;
    // what is left of the line's past must not hide the answer
    this.#decoder = new HdlcDecoder();
    this.#notifications = new SegmentAssembler(this.#options.maxPduBytes);
    this.#attempts = 0;
    this.#sendConnect(nowMs);
    return this.#step();
  }

  /** Sends an APDU. Raises DLMS_LINK_NOT_OPEN before the link is open and while an answer is awaited. */
  send(pdu: Uint8Array, nowMs: number): HdlcStep {
    if (!this.ready)
      throw linkErrors.DLMS_LINK_NOT_OPEN(`the link is ${this.#waiting ? 'waiting' : this.#state}`);
    this.#transfer!.offer(withLlc(llcToServer, pdu));
    this.#attempts = 0;
    this.#progressMs = nowMs;
    this.#waiting = true;
    this.#turn(nowMs);
    return this.#step();
  }

  disconnect(nowMs: number): HdlcStep {
    if (this.#state === 'disconnected') return this.#step();
    this.#state = 'disconnecting';
    this.#attempts = 0;
    this.#put({ kind: 'disc', poll: true });
    this.#await(nowMs, this.#options.timeoutMs);
    return this.#step();
  }

  receive(bytes: Uint8Array, nowMs: number): HdlcStep {
    for (const { frame, error } of this.#decoder.push(bytes)) {
      if (error !== undefined) this.#noise(error);
      else this.#guarded(() => this.#frame(frame, nowMs));
    }
    return this.#step();
  }

  /** Repeats or gives up what is overdue. */
  tick(nowMs: number): HdlcStep {
    if (nowMs >= this.#deadlineMs) this.#overdue(nowMs);
    return this.#step();
  }

  #overdue(nowMs: number): void {
    // what is left of a broken frame will not be completed any more
    for (const { frame, error } of this.#decoder.flush()) {
      if (error !== undefined) this.#noise(error);
      else this.#guarded(() => this.#frame(frame, nowMs));
    }
    if (nowMs < this.#deadlineMs) return;
    const patienceMs = this.#options.timeoutMs * (this.#options.retries + 1);
    const pollOnly = this.#polling && nowMs - this.#progressMs < patienceMs;
    this.#polling = false;
    if (!pollOnly && ++this.#attempts > this.#options.retries) {
      if (this.#state === 'disconnecting') this.#closed({ type: 'disconnected' });
      else
        this.#fail(
          linkErrors.DLMS_LINK_TIMEOUT(`no answer while ${this.#state}, ${this.#attempts} attempts`),
        );
      return;
    }
    if (this.#state === 'connecting') this.#sendConnect(nowMs);
    else if (this.#state === 'disconnecting') {
      this.#put({ kind: 'disc', poll: true });
      this.#await(nowMs, this.#options.timeoutMs);
    } else this.#turn(nowMs);
  }

  #frame(frame: HdlcFrame, nowMs: number): void {
    const { client, server } = this.#options;
    if (!sameAddress(frame.destination, client) || !sameAddress(frame.source, server)) return;
    const { control } = frame;
    if (control.kind === 'ui') {
      for (const { frame: whole, error } of this.#notifications.hdlc(frame)) {
        if (error !== undefined) this.#events.push({ type: 'noise', error });
        else this.#events.push({ type: 'notification', pdu: whole.apdu });
      }
      return;
    }
    if (this.#state === 'connecting') this.#connecting(frame);
    else if (this.#state === 'disconnecting') {
      if (control.kind === 'ua' || control.kind === 'dm') this.#closed({ type: 'disconnected' });
    } else if (this.#state === 'connected') this.#connected(frame, nowMs);
  }

  #connecting({ control, information }: HdlcFrame): void {
    if (control.kind === 'dm') this.#fail(linkErrors.DLMS_LINK_REFUSED());
    if (control.kind !== 'ua') return;
    const parameters = negotiate(this.#proposed, decodeHdlcParameters(information));
    this.#state = 'connected';
    this.#transfer = new HdlcTransfer(parameters, this.#options.maxPduBytes);
    this.#rest();
    this.#events.push({ type: 'connected', parameters });
  }

  #connected(frame: HdlcFrame, nowMs: number): void {
    const { control } = frame;
    if (control.kind === 'dm') this.#fail(linkErrors.DLMS_LINK_REFUSED('the meter has closed the link'));
    if (control.kind === 'frmr') this.#fail(linkErrors.DLMS_LINK_REJECTED());
    if (!('receiveSequence' in control) || !this.#waiting) return;
    const transfer = this.#transfer!;
    // an answer that came twice says nothing new; answering it would double every frame from then on
    if (control.kind === 'i' && transfer.repeats(control.sendSequence)) return;
    const acknowledged = transfer.acknowledge(control.receiveSequence);
    if (acknowledged === undefined) {
      const detail = `the meter acknowledges frame ${control.receiveSequence}, which was not sent`;
      this.#events.push({ type: 'noise', error: linkErrors.DLMS_LINK_SEGMENT(detail) });
      return;
    }
    if (acknowledged > 0) this.#progress(nowMs);
    if (control.kind === 'i') this.#answer(frame, control, nowMs);
    else if (!control.poll) return;
    else if (control.kind === 'rej') this.#again(nowMs, acknowledged > 0);
    else if (control.kind === 'rnr' || acknowledged === 0 || transfer.settled) this.#poll(nowMs);
    else this.#turn(nowMs);
  }

  #answer(frame: HdlcFrame, control: NumberedControl, nowMs: number): void {
    const { segmented, information } = frame;
    const { place, pdu } = this.#transfer!.accept(control.sendSequence, segmented, information);
    if (place === 'due') this.#progress(nowMs);
    if (pdu !== undefined) {
      this.#rest();
      this.#events.push({ type: 'pdu', pdu: stripLlc(pdu) });
      return;
    }
    this.#await(nowMs, this.#options.timeoutMs);
    if (control.poll) this.#again(nowMs, place === 'due');
  }

  /** The client's turn, which counts as an attempt when nothing moved. */
  #again(nowMs: number, progress: boolean): void {
    if (!progress && ++this.#attempts > this.#options.retries) {
      this.#fail(linkErrors.DLMS_LINK_SEGMENT(`the meter repeats itself, ${this.#attempts} attempts`));
    } else this.#turn(nowMs);
  }

  /** The client's turn: unacknowledged frames, else RR for more of the answer. */
  #turn(nowMs: number): void {
    const frames = this.#transfer!.turn();
    for (const { control, segmented, information } of frames) this.#put(control, segmented, information);
    if (frames.length === 0) {
      this.#put({ kind: 'rr', receiveSequence: this.#transfer!.receiveSequence, poll: true });
    }
    this.#await(nowMs, this.#options.timeoutMs);
  }

  #poll(nowMs: number): void {
    this.#await(nowMs, this.#options.pollMs);
    this.#polling = true;
  }

  #progress(nowMs: number): void {
    this.#attempts = 0;
    this.#progressMs = nowMs;
  }

  #sendConnect(nowMs: number): void {
    const plain = sameParameters(this.#proposed, defaultHdlcParameters);
    const information = plain ? undefined : encodeHdlcParameters(this.#proposed);
    this.#put({ kind: 'snrm', poll: true }, false, information);
    this.#await(nowMs, this.#options.timeoutMs);
  }

  #put(control: HdlcControl, segmented = false, information: Uint8Array = new Uint8Array(0)): void {
    const { client: source, server: destination } = this.#options;
    this.#send.push(encodeHdlcFrame({ destination, source, control, segmented, information }));
  }

  #await(nowMs: number, waitMs: number): void {
    this.#deadlineMs = nowMs + waitMs;
    this.#polling = false;
  }

  #rest(): void {
    this.#waiting = false;
    this.#polling = false;
    this.#attempts = 0;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  #noise(error: OpenAmiError): void {
    this.#events.push({ type: 'noise', error });
    for (const cut of this.#notifications.damaged()) this.#events.push({ type: 'noise', error: cut.error! });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error as OpenAmiError);
    }
  }

  #fail(error: OpenAmiError): void {
    this.#closed({ type: 'failed', error });
  }

  #closed(event: HdlcEvent): void {
    this.#state = 'disconnected';
    this.#transfer = undefined;
    this.#rest();
    this.#events.push(event);
  }

  #step(): HdlcStep {
    const step = { send: this.#send, events: this.#events };
    this.#send = [];
    this.#events = [];
    return step;
  }
}
