/**
 * Where meters connect to and stay: each connection is identified, kept, and given out for one association
 * at a time.
 *
 *   connection ──▶ what it sends first ──▶ ask its public client ──▶ resolve ──▶ pool
 *                                                                    └ unknown: closed
 *
 * Between associations everything a meter sends is a push.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { OpenAmiError } from '@openami/model';
import type { ApduStream } from '@openami/wire/dlms';
import { type Channel, channelOf, listening } from './channel.ts';
import { type Addresses, type Framing, type LinkSource, linkOver } from './endpoint.ts';
import { dlmsFieldErrors } from './errors.ts';
import { FloodGate, type FloodLimits } from './flood.ts';
import { askIdentity, identityOfTelegrams, type MeterIdentity } from './identify.ts';
import { type LinkLimits, standardLinkLimits } from './limits.ts';
import { MeterPool } from './meter-pool.ts';
import { PushIntake, type PushIntakeOptions } from './push-intake.ts';
import { PushPeer } from './push-peer.ts';

export interface InboundLimits extends FloodLimits {
  /** Connections in all, and those not yet identified. */
  readonly connections: number;
  readonly unidentified: number;
  /** How long a meter may take to say who it is by itself, before it is asked. */
  readonly helloMs: number;
  /** Until it must be identified. */
  readonly identifyMs: number;
  /** A connection without bytes and without use for so long is closed: the meter connects again. */
  readonly idleMs: number;
  /** Associations that wait for one meter. */
  readonly waiting: number;
}

export const standardInboundLimits: InboundLimits = {
  connections: 20_000,
  unidentified: 1_000,
  helloMs: 2_000,
  identifyMs: 30_000,
  idleMs: 24 * 3_600_000,
  waiting: 16,
  perAddressPerS: 500,
  perAddressBurst: 5_000,
  perS: 2_000,
  burst: 20_000,
};

export interface InboundOptions extends PushIntakeOptions {
  readonly host?: string;
  readonly port: number;
  readonly framing: Framing;
  /** The meter that told this of itself; undefined: it is not ours. */
  resolve(identity: MeterIdentity): string | undefined | Promise<string | undefined>;
  /** Where to ask; `false`: a meter that says nothing by itself is closed. Default client 16, server 1. */
  readonly ask?: Addresses | false;
  readonly limits?: Partial<InboundLimits>;
  readonly linkLimits?: Partial<LinkLimits>;
  /** A meter is there, or gone. */
  onMeter?(meter: string, isOnline: boolean): void;
  /** A connection that could not be identified. */
  onRefused?(error: OpenAmiError, remote: string): void;
}

export interface InboundCounters {
  readonly connections: number;
  readonly meters: number;
  readonly unidentified: number;
  readonly turnedAway: number;
}

/** A listener and the meters it holds. */
export class InboundMeters {
  readonly #options: InboundOptions;
  readonly #limits: InboundLimits;
  readonly #linkLimits: LinkLimits;
  readonly #intake: PushIntake;
  readonly #gate: FloodGate;
  readonly #server: Server;
  readonly #channels = new Set<Channel>();
  readonly #pool: MeterPool;
  #unidentified = 0;
  #turnedAway = 0;
  #port = 0;

