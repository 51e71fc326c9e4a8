/**
 * Telegrams over TCP: receivers, concentrators and serial adapters that connect here, and forwarders that
 * listen and are connected to. Nobody proves who he is: keep the port in a private network.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAmiError } from '@openami/model';
import { backOff } from '../back-off.ts';
import { listening, remoteOf } from '../dlms/channel.ts';
import { FloodGate, type FloodLimits } from '../dlms/flood.ts';
import { addressOf } from '../dlms/push-sink.ts';
import type { IngestLog } from '../ingest/types.ts';
import { QuietLog } from '../quiet-log.ts';
import { radioErrors } from '../radio/errors.ts';
import type { HeardTelegram } from '../radio/forms.ts';
import { type SocketLimits, TelegramSocket } from './socket.ts';

export interface TelegramTcpLimits extends SocketLimits, FloodLimits {
  readonly connections: number;
  readonly perAddress: number;
  readonly connectMs: number;
  /** Pauses before a forwarder is connected to once more. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

export const standardTcpLimits: TelegramTcpLimits = {
  ...{ connections: 256, perAddress: 32, idleMs: 900_000, frameMs: 10_000 },
  ...{ connectMs: 10_000, firstRetryMs: 1_000, lastRetryMs: 60_000 },
  // connections
  ...{ perAddressPerS: 2, perAddressBurst: 64, perS: 50, burst: 500 },
};

/** A forwarder that listens. */
export interface Forwarder {
  readonly host: string;
  readonly port: number;
  /** The name its paths are told by. */
  readonly gateway: string;
}

/** Who sent something over TCP. */
export interface TcpSender {
  readonly gateway: string;
  /** IP address. */
  readonly address: string;
}

export interface TelegramTcpOptions {
  readonly host: string;
  /** 0 takes a free one; undefined: it does not listen. */
  readonly port: number | undefined;
  readonly forwarders: readonly Forwarder[];
  /** Resolves when all are stored; what it raises is tried again. */
  readonly take: (telegrams: readonly HeardTelegram[], sender: TcpSender) => Promise<unknown>;
  /** Keeps what is no telegram, with its reason. */
  readonly refuse: (error: OpenAmiError, sender: TcpSender, bytes: Uint8Array) => Promise<unknown>;
  readonly log: IngestLog;
  readonly clock: { nowMs(): number };
  readonly limits?: Partial<TelegramTcpLimits>;
}

export interface TelegramTcpCounters {
  connections: number;
  turnedAway: number;
  telegrams: number;
  faults: number;
  /** Times that telegrams could not be stored and had to wait. */
  retries: number;
  /** Closed since nothing that they sent could be used. */
  closedUseless: number;
}

export interface TelegramTcp {
  /** 0 where it does not listen. */
  readonly port: number;
  readonly counters: Readonly<TelegramTcpCounters>;
  readonly forwarders: { readonly connected: number; readonly all: number };
  /** Stops; what came is stored first. */
  close(): Promise<void>;
}

/** Anybody can send what is refused: some are kept, and the rest are counted. */
const refusalLimits: FloodLimits = { perAddressPerS: 0.2, perAddressBurst: 50, perS: 20, burst: 200 };

/** Listens and connects. Raises RADIO_LISTEN_FAILED. */
export async function startTelegramTcp(options: TelegramTcpOptions): Promise<TelegramTcp> {
  const tcp = new Tcp(options);
  try {
    await tcp.listen();
  } catch (error) {
    await tcp.close();
    throw radioErrors.RADIO_LISTEN_FAILED((error as Error).message, {}, error);
  }
  tcp.connectAll();
  return tcp;
}

class Tcp implements TelegramTcp {
  port = 0;
  readonly counters: TelegramTcpCounters = {
    ...{ connections: 0, turnedAway: 0, telegrams: 0, faults: 0, retries: 0, closedUseless: 0 },
  };
  readonly #options: TelegramTcpOptions;
  readonly #limits: TelegramTcpLimits;
  readonly #log: QuietLog;
  readonly #gate: FloodGate;
  readonly #refusals = new FloodGate(refusalLimits);
  readonly #open = new Map<Socket, Promise<void>>();
  /** To forwarders, not open yet. */
  readonly #dialling = new Set<Socket>();
  readonly #addresses = new Map<string, number>();
  readonly #ending = new AbortController();
  #server: Server | undefined;
  #forwarders = 0;

