/** Ciphered pushes for the benchmark, sealed beforehand: the work that is measured is the head-end's. */
import { connect, type Socket } from 'node:net';
import { demoKeys, demoTitle } from '@openami/sim';
import {
  type CipherKey,
  type CosemValue,
  cipherKey,
  dateTimeOf,
  encodeApdu,
  encodeWrapper,
  longInvoke,
  nobleCrypto,
  protectApdu,
} from '@openami/wire/dlms';

export const benchSeed = 11;

export interface PushLoad {
  readonly port: number;
  readonly connections: number;
  /** Of how many meters. */
  readonly meters: number;
  /** Pushes of each meter. */
  readonly rounds: number;
  /** Time of the first push of each, seconds since 1970; a minute more each round. */
  readonly firstS: number;
}

/** Serial of the n-th meter that pushes. */
export function pushSerial(n: number): string {
  return `OA${5_000_001 + n}`;
}

interface Sender {
  readonly serial: string;
  readonly key: CipherKey;
  readonly title: Uint8Array;
}

/** The bytes of each connection, in pieces of some 64 KB. */
export function sealPushes({ connections, meters, rounds, firstS }: PushLoad): Uint8Array[][] {
  const senders = Array.from({ length: meters }, (_, n) => senderOf(pushSerial(n)));
  return Array.from({ length: connections }, (_, connection) => {
    const pieces: Uint8Array[] = [];
    let frames: Uint8Array[] = [];
    let bytes = 0;
    for (let round = 0; round < rounds; round++) {
      for (let n = connection; n < meters; n += connections) {
        const frame = pushFrame(senders[n]!, round, firstS + round * 60);
        frames.push(frame);
        bytes += frame.length;
        if (bytes < 1 << 16) continue;
        pieces.push(Buffer.concat(frames));
        frames = [];
        bytes = 0;
      }
    }
    if (frames.length > 0) pieces.push(Buffer.concat(frames));
    return pieces;
  });
}

/** Sends all of it; resolves when the other side has taken it. */
export async function sendPushes(port: number, load: readonly (readonly Uint8Array[])[]): Promise<void> {
  await Promise.all(load.map((pieces) => sendOver(port, pieces)));
}

function sendOver(port: number, pieces: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.resume();
    let next = 0;
    const more = (): void => {
      while (next < pieces.length) if (!socket.write(pieces[next++]!)) return;
      socket.off('drain', more);
      socket.end();
    };
    socket.on('drain', more);
    socket.once('connect', more);
  });
}

function senderOf(serial: string): Sender {
  const { unicast, authentication } = demoKeys(benchSeed, serial, 0);
  return { serial, key: cipherKey(nobleCrypto, 0, unicast, authentication), title: demoTitle(serial) };
}

function pushFrame({ serial, key, title }: Sender, round: number, timeS: number): Uint8Array {
  const plain = encodeApdu({
    service: 'data-notification',
    invoke: longInvoke(round),
    dateTime: dateTimeOf(timeS),
    body: structure(
      structure(name('0.0.96.1.0.255'), { type: 'octet-string', value: new TextEncoder().encode(serial) }),
      structure(
        name('1.0.1.8.0.255'),
        { type: 'double-long-unsigned', value: 1_000_000 + round },
        structure({ type: 'integer', value: 0 }, { type: 'enum', value: 30 }),
      ),
    ),
  });
  const protection = { authenticated: true, encrypted: true, systemTitle: title, counter: round + 1 };
  const apdu = protectApdu(plain, key, { envelope: 'general-glo', ...protection });
  return encodeWrapper({ source: 1, destination: 0x67, apdu });
}

function structure(...elements: CosemValue[]): CosemValue {
  return { type: 'structure', elements };
}

function name(instance: string): CosemValue {
  return { type: 'octet-string', value: Uint8Array.from(instance.split('.').map(Number)) };
}
