/**
 * A PostgreSQL server front before one backend that knows one session.
 *
 *   client A ─┐  cut into messages,        ┌─────────┐
 *   client B ─┼─ gather one exchange ─ gate ┤ backend │   exchange = Query | ... Sync | COPY data
 *   client C ─┘  answer as it came          └─────────┘
 *
 * A connection gets the backend for a whole exchange and, when the answer ends inside a transaction,
 * keeps it until the transaction ends: nobody else's row can fall into it. A client that stays idle in a
 * transaction, or dies in one, is rolled back.
 *
 * What cannot be told apart on one backend: temporary tables, SQL-level PREPARE and session-level advisory
 * locks are shared by all connections (take leases or table locks instead); SET lasts until another
 * connection takes the backend. NOTIFY reaches nobody else.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as yieldLoop } from 'node:timers/promises';
import { answers, type Message, ProtocolFault, requests } from './framing.ts';
import { Gate } from './gate.ts';
import { MessageReader } from './reader.ts';
import { Session } from './session.ts';

/** The backend: takes whole messages, gives whole answers, never two at once. */
export interface Backend {
  exec(messages: Uint8Array): Promise<Uint8Array>;
  readonly serverVersion: string;
}

export interface FrontLimits {
  readonly connections: number;
  /** Bytes of one message and of one exchange. */
  readonly exchangeBytes: number;
  readonly waiting: number;
  readonly waitMs: number;
  readonly idleInTransactionMs: number;
  /** A client that does not read its answer is dropped after this. */
  readonly writeMs: number;
  readonly startupMs: number;
}

export const frontLimits: FrontLimits = {
  connections: 100,
  exchangeBytes: 64 * 1024 * 1024,
  waiting: 1000,
  waitMs: 60_000,
  idleInTransactionMs: 30_000,
  writeMs: 30_000,
  startupMs: 10_000,
};

export interface FrontOptions {
  readonly backend: Backend;
  readonly user: string;
  readonly password: string;
  readonly limits: FrontLimits;
  /** The backend broke: the process should end. */
  readonly onBackendFailure: (error: unknown) => void;
}

export interface Front {
  readonly port: number;
  /** Runs a statement between the clients' exchanges: vacuum, as nobody else does it here. */
  maintain(sql: string): Promise<void>;
  /** Refuses new connections, ends the present ones after their exchange, rolls back open transactions. */
  close(): Promise<void>;
}

/** What the connections share. */
export interface Shared {
  readonly options: FrontOptions;
  readonly gate: Gate;
  /** Runs messages; ends the process' work when the backend breaks. */
  exec(messages: Uint8Array): Promise<Uint8Array>;
  /** Connection whose SET may still hold. */
  dirtyBy: number;
  /** Connection that last parsed an unnamed statement. */
  unnamedBy: number;
}

const sslRequest = 80877103;
const gssRequest = 80877104;
const cancelRequest = 80877102;
const protocol3 = 196608;

/** Listens on 127.0.0.1, on a port the system chooses. */
export async function startFront(options: FrontOptions): Promise<Front> {
  let lastYield = performance.now();
  const shared: Shared = {
    options,
    gate: new Gate(options.limits.waiting, options.limits.waitMs),
    dirtyBy: 0,
    unnamedBy: 0,
    async exec(messages) {
      // The backend works synchronously: let timers, sockets and the parent's signals in between.
      if (performance.now() - lastYield > 20) {
        await yieldLoop();
        lastYield = performance.now();
      }
      try {
        return await options.backend.exec(messages);
      } catch (error) {
        options.onBackendFailure(error);
        throw error;
      }
    },
  };
  const sockets = new Set<Socket>();
  const ended = new Set<Promise<void>>();
  let lastId = 0;
  const server: Server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    if (sockets.size >= options.limits.connections) {
      socket.write(answers.error('FATAL', '53300', 'too many connections'));
      socket.destroySoon();
      return;
    }
    sockets.add(socket);
    lastId++;
    const work = serve(socket, lastId, shared).catch(() => socket.destroy());
    const done = work.then(() => {
      sockets.delete(socket);
      ended.delete(done);
    });
    ended.add(done);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    async maintain(sql) {
      await shared.gate.acquire();
      try {
        await shared.exec(requests.query(sql));
      } finally {
        shared.gate.release();
      }
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(ended);
    },
  };
}

async function serve(socket: Socket, id: number, shared: Shared): Promise<void> {
  const { limits } = shared.options;
  const reader = new MessageReader(socket, 10_000);
  const session = new Session(socket, id, shared);
  try {
    if (!(await startUp(socket, id, reader, shared.options))) return;
    reader.maxBytes = limits.exchangeBytes;
    for (;;) {
      const idleMs = session.holds ? limits.idleInTransactionMs : 0;
      const message = await reader.next(idleMs);
      if (message === 'timeout') {
        throw new ProtocolFault('25P03', 'terminating connection due to idle-in-transaction timeout');
      }
      if (message === undefined || !(await session.take(message))) return;
    }
  } catch (error) {
    if (error instanceof ProtocolFault && !socket.destroyed) {
      socket.end(answers.error('FATAL', error.sqlState, error.message));
    }
  } finally {
    await session.end();
    socket.end();
    setTimeout(() => socket.destroy(), 1000).unref();
  }
}

/** Handshake with password; false when the peer left or only wanted to cancel. */
async function startUp(
  socket: Socket,
  id: number,
  reader: MessageReader,
  options: FrontOptions,
): Promise<boolean> {
  const next = async (): Promise<Message | undefined> => {
    const message = await reader.next(options.limits.startupMs);
    if (message === 'timeout') throw new ProtocolFault('08P01', 'no start-up message in time');
    return message;
  };
  for (;;) {
    const first = await next();
    if (first === undefined || first.bytes.length < 8) return false;
    const code = first.bytes.readInt32BE(4);
    if (code === sslRequest || code === gssRequest) {
      socket.write('N');
      continue;
    }
    // A cancel cannot reach a backend that works synchronously; closing is the protocol's answer.
    if (code === cancelRequest) return false;
    if (code >> 16 !== protocol3 >> 16) throw new ProtocolFault('0A000', 'unsupported protocol version');
    const fields = first.bytes.toString('utf8', 8).split('\0');
    const user = fields[fields.indexOf('user') + 1] ?? '';
    reader.tagged = true;
    socket.write(answers.authenticationCleartext());
    const reply = await next();
    if (reply === undefined) return false;
    const password = reply.bytes.toString('utf8', 5, Math.max(5, reply.bytes.length - 1));
    if (user !== options.user || !same(password, options.password)) {
      throw new ProtocolFault('28P01', 'password authentication failed');
    }
    socket.write(greeting(id, options.backend.serverVersion));
    return true;
  }
}

function greeting(id: number, serverVersion: string): Buffer {
  return Buffer.concat([
    answers.authenticationOk(),
    answers.parameter('server_version', serverVersion),
    answers.parameter('server_encoding', 'UTF8'),
    answers.parameter('client_encoding', 'UTF8'),
    answers.parameter('DateStyle', 'ISO, MDY'),
    answers.parameter('TimeZone', 'UTC'),
    answers.parameter('integer_datetimes', 'on'),
    answers.parameter('standard_conforming_strings', 'on'),
    answers.backendKey(id, randomBytes(4).readInt32BE()),
    answers.ready(),
  ]);
}

function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
