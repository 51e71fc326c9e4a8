/** A simulated device on a line (C12.18, C12.21) and in a network (C12.22). */
import { OpenAmiError } from '@openami/model';
import type { C1222Message } from '../c1222/acse.ts';
import type { EaxPrimeKey } from '../c1222/eax-prime.ts';
import { C1222Stream, type StreamedMessage } from '../c1222/message-stream.ts';
import {
  ivOf,
  type Opened,
  openMessage,
  type SessionSecurity,
  sealMessage,
  securityElements,
  securityOf,
} from '../c1222/secure.ts';
import { type LinkOptions, type LinkOutput, type LinkTimes, PsemLink } from '../link/psem-link.ts';
import type { Negotiation } from '../psem/service.ts';
import { AP_TITLE_ROOT, absoluteUid, type Uid, uid } from '../psem/uid.ts';
import { MeterSession, type SimulatedMeter } from './simulated-meter.ts';

/** Bytes in, bytes out; who drives it calls `timeout` when the time of `timer` ran out. */
export class MeterLine {
  readonly #link: PsemLink;
  readonly #session: MeterSession;
  readonly #options: LinkOptions;
  /** Sizes that hold once the answer with them was acknowledged. */
  #agreed: Negotiation | undefined;

  constructor(meter: SimulatedMeter, options: LinkOptions = {}) {
    this.#options = options;
    this.#link = new PsemLink(options);
    this.#session = new MeterSession(meter, { capacity: () => this.#link.capacity });
  }

  get timer(): keyof LinkTimes {
    return this.#link.timer;
  }

  receive(chunk: Uint8Array): Uint8Array[] {
    return this.#run(this.#link.receive(chunk));
  }

  timeout(): Uint8Array[] {
    return this.#run(this.#link.timeout());
  }

  #run(outputs: readonly LinkOutput[]): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const output of outputs) {
      if (output.kind === 'write') out.push(output.bytes);
      else if (output.kind === 'sent') this.#sent();
      else if (output.kind === 'failed') this.#failed();
      else if (output.kind === 'message') {
        const { bytes, negotiated } = this.#session.answer(output.bytes);
        this.#agreed = negotiated;
        out.push(...this.#run(this.#link.send(bytes)));
      }
    }
    return out;
  }

  #sent(): void {
    if (this.#agreed === undefined) return;
    this.#link.negotiated(this.#agreed.packetBytes, this.#agreed.packets);
    this.#agreed = undefined;
  }

  #failed(): void {
    this.#session.reset();
    this.#link.negotiated(this.#options.packetBytes ?? 64, this.#options.packets ?? 1);
  }
}

export interface NodeOptions {
  readonly apTitle: string;
  readonly root?: string;
  readonly keys?: ReadonlyMap<number, EaxPrimeKey>;
  /** Messages in the clear are refused. */
  readonly onlySecured?: boolean;
}

/** Answers that are kept for messages that come again. */
const MAX_KEPT = 32;
const MAX_SESSIONS = 16;

interface NodeSession {
  readonly meter: MeterSession;
  /** What the caller said of its security last. */
  security?: SessionSecurity | undefined;
}

/** A node of a network; answers go back in the mode their requests came in. */
export class MeterNode {
  readonly #meter: SimulatedMeter;
  readonly #options: NodeOptions;
  readonly #root: string;
  /** Its ApTitle in full. */
  readonly #name: string;
  readonly #stream = new C1222Stream();
  readonly #sessions = new Map<string, NodeSession>();
  readonly #kept = new Map<string, Uint8Array>();
  #invocationId = 1;

  constructor(meter: SimulatedMeter, options: NodeOptions) {
    this.#meter = meter;
    this.#options = options;
    this.#root = options.root ?? AP_TITLE_ROOT;
    this.#name = this.#nameOf(uid(options.apTitle));
  }

  receive(chunk: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const { frame } of this.#stream.push(chunk)) {
      const answer = frame && this.#answer(frame);
      if (answer !== undefined) out.push(answer);
    }
    return out;
  }

  /** Half a message is given up: the line is silent. */
  flush(): void {
    this.#stream.flush();
  }

  #answer({ message }: StreamedMessage): Uint8Array | undefined {
    const { callingApTitle, calledApTitle, callingApInvocationId } = message;
    if (callingApTitle === undefined || callingApInvocationId === undefined) return undefined;
    const isOther = calledApTitle !== undefined && this.#nameOf(calledApTitle) !== this.#name;
    if (isOther) return undefined;
    const caller = this.#nameOf(callingApTitle);
    let opened: Opened;
    try {
      opened = openMessage(message, {
        root: this.#root,
        keyFor: (id) => this.#options.keys?.get(id),
        session: this.#sessions.get(caller)?.security,
      });
    } catch (error) {
      if (error instanceof OpenAmiError) return undefined;
      throw error;
    }
    if (this.#options.onlySecured === true && opened.verified !== true) return undefined;
    const name = `${caller} ${callingApInvocationId.value}`;
    // a repeat gets the answer it had, and nothing is done twice
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const session = this.#sessionOf(caller);
    session.security = securityOf(message) ?? session.security;
    const services = opened.epsem.services.map((service) => session.meter.answer(service).bytes);
    if (opened.epsem.control.responseControl === 'never') return undefined;
    const answer = this.#sealed(message, opened, services);
    if (this.#kept.size >= MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(name, answer);
    return answer;
  }

  #nameOf(title: Uid): string {
    return absoluteUid(title, this.#root).text;
  }

  #sealed(request: C1222Message, opened: Opened, services: readonly Uint8Array[]): Uint8Array {
    const { callingApTitle, callingApInvocationId } = request;
    const id = this.#invocationId++;
    const { keyId } = opened;
    const key = keyId === undefined ? undefined : this.#options.keys?.get(keyId);
    return sealMessage(
      {
        ...(callingApTitle === undefined ? {} : { calledApTitle: callingApTitle }),
        calledApInvocationId: callingApInvocationId?.value ?? 0,
        callingApTitle: uid(this.#options.apTitle),
        callingApInvocationId: id,
        ...(keyId === undefined ? {} : securityElements(keyId, ivOf(id))),
      },
      { control: { ...opened.epsem.control, edClassIncluded: false }, services },
      key === undefined ? { root: this.#root } : { key, root: this.#root },
    );
  }

  #sessionOf(caller: string): NodeSession {
    let session = this.#sessions.get(caller);
    if (session === undefined) {
      session = { meter: new MeterSession(this.#meter, { sessionless: true }) };
      if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!);
      this.#sessions.set(caller, session);
    }
    return session;
  }
}
