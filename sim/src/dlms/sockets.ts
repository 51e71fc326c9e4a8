/** Sockets under lines: TCP both ways round and UDP, each through its segment of the network. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { decodeWrapper, encodeWrapper } from '@openami/wire/dlms';
import { simErrors } from '../errors.ts';
import type { Board } from './board.ts';
import { type Line, type LineFraming, lineOf } from './lines.ts';
import type { MeterLine, SimDlmsMeter } from './meter.ts';
import type { Segment } from './network.ts';

/** Lines that are open now. */
export type OpenLines = Set<Line>;

/** Bytes a client may leave untaken before the meter hangs up. */
const MOST_UNSENT_BYTES = 1 << 20;

/** Puts a line on a connection. */
function attach(
  socket: Socket,
  board: Board,
  framing: LineFraming,
  segment: Segment | undefined,
  open: OpenLines,
): Line {
  socket.setNoDelay(true);
  const cut = { destroy: (): void => void socket.destroy() };
  const write = (bytes: Uint8Array): void => {
    if (socket.destroyed) return;
    socket.write(bytes);
    if (socket.writableLength > MOST_UNSENT_BYTES) socket.destroy();
  };
  const line = lineOf(framing, board, {
    write: segment === undefined ? write : segment.pipe(write, cut),
    destroy: cut.destroy,
  });
  const take = (chunk: Uint8Array): void => line.bytes(chunk);
  const receive = segment === undefined ? take : segment.pipe(take, cut);
  segment?.hold(cut);
  open.add(line);
  socket.on('data', (chunk) => receive(plain(chunk as Buffer)));
  socket.on('error', () => {});
  socket.on('close', () => {
    segment?.release(cut);
    open.delete(line);
    line.closed();
  });
  return line;
}

function plain(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenAt {
  readonly host: string;
  readonly port: number;
  /** Connections at a time; further ones are ended at once. */
  readonly most?: number | undefined;
}

/** Listens for clients. Raises SIM_LISTEN. */
export async function listenTcp(
  { host, port, most = Number.POSITIVE_INFINITY }: ListenAt,
  board: Board,
  framing: LineFraming,
  segment: Segment | undefined,
  open: OpenLines,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= most || segment?.isUp === false || !board.meters.some(({ isPowered }) => isPowered)) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    attach(socket, board, framing, segment, open);
  });
  await listening(server, host, port);
  return {
    port: (server.address() as { port: number }).port,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(simErrors.SIM_LISTEN(`${host}:${port}: ${error.message}`, {}, error)),
    );
    // a storm of reads comes at once
    server.listen({ host, port, backlog: 4096 }, resolve);
  });
}

/** Remote ends that datagrams came from; each is a line of its own, as associations need one. */
const MOST_REMOTES = 4096;

/** Listens for datagrams in wrapper frames. Raises SIM_LISTEN. */
export async function listenUdp(
  { host, port }: { readonly host: string; readonly port: number },
  board: Board,
  segment: Segment | undefined,
): Promise<Listening> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) =>
      reject(simErrors.SIM_LISTEN(`${host}:${port}: ${error.message}`, {}, error)),
    );
    socket.bind(port, host, resolve);
  });
  socket.on('error', () => {});
  const remotes = new Map<string, UdpLine>();
  socket.on('message', (datagram, { address, port: from }) => {
    const take = (bytes: Uint8Array): void => {
      const name = `${address}:${from}`;
      let line = remotes.get(name);
      if (line === undefined) {
        if (remotes.size >= MOST_REMOTES) remotes.delete(remotes.keys().next().value!);
        line = new UdpLine(socket, board, segment, address, from);
        remotes.set(name, line);
      }
      line.datagram(bytes);
    };
    const bytes = plain(datagram);
    if (segment === undefined) take(bytes);
    else segment.datagram(bytes, take);
  });
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

class UdpLine implements MeterLine {
  readonly #socket: UdpSocket;
  readonly #board: Board;
  readonly #segment: Segment | undefined;
  readonly #address: string;
  readonly #port: number;

  constructor(socket: UdpSocket, board: Board, segment: Segment | undefined, address: string, port: number) {
    this.#socket = socket;
    this.#board = board;
    this.#segment = segment;
    this.#address = address;
    this.#port = port;
  }

  datagram(bytes: Uint8Array): void {
    let frame: ReturnType<typeof decodeWrapper>;
    try {
      frame = decodeWrapper(bytes);
    } catch {
      // a datagram that is no frame is passed over, as meters do
      return;
    }
    const meter = this.#board.byPort(frame.destination);
    const answer = meter?.handle(frame.apdu, frame.source, this);
    if (meter !== undefined && answer !== undefined) this.send(frame.source, meter, answer);
  }

  send(clientSap: number, meter: SimDlmsMeter, apdu: Uint8Array): void {
    const frame = encodeWrapper({ source: this.#board.portOf(meter), destination: clientSap, apdu });
    const put = (bytes: Uint8Array): void => {
      try {
        this.#socket.send(bytes, this.#port, this.#address);
      } catch {
        // it was closed meanwhile
      }
    };
    if (this.#segment === undefined) put(frame);
    else this.#segment.datagram(frame, put);
  }

  /** There is no connection to end. */
  drop(): void {}
}

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly board: Board;
  readonly framing: LineFraming;
  readonly segment: Segment | undefined;
  readonly open: OpenLines;
  /** First wait after a failure; doubled each time, up to 64 times. */
  readonly retryMs: number;
  /** In [0, 1): spreads meters that lost the same head-end. */
  readonly spread: number;
  /** The connection is there: the meter may say who it is. */
  readonly onConnected: (line: Line) => void;
}

const MOST_DOUBLINGS = 6;

/** A connection that a meter makes, and makes again whenever it ends. */
export class Dialled {
  readonly #options: DialOptions;
  #socket: Socket | undefined;
  #line: Line | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: DialOptions) {
    this.#options = options;
  }

  /** Undefined while there is no connection. */
  get line(): Line | undefined {
    return this.#line;
  }

  /** Resolves when the first attempt has ended in either way. */
  dial(): Promise<void> {
    const { host, port, board, framing, segment, open, onConnected } = this.#options;
    const isPowered = board.meters.some((meter) => meter.isPowered);
    if (this.#stopped || segment?.isUp === false || !isPowered) {
      this.#again();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const socket = createConnection({ host, port, keepAlive: true, keepAliveInitialDelay: 60_000 });
      this.#socket = socket;
      socket.once('connect', () => {
        this.#failures = 0;
        this.#line = attach(socket, board, framing, segment, open);
        onConnected(this.#line);
        resolve();
      });
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#line = undefined;
        this.#again();
        resolve();
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #again(): void {
    if (this.#stopped) return;
    const { retryMs, spread } = this.#options;
    const waitMs = retryMs * 2 ** Math.min(this.#failures++, MOST_DOUBLINGS) * (0.5 + spread);
    this.#timer = setTimeout(() => void this.dial(), waitMs);
  }
}