  constructor(options: TelegramTcpOptions) {
    this.#options = options;
    this.#limits = { ...standardTcpLimits, ...options.limits };
    this.#gate = new FloodGate(this.#limits);
    this.#log = new QuietLog(options.log, options.clock);
  }

  get forwarders() {
    return { connected: this.#forwarders, all: this.#options.forwarders.length };
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    if (port === undefined) return;
    const server = createServer({ keepAlive: true }, (socket) => this.#connected(socket));
    this.#server = server;
    this.port = await listening(server, { host, port });
  }

  connectAll(): void {
    for (const forwarder of this.#options.forwarders) void this.#follow(forwarder);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    const server = this.#server;
    const closed = new Promise<void>((resolve) => {
      if (server?.listening) server.close(() => resolve());
      else resolve();
    });
    for (const socket of [...this.#open.keys(), ...this.#dialling]) socket.destroy();
    await Promise.all([closed, ...this.#open.values()]);
  }

  #connected(socket: Socket): void {
    const address = addressOf(remoteOf(socket));
    const ofAddress = this.#addresses.get(address) ?? 0;
    const { connections, perAddress } = this.#limits;
    const isFull = this.#open.size >= connections || ofAddress >= perAddress;
    if (isFull || !this.#gate.admits(address, performance.now())) {
      this.counters.turnedAway += 1;
      socket.destroy();
      return;
    }
    this.#addresses.set(address, ofAddress + 1);
    void this.#serve(socket, { gateway: address, address }).then(() => {
      const left = this.#addresses.get(address)! - 1;
      if (left > 0) this.#addresses.set(address, left);
      else this.#addresses.delete(address);
    });
  }

  /** Resolves when the connection is closed and what came is stored. */
  async #serve(socket: Socket, sender: TcpSender): Promise<void> {
    const { take } = this.#options;
    const work = {
      take: async (telegrams: readonly HeardTelegram[]) => {
        await take(telegrams, sender);
        this.counters.telegrams += telegrams.length;
      },
      fault: (error: OpenAmiError, bytes: Uint8Array) => this.#fault(error, sender, bytes),
      failed: (error: Error) => {
        this.counters.retries += 1;
        this.#log.warn('Telegrams over TCP not stored; tried again', { error: error.message });
      },
      useless: () => {
        this.counters.closedUseless += 1;
        this.#gate.charge(sender.address, performance.now());
        this.#log.warn('Nothing of use comes over TCP; closed', { gateway: sender.gateway });
      },
    };
    const { done } = new TelegramSocket(socket, work, this.#limits, this.#ending.signal);
    this.#open.set(socket, done);
    this.counters.connections = this.#open.size;
    await done;
    this.#open.delete(socket);
    this.counters.connections = this.#open.size;
  }

  #fault(error: OpenAmiError, sender: TcpSender, bytes: Uint8Array): void {
    this.counters.faults += 1;
    if (!this.#refusals.admits(sender.address, performance.now())) return;
    this.#options.refuse(error, sender, bytes).catch((failure: Error) => {
      this.#log.warn('What is no telegram could not be kept', { error: failure.message });
    });
  }

  /** Connects again and again, with pauses that grow while nothing comes. */
  async #follow(forwarder: Forwarder): Promise<void> {
    const { signal } = this.#ending;
    for (let failures = 0; !signal.aborted; ) {
      const isServed = await this.#once(forwarder);
      failures = isServed ? 0 : failures + 1;
      const { firstRetryMs, lastRetryMs } = this.#limits;
      const waitMs = backOff(firstRetryMs, failures, lastRetryMs);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection to a forwarder, to its end; whether a telegram came over it. */
  async #once({ host, port, gateway }: Forwarder): Promise<boolean> {
    const socket = connect({ host, port, keepAlive: true });
    socket.on('error', () => {});
    this.#dialling.add(socket);
    const isConnected = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#limits.connectMs);
      const end = (is: boolean) => {
        clearTimeout(timer);
        resolve(is);
      };
      socket.once('connect', () => end(true));
      socket.once('close', () => end(false));
    });
    this.#dialling.delete(socket);
    if (!isConnected || this.#ending.signal.aborted) {
      socket.destroy();
      this.#log.warn('A forwarder of telegrams is out of reach', { gateway, host, port }, gateway);
      return false;
    }
    const before = this.counters.telegrams;
    this.#forwarders += 1;
    await this.#serve(socket, { gateway, address: addressOf(remoteOf(socket)) });
    this.#forwarders -= 1;
    return this.counters.telegrams > before;
  }
}
