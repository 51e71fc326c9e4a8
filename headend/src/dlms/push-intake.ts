/**
 * What meters send by themselves, opened and handed to who stores it; the same for every way it comes.
 *
 *   heard ──▶ sender held? ──▶ opened, counter used up ──▶ shape known? ── registers as columns ──▶ sink
 *               └ no: loaded, the connection waits          └ no: decoded, its shape kept ─ a push ──▶ sink
 */
import { OpenAmiError } from '@openami/model';
import { RegisterColumns } from '@openami/wire';
import {
  ApduStream,
  type HeardApdu,
  type HeardBytes,
  makerOf,
  PushShapes,
  SealedPush,
} from '@openami/wire/dlms';
import { tellsEvents } from '../events/push-events.ts';
import { acceptReceived, checkReceived, type ReceiveMark } from '../keys/counters.ts';
import { dlmsFieldErrors } from './errors.ts';
import { carriedTitle, type OpenedPush, openPush } from './push-opener.ts';
import { mostUselessFrames, type PushPeer } from './push-peer.ts';
import { type PushSender, PushSenders, titleName } from './push-senders.ts';

export interface ReceivedPush extends OpenedPush {
  /** Such as `192.0.2.7:52011`. */
  readonly remote: string;
  readonly receivedMs: number;
}

export interface PushRefusal {
  readonly error: OpenAmiError;
  readonly remote: string;
  /** Of the sender, hex, as far as the message tells it. */
  readonly systemTitle?: string;
  /** The meter that has this title. */
  readonly device?: string;
  /** As it came; absent for bytes that were no APDU. */
  readonly bytes?: Uint8Array;
}

/** Takes pushes. While a promise is under way, no more is read from that connection. */
export interface PushSink {
  /** All that one piece of a connection held, in its order. */
  take(pushes: readonly ReceivedPush[]): void | Promise<void>;
  /**
   * Pushes that held registers alone, of a shape that was met before: instead of `take`. The columns are the
   * sink's until its promise settles.
   */
  takeRegisters?(registers: RegisterColumns): Promise<void>;
  /** Damaged telegrams and such that are not taken, and why. */
  refused?(refusal: PushRefusal): void;
}

export interface PushIntakeOptions {
  readonly sink: PushSink;
  /** Left out: nobody is known, and what is protected is refused. */
  readonly senders?: PushSenders;
  readonly clock: { nowMs(): number };
  readonly maxApduBytes?: number;
}

export interface PushCounters {
  pushes: number;
  refused: number;
}

/** Bytes of telegrams that may wait for their senders; a piece of a connection is 64 KB at most. */
const maxWaitingBytes = 64 * 2 ** 20;

/** Columns that are kept to be filled again. */
const maxSpare = 32;

/** Names of one message that are loaded one after the other: its title, anew, and its serial. */
const maxLoads = 4;

/** What one piece of a connection came to. */
interface Yield {
  readonly peer: PushPeer;
  readonly receivedMs: number;
  readonly pushes: ReceivedPush[];
  registers: RegisterColumns | undefined;
  readonly received: (readonly [ReceiveMark, number])[];
}

export class PushIntake {
  readonly counters: PushCounters = { pushes: 0, refused: 0 };
  readonly #options: PushIntakeOptions;
  readonly #senders: PushSenders;
  readonly #shapes = new PushShapes();
  readonly #sealed = new SealedPush();
  /** Columns to be filled again. */
  readonly #spare: RegisterColumns[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #waitingBytes = 0;

  constructor(options: PushIntakeOptions) {
    this.#options = options;
    this.#senders = options.senders ?? new PushSenders({ load: async () => new Map() });
  }

  /** A stream of APDUs in whatever framing its first bytes have. */
  stream(first: Uint8Array): ApduStream {
    const { maxApduBytes } = this.#options;
    const isWrapper = first[0] === 0 && (first.length < 2 || first[1] === 1);
    return new ApduStream({
      ...(maxApduBytes === undefined ? {} : { maxApduBytes }),
      ...(isWrapper ? { framing: 'wrapper' as const } : {}),
    });
  }

  /** Hands on what the next bytes of a connection complete, after a look at it; a promise as with `heard`. */
  bytes(
    stream: ApduStream,
    chunk: Uint8Array,
    peer: PushPeer,
    look?: (items: readonly HeardApdu[]) => void,
  ): Promise<void> | undefined {
    const items = stream.push(chunk);
    look?.(items);
    if (peer.came(chunk.length, items.length > 0, performance.now())) this.#lost(peer);
    return this.heard(items, peer);
  }

