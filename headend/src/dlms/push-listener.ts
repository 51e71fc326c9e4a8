/**
 * Where meters push to: TCP connections and UDP datagrams in wrapper, HDLC or M-Bus frames. Nothing is
 * answered. Meters push much at once after an outage, so connections wait for the sink instead of being
 * refused; what one sender costs is bounded.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { ApduStream } from '@openami/wire/dlms';
import { listening, plain, remoteOf } from './channel.ts';
import { dlmsFieldErrors } from './errors.ts';
import { FloodGate, type FloodLimits } from './flood.ts';
import { type PushCounters, PushIntake, type PushIntakeOptions } from './push-intake.ts';
import { PushPeer } from './push-peer.ts';

export interface PushListenerLimits extends FloodLimits {
  readonly connections: number;
  /** A connection without bytes for so long is closed. */
  readonly idleMs: number;
  /** A frame that pauses for so long is given up. */
  readonly frameMs: number;
}

export const standardPushLimits: PushListenerLimits = {
  connections: 20_000,
  idleMs: 120_000,
  frameMs: 10_000,
  // a whole network may stand behind one address
  perAddressPerS: 2_000,
  perAddressBurst: 10_000,
  perS: 20_000,
  burst: 50_000,
};

export interface PushListenerOptions extends PushIntakeOptions {
  readonly host?: string;
  /** 0 takes a free one; left out, not at all. */
  readonly tcpPort?: number;
  readonly udpPort?: number;
  readonly limits?: Partial<PushListenerLimits>;
}

export interface PushListener {
  readonly tcpPort: number | undefined;
  readonly udpPort: number | undefined;
  readonly counters: PushCounters & { readonly connections: number; readonly turnedAway: number };
  close(): Promise<void>;
}

/** Listens. Raises DLMS_LISTEN_FAILED. */
export async function startPushListener(options: PushListenerOptions): Promise<PushListener> {
  const listener = new Listener(options);
  try {
    await listener.listen();
  } catch (error) {
    await listener.close();
    throw dlmsFieldErrors.DLMS_LISTEN_FAILED((error as Error).message, {}, error);
  }
  return listener;
}

class Listener implements PushListener {
  tcpPort: number | undefined;
  udpPort: number | undefined;
  readonly #options: PushListenerOptions;
  readonly #limits: PushListenerLimits;
  readonly #intake: PushIntake;
  readonly #gate: FloodGate;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #udp: UdpSocket | undefined;
  #turnedAway = 0;
  /** Datagrams the sink is at. */
  #underWay = 0;

  constructor(options: PushListenerOptions) {
    this.#options = options;
    this.#limits = { ...standardPushLimits, ...options.limits };
    this.#intake = new PushIntake(options);
    this.#gate = new FloodGate(this.#limits);
  }

  get counters() {
    return { ...this.#intake.counters, connections: this.#sockets.size, turnedAway: this.#turnedAway };
  }

  async listen(): Promise<void> {
    const { host = '0.0.0.0', tcpPort, udpPort } = this.#options;
    if (tcpPort !== undefined) {
      const server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#connected(socket));
      this.#server = server;
      this.tcpPort = await listening(server, { host, port: tcpPort });
    }
    if (udpPort !== undefined) {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      this.#udp = socket;
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind(udpPort, host, resolve);
      });
      this.udpPort = socket.address().port;
      socket.on('error', () => {});
      socket.on('message', (datagram, { address, port }) => this.#datagram(plain(datagram), address, port));
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    if (server?.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    try {
      this.#udp?.close();
    } catch {
      // it was never bound
    }
    await this.#intake.settled();
  }

  #connected(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const full = this.#sockets.size >= this.#limits.connections;
    if (full || !this.#gate.admits(address, performance.now())) {
      this.#turnedAway++;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const isUseless = () => this.#gate.charge(address, performance.now());
    new PushConnection(socket, this.#intake, this.#limits, isUseless);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #datagram(bytes: Uint8Array, address: string, port: number): void {
    const busy = this.#underWay >= this.#limits.connections;
    if (busy || !this.#gate.admits(address, performance.now())) {
      this.#turnedAway++;
      return;
    }
    const stream = this.#intake.stream(bytes);
    // its address is not charged for what is of no use: anybody can write it on a datagram
    const peer = new PushPeer(`${address}:${port}`);
    const done = this.#intake.heard([...stream.push(bytes), ...stream.flush()], peer);
    if (done === undefined) return;
    this.#underWay++;
    done.then(() => this.#underWay--);
  }
}

/** One connection: bytes to telegrams, at the pace of the sink. */
class PushConnection {
  readonly #socket: Socket;
  readonly #intake: PushIntake;
  readonly #peer: PushPeer;
  #stream: ApduStream | undefined;
  #pause: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    intake: PushIntake,
    { idleMs, frameMs }: PushListenerLimits,
    onUseless: () => void,
  ) {
    this.#socket = socket;
    this.#intake = intake;
    this.#peer = new PushPeer(remoteOf(socket), () => {
      onUseless();
      socket.destroy();
    });
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#bytes(plain(chunk as Buffer), frameMs));
    socket.on('close', () => {
      clearTimeout(this.#pause);
      this.#flush();
    });
  }

  #bytes(chunk: Uint8Array, frameMs: number): void {
    this.#stream ??= this.#intake.stream(chunk);
    const busy = this.#intake.bytes(this.#stream, chunk, this.#peer);
    if (this.#pause === undefined) this.#pause = setTimeout(() => this.#flush(), frameMs);
    else this.#pause.refresh();
    if (busy === undefined) return;
    this.#socket.pause();
    busy.then(() => this.#socket.resume());
  }

  #flush(): void {
    this.#pause = undefined;
    if (this.#stream !== undefined) this.#intake.heard(this.#stream.flush(), this.#peer);
  }
}