  constructor(options: InboundOptions) {
    this.#options = options;
    this.#limits = { ...standardInboundLimits, ...options.limits };
    // a kept connection has no end of its own; each exchange has
    this.#linkLimits = { ...standardLinkLimits, ...options.linkLimits };
    this.#intake = new PushIntake(options);
    this.#gate = new FloodGate(this.#limits);
    this.#pool = new MeterPool({
      framing: options.framing,
      linkLimits: this.#linkLimits,
      limits: this.#limits,
      intake: this.#intake,
      onMeter: options.onMeter?.bind(options),
    });
    this.#server = createServer((socket) => this.#connected(socket));
  }

  get port(): number {
    return this.#port;
  }

  get counters(): InboundCounters {
    return {
      connections: this.#channels.size,
      meters: this.#pool.size,
      unidentified: this.#unidentified,
      turnedAway: this.#turnedAway,
    };
  }

  /** Raises DLMS_LISTEN_FAILED. */
  async listen(): Promise<void> {
    const { host = '0.0.0.0', port } = this.#options;
    try {
      this.#port = await listening(this.#server, { host, port, backlog: 4096 });
    } catch (error) {
      throw dlmsFieldErrors.DLMS_LISTEN_FAILED((error as Error).message, { port }, error);
    }
  }

  isOnline(meter: string): boolean {
    return this.#pool.has(meter);
  }

  /** Opens associations over what the meter holds open, one at a time. */
  source(meter: string): LinkSource {
    return this.#pool.source(meter);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const channel of this.#channels) channel.destroy();
    await closed;
    await this.#intake.settled();
  }

  #connected(socket: Socket): void {
    const { connections, unidentified } = this.#limits;
    const full = this.#channels.size >= connections || this.#unidentified >= unidentified;
    const address = socket.remoteAddress ?? '';
    if (full || !this.#gate.admits(address, performance.now())) {
      this.#turnedAway++;
      socket.destroy();
      return;
    }
    const channel = channelOf(socket, this.#linkLimits.maxUnsentBytes);
    this.#channels.add(channel);
    socket.once('close', () => this.#channels.delete(channel));
    this.#unidentified++;
    this.#identify(channel, address)
      .catch((thrown: unknown) => {
        channel.destroy();
        const { remote } = channel;
        const error =
          thrown instanceof OpenAmiError
            ? thrown
            : dlmsFieldErrors.DLMS_METER_UNIDENTIFIED(`${remote}: ${String(thrown)}`, { remote }, thrown);
        this.#options.onRefused?.(error, remote);
      })
      .finally(() => this.#unidentified--);
  }

  async #identify(channel: Channel, address: string): Promise<void> {
    const { helloMs, identifyMs } = this.#limits;
    const signal = AbortSignal.timeout(identifyMs);
    const peer = new PushPeer(channel.remote, () => {
      this.#gate.charge(address, performance.now());
      channel.destroy();
    });
    const hello = new Hello(channel, this.#intake, peer);
    const { ask = { client: 16, server: 1 }, framing } = this.#options;
    let identity = await hello.wait(ask === false ? identifyMs : helloMs);
    if (identity === undefined && ask !== false && channel.isOpen) {
      const link = await linkOver(channel, framing, ask, this.#linkLimits, { signal, keepsChannel: true });
      link.onUnsolicited = (apdu) => this.#intake.apdu(apdu, peer);
      try {
        identity = await askIdentity(link, signal);
      } finally {
        await link.close();
      }
    }
    const { remote } = channel;
    if (identity === undefined) throw dlmsFieldErrors.DLMS_METER_UNIDENTIFIED(remote, { remote });
    const meter = await this.#options.resolve(identity);
    if (meter === undefined) {
      throw dlmsFieldErrors.DLMS_METER_UNIDENTIFIED(
        `${remote}: ${JSON.stringify(identity)} is none of ours`,
        {
          remote,
          ...identity,
        },
      );
    }
    peer.known = identity.systemTitle;
    if (channel.isOpen) this.#pool.add(meter, channel, peer);
  }
}

/** Listens to what a connection begins with. */
class Hello {
  readonly #channel: Channel;
  readonly #intake: PushIntake;
  readonly #peer: PushPeer;
  #stream: ApduStream | undefined;
  #found: ((identity: MeterIdentity | undefined) => void) | undefined;

  constructor(channel: Channel, intake: PushIntake, peer: PushPeer) {
    this.#channel = channel;
    this.#intake = intake;
    this.#peer = peer;
  }

  wait(ms: number): Promise<MeterIdentity | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#found?.(undefined), ms);
      this.#found = (identity) => {
        clearTimeout(timer);
        this.#found = undefined;
        this.#channel.reader = undefined;
        resolve(identity);
      };
      this.#listen();
    });
  }

  #listen(): void {
    this.#channel.reader = {
      bytes: (chunk) => this.#bytes(chunk),
      closed: () => this.#found?.(undefined),
    };
  }

  #bytes(chunk: Uint8Array): void {
    this.#stream ??= this.#intake.stream(chunk);
    let identity: MeterIdentity | undefined;
    const busy = this.#intake.bytes(this.#stream, chunk, this.#peer, (heard) => {
      identity = identityOfTelegrams(heard);
      this.#peer.known = identity?.systemTitle;
    });
    if (identity !== undefined) this.#found?.(identity);
    else if (busy !== undefined) this.#pause(busy);
  }

  /** Reads no more until the sink has it; whoever took over meanwhile is left alone. */
  #pause(busy: Promise<void>): void {
    this.#channel.reader = undefined;
    busy.then(() => {
      if (this.#found === undefined) return;
      if (this.#channel.isOpen) this.#listen();
      else this.#found(undefined);
    });
  }
}