  /**
   * Hands on what a stream heard; a promise while senders are loaded or the sink is busy. What follows the
   * frame that a peer is lost by is passed over.
   */
  heard(items: readonly HeardApdu[], peer: PushPeer): Promise<void> | undefined {
    if (items.length === 0) return undefined;
    const receivedMs = this.#options.clock.nowMs();
    const into: Yield = { peer, receivedMs, pushes: [], registers: undefined, received: [] };
    for (let i = 0; i < items.length && !peer.isLost; i++) {
      const missing = this.#take(items[i]!, into);
      if (missing !== undefined) return this.#watched(this.#later(items, i, into));
    }
    const handed = this.#hand(into);
    return handed && this.#watched(handed);
  }

  /** Resolves when everything that was heard so far is stored or refused. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #watched(work: Promise<void>): Promise<void> {
    this.#underWay.add(work);
    return work.finally(() => this.#underWay.delete(work));
  }

  /** An APDU that came between the answers of an association. */
  apdu(bytes: Uint8Array, peer: PushPeer): void {
    // a view of bytes that the association uses again
    const apdu: HeardBytes = { sender: peer.remote, apdu: bytes.slice(), trust: 'none' };
    this.heard([{ apdu }], peer);
  }

  /** Goes on with item `from` once its sender is loaded, and the senders of those that follow. */
  async #later(items: readonly HeardApdu[], from: number, into: Yield): Promise<void> {
    const rest = items.slice(from);
    const bytes = rest.reduce((sum, { apdu }) => sum + (apdu?.apdu.length ?? 0), 0);
    if (this.#waitingBytes + bytes > maxWaitingBytes) {
      const busy = dlmsFieldErrors.DLMS_PUSH_BUSY(`${this.#waitingBytes} bytes of pushes wait`);
      for (const item of rest) this.#refuse(busy, into, item.apdu?.apdu);
      await this.#hand(into);
      return;
    }
    this.#waitingBytes += bytes;
    let next = 0;
    try {
      await this.#load(rest, into.peer.known);
      for (; next < rest.length && !into.peer.isLost; next++) await this.#takeLoading(rest[next]!, into);
    } catch (error) {
      // the vault or the registry: what came is not taken
      for (const { apdu } of rest.slice(next)) this.#refuse(asError(error), into, apdu?.apdu);
    } finally {
      this.#waitingBytes -= bytes;
    }
    await this.#hand(into);
  }

  async #takeLoading(item: HeardApdu, into: Yield): Promise<void> {
    for (let loads = 0; loads <= maxLoads; loads++) {
      const missing = this.#take(item, into);
      if (missing === undefined) return;
      await this.#senders.find(missing);
    }
    throw dlmsFieldErrors.DLMS_PUSH_BUSY('its sender was loaded and had to make room again');
  }

  /** Loads who is named in front of messages, all at once. */
  async #load(items: readonly HeardApdu[], known: string | undefined): Promise<void> {
    const names = new Set<string>();
    for (const { apdu } of items) {
      const title = (apdu && carriedTitle(apdu.apdu)) ?? known;
      if (title !== undefined && this.#senders.held(titleName(title)) === undefined)
        names.add(titleName(title));
    }
    await Promise.all([...names].map((name) => this.#senders.find(name)));
  }

  /** Takes one; the name of its sender when that must be loaded first, and nothing was done. */
  #take({ apdu, error }: HeardApdu, into: Yield): string | undefined {
    if (apdu === undefined) {
      this.#refuse(error, into, undefined);
      return undefined;
    }
    try {
      const fast = this.#takeSealed(apdu.apdu, into);
      if (fast !== undefined) return fast === true ? undefined : fast;
      const { peer, receivedMs } = into;
      const found = openPush(apdu, peer.known, this.#senders);
      if ('missing' in found) return found.missing;
      this.counters.pushes++;
      into.pushes.push({ ...found, remote: peer.remote, receivedMs });
      if (found.push !== undefined || found.sender !== undefined) peer.useful();
      else this.#useless(into);
      if (found.received !== undefined) into.received.push(found.received);
      this.#learn(found);
    } catch (thrown) {
      this.#refuse(asError(thrown), into, apdu.apdu);
    }
    return undefined;
  }

  /**
   * A push in the usual protection and of a known shape. True when it is taken, the name of a sender that
   * must be loaded first; undefined for what is to be opened the long way. Raises METER_COUNTER_REPLAYED.
   */
  #takeSealed(bytes: Uint8Array, into: Yield): true | string | undefined {
    const sealed = this.#sealed;
    if (this.#options.sink.takeRegisters === undefined || !sealed.take(bytes)) return undefined;
    const name = carriedTitle(bytes)!;
    const sender = this.#senders.held(name);
    if (sender === undefined) return name;
    const mark = sender === null ? undefined : this.#openSealed(sender);
    if (mark === undefined) return undefined;
    const source = { device: sender!.device, maker: makerOf(bytes, 2), receivedMs: into.receivedMs };
    into.registers ??= this.#spare.pop() ?? new RegisterColumns();
    const { plain, length, counter } = sealed;
    checkReceived(mark, counter);
    if (!this.#shapes.read(plain, length, source, into.registers)) return undefined;
    acceptReceived(mark, counter);
    into.received.push([mark, counter]);
    this.counters.pushes++;
    into.peer.useful();
    return true;
  }

  #openSealed({ unicast }: PushSender): ReceiveMark | undefined {
    for (const { cipher, mark } of unicast) if (this.#sealed.open(cipher)) return mark;
    return undefined;
  }

  /** The next of its kind need not be decoded, unless it may tell an event. */
  #learn({ opened, push, received }: OpenedPush): void {
    const [protection, ...others] = opened.protections;
    const title = protection?.systemTitle;
    if (received === undefined || others.length > 0 || title === undefined || !protection!.verified) return;
    if (push === undefined || push.readings.some(tellsEvents)) return;
    this.#shapes.learn(opened, title);
  }

  #hand({ pushes, registers, received, ...from }: Yield): Promise<void> | undefined {
    const { sink } = this.#options;
    const under: Promise<void>[] = [];
    try {
      if (registers !== undefined && registers.messages > 0) {
        under.push(sink.takeRegisters!(registers).finally(() => this.#reuse(registers)));
      }
      const done = pushes.length === 0 ? undefined : sink.take(pushes);
      if (done !== undefined) under.push(done);
    } catch (error) {
      under.push(Promise.reject(error));
    }
    if (under.length === 0) {
      this.#senders.stored(received);
      return undefined;
    }
    return Promise.all(under).then(
      () => this.#senders.stored(received),
      (error: unknown) => {
        this.#senders.lost(received);
        this.#refuse(asError(error), from, undefined);
      },
    );
  }

  #reuse(registers: RegisterColumns): void {
    if (this.#spare.length >= maxSpare) return;
    registers.clear();
    this.#spare.push(registers);
  }

  #refuse(error: OpenAmiError, from: Pick<Yield, 'peer'>, bytes?: Uint8Array): void {
    this.#tell(error, from.peer, bytes);
    // what was used before was right once: a peer that was cut off may send its last ones again
    if (error.fault !== 'ours' && error.code !== 'METER_COUNTER_REPLAYED') this.#useless(from);
  }

  #useless({ peer }: Pick<Yield, 'peer'>): void {
    if (peer.useless(performance.now())) this.#lost(peer);
  }

  #lost(peer: PushPeer): void {
    const detail = `${mostUselessFrames} in a row from ${peer.remote}; what followed was not looked at`;
    this.#tell(dlmsFieldErrors.DLMS_PUSH_USELESS(detail), peer);
  }

  #tell(error: OpenAmiError, { remote, known }: PushPeer, bytes?: Uint8Array): void {
    this.counters.refused++;
    const systemTitle = (bytes && carriedTitle(bytes)) ?? known;
    const claimed = typeof error.data.device === 'string' ? error.data.device : undefined;
    const device = (systemTitle && this.#senders.held(titleName(systemTitle))?.device) ?? claimed;
    this.#options.sink.refused?.({
      ...{ error, remote },
      ...(systemTitle === undefined ? {} : { systemTitle }),
      ...(device ? { device } : {}),
      ...(bytes === undefined ? {} : { bytes }),
    });
  }
}

function asError(thrown: unknown): OpenAmiError {
  if (thrown instanceof OpenAmiError) return thrown;
  return dlmsFieldErrors.DLMS_PUSH_FAULT(
    thrown instanceof Error ? thrown.message : String(thrown),
    {},
    thrown,
  );
}
