/** Ciphered pushes: from the socket through decoding and deciphering to the store. */
import { createIngest, InMemoryDirectory, startPushListener } from '@openami/headend';
import { readingTypes, systemClock } from '@openami/model';
import { demoKeys, demoTitle } from '@openami/sim';
import { type CipherKey, cipherKey, nobleCrypto, pushMessageOf } from '@openami/wire/dlms';
import { installed, log, pidsOf, type Surroundings } from './common.ts';
import { CpuMeter } from './cpu.ts';
import { benchSeed, type PushLoad, pushSerial } from './push-load.ts';

export interface PushRun {
  readonly pushes: number;
  readonly meters: number;
}

/** Pushes of as many meters, until all are stored. */
export async function benchPushes(around: Surroundings, { pushes, meters }: PushRun) {
  const { store, progress, meters: other } = around;
  const directory = new InMemoryDirectory();
  const keys = new Map<string, CipherKey>();
  for (let n = 0; n < meters; n++) {
    const serial = pushSerial(n);
    const channel = {
      ...{
        id: 1_000_001 + n,
        meterId: 1_000_001 + n,
        commodity: 'electricity' as const,
        obis: '1-0:1.8.0*255',
      },
      ...{ readingType: readingTypes.deliveredRegister, intervalS: 0, resolution: 1_000, unit: 'kWh' },
    };
    directory.put({ devices: [serial], channel, ...installed });
    const { unicast, authentication } = demoKeys(benchSeed, serial, 0);
    keys.set(hex(demoTitle(serial)), cipherKey(nobleCrypto, 0, unicast, authentication));
  }
  const ingest = createIngest({ directory, sink: store.writer, clock: systemClock, log });
  let isDone = (): void => {};
  let waitsFor = 0;
  let taken = 0;
  const listener = await startPushListener({
    host: '127.0.0.1',
    tcpPort: 0,
    clock: systemClock,
    keyFor: ({ systemTitle }) => keys.get(hex(systemTitle)),
    sink: {
      take: () => undefined,
      takeAll(received) {
        const messages = received.map(({ push, receivedMs }) => pushMessageOf(push!, { receivedMs }));
        // nothing but the messages is held until they are stored
        return ingest.accept({ source: 'sim', messages }).then(({ accepted }) => {
          taken += accepted;
          if (taken >= waitsFor) isDone();
        });
      },
      refused: (error) => {
        throw error;
      },
    },
  });
  const nowS = Math.floor(systemClock.nowMs() / 1000);
  let cpu = new CpuMeter({});
  const run = async (rounds: number, firstS: number): Promise<number> => {
    const load: PushLoad = { port: listener.tcpPort!, connections: 16, meters, rounds, firstS };
    await other.ask({ kind: 'push', ...load }, 'sealed');
    progress('sealed');
    taken = 0;
    waitsFor = rounds * meters;
    const done = new Promise<void>((resolve) => {
      isDone = resolve;
    });
    cpu = new CpuMeter(pidsOf(around));
    const startedMs = performance.now();
    await Promise.all([other.ask('go', 'sent'), done]);
    return (performance.now() - startedMs) / 1000;
  };
  const rounds = Math.ceil(pushes / meters);
  const before = store.writer.stats().stored;
  const seconds = await run(rounds, nowS - rounds * 60);
  const stored = store.writer.stats().stored - before;
  if (stored !== rounds * meters) throw new Error(`${rounds * meters} pushes, ${stored} stored`);
  await listener.close();
  await ingest.close();
  const count = rounds * meters;
  return { pushesPerSecond: Math.round(count / seconds), cpuMsPerPush: cpu.per(count) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
