/** The ceiling of pushes: the same bytes over the same sockets, split, their tags proven, deciphered. */
import { createServer } from 'node:net';
import { nodeCrypto } from '@openami/headend';
import { demoKeys, demoTitle } from '@openami/sim';
import { type CipherKey, cipherKey, SealedPush, WrapperDecoder } from '@openami/wire/dlms';
import { CpuMeter } from '../cpu.ts';
import type { MetersProcess } from './process.ts';
import { benchSeed, type PushLoad, pushSerial } from './push-load.ts';

const TITLE_AT = 2;
const TITLE_BYTES = 8;

/** Pushes a second, and what each costs this process in ms. */
export async function benchBarePushes(
  other: MetersProcess,
  { pushes, meters }: { readonly pushes: number; readonly meters: number },
): Promise<{ perSecond: number; cpuMs: number }> {
  const keys = new Map(
    Array.from(
      { length: meters },
      (_, n) => [nameOf(demoTitle(pushSerial(n))), keyOf(pushSerial(n))] as const,
    ),
  );
  const rounds = Math.ceil(pushes / meters);
  const count = rounds * meters;
  let taken = 0;
  let isDone = (): void => {};
  const done = new Promise<void>((resolve) => {
    isDone = resolve;
  });
  const sealed = new SealedPush();
  const server = createServer((socket) => {
    const decoder = new WrapperDecoder();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const { frame } of decoder.push(chunk as Buffer)) {
        const apdu = frame!.apdu;
        const key = keys.get(nameOf(apdu.subarray(TITLE_AT, TITLE_AT + TITLE_BYTES)));
        if (!sealed.take(apdu) || !sealed.open(key!)) throw new Error('a push did not open');
        if (++taken === count) isDone();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const load: PushLoad = { port, connections: 16, meters, rounds, firstS: 1_700_000_000 };
  await other.ask({ kind: 'push', ...load }, 'sealed');
  const cpu = new CpuMeter({ bare: process.pid });
  const startedMs = performance.now();
  await Promise.all([other.ask('go', 'sent'), done]);
  const seconds = (performance.now() - startedMs) / 1000;
  server.close();
  return { perSecond: count / seconds, cpuMs: cpu.per(count).bare! };
}

function keyOf(serial: string): CipherKey {
  const { unicast, authentication } = demoKeys(benchSeed, serial, 0);
  return cipherKey(nodeCrypto, 0, unicast, authentication);
}

function nameOf(title: Uint8Array): string {
  return String.fromCharCode(...title);
}
