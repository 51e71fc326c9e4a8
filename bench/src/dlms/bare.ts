/**
 * The ceiling of a session: a connection, five round trips with AES-GCM sealed messages of the size a
 * session has, by the platform's own cipher, and nothing else.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';

const ROUND_TRIPS = 5;
const KEY = Buffer.alloc(16, 7);
const TAG_BYTES = 12;
/** A day of two channels in the third answer; requests and the other answers are short. */
const REQUEST_BYTES = 90;
const answerBytes = (trip: number): number => (trip === 2 ? 2_500 : 90);

/** Starts the answering side. */
export function startBareServer(): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    let trip = 0;
    socket.on('error', () => {});
    eachMessage(socket, (sealed) => {
      open(sealed, trip);
      socket.write(framed(seal(answerBytes(trip), trip)));
      trip++;
    });
  });
  return new Promise((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve(server)),
  );
}

/** One session. */
export function bareSession(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let trip = 0;
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.once('connect', () => socket.write(framed(seal(REQUEST_BYTES, 0))));
    eachMessage(socket, (sealed) => {
      open(sealed, trip++);
      if (trip === ROUND_TRIPS) socket.end(() => socket.destroy());
      else socket.write(framed(seal(REQUEST_BYTES, trip)));
    });
  });
}

function eachMessage(socket: Socket, take: (sealed: Buffer) => void): void {
  let kept: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    while (kept.length >= 2 && kept.length >= 2 + kept.readUInt16BE(0)) {
      const end = 2 + kept.readUInt16BE(0);
      take(kept.subarray(2, end));
      kept = kept.subarray(end);
    }
  });
}

function framed(sealed: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(sealed.length);
  return Buffer.concat([head, sealed]);
}

function ivOf(trip: number): Buffer {
  return Buffer.alloc(12, trip + 1);
}

function seal(bytes: number, trip: number): Buffer {
  const cipher = createCipheriv('aes-128-gcm', KEY, ivOf(trip), { authTagLength: TAG_BYTES });
  return Buffer.concat([cipher.update(Buffer.alloc(bytes)), cipher.final(), cipher.getAuthTag()]);
}

function open(sealed: Buffer, trip: number): Buffer {
  const decipher = createDecipheriv('aes-128-gcm', KEY, ivOf(trip), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]);
}
